from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import InputError, OutputError, Segment, Timeline, UsageError
from aisle.core.colour import label_colour
from aisle.media import Overlay, Reader, annotate
from videos import heard_clicks, make_video, number_of, numbered, streams_of

TIMELINE = Timeline(Fraction(2), (Segment(Fraction(0), Fraction(1), "Walk", 0.5),))
SIZE = (320, 240)


def make_source(path: Path, **options: object) -> Path:
    return make_video(path, [numbered(number, *SIZE) for number in range(60)], **options)


def test_a_copy_has_the_same_pictures_times_and_sound(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source.mp4", sound="aac", clicks=[1.5])
    annotate(source, TIMELINE, tmp_path / "out" / "copy.mp4")
    with Reader(source) as before, Reader(tmp_path / "out" / "copy.mp4") as after:
        overlay = Overlay(*SIZE, TIMELINE)
        for one, other in zip(before, after, strict=True):
            assert one.time == other.time
            assert number_of(other.image[:200]) == number_of(one.image[:200])
            assert np.abs(overlay.draw(one).image.astype(int) - other.image).mean() < 4
    assert before.duration == after.duration
    assert streams_of(tmp_path / "out" / "copy.mp4") == [("video", "h264"), ("audio", "aac")]
    assert heard_clicks(tmp_path / "out" / "copy.mp4") == pytest.approx([1.5], abs=0.004)


def test_the_overlay_is_in_the_copy(tmp_path: Path) -> None:
    annotate(make_source(tmp_path / "source.mp4"), TIMELINE, tmp_path / "copy.mp4")
    with Reader(tmp_path / "copy.mp4") as reader:
        *_, last = reader
    bar = last.image[-2].astype(int)
    assert np.abs(bar[20:140].mean(axis=0) - label_colour("Walk")).max() < 25
    assert bar[180:300].mean() < 110


@pytest.mark.parametrize("rotation", [90, 180])
def test_a_turned_video_becomes_upright(tmp_path: Path, rotation: int) -> None:
    source = make_source(tmp_path / "source.mp4", rotation=rotation)
    annotate(source, TIMELINE, tmp_path / "copy.mp4")
    with Reader(source) as before, Reader(tmp_path / "copy.mp4") as after:
        assert (after.info.width, after.info.height) == (before.info.width, before.info.height)
        assert after.info.rotation == 0


def test_a_video_cut_off_gives_a_copy_of_what_is_left(tmp_path: Path) -> None:
    whole = make_source(tmp_path / "whole.mp4", container={"movflags": "+faststart"}).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    annotate(tmp_path / "cut.mp4", TIMELINE, tmp_path / "copy.mp4")
    with Reader(tmp_path / "cut.mp4") as before, Reader(tmp_path / "copy.mp4") as after:
        assert [frame.time for frame in before] == [frame.time for frame in after]
    assert before.skipped
    assert after.skipped == ()


def test_an_odd_size_and_a_variable_rate(tmp_path: Path) -> None:
    times = [Fraction(tick, 90_000) for tick in (0, 4001, 9000, 90_000)]
    pictures = [numbered(number, 101, 75) for number in range(4)]
    options = {"codec": "libx264rgb", "pixel_format": "rgb24"}
    annotate(make_video(tmp_path / "odd.mp4", pictures, times=times, **options), TIMELINE, tmp_path / "copy.mp4")
    with Reader(tmp_path / "copy.mp4") as reader:
        assert [(frame.time, frame.image.shape) for frame in reader] == [(time, (76, 102, 3)) for time in times]


def test_progress_rises_to_the_whole_length(tmp_path: Path) -> None:
    told: list[tuple[float, float | None]] = []
    annotate(
        make_source(tmp_path / "source.mp4"),
        TIMELINE,
        tmp_path / "copy.mp4",
        progress=lambda done, total: told.append((done, total)),
    )
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (2, 2)


def test_the_source_is_never_replaced(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source.mp4")
    before = source.read_bytes()
    with pytest.raises(UsageError, match="would replace the video itself"):
        annotate(source, TIMELINE, tmp_path / "." / "source.mp4")
    assert source.read_bytes() == before


def stop(done: float, total: float | None) -> None:
    if done > 1:
        raise KeyboardInterrupt(total)


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source.mp4", sound="aac")
    with pytest.raises(KeyboardInterrupt):
        annotate(source, TIMELINE, tmp_path / "copy.mp4", progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["source.mp4"]


def test_a_missing_source_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        annotate(tmp_path / "nowhere.mp4", TIMELINE, tmp_path / "copy.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source.mp4")
    with pytest.raises(OutputError, match="cannot write"):
        annotate(source, TIMELINE, source / "copy.mp4")
