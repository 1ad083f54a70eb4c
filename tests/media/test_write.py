from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from aisle.core import Frame, InputError, OutputError, UsageError
from aisle.media import Encoding, Reader, Writer, to_rgb
from videos import Picture, heard_clicks, make_video, number_of, numbered, quarters, streams_of

RATE = Fraction(30)
NTSC = Fraction(30_000, 1001)


def write(path: Path, frames: list[Frame], rate: Fraction = RATE, sound_from: Path | None = None) -> None:
    height, width, _ = frames[0].image.shape
    with Writer(path, width, height, rate, sound_from=sound_from) as writer:
        for frame in frames:
            writer.write(frame)


def numbers(count: int, rate: Fraction = RATE) -> list[Frame]:
    return [Frame(number / rate, numbered(number)) for number in range(count)]


def read(path: Path) -> list[Frame]:
    with Reader(path) as reader:
        return list(reader)


@pytest.mark.parametrize("rate", [Fraction(25), RATE, NTSC, Fraction(24_000, 1001), Fraction(1, 3), Fraction(997, 31)])
def test_times_and_pictures_come_back(tmp_path: Path, rate: Fraction) -> None:
    write(tmp_path / "out.mp4", numbers(20, rate), rate)
    with Reader(tmp_path / "out.mp4") as reader:
        assert [(frame.time, number_of(frame.image)) for frame in reader] == [(k / rate, k) for k in range(20)]
    assert reader.duration == pytest.approx(20 / rate, abs=1e-4)
    assert reader.info.rate == rate


def test_a_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    times = [Fraction(tick, 90_000) for tick in (0, 1, 4000, 90_001, 90_500, 400_000)]
    write(tmp_path / "out.mp4", [Frame(time, numbered(number)) for number, time in enumerate(times)])
    assert [(frame.time, number_of(frame.image)) for frame in read(tmp_path / "out.mp4")] == list(
        zip(times, range(6), strict=True)
    )


def test_times_between_two_ticks_are_rounded(tmp_path: Path) -> None:
    times = [Fraction(number, 7) for number in range(8)]
    write(tmp_path / "out.mp4", [Frame(time, numbered(0)) for time in times])
    got = [frame.time for frame in read(tmp_path / "out.mp4")]
    assert max(abs(after - before) for before, after in zip(times, got, strict=True)) <= Fraction(1, 180_000)


def test_browsers_can_play_it(tmp_path: Path) -> None:
    write(tmp_path / "out.mp4", numbers(10))
    content = (tmp_path / "out.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.colorspace, stream.color_primaries, stream.color_trc, stream.color_range) == (1, 1, 1, 1)


def test_colours_come_back(tmp_path: Path) -> None:
    picture = quarters(128, 96)
    write(tmp_path / "out.mp4", [Frame(Fraction(0), picture)])
    (frame,) = read(tmp_path / "out.mp4")
    for place in (np.s_[8:40, 8:56], np.s_[8:40, 72:120], np.s_[56:88, 8:56], np.s_[56:88, 72:120]):
        assert np.abs(frame.image[place].mean((0, 1)) - picture[place].mean((0, 1))).max() < 4


@pytest.mark.parametrize(("width", "height"), [(63, 48), (64, 35), (7, 7), (1, 1)])
def test_odd_sizes_grow_by_their_edge(tmp_path: Path, width: int, height: int) -> None:
    picture = np.full((height, width, 3), 128, np.uint8)
    picture[:, -1] = 200
    write(tmp_path / "out.mp4", [Frame(Fraction(0), picture)])
    (frame,) = read(tmp_path / "out.mp4")
    assert frame.image.shape == (height + height % 2, width + width % 2, 3)
    assert frame.image[: height // 2 + 1, width:].size == 0 or frame.image[:, width:].mean() > 170


def test_frames_are_left_as_they_were(tmp_path: Path) -> None:
    picture = numbered(5)
    write(tmp_path / "out.mp4", [Frame(Fraction(0), picture)])
    assert np.array_equal(picture, numbered(5))


SOUNDS = [
    ("mp4", "aac", "aac"),
    ("mp4", "libmp3lame", "mp3"),
    ("ts", "aac", "aac"),
    ("mkv", "ac3", "ac3"),
    ("mkv", "eac3", "eac3"),
    ("mkv", "flac", "flac"),
    ("webm", "libopus", "opus"),
    ("mkv", "pcm_s16le", "aac"),
    ("avi", "pcm_s16le", "aac"),
    ("ts", "mp2", "aac"),
]


@pytest.mark.parametrize(("suffix", "encoder", "codec"), SOUNDS, ids=[f"{name} in {box}" for box, name, _ in SOUNDS])
def test_sound_is_kept_in_step(tmp_path: Path, suffix: str, encoder: str, codec: str) -> None:
    clicks = [0.5, 1.5]
    quick = {"deadline": "realtime", "cpu-used": "8"} if suffix == "webm" else None
    source = make_video(
        tmp_path / f"source.{suffix}",
        60,
        codec={"webm": "libvpx", "avi": "mpeg4"}.get(suffix, "libx264"),
        options=quick,
        sound=encoder,
        clicks=clicks,
    )
    write(tmp_path / "out.mp4", read(source), sound_from=source)
    assert streams_of(tmp_path / "out.mp4") == [("video", "h264"), ("audio", codec)]
    assert heard_clicks(tmp_path / "out.mp4") == pytest.approx(clicks, abs=0.004)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_sound_keeps_its_place_if_pictures_start_later(tmp_path: Path, codec: str) -> None:
    times = [Fraction(1, 2) + number / RATE for number in range(45)]
    source = make_video(tmp_path / "late.mkv", 45, times=times, sound=codec, sound_lasts=Fraction(2), clicks=[1, 1.5])
    write(tmp_path / "out.mp4", read(source), sound_from=source)
    assert heard_clicks(tmp_path / "out.mp4") == pytest.approx([0.5, 1], abs=0.004)


def test_sound_that_lasts_longer_is_kept_whole(tmp_path: Path) -> None:
    source = make_video(tmp_path / "long.mp4", 15, sound="aac", sound_lasts=Fraction(3), clicks=[2.5])
    write(tmp_path / "out.mp4", read(source), sound_from=source)
    assert heard_clicks(tmp_path / "out.mp4") == pytest.approx([2.5], abs=0.004)


def test_a_source_without_sound_gives_none(tmp_path: Path) -> None:
    source = make_video(tmp_path / "silent.mp4", 10)
    write(tmp_path / "out.mp4", read(source), sound_from=source)
    assert streams_of(tmp_path / "out.mp4") == [("video", "h264")]


def test_a_sound_codec_that_nobody_knows(tmp_path: Path) -> None:
    source = make_video(tmp_path / "source.mp4", 10, sound="aac")
    source.write_bytes(source.read_bytes().replace(b"mp4a", b"xyzw").replace(b"esds", b"free"))
    with pytest.raises(InputError, match="the codec of the sound is unknown"):
        write(tmp_path / "out.mp4", numbers(10), sound_from=source)
    assert [path.name for path in tmp_path.iterdir()] == ["source.mp4"]


def test_a_missing_source_of_sound(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        write(tmp_path / "out.mp4", numbers(3), sound_from=tmp_path / "nowhere.mp4")
    assert list(tmp_path.iterdir()) == []


def break_off(path: Path, error: BaseException) -> None:
    with Writer(path, 64, 48, RATE) as writer:
        for frame in numbers(40):
            writer.write(frame)
        raise error


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), InputError("no")])
@pytest.mark.parametrize("before", [None, b"an older copy"])
def test_nothing_is_left_after_an_error(tmp_path: Path, error: BaseException, before: bytes | None) -> None:
    if before is not None:
        (tmp_path / "out.mp4").write_bytes(before)
    with pytest.raises(type(error)):
        break_off(tmp_path / "out.mp4", error)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if before is None else [before])


def noise(count: int) -> list[Frame]:
    dice = np.random.default_rng(0)
    return [Frame(number / RATE, dice.integers(0, 256, (240, 320, 3), np.uint8)) for number in range(count)]


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("count", [1, 30], ids=["while closing", "while writing"])
def test_a_limit_on_the_size_of_files(tmp_path: Path, count: int) -> None:
    with files_limited_to(20_000), pytest.raises(OutputError, match=r"cannot write .*out\.mp4; got: File too large"):
        write(tmp_path / "out.mp4", noise(count))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk(tiny_disk: Path) -> None:
    with pytest.raises(OutputError, match="No space left on device; do: free some space"):
        write(tiny_disk / "out.mp4", noise(30))
    assert list(tiny_disk.iterdir()) == []


def test_a_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="do: choose another folder, as a"):
        write(tmp_path / "file" / "out.mp4", numbers(3))


def test_folders_are_made(tmp_path: Path) -> None:
    write(tmp_path / "new" / "12:30 out", numbers(3))
    assert len(read(tmp_path / "new" / "12:30 out")) == 3


def test_no_frames_make_no_video(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least one frame"), Writer(tmp_path / "out.mp4", 64, 48, RATE):
        pass
    assert list(tmp_path.iterdir()) == []


def frame(number: int, picture: Picture | None = None) -> Frame:
    return Frame(number / RATE, numbered(number % 4) if picture is None else picture)


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([frame(0), frame(1, quarters(32, 32))], "one size; got: .32, 32, 3.; allowed: .48, 64, 3."),
        ([frame(1), frame(1)], "in order of time.*got: 0.033333"),
        ([frame(2), frame(1)], "in order of time"),
        ([frame(-1)], "in order of time"),
    ],
)
def test_wrong_frames(tmp_path: Path, frames: list[Frame], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        write(tmp_path / "out.mp4", frames)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("width", "height", "rate"), [(0, 4, RATE), (4, -4, RATE), (4, 4, Fraction(0))])
def test_wrong_sizes(tmp_path: Path, width: int, height: int, rate: Fraction) -> None:
    with pytest.raises(UsageError, match="positive size and rate"):
        Writer(tmp_path / "out.mp4", width, height, rate)


def test_planes_are_written_as_they_are_and_shown_in_their_colours(tmp_path: Path) -> None:
    height, width = 48, 64
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = np.linspace(40, 200, width)
    planes[height : height + height // 4] = 90  # little blue
    with Writer(tmp_path / "out.mp4", width, height, RATE, encoding=Encoding("ultrafast", 10, threads=1)) as writer:
        for number in range(3):
            writer.write_planes(number / RATE, planes)
    shown = to_rgb(planes)
    assert shown.shape == (height, width, 3)
    assert shown[..., 2].mean() < shown[..., 0].mean() - 20
    found = read(tmp_path / "out.mp4")
    assert [frame.time for frame in found] == [0, 1 / RATE, 2 / RATE]
    assert np.abs(found[0].image.astype(int) - shown).mean() < 4


@pytest.mark.parametrize("shape", [(72, 65), (71, 64), (48, 64)])
def test_planes_of_another_size_are_refused(tmp_path: Path, shape: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="one size"), Writer(tmp_path / "out.mp4", 64, 48, RATE) as writer:
        writer.write_planes(Fraction(0), np.zeros(shape, np.uint8))


def test_lower_quality_makes_smaller_files(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frames = [Frame(number / RATE, rng.integers(0, 255, (48, 64, 3), np.uint8)) for number in range(5)]
    for crf in (20, 40):
        with Writer(tmp_path / f"{crf}.mp4", 64, 48, RATE, encoding=Encoding("ultrafast", crf)) as writer:
            for frame in frames:
                writer.write(frame)
    assert (tmp_path / "40.mp4").stat().st_size < 0.7 * (tmp_path / "20.mp4").stat().st_size
