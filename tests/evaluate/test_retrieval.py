from __future__ import annotations

import numpy as np
import pytest

from aisle.core import UsageError
from aisle.evaluate.retrieval import cosines, nearest, recalled, retrieve, voted

GALLERY = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 4.0], [-1.0, 0.0]])
QUERIES = np.array([[2.0, 0.0], [0.0, 0.5]])
SIMILAR = np.array([[1.0, 0.0, 0.6, -1.0], [0.0, 1.0, 0.8, 0.0]])
"""Worked out by hand."""


def test_cosines_do_not_know_lengths() -> None:
    assert cosines(QUERIES, GALLERY) == pytest.approx(SIMILAR)


def test_what_is_nothing_is_near_to_nobody() -> None:
    assert cosines(np.zeros((1, 2)), GALLERY).tolist() == [[0, 0, 0, 0]]


def test_clips_of_other_numbers_are_not_compared() -> None:
    with pytest.raises(UsageError, match=r"queries \(2, 2\), gallery \(2, 3\)"):
        cosines(QUERIES, np.zeros((2, 3)))


def test_the_nearest_come_first_and_ties_keep_their_order() -> None:
    assert nearest(SIMILAR, 3).tolist() == [[0, 2, 1], [1, 2, 0]]


def test_a_small_gallery_is_taken_whole() -> None:
    assert nearest(SIMILAR, 9).shape == (2, 4)


@pytest.mark.parametrize(("similar", "count"), [(SIMILAR, 0), (np.zeros((2, 0)), 1)])
def test_nobody_to_ask(similar: np.ndarray, count: int) -> None:
    with pytest.raises(UsageError, match="a query has neighbours"):
        nearest(similar, count)


def test_the_nearest_outvotes_others_that_are_far() -> None:
    """For the first query exp(-.4 / .07) = .0033 a vote of the second nearest, far less than 1."""
    assert voted(SIMILAR, np.array([2, 1, 1, 0]), 3, 3).tolist() == [2, 1]


def test_two_that_are_nearly_as_near_outvote_the_nearest() -> None:
    """exp(-.01 / .07) = .87 each, together more than 1."""
    assert voted(np.array([[0.9, 0.89, 0.89]]), np.array([0, 1, 1]), 3, 2).tolist() == [1]
    assert voted(np.array([[0.9, 0.89, 0.89]]), np.array([0, 1, 1]), 2, 2).tolist() == [0]


def test_recall_asks_for_one_of_the_same_class() -> None:
    wanted, classes = np.array([1, 1]), np.array([0, 1, 2, 1])
    assert recalled(SIMILAR, wanted, classes, 1).tolist() == [False, True]
    assert recalled(SIMILAR, wanted, classes, 2).tolist() == [False, True]
    assert recalled(SIMILAR, wanted, classes, 3).tolist() == [True, True]
    assert recalled(SIMILAR, np.array([5, 5]), classes, 4).tolist() == [False, False]


def test_answers_of_the_own_group_do_not_count() -> None:
    """To clip 0 clip 1 is nearest, but of its group; among the others the first, 2, is wrong and the second right."""
    similar = np.array([[1.0, 0.9, 0.8, 0.7], [0.9, 1.0, 0.8, 0.7], [0.5] * 4, [0.5, 0.4, 0.8, 1.0]])
    found = retrieve(similar, np.array([0, 0, 1, 0]), ["a", "a", "b", "c"], shown=1)
    assert found.queries == 3  # nobody else has the class of clip 2
    # clips 0 and 1: wrong, right; clip 3: wrong, right, right
    assert (found.precision, found.first) == (0, 0)
    assert found.average_precision == pytest.approx((1 / 2 + 1 / 2 + (1 / 2 + 2 / 3) / 2) / 3)


def test_figures_of_answers_by_hand() -> None:
    """Clip 0 ranks 1 right, 2 wrong; clip 1 ranks 2 wrong, 0 right; clip 2 has nobody of its class.

    Average precision 1 and 1/2, the first right for one of two, and of two that are shown one each.
    """
    similar = np.array([[1.0, 0.9, 0.1], [0.2, 1.0, 0.8], [0.3, 0.3, 1.0]])
    found = retrieve(similar, np.array([0, 0, 1]), ["a", "b", "c"], shown=2)
    assert (found.queries, found.precision, found.average_precision, found.first) == (2, 0.5, 0.75, 0.5)
    assert found.confidence["average_precision"].low >= 0.5
    assert found.confidence["average_precision"].high <= 1


def test_nobody_of_the_same_class_in_another_group() -> None:
    with pytest.raises(UsageError, match="nobody can be asked for"):
        retrieve(np.eye(2), np.array([0, 0]), ["a", "a"])
