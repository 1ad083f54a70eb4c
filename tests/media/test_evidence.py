from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from aisle.core import InputError, OutputError
from aisle.media import Reader
from aisle.media._ring import Group, Kept, Track
from aisle.media.evidence import write_file, write_groups
from videos import make_video, number_of, numbered, streams_of

RATE = Fraction(25)
STEADY = {"g": "10", "sc_threshold": "0", "crf": "18", "preset": "veryfast"}


def shown(path: Path) -> list[tuple[Fraction, int]]:
    with Reader(path) as reader:
        return [(frame.time, number_of(frame.image)) for frame in reader]


def kept(path: Path, *, later: Fraction = Fraction(0)) -> list[Group]:
    """The packets of a video as a ring holds them, `later` seconds later."""
    groups: list[Group] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        clock = stream.time_base
        track, shift = Track(stream, clock), round(later / clock)
        for packet in container.demux(stream):
            if packet.size:
                if packet.is_keyframe:
                    groups.append(Group(track))
                groups[-1].packets.append(Kept(bytes(packet), packet.pts + shift, packet.duration, packet.is_keyframe))
    return groups


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_copy_begins_with_the_key_picture_before_and_holds_what_was_asked_for(tmp_path: Path, suffix: str) -> None:
    video = make_video(tmp_path / f"v.{suffix}", 60, RATE, options=STEADY, sound="aac")
    span = write_file(video, Fraction(25, 25), Fraction(38, 25), tmp_path / "out.mp4")
    pictures = shown(tmp_path / "out.mp4")
    assert [number for _, number in pictures][:18] == list(range(20, 38))
    assert len(pictures) <= 18 + 2, "at most the pictures that the last ones need"
    assert [round(time * RATE) for time, _ in pictures] == list(range(len(pictures)))
    assert (round(span[0] * RATE), round(span[1] * RATE)) == (20, 20 + len(pictures))
    assert streams_of(tmp_path / "out.mp4") == [("video", "h264")]


@pytest.mark.parametrize(
    ("name", "codec", "options", "tag"),
    [
        ("v.ts", "libx265", {"x265-params": "keyint=10:log-level=none"}, "hvc1"),
        ("v.mkv", "libvpx-vp9", {"g": "10"}, "vp09"),
        ("v.mkv", "libsvtav1", {"g": "10", "preset": "12"}, "av01"),
    ],
)
def test_other_codecs_are_copied(tmp_path: Path, name: str, codec: str, options: dict[str, str], tag: str) -> None:
    video = make_video(tmp_path / name, 40, RATE, codec=codec, options=options)
    write_file(video, Fraction(1), Fraction(33, 25), tmp_path / "out.mp4")
    assert [number for _, number in shown(tmp_path / "out.mp4")][:13] == list(range(20, 33))
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].codec_context.codec_tag == tag


def test_the_index_stands_in_front(tmp_path: Path) -> None:
    write_file(make_video(tmp_path / "v.mp4", 30), Fraction(0), Fraction(1), tmp_path / "out.mp4")
    content = (tmp_path / "out.mp4").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_a_turned_video_stays_turned(tmp_path: Path) -> None:
    write_file(make_video(tmp_path / "v.mp4", 30, rotation=90), Fraction(0), Fraction(1), tmp_path / "out.mp4")
    with Reader(tmp_path / "out.mp4") as reader:
        assert (reader.info.rotation, reader.info.width, reader.info.height) == (90, 48, 64)


@pytest.mark.parametrize(
    ("name", "codec"), [("v.avi", "mpeg4"), ("v.avi", "libx264"), ("v.webm", "libvpx"), ("v.mkv", "mjpeg")]
)
def test_what_browsers_do_not_play_is_encoded(tmp_path: Path, name: str, codec: str) -> None:
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    video = make_video(tmp_path / name, 50, RATE, codec=codec, pixel_format=pixels, options={"g": "10"})
    span = write_file(video, Fraction(1), Fraction(40, 25), tmp_path / "out.mp4")
    assert [number for _, number in shown(tmp_path / "out.mp4")] == list(range(25, 40))
    assert span == (1, Fraction(40, 25))
    assert streams_of(tmp_path / "out.mp4") == [("video", "h264")]


def test_kept_packets_are_copied(tmp_path: Path) -> None:
    groups = kept(make_video(tmp_path / "v.mp4", 60, RATE, options=STEADY), later=Fraction(100))
    span = write_groups(groups[2:5], Fraction(100) + Fraction(33, 25), tmp_path / "out.mp4")
    pictures = shown(tmp_path / "out.mp4")
    assert [number for _, number in pictures][:13] == list(range(20, 33))
    assert pictures[0][0] == 0
    assert span[0] == Fraction(100) + Fraction(20, 25)


def test_kept_pictures_of_a_webcam_are_encoded(tmp_path: Path) -> None:
    video = make_video(tmp_path / "v.mkv", 30, RATE, codec="mjpeg", pixel_format="yuvj420p", options={})
    write_groups(kept(video)[5:], Fraction(20, 25), tmp_path / "out.mp4")
    assert [number for _, number in shown(tmp_path / "out.mp4")] == list(range(5, 20))
    assert streams_of(tmp_path / "out.mp4") == [("video", "h264")]


def test_a_gap_stays_in_and_shows_the_last_picture_before_it(tmp_path: Path) -> None:
    video = make_video(tmp_path / "v.mp4", 20, RATE, options=STEADY | {"bf": "0"})
    groups = [*kept(video), *kept(video, later=Fraction(5))]
    assert write_groups(groups, Fraction(100), tmp_path / "out.mp4") == (0, Fraction(5) + Fraction(20, 25))
    pictures = shown(tmp_path / "out.mp4")
    assert [number for _, number in pictures] == [*range(20), *range(20)]
    assert pictures[20][0] == 5


def test_of_two_codings_the_longer_part_is_written(tmp_path: Path) -> None:
    small = make_video(tmp_path / "small.mp4", 20, RATE, options=STEADY)
    large = make_video(
        tmp_path / "large.mp4", [numbered(number, 128, 96) for number in range(30)], RATE, options=STEADY
    )
    groups = [*kept(small), *kept(large, later=Fraction(5))]
    assert write_groups(groups, Fraction(100), tmp_path / "out.mp4") == (5, Fraction(5) + Fraction(30, 25))
    assert [number for _, number in shown(tmp_path / "out.mp4")] == list(range(30))


def test_nothing_kept_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pictures of this time"):
        write_groups([], Fraction(3), tmp_path / "out.mp4")
    with pytest.raises(InputError, match="no pictures of this time"):
        write_file(make_video(tmp_path / "v.mp4", 30), Fraction(9), Fraction(10), tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_a_folder_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write"):
        write_groups(kept(make_video(tmp_path / "v.mp4", 10)), Fraction(1), tmp_path / "file" / "out.mp4")
