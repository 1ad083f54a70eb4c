"""Answers that are not copies of each other."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from aisle.core import UsageError
from aisle.core.collection import Part
from aisle.search.diverse import diverse, grouped


def part(video: str, start: int = 0, end: int = 4) -> Part:
    return Part(video, Fraction(start), Fraction(end))


def rows(*numbers: tuple[float, float]) -> np.ndarray:
    found = np.array(numbers, np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_copies_join_the_first_that_they_are_like() -> None:
    units = rows((1, 0), (1, 0.01), (0, 1), (0.01, 1), (1, 0.02))
    groups = grouped(units, [part(name) for name in "abcde"])
    assert [(group.first, group.copies) for group in groups] == [(0, (1, 4)), (2, (3,))]


def test_a_moment_is_told_once() -> None:
    units = rows((1, 0), (0.8, 0.6), (0, 1), (0, 1))
    parts = [part("a", 0, 4), part("a", 1, 5), part("a", 3, 7), part("a", 8, 12)]
    assert [(group.first, group.copies) for group in grouped(units, parts)] == [(0, ()), (2, (3,))]


def test_by_hand_the_second_answer_is_another() -> None:
    units = rows((1, 0), (0.95, 0.31), (0.6, -0.8))
    cosines = np.array([1, 0.95, 0.6], np.float32)
    assert diverse(units, cosines, 3, 0) == [0, 1, 2]
    # .5 * .95 - .5 * .95 against .5 * .6 - .5 * .6, then with less likeness: .7 * .95 - .3 * .95 > .7 * .6 - .3 * .6
    assert diverse(units, cosines, 2, 0.3) == [0, 1]
    assert diverse(units, cosines, 2, 0.7) == [0, 2]
    assert diverse(units, cosines, 9, 0.5)[:1] == [0]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_diversity_is_a_share(share: float) -> None:
    with pytest.raises(UsageError, match="diversity"):
        diverse(rows((1, 0)), np.ones(1, np.float32), 1, share)
