"""Shots of whole videos: times to the picture at any rate, blocks that hide nothing, and videos without any change."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.analysis.shots import Method, blocks, changes_of, find_cuts, find_shots
from aisle.core import InputError
from aisle.core.shots import Change
from edited import black, shot, spliced
from videos import Picture, make_video

RATE = Fraction(25)


def test_cuts_are_told_to_the_picture(tmp_path: Path) -> None:
    shots = find_cuts(make_video(tmp_path / "edited.mp4", spliced(), RATE))
    first, dissolve, last = shots.changes
    assert (first.start, first.end) == (Fraction(40, 25), Fraction(40, 25))
    assert (last.start, last.end) == (Fraction(115, 25), Fraction(115, 25))
    assert abs(dissolve.start - 70 / RATE) <= 4 / RATE
    assert abs(dissolve.end - 90 / RATE) <= 4 / RATE
    assert shots.method == "fast"
    assert shots.duration == Fraction(140, 25)
    assert [stretch.start for stretch in shots.stretches] == [0, first.start, dissolve.middle, last.start]


def test_a_rate_that_varies_moves_no_cut(tmp_path: Path) -> None:
    steps = [Fraction(int(step), 75) for step in np.random.default_rng(0).integers(2, 6, 140)]
    times = [sum(steps[:at], Fraction(0)) for at in range(140)]
    first, _, last = find_cuts(make_video(tmp_path / "edited.mp4", spliced(), RATE, times=times)).changes
    assert float(first.start) == pytest.approx(float(times[40]), abs=1e-3)
    assert float(last.start) == pytest.approx(float(times[115]), abs=1e-3)


@pytest.mark.parametrize(
    "pictures",
    [shot(1, 1), shot(1, 2), shot(1, 1) * 60, black(60), [*shot(1, 40), *black(1), *shot(1, 80)[41:]]],
    ids=["one picture", "two", "still", "black", "a flash"],
)
def test_one_shot_is_one_stretch(tmp_path: Path, pictures: list[Picture]) -> None:
    shots = find_cuts(make_video(tmp_path / "one.mp4", pictures, RATE))
    assert shots.changes == ()
    (stretch,) = shots.stretches
    assert (stretch.start, stretch.end) == (0, shots.duration)


def test_a_damaged_video_gives_what_can_be_read_and_none_is_refused(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "whole.ts", spliced(), RATE)
    torn = tmp_path / "torn.ts"
    torn.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    assert [change.start for change in find_cuts(torn).changes][:1] == [Fraction(40, 25)]
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all")
    with pytest.raises(InputError):
        find_cuts(broken)


def test_progress_hears_seconds(tmp_path: Path) -> None:
    heard: list[tuple[float, float | None]] = []
    find_cuts(
        make_video(tmp_path / "edited.mp4", shot(0, 25), RATE),
        progress=lambda done, total: heard.append((done, total)),
    )
    assert heard[0][0] == 0
    assert heard[-1] == (pytest.approx(0.96), pytest.approx(1))


@given(count=st.integers(0, 60), context=st.integers(0, 12), size=st.integers(1, 20))
def test_blocks_hold_each_picture_once_with_what_is_around_it(count: int, context: int, size: int) -> None:
    own: list[int] = []
    for block, kept in blocks((np.array([at], np.uint8) for at in range(count)), context, size):
        first, after = int(block[kept][0, 0]), int(block[kept][-1, 0]) + 1
        own += block[kept, 0].tolist()
        assert block[:, 0].tolist() == list(range(max(first - context, 0), min(after + context, count)))
    assert own == list(range(count))


def test_a_block_tells_what_the_whole_video_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = make_video(tmp_path / "edited.mp4", spliced(), RATE)
    whole = find_cuts(video)
    monkeypatch.setattr("aisle.analysis.shots._BLOCK", 1000)
    looked: list[int] = []

    def look(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        looked.append(len(pictures))
        found = np.zeros((len(pictures), 2), np.float32)
        found[39] = 1
        return found

    named = find_shots(video, Method("mine", look, 3))
    assert looked == [140]
    assert named.changes[0].start == whole.changes[0].start
    assert named.method == "mine"


TIMES = [Fraction(at, 25) for at in range(30)]


def sure(*places: tuple[int, int], middle: float = 1.0) -> npt.NDArray[np.float32]:
    found = np.zeros((30, 2), np.float32)
    for first, after in places:
        found[first:after, 1] = 1
        found[(first + after) // 2, 0] = middle
    return found


def test_a_cut_is_where_neighbours_differ_most() -> None:
    steps = np.zeros(30, np.float32)
    steps[10] = 5
    assert changes_of(sure((9, 10)), steps, TIMES, 0.5) == (Change(TIMES[11], TIMES[11], 1.0),)


def test_a_gradual_change_has_a_middle_and_shots_on_either_side() -> None:
    steps = np.zeros(30, np.float32)
    assert changes_of(sure((8, 16)), steps, TIMES, 0.5) == (Change(TIMES[8], TIMES[16], 1.0),)
    assert changes_of(sure((8, 16), middle=0.4), steps, TIMES, 0.5) == ()
    assert changes_of(sure((0, 8), (22, 30)), steps, TIMES, 0.5) == ()


def test_without_pictures_beside_there_is_no_cut() -> None:
    one = np.ones((1, 2), np.float32)
    assert changes_of(one, np.zeros(1, np.float32), TIMES[:1], 0.5) == ()
