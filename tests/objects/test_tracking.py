from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import MissingPartError
from aisle.core.boxes import Boxes
from aisle.core.detections import NOBODY, PERSON, Detections
from aisle.objects.tracking import Tracker

BLANK = np.zeros((4, 4, 3), np.uint8)
WIDE, HIGH = 40, 100


def _found(*lefts: float, label: str = PERSON, score: float = 0.9, top: float = 100) -> Detections:
    corners = np.array([(x, top, x + WIDE, top + HIGH) for x in lefts], np.float32).reshape(-1, 4)
    return Detections.of(Boxes(corners, np.full(len(lefts), score, np.float32)), (label,) * len(lefts))


def _followed(tracker: Tracker, looks: Mapping[int, Detections]) -> list[list[int]]:
    """The tracks at each look, by its number, five a second."""
    return [tracker.push(Fraction(number, 5), BLANK, found).tracks.tolist() for number, found in looks.items()]


def test_numbers_count_from_1_at_the_second_look() -> None:
    looks = {0: _found(100, 300), 1: _found(102, 302), 2: _found(304, 104)}
    assert _followed(Tracker(), looks) == [[NOBODY, NOBODY], [1, 2], [2, 1]]


def test_who_walks_faster_than_their_own_width_stays_the_same() -> None:
    lefts = {number: _found(100 + 50 * number) for number in range(6)}
    assert _followed(Tracker(), lefts) == [[NOBODY], *[[1]] * 5]


def test_who_is_missed_for_a_second_stays_the_same() -> None:
    looks = {number: _found() if 4 <= number < 9 else _found(100 + 5 * number) for number in range(12)}
    assert _followed(Tracker(), looks)[9:] == [[1]] * 3


def test_who_was_away_is_somebody_new() -> None:
    looks = {number: _found(100) for number in (*range(4), *range(20, 24))}
    assert _followed(Tracker(), looks)[4:] == [[NOBODY], [2], [2], [2]]


def test_two_who_pass_each_other_stay_who_they_are() -> None:
    looks = {number: _found(100 + 12 * number, 280 - 12 * number) for number in range(16)}
    assert _followed(Tracker(), looks)[1:] == [[1, 2]] * 15


def test_things_are_followed_by_their_label() -> None:
    tracker = Tracker()
    for number in range(3):
        person, bottle = _found(100), _found(100, label="bottle")
        both = Detections.of(Boxes.joined(bottle.boxes, person.boxes), ("bottle", PERSON))
        tracks = tracker.push(Fraction(number, 5), BLANK, both).tracks.tolist()
    assert tracks == [1, 2]


def test_a_low_score_goes_on_and_starts_nothing() -> None:
    looks = {0: _found(100), 1: _found(100), 2: _found(100, score=0.2), 3: _found(100, score=0.2)}
    assert _followed(Tracker(), looks)[2:] == [[1], [1]]
    assert _followed(Tracker(), {number: _found(100, score=0.2) for number in range(3)}) == [[NOBODY]] * 3
    assert _followed(Tracker(sure=0.1), {number: _found(100, score=0.2) for number in range(2)})[1] == [1]


def test_other_rates_remember_for_as_long() -> None:
    tracker = Tracker(Fraction(30000, 1001))
    for number in (*range(30), *range(80, 83)):  # gone for 1.7 s
        tracks = tracker.push(number * Fraction(1001, 30000), BLANK, _found(100)).tracks.tolist()
    assert tracks == [1]


def test_masks_and_scores_stay_with_their_things() -> None:
    found = _found(100, 300)
    masks = np.arange(2).astype(bool)[:, np.newaxis, np.newaxis] & np.ones((2, 4, 4), bool)
    followed = Tracker().push(Fraction(0), BLANK, Detections(found.boxes, found.labels, found.tracks, masks))
    assert followed.masks is masks
    assert followed.boxes is found.boxes


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 500), st.sampled_from(["person", "dog"]), st.floats(0.05, 1)), max_size=6),
        max_size=12,
    )
)
def test_nobody_is_twice_in_a_look_and_all_come_out_the_same_again(looks: list[list[tuple[int, str, float]]]) -> None:
    def run() -> list[list[int]]:
        tracker, tracks = Tracker(), []
        for number, look in enumerate(looks):
            boxes = Boxes.joined(*(_found(left, score=score).boxes for left, _, score in look))
            labels = [label for _, label, _ in look]
            tracks.append(tracker.push(Fraction(number, 5), BLANK, Detections.of(boxes, labels)).tracks.tolist())
        return tracks

    told = run()
    for tracks in told:
        known = [track for track in tracks if track != NOBODY]
        assert len(set(known)) == len(known)
        assert all(track >= 1 for track in known)
    assert run() == told


def test_a_package_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "trackers", None)
    with pytest.raises(MissingPartError, match="following things needs the package"):
        Tracker()
