"""What judging shots says, against figures worked by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import UsageError
from aisle.core.shots import Change
from aisle.evaluate.shots import judge, pooled

RATE = Fraction(25)


def change(first: int, last: int | None = None) -> Change:
    return Change(first / RATE, (first if last is None else last) / RATE)


def test_a_hand_worked_video() -> None:
    """Three cuts and a dissolve: one cut exact, one a picture late, one missed; the dissolve overlaps; one is false."""
    truth = [change(10), change(50), change(100, 120), change(200)]
    found = [change(10), change(51), change(118, 125), change(300)]
    report = judge(found, truth, RATE)
    assert (report.cuts, report.gradual, report.found_cuts, report.found_gradual, report.false) == (3, 1, 2, 1, 1)
    assert report.off == (0, 1)
    assert (report.precision, report.recall, report.f1, report.exact) == (0.75, 0.75, 0.75, 0.5)


@pytest.mark.parametrize(("late", "hits"), [(-3, 0), (-2, 1), (0, 1), (2, 1), (3, 0)])
def test_two_pictures_are_forgiven_and_three_are_not(late: int, hits: int) -> None:
    report = judge([change(50 + late)], [change(50)], RATE)
    assert (report.found_cuts, report.false) == (hits, 1 - hits)
    assert report.off == (late,) * hits


def test_each_is_found_once() -> None:
    report = judge([change(50), change(51)], [change(50)], RATE)
    assert (report.found_cuts, report.false) == (1, 1)
    report = judge([change(50)], [change(50), change(51)], RATE)
    assert (report.found_cuts, report.false, report.recall) == (1, 0, 0.5)


def test_where_nothing_is_nothing_is_missed() -> None:
    report = judge([], [], RATE)
    assert (report.precision, report.recall, report.f1, report.exact) == (1, 1, 1, 1)
    assert judge([], [change(5)], RATE).f1 == 0
    assert judge([change(5)], [], RATE).precision == 0


def test_videos_are_pooled_by_their_changes_and_not_by_their_scores() -> None:
    both = pooled([judge([change(5)], [change(5)], RATE), judge([], [change(5), change(9), change(20)], RATE)])
    assert (both.cuts, both.found_cuts, both.recall, both.off) == (4, 1, 0.25, (0,))


@pytest.mark.parametrize(("rate", "tolerance"), [(Fraction(0), 2), (RATE, -1)])
def test_a_rate_and_a_tolerance_are_some(rate: Fraction, tolerance: int) -> None:
    with pytest.raises(UsageError, match="a rate and a tolerance"):
        judge([], [], rate, tolerance=tolerance)


@given(st.lists(st.integers(1, 5000), unique=True, max_size=30).map(sorted))
def test_the_truth_is_found_by_itself(places: list[int]) -> None:
    truth = [change(place) for place in places]
    report = judge(truth, truth, RATE)
    assert (report.f1, report.exact, report.false) == (1, 1, 0)
