from __future__ import annotations

import socket
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image as Stills

from aisle.core import InputError, VideoInfo
from aisle.media import Reader, probe
from videos import make_sound, make_video, numbered, quarters


def missing(folder: Path) -> Path:
    return folder / "nowhere" / "video.mp4"


def a_folder(folder: Path) -> Path:
    return folder


def empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("This is not a video.\n" * 40)
    return folder / "text.mp4"


def plain_text(folder: Path) -> Path:
    (folder / "notes.txt").write_text("This is not a video.\n" * 40)
    return folder / "notes.txt"


def noise(folder: Path) -> Path:
    (folder / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    return folder / "noise.mp4"


def cut_before_its_index(folder: Path) -> Path:
    whole = make_video(folder / "whole.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: whole.index(b"moov") - 100])
    return folder / "cut.mp4"


def only_sound(folder: Path) -> Path:
    return make_sound(folder / "sound.mp4")


def only_subtitles(folder: Path) -> Path:
    (folder / "said.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nhello\n")
    return folder / "said.srt"


def sound_with_a_cover(folder: Path) -> Path:
    sound = make_sound(folder / "bare.mp3", "libmp3lame")
    with av.open(str(folder / "cover.mp3"), "w") as output, av.open(str(sound)) as source:
        track = output.add_stream_from_template(source.streams.audio[0])
        cover = output.add_stream("mjpeg")
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        output.mux(cover.encode(av.VideoFrame.from_ndarray(numbered(1), format="rgb24")))
        output.mux(cover.encode(None))
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = track
                output.mux(packet)
    return folder / "cover.mp3"


def unknown_codec(folder: Path) -> Path:
    whole = make_video(folder / "whole.mp4").read_bytes()
    (folder / "odd.mp4").write_bytes(whole.replace(b"avc1", b"xyzw"))
    return folder / "odd.mp4"


def all_damaged(folder: Path) -> Path:
    content = bytearray(make_video(folder / "whole.mp4").read_bytes())
    begin, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    content[begin:end] = bytes(end - begin)
    (folder / "damaged.mp4").write_bytes(content)
    return folder / "damaged.mp4"


BAD = [
    (missing, "there is no such file"),
    (a_folder, "a folder is not a video"),
    (empty, "the file is empty"),
    (text, "this is not a video"),
    (plain_text, "this is not a video"),
    (noise, "this is not a video"),
    (cut_before_its_index, "its index .moov. is missing"),
    (only_sound, "no pictures to analyse; got: .*: sound"),
    (only_subtitles, "no pictures to analyse"),
    (sound_with_a_cover, "no pictures to analyse; got: .*: sound and a cover picture"),
    (unknown_codec, "the codec of the pictures is unknown"),
    (all_damaged, "not one picture of the video can be decoded"),
]


@pytest.mark.parametrize(("make", "said"), BAD, ids=[make.__name__ for make, _ in BAD])
def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path, make: Callable[[Path], Path], said: str) -> None:
    path = make(tmp_path)
    with pytest.raises(InputError, match=said) as caught:
        probe(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=said), Reader(path):
        pass


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_an_address_that_does_not_answer(scheme: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # taken but not listening, so that nothing answers there
        address = f"{scheme}://admin:secret@127.0.0.1:{taken.getsockname()[1]}/live"
        with pytest.raises(InputError, match="the address cannot be opened") as caught:
            probe(address)
    assert "refused" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_video_with_sound(tmp_path: Path) -> None:
    path = make_video(tmp_path / "video.mp4", 45, Fraction(30_000, 1001), sound="aac")
    assert probe(path) == VideoInfo(
        path=str(path),
        width=64,
        height=48,
        rate=Fraction(30_000, 1001),
        duration=Fraction(45 * 1001, 30_000),
        frames=45,
        codec="h264",
        pixel_format="yuv420p",
        rotation=0,
        has_audio=True,
    )


RATES = [Fraction(25), Fraction(30), Fraction(30_000, 1001), Fraction(60_000, 1001)]
STAMPED = [(suffix, rate) for suffix in ("mp4", "ts", "flv") for rate in RATES]
ROUNDED = [("mkv", rate) for rate in RATES[:3]]  # to milliseconds, which is too coarse for 59.94


@pytest.mark.parametrize(("suffix", "rate"), STAMPED + ROUNDED)
def test_rates_are_exact(tmp_path: Path, suffix: str, rate: Fraction) -> None:
    assert probe(make_video(tmp_path / f"video.{suffix}", 40, rate)).rate == rate


@pytest.mark.parametrize(("rotation", "size"), [(90, (48, 64)), (180, (64, 48)), (270, (48, 64))])
def test_sizes_are_as_displayed(tmp_path: Path, rotation: int, size: tuple[int, int]) -> None:
    info = probe(make_video(tmp_path / "turned.mp4", [quarters()], rotation=rotation))
    assert (info.width, info.height) == size
    assert info.rotation == rotation


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    info = probe(make_video(tmp_path / "wide.mp4", [quarters()], pixel_aspect=Fraction(4, 3)))
    assert (info.width, info.height) == (85, 48)


def test_a_still(tmp_path: Path) -> None:
    Stills.fromarray(quarters()).save(tmp_path / "still.png")
    info = probe(tmp_path / "still.png")
    assert (info.width, info.height, info.duration, info.codec) == (64, 48, None, "png")


def test_a_name_with_a_colon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "12:30:05 till.mp4", 3)
    assert probe(path).frames == 3
    monkeypatch.chdir(tmp_path)
    assert probe(path.name).frames == 3
