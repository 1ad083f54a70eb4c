from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from aisle.core import LabelSet, UnknownNameError
from aisle.evaluate.confusion import Confusion, count
from aisle.evaluate.figures import known, mean, ratio

LABELS = LabelSet(("reach", "retract", "look", "never"))


def test_rows_are_the_truth() -> None:
    confusion = count(np.array([0, 0, 0, 1, 2]), np.array([0, 1, 1, 1, 0]), LABELS)
    assert confusion.counts.tolist() == [[1, 2, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert confusion.confused("reach", "retract") == pytest.approx(2 / 3)
    assert confusion.confused("retract", "reach") == 0
    assert confusion.confused("never", "reach") is None
    assert confusion.accuracy == pytest.approx(2 / 5)
    with pytest.raises(UnknownNameError, match="did you mean reach"):
        confusion.confused("reech", "look")


def test_what_has_nothing_to_divide_by_is_undefined() -> None:
    confusion = count(np.array([0, 1]), np.array([0, 2]), LABELS)
    np.testing.assert_array_equal(confusion.precision, [1, np.nan, 0, np.nan])
    np.testing.assert_array_equal(confusion.recall, [1, 0, np.nan, np.nan])
    np.testing.assert_array_equal(confusion.f1, [1, 0, 0, np.nan])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_it_agrees_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = np.array(pairs).T
    confusion = count(truth, predicted, LABELS)
    np.testing.assert_array_equal(confusion.counts, confusion_matrix(truth, predicted, labels=range(4)))
    wanted = precision_recall_fscore_support(truth, predicted, labels=range(4), zero_division=np.nan)
    for ours, theirs in zip((confusion.precision, confusion.recall, confusion.f1), wanted[:3], strict=True):
        np.testing.assert_allclose(ours, theirs)
    np.testing.assert_array_equal(confusion.support, wanted[3])


def test_undefined_figures() -> None:
    np.testing.assert_array_equal(ratio([1, 0, 3], [2, 0, 0]), [0.5, np.nan, np.nan])
    assert mean(np.array([1.0, np.nan, 3.0])) == 2
    assert known(mean(np.array([np.nan]))) is None
    assert known(0.0) == 0


def test_classes_that_occur() -> None:
    counts = np.array([[2, 0, 1], [0, 0, 0], [0, 0, 3]], np.int64)
    counted = Confusion(LabelSet(("look", "reach", "take")), counts).occurring
    assert list(counted.labels) == ["look", "take"]
    assert counted.counts.tolist() == [[2, 1], [0, 3]]
    nothing = Confusion(LabelSet(("look", "take")), np.zeros((2, 2), np.int64))
    assert nothing.occurring is nothing
