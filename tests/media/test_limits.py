from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from aisle.core import DamagedError, InputError, Segment, Timeline
from aisle.media import Reader
from aisle.media.apart import Apart, Limits
from hostile import bombs, corpus, lies, lists, said_of, works
from videos import make_video, number_of, streams_of

LIMITS = Limits(seconds=60, megabytes=2048, pixels=4096 * 2304, duration=Fraction(3600), streams=8)


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    with Apart(processes=1, limits=LIMITS) as pool:
        yield pool


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return make_video(tmp_path / "good.mp4", 40)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline(Fraction(4, 3), (Segment(Fraction(0), Fraction(1), "reach", 0.75),))


def test_a_file_that_never_comes_is_given_up(tmp_path: Path, good: Path) -> None:
    os.mkfifo(tmp_path / "endless.mp4")
    with Apart(processes=1, limits=Limits(seconds=0.5)) as apart:
        assert "takes longer to read than is allowed" in said_of(apart, tmp_path / "endless.mp4")
        assert works(apart, good)


def test_a_file_that_never_ends_is_given_up(tmp_path: Path) -> None:
    """Its pictures come for ever, fast enough to keep whoever reads them busy."""
    os.mkfifo(tmp_path / "endless.mjpeg")
    pictures = make_video(tmp_path / "some.mjpeg", 100, codec="mjpeg", pixel_format="yuvj420p", options={}).read_bytes()
    over = threading.Event()

    def pour() -> None:
        try:
            with (tmp_path / "endless.mjpeg").open("wb") as pipe:
                while not over.is_set():
                    pipe.write(pictures)
        except BrokenPipeError:
            pass

    pouring = threading.Thread(target=pour)
    pouring.start()
    with Apart(processes=1, limits=Limits(seconds=60, duration=Fraction(20))) as apart:
        assert "longer than is allowed" in said_of(apart, tmp_path / "endless.mjpeg")
    over.set()
    pouring.join()


def test_a_video_that_needs_too_much_memory_is_given_up(good: Path) -> None:
    with Apart(processes=1, limits=Limits(seconds=60, megabytes=800)) as apart:
        with (
            pytest.raises(InputError, match=r"more memory to read than is allowed; .*allowed: 800 MB"),
            apart.reader(good, size=(15_000, 15_000)) as reader,
        ):
            list(reader)
        assert works(apart, good)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc to tell a process's memory")
def test_a_bomb_of_pictures_is_refused_before_it_goes_off(tmp_path: Path, good: Path) -> None:
    """256 million pixels in a file of a megabyte or less; a quarter of a gigabyte at a byte each."""
    with Apart(processes=1, limits=LIMITS) as apart:
        for name, content in bombs(tmp_path).items():
            (tmp_path / name).write_bytes(content)
            assert "larger than is allowed" in said_of(apart, tmp_path / name), name
        status = Path(f"/proc/{apart.pids[0]}/status").read_text()
        assert int(status.split("VmHWM:")[1].split()[0]) < 220_000, "kB"  # libav's tables for H.264 are 80 MB of it
        assert works(apart, good)


def test_processes_that_have_no_room_to_start_are_told_of(good: Path) -> None:
    with (
        Apart(processes=1, limits=Limits(megabytes=30)) as apart,
        pytest.raises(DamagedError, match=r"do not start; got: .*; do: allow them more memory"),
        apart.reader(good),
    ):
        pass


def test_wide_pixels_count_as_shown(tmp_path: Path) -> None:
    path = tmp_path / "wide.mkv"
    path.write_bytes(lies(tmp_path)["wide-pixels.mkv"])
    with Apart(processes=1, limits=Limits(pixels=64 * 48 * 10)) as apart:
        assert "1280x48; allowed: at most 30720 pixels" in said_of(apart, path)
    with Apart(processes=1, limits=Limits(pixels=64 * 48 * 20)) as apart:
        assert said_of(apart, path) == ""


@pytest.mark.parametrize("name", ["claims-weeks.mkv", "stamped-weeks.mkv", "stays-weeks.mp4"])
def test_a_video_longer_than_allowed_is_refused(apart: Apart, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(lies(tmp_path)[name])
    assert "the video is longer than is allowed" in said_of(apart, tmp_path / name)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_many_streams_are_refused(tmp_path: Path, suffix: str) -> None:
    path = make_video(tmp_path / f"two.{suffix}", 20, sound="aac")
    assert len(streams_of(path)) == 2
    with Apart(processes=1, limits=Limits(streams=1)) as apart:
        assert "more streams than are allowed" in said_of(apart, path)
    with Apart(processes=1, limits=Limits(streams=2)) as apart:
        assert said_of(apart, path) == ""


def test_no_file_makes_another_be_opened(apart: Apart, tmp_path: Path) -> None:
    for name, content in lists(tmp_path).items():
        (tmp_path / name).write_bytes(content)
        assert "this is not a video" in said_of(apart, tmp_path / name), name
        with pytest.raises(InputError, match="this is not a video"), Reader(tmp_path / name):
            pass


def test_a_still_named_like_a_series_is_one_file(apart: Apart, tmp_path: Path) -> None:
    for number in range(3):
        make_video(tmp_path / f"shelf{number}.png", 1, codec="png", pixel_format="rgb24", options={})
    (tmp_path / "shelf0.png").rename(tmp_path / "shelf%d.png")
    with apart.reader(tmp_path / "shelf%d.png") as reader:
        assert [number_of(frame.image) for frame in reader] == [0]


def test_hostile_files_harm_nobody(tmp_path: Path, good: Path) -> None:
    with Apart(processes=2, limits=Limits(seconds=20, megabytes=2048, pixels=10**6, duration=Fraction(600))) as apart:
        said = {path.name: said_of(apart, path) for path in corpus(tmp_path / "hostile", 70, seed=4)}
        assert works(apart, good)
    assert 20 < sum(text == "" for text in said.values()) < 70  # some damage can be read past
    assert all("; do: " in text for text in said.values() if text)


def test_a_copy_keeps_to_the_limits(tmp_path: Path, timeline: Timeline) -> None:
    (tmp_path / "bomb.h264").write_bytes(bombs(tmp_path)["bomb.h264"])
    with Apart(processes=1, limits=LIMITS) as apart, pytest.raises(InputError, match="larger than is allowed"):
        apart.annotate(tmp_path / "bomb.h264", timeline, tmp_path / "copy.mp4")
    os.mkfifo(tmp_path / "endless.mp4")
    with Apart(processes=1, limits=Limits(seconds=0.5)) as apart, pytest.raises(InputError, match="takes longer"):
        apart.annotate(tmp_path / "endless.mp4", timeline, tmp_path / "copy.mp4")
    assert not (tmp_path / "copy.mp4").exists()
