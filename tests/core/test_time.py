from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import Grid, UsageError, clock, exact, seconds

TIMES = st.fractions(0, 10_000, max_denominator=1001)
POSITIVE = st.fractions(Fraction(1, 1000), 100, max_denominator=1001)
GRIDS = st.builds(Grid, TIMES, POSITIVE, POSITIVE, st.integers(1, 1000))


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("12", Fraction(12)),
        ("30000/1001", Fraction(30000, 1001)),
        ("29.97", Fraction(2997, 100)),
        (29.97, Fraction(2997, 100)),
        (0.1, Fraction(1, 10)),
        (1e-7, Fraction(1, 10_000_000)),
        (Fraction(2, 3), Fraction(2, 3)),
        (-1.5, Fraction(-3, 2)),
    ],
)
def test_numbers_are_taken_as_they_are_written(given_: str | float | Fraction, wanted: Fraction) -> None:
    assert exact(given_) == wanted


@pytest.mark.parametrize("bad", ["", "often", "1/0", "1:30", math.inf, -math.inf, math.nan])
def test_what_is_no_number_is_refused(bad: str | float) -> None:
    with pytest.raises(UsageError, match=r"not a number; got: .*; allowed: 12, 12\.5 or 30000/1001"):
        exact(bad)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_survives(value: float) -> None:
    assert float(exact(value)) == value


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (Fraction(0), "0:00:00.000"),
        (Fraction(1, 3), "0:00:00.333"),
        (Fraction(5999, 100), "0:00:59.990"),
        (Fraction(599_996, 10_000), "0:01:00.000"),
        (3600 - Fraction(1, 10_000), "1:00:00.000"),
        (Fraction(86_399), "23:59:59.000"),
        (360_000, "100:00:00.000"),
        (Fraction(-3, 2), "-0:00:01.500"),
        (Fraction(-1, 10_000), "0:00:00.000"),
        (1.25, "0:00:01.250"),
    ],
)
def test_a_clock_as_players_show_it(time: Fraction | float, text: str) -> None:
    assert clock(time) == text


@given(TIMES)
def test_a_clock_tells_the_time_to_half_a_millisecond(time: Fraction) -> None:
    hours, minutes, rest = clock(time).split(":")
    assert abs(int(hours) * 3600 + int(minutes) * 60 + Fraction(rest) - time) <= Fraction(1, 2000)
    assert int(minutes) < 60
    assert Fraction(rest) < 60


def test_seconds_for_people_have_six_places() -> None:
    assert seconds(Fraction(1, 3)) == 0.333333
    assert seconds(Fraction(2)) == 2.0


def test_cells_of_a_grid() -> None:
    grid = Grid(Fraction(1), Fraction(8, 25), Fraction(16, 25), 3)
    assert grid.cell(0) == (1, Fraction(41, 25))
    assert grid.cell(2) == (Fraction(41, 25), Fraction(57, 25))
    assert grid.end == Fraction(57, 25)
    assert Grid(Fraction(5), Fraction(1), Fraction(1), 0).end == 5


@pytest.mark.parametrize("index", [-1, 3])
def test_a_cell_outside_the_grid_is_refused(index: int) -> None:
    with pytest.raises(UsageError, match=f"no such cell of the grid; got: {index}; allowed: 0 to 2"):
        Grid(Fraction(0), Fraction(1), Fraction(1), 3).cell(index)


@given(GRIDS, st.data())
def test_every_cell_is_found_by_its_start(grid: Grid, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, grid.count - 1))
    assert grid.index(grid.cell(index)[0]) == index


@given(GRIDS, TIMES)
def test_a_time_belongs_to_the_last_cell_that_has_begun(grid: Grid, time: Fraction) -> None:
    index = grid.index(time)
    assert 0 <= index < grid.count
    assert index == 0 or grid.cell(index)[0] <= time
    assert index == grid.count - 1 or time < grid.cell(index + 1)[0]


def test_nothing_drifts_in_two_hours() -> None:
    step = 8 / Fraction(30000, 1001)
    grid = Grid(Fraction(0), step, step, int(7200 / step))
    assert all(grid.index(number * step) == number for number in range(grid.count))


@pytest.mark.parametrize(("step", "span", "count"), [(0, 1, 1), (-1, 1, 1), (1, 0, 1), (1, 1, -1)])
def test_impossible_grids_are_refused(step: int, span: int, count: int) -> None:
    with pytest.raises(UsageError, match="grid"):
        Grid(Fraction(0), Fraction(step), Fraction(span), count)


def test_an_empty_grid_has_no_cell_for_any_time() -> None:
    with pytest.raises(UsageError, match="an empty grid has no cells"):
        Grid(Fraction(0), Fraction(1), Fraction(1), 0).index(Fraction(0))
