from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from aisle.core import Grid, Heat, UsageError
from aisle.core.heat import EVERYWHERE, place_of


def test_the_place_is_the_box_around_the_hottest_cell_and_what_touches_it() -> None:
    heat = np.zeros((4, 8), np.float32)
    heat[1, 2], heat[2, 3], heat[0, 7] = 0.9, 0.5, 0.8  # the last is as hot, but elsewhere
    assert place_of(heat) == (2 / 8, 1 / 4, 4 / 8, 3 / 4)


def test_half_of_the_heat_is_the_least_that_belongs_to_a_place() -> None:
    heat = np.array([[0.8, 0.41, 0.39]], np.float32)
    assert place_of(heat) == (0.0, 0.0, 2 / 3, 1.0)


def test_where_nothing_is_hot_the_place_is_everywhere() -> None:
    assert place_of(np.zeros((3, 3), np.float32)) == EVERYWHERE


def test_heat_at_a_time_is_that_of_the_step_around_it() -> None:
    values = np.arange(3, dtype=np.float32).reshape(3, 1, 1)
    heat = Heat(values, Grid(Fraction(0), Fraction(1, 2), Fraction(1, 2), 3))
    assert heat.at(Fraction(3, 4))[0, 0] == 1
    assert heat.at(Fraction(9))[0, 0] == 2


def test_heat_of_another_length_than_its_grid_is_refused() -> None:
    with pytest.raises(UsageError, match="heat does not fit"):
        Heat(np.zeros((2, 1, 1), np.float32), Grid(Fraction(0), Fraction(1), Fraction(1), 3))
