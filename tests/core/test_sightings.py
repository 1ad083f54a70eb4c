from __future__ import annotations

import numpy as np
import pytest

from aisle.core import UsageError
from aisle.core.sightings import Sightings


def seen(steps: list[int], count: int) -> Sightings:
    rows = len(steps)
    return Sightings(np.zeros((rows, 2), np.float32), np.array(steps, np.int64), np.zeros((rows, 4), np.float32), count)


def test_a_step_has_the_highest_score_of_its_rows_and_the_least_where_it_has_none() -> None:
    most = seen([0, 0, 2], 4).most(np.array([1, 3, 2], np.float32), least=0.5)
    assert most.tolist() == [3, 0.5, 2, 0.5]


@pytest.mark.parametrize("steps", [[1, 0], [-1], [4]])
def test_steps_out_of_order_or_beyond_the_video_are_refused(steps: list[int]) -> None:
    with pytest.raises(UsageError, match="other steps"):
        seen(steps, 4)


def test_rows_without_a_place_are_refused() -> None:
    with pytest.raises(UsageError, match="do not fit each other"):
        Sightings(np.zeros((2, 2), np.float32), np.zeros(2, np.int64), np.zeros((1, 4), np.float32), 1)
