from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from aisle.core import Features, Grid, LabelSet, Scores, UsageError

GRID = Grid(Fraction(0), Fraction(1), Fraction(1), 3)
LABELS = LabelSet(("walking", "standing"))


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def test_a_row_a_cell_is_taken() -> None:
    assert Features(zeros(3, 4), GRID, "test").values.shape == (3, 4)
    assert Scores(zeros(3, 2), GRID, LABELS).labels is LABELS


@pytest.mark.parametrize("shape", [(2, 4), (4, 4), (3,), (3, 4, 1)])
def test_features_that_do_not_fit_their_grid_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"features do not fit their grid; got: .*; allowed: \(3, any\)"):
        Features(zeros(*shape), GRID, "test")


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (3,)])
def test_scores_that_do_not_fit_their_grid_and_labels_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"scores do not fit .*; got: .*; allowed: \(3, 2\)"):
        Scores(zeros(*shape), GRID, LABELS)
