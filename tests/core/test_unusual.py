"""Where something is unusual, and whose box that is in."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import Grid, Heat, UsageError
from aisle.core.boxes import Boxes
from aisle.core.detections import PERSON, Detections, Observation
from aisle.core.heat import Place
from aisle.core.unusual import Unusual, Where, corner, where, whose

GRID = Grid(Fraction(0), Fraction(1, 2), Fraction(1, 2), 6)


def hot(row: int, column: int) -> np.typing.NDArray[np.float32]:
    heat = np.full((3, 4), 0.1, np.float32)
    heat[row, column] = 0.9
    return heat


UNUSUAL = Unusual(
    Heat(np.stack([hot(0, 0), hot(0, 1), hot(1, 2), hot(2, 3), hot(0, 0), hot(0, 0)]), GRID),
    np.array([0.1, 0.4, 0.9, 0.6, 0.1, 0.0], np.float32),
    0.5,
)


def look(*corners: tuple[float, float, float, float], labels: tuple[str, ...] = ()) -> Observation:
    boxes = Boxes(np.array(corners, np.float32).reshape(-1, 4), np.full(len(corners), 0.9, np.float32))
    found = Detections(boxes, labels or (PERSON,) * len(corners), np.arange(1, len(corners) + 1))
    return Observation(Fraction(1), 30, 400, 300, found)


def test_heat_is_shown_where_the_risk_is_near_the_threshold() -> None:
    assert [UNUSUAL.step(start) for start, _ in map(GRID.cell, range(6))] == [None, 1, 2, 3, None, None]
    assert UNUSUAL.step(Fraction(-1)) is UNUSUAL.step(Fraction(3)) is UNUSUAL.at(Fraction(100)) is None


def test_the_hottest_moment_of_a_stretch_is_its_riskiest_step() -> None:
    found = UNUSUAL.hottest(Fraction(0), Fraction(3))
    assert found is not None
    assert found[0] == Fraction(5, 4)
    assert (found[1] == hot(1, 2)).all()
    assert UNUSUAL.hottest(Fraction(4), Fraction(5)) is None


def test_a_place_names_who_is_there() -> None:
    inside, outside = (210, 110, 290, 190), (0, 0, 50, 50)
    assert where(UNUSUAL, Fraction(0), Fraction(3)) == Where(Fraction(5, 4), (0.5, 1 / 3, 0.75, 2 / 3))
    assert where(UNUSUAL, Fraction(0), Fraction(3), look(outside, inside)) == Where(
        Fraction(5, 4), (0.5, 1 / 3, 0.75, 2 / 3), PERSON, 2
    )
    assert where(UNUSUAL, Fraction(0), Fraction(3), look(outside)) == where(UNUSUAL, Fraction(0), Fraction(3))
    assert where(UNUSUAL, Fraction(8), Fraction(9)) is None


def test_people_go_before_things_and_the_hotter_of_two_before_the_other() -> None:
    thing, tight, wide = (220, 120, 280, 180), (205, 105, 295, 195), (0, 0, 400, 300)
    assert whose(hot(1, 2), look(thing, wide, labels=("bottle", PERSON))) == 1
    assert whose(hot(1, 2), look(wide, tight)) == 1
    assert whose(hot(1, 2), look()) is None
    assert whose(np.zeros((3, 4), np.float32), look(wide)) is None


@given(st.integers(0, 2), st.integers(0, 3), st.tuples(*[st.floats(-100, 500)] * 4))
def test_whoever_is_named_is_near_the_hottest_cell(row: int, column: int, box: tuple[float, ...]) -> None:
    left, right = sorted((box[0], box[2]))
    top, bottom = sorted((box[1], box[3]))
    named = whose(hot(row, column), look((left, top, right, bottom)))
    touches = left < (column + 1.01) * 100 and right > (column - 0.01) * 100
    touches &= top < (row + 1.01) * 100 and bottom > (row - 0.01) * 100
    assert named in ((0, None) if touches else (None,))


def test_each_step_has_a_risk() -> None:
    with pytest.raises(UsageError, match="each step has a risk; got: 2; allowed: 6"):
        Unusual(UNUSUAL.heat, np.zeros(2, np.float32), 0.5)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ((0.0, 0.0, 1.0, 1.0), "whole picture"),
        ((0.0, 0.0, 0.25, 0.25), "upper left"),
        ((0.4, 0.4, 0.6, 0.6), "middle"),
        ((0.75, 0.0, 1.0, 1.0), "right"),
        ((0.9, 0.9, 1.0, 1.0), "lower right"),
    ],
)
def test_people_are_told_the_part_of_the_picture(place: Place, name: str) -> None:
    assert corner(place) == name
