from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from fractions import Fraction
from itertools import count
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import pytest

from aisle.core import AisleError, InputError, OutputError, Segment, Timeline, UsageError, VideoInfo
from aisle.media import Reader, annotate
from aisle.media.ahead import ahead
from aisle.media.apart import Apart, Limits
from children import LIES
from hostile import works
from videos import make_sound, make_video, number_of, numbered

LIMITS = Limits(seconds=60, megabytes=2048, pixels=4096 * 2304, duration=Fraction(3600), streams=8)
RATE = Fraction(25)


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    with Apart(processes=1, limits=LIMITS) as pool:
        yield pool


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return make_video(tmp_path / "good.mp4", 40)


def halved(info: VideoInfo) -> tuple[int, int]:
    return info.width // 2, info.height // 2


def varied(folder: Path) -> Path:
    times = [Fraction(k * k, 90) for k in range(20)]
    return make_video(folder / "varied.mkv", 20, times=times)


def turned(folder: Path) -> Path:
    return make_video(folder / "turned.mp4", 40, rotation=90, sound="aac")


def damaged(folder: Path) -> Path:
    path = make_video(folder / "damaged.mkv", 90)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    path.write_bytes(content)
    return path


def cut(folder: Path) -> Path:
    path = make_video(folder / "cut.mp4", 90, container={"movflags": "+faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    return path


def large(folder: Path) -> Path:
    """Only two of its pictures go into one message."""
    pictures = [numbered(number, 1280, 720) for number in range(5)]
    return make_video(folder / "large.mp4", pictures, options={"preset": "ultrafast"})


def slides(folder: Path) -> Path:
    """Two pictures that stay for long, each sent once."""
    return make_video(folder / "slides.mp4", 2, times=[Fraction(0), Fraction(4)])


WAYS: list[dict[str, Any]] = [
    {},
    {"rate": RATE, "size": (32, 24)},
    {"rate": Fraction(100), "size": halved, "start": Fraction(1, 2), "end": Fraction(3, 2)},
]


@pytest.mark.parametrize("make", [varied, turned, damaged, cut, large, slides], ids=lambda make: make.__name__)
@pytest.mark.parametrize("way", WAYS, ids=["as it is", "at a rate", "a stretch"])
def test_the_same_is_read_as_here(
    apart: Apart, tmp_path: Path, make: Callable[[Path], Path], way: dict[str, Any]
) -> None:
    path = make(tmp_path)
    with Reader(path, **way) as here, apart.reader(path, **way) as there:
        assert there.info == here.info
        for wanted, got in zip(here, there, strict=True):
            assert got.time == wanted.time
            assert np.array_equal(got.image, wanted.image)
        assert (there.duration, there.skipped) == (here.duration, here.skipped)
        assert there.decode_s > 0
    assert list(there) == []  # it is over, and does not disturb the next
    assert (make in (damaged, cut) and way == {}) <= bool(there.skipped)


def test_a_picture_that_stays_is_sent_once(apart: Apart, tmp_path: Path) -> None:
    with apart.reader(slides(tmp_path), rate=RATE) as reader:
        frames = list(reader)
    assert len({id(frame.image) for frame in frames}) == 2
    assert len(frames) > 100


def missing(folder: Path) -> Path:
    return folder / "nowhere" / "video.mp4"


def a_folder(folder: Path) -> Path:
    return folder


def text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("This is not a video.\n" * 40)
    return folder / "text.mp4"


@pytest.mark.parametrize("make", [missing, a_folder, text, lambda folder: make_sound(folder / "sound.mp4")])
def test_what_cannot_be_read_is_told_as_here(
    apart: Apart, good: Path, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path)
    with pytest.raises(AisleError) as here, Reader(path):
        pass
    with pytest.raises(AisleError) as there, apart.reader(path):
        pass
    assert type(there.value) is type(here.value)
    assert str(there.value) == str(here.value)
    assert works(apart, good)


def test_a_path_is_taken_from_where_the_parent_stands(
    apart: Apart, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(good.parent)
    with apart.reader("good.mp4") as reader:
        assert reader.info.path == "good.mp4"


def test_wrong_arguments_are_told(apart: Apart, good: Path) -> None:
    for way in ({"rate": Fraction(0)}, {"size": (0, 5)}, {"start": Fraction(2), "end": Fraction(1)}):
        with pytest.raises(UsageError), apart.reader(good, **way):
            pass
    with pytest.raises(UsageError, match="positive size"), apart.reader(good, size=lambda info: (0, info.height)):
        pass
    with pytest.raises(UsageError, match="needs a process"):
        Apart(processes=0, limits=LIMITS)
    with pytest.raises(UsageError, match="a limit is positive"):
        Limits(seconds=0)
    assert works(apart, good)


def test_leaving_early_keeps_the_child(apart: Apart, tmp_path: Path, good: Path) -> None:
    path = make_video(tmp_path / "long.mp4", 900)
    before = apart.pids
    with apart.reader(path) as reader, closing(ahead(reader, 4)) as frames:
        assert number_of(next(frames).image) == 0
    with pytest.raises(ZeroDivisionError), apart.reader(path, size=lambda info: (info.width // 0, 1)):
        pass
    assert works(apart, good)
    assert apart.pids == before


@pytest.mark.parametrize("fatal", [signal.SIGKILL, signal.SIGSEGV])
def test_a_child_that_dies_fails_its_job_and_is_replaced(
    apart: Apart, tmp_path: Path, good: Path, fatal: signal.Signals
) -> None:
    long = make_video(tmp_path / "long.mp4", 900)
    assert works(apart, good)
    (before,) = apart.pids
    with apart.reader(long) as reader:
        os.kill(before, fatal)
        with pytest.raises(InputError, match=rf"killed by {fatal.name}; got: .*long\.mp4; do: "):
            list(reader)
    assert works(apart, good)
    assert apart.pids != (before,)


def test_a_child_that_dies_idle_is_replaced(apart: Apart, good: Path) -> None:
    assert works(apart, good)
    (before,) = apart.pids
    os.kill(before, signal.SIGKILL)
    while Path(f"/proc/{before}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
        sleep(0.01)
    assert works(apart, good)
    assert before not in apart.pids


@pytest.mark.parametrize("lie", LIES)
def test_a_child_that_lies_is_not_believed(monkeypatch: pytest.MonkeyPatch, lie: str) -> None:
    monkeypatch.setattr("aisle.media.apart._WORKER", "children:liar")
    with Apart(processes=1, limits=Limits(seconds=30)) as apart:
        with pytest.raises(InputError, match="told nonsense"), apart.reader(lie) as reader:
            list(reader)
        assert apart.pids == ()


def test_jobs_run_beside_each_other(tmp_path: Path) -> None:
    path = make_video(tmp_path / "good.mp4", 40)
    with Apart(processes=2, limits=LIMITS) as apart:
        found: list[bool] = []
        threads = [threading.Thread(target=lambda: found.append(works(apart, path))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [True] * 6
        assert len(apart.pids) == 2
        pids = apart.pids
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_an_interrupt_leaves_nothing_to_the_next(apart: Apart, tmp_path: Path, good: Path) -> None:
    """Wherever it comes, and whatever the child was about to answer."""
    long = make_video(tmp_path / "long.mp4", 900, pixel_format="yuv420p")
    for number in range(1, 8):
        alarms = count()

        def interrupt(_: int, __: object, last: int = number, alarms: Iterator[int] = alarms) -> None:
            if next(alarms) == last:
                raise KeyboardInterrupt

        before = signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.003)
        try:
            with suppress(KeyboardInterrupt), apart.reader(long) as reader:
                list(reader)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert works(apart, good)


def test_closing_ends_what_is_under_way_and_what_waits(tmp_path: Path, good: Path) -> None:
    long = make_video(tmp_path / "long.mp4", 900)
    apart = Apart(processes=1, limits=LIMITS)
    said: list[str] = []

    def wait() -> None:
        try:
            works(apart, good)
        except UsageError as error:
            said.append(str(error))

    with apart.reader(long) as reader:
        waiting = [threading.Thread(target=wait) for _ in range(2)]
        for thread in waiting:
            thread.start()
        apart.close()
        with pytest.raises(InputError, match="killed by SIGKILL"):
            list(reader)
    for thread in waiting:
        thread.join()
    assert [text.startswith("nothing is read apart any more") for text in said] == [True, True]
    assert apart.pids == ()
    apart.close()


@pytest.fixture
def timeline() -> Timeline:
    return Timeline(Fraction(4, 3), (Segment(Fraction(0), Fraction(1), "reach", 0.75),))


def test_a_copy_is_the_same_as_here(apart: Apart, tmp_path: Path, timeline: Timeline) -> None:
    path = make_video(tmp_path / "good.mp4", 40, sound="aac")
    told: list[list[tuple[float, float | None]]] = [[], []]
    annotate(path, timeline, tmp_path / "here.mp4", progress=lambda *amounts: told[0].append(amounts))
    apart.annotate(path, timeline, tmp_path / "there" / "copy.mp4", progress=lambda *amounts: told[1].append(amounts))
    assert told[0] == told[1]
    with Reader(tmp_path / "here.mp4") as here, Reader(tmp_path / "there" / "copy.mp4") as there:
        for wanted, got in zip(here, there, strict=True):
            assert wanted.time == got.time
            assert np.array_equal(wanted.image, got.image)
        assert there.info.has_audio
    assert [entry.name for entry in (tmp_path / "there").iterdir()] == ["copy.mp4"]


def test_a_copy_that_fails_leaves_nothing(apart: Apart, tmp_path: Path, good: Path, timeline: Timeline) -> None:
    folder = tmp_path / "out"
    steps = count()

    def stop(_: float, __: float | None) -> None:
        if next(steps) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apart.annotate(good, timeline, folder / "copy.mp4", progress=stop)
    with pytest.raises(InputError, match="no such file"):
        apart.annotate(tmp_path / "missing.mp4", timeline, folder / "copy.mp4")
    (before,) = apart.pids
    with pytest.raises(InputError, match="killed by SIGKILL"):
        apart.annotate(good, timeline, folder / "copy.mp4", progress=lambda *_: os.kill(before, signal.SIGKILL))
    assert list(folder.iterdir()) == []
    with pytest.raises(UsageError, match="replace the video itself"):
        apart.annotate(good, timeline, good)
    with pytest.raises(OutputError, match=r"cannot write .*good\.mp4/copy\.mp4"):
        apart.annotate(good, timeline, good / "copy.mp4")
    assert works(apart, good)
