from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aisle.core.boxes import Boxes
from aisle.objects.detector import resized, without_doubles


def boxes(*rows: tuple[float, float, float, float, float]) -> Boxes:
    table = np.array(rows, np.float32).reshape(-1, 5)
    return Boxes(table[:, :4], table[:, 4])


def test_of_two_that_overlap_the_better_stays() -> None:
    found = without_doubles(boxes((0, 0, 10, 10, 0.6), (1, 0, 11, 10, 0.9), (20, 0, 30, 10, 0.5)), 0.5)
    np.testing.assert_allclose(found.scores, [0.9, 0.5])
    np.testing.assert_array_equal(found.corners, [[1, 0, 11, 10], [20, 0, 30, 10]])


def test_boxes_that_overlap_little_are_two() -> None:
    assert len(without_doubles(boxes((0, 0, 10, 10, 0.6), (6, 0, 16, 10, 0.9)), 0.5)) == 2
    assert len(without_doubles(boxes((0, 0, 10, 10, 0.6), (6, 0, 16, 10, 0.9)), 0.2)) == 1


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    wide, high = (min(one[k + 2], other[k + 2]) - max(one[k], other[k]) for k in (0, 1))
    shared = max(wide, 0) * max(high, 0)
    both = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / (both - shared)


SIDES = st.tuples(
    st.integers(0, 20), st.integers(0, 20), st.integers(1, 20), st.integers(1, 20), st.floats(0, 1, width=32)
)


@given(st.lists(SIDES, max_size=12))
def test_none_that_stays_overlaps_another_and_none_goes_without_a_better_one(rows: list[tuple[float, ...]]) -> None:
    every = boxes(*((x, y, x + w, y + h, score) for x, y, w, h, score in rows))
    found = without_doubles(every, 0.4)
    pairs = [(a, b) for a in range(len(found)) for b in range(a)]
    assert all(overlap(found.corners[a], found.corners[b]) <= 0.4 + 1e-6 for a, b in pairs)
    for corners, score in zip(every.corners, every.scores, strict=True):
        best = [
            kept
            for kept, other in zip(found.scores, found.corners, strict=True)
            if overlap(corners, other) > 0.4 - 1e-6
        ]
        assert any((found.corners == corners).all(axis=1)) or max(best) >= score


def test_shrinking_averages() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 200
    small = resized(stripes, 8, 16)
    assert small.shape == (16, 8, 3)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, 100, atol=5)
