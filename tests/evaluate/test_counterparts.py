"""Clips that a model names in words of its own."""

from __future__ import annotations

import numpy as np
import pytest

from aisle.core import LabelSet, UnknownNameError, UsageError
from aisle.evaluate.classify import evaluate_clips
from aisle.evaluate.counterparts import evaluate_named


def test_with_the_same_words_it_measures_as_always() -> None:
    rng = np.random.default_rng(0)
    labels = LabelSet(tuple("abcdefgh"))
    probabilities = rng.dirichlet(np.ones(8), 60)
    truth = np.arange(60) % 8
    groups = [number // 6 for number in range(60)]
    plain = evaluate_clips(probabilities, truth, labels, groups=groups)
    named = evaluate_named(
        probabilities, [labels[int(i)] for i in truth], labels, {name: [name] for name in labels}, groups=groups
    )
    assert (named.clips, named.classes) == (60, 8)
    assert (named.top1, named.top5, named.macro_f1) == (plain.top1, plain.top5, pytest.approx(plain.macro.f1))
    for name in ("top1", "top5"):
        assert named.confidence[name] == plain.confidence[name]


def test_an_answer_is_right_where_it_is_one_of_the_counterparts() -> None:
    labels = LabelSet(("archery", "golf driving", "golf putting", "jogging", "reading", "singing", "yoga"))
    counterparts = {"golf": ["golf driving", "golf putting"], "bow": ["archery"]}
    first = np.eye(7) * 0.4 + 0.6 / 7
    told = evaluate_named(first[[1, 2, 3, 0, 2]], ["golf", "golf", "golf", "bow", "bow"], labels, counterparts)
    assert told.top1 == pytest.approx(3 / 5)
    # jogging is no class of the data: golf 2 of 3 found, once more given; bow 1 of 2 found, never else given
    assert told.macro_f1 == pytest.approx((2 * 2 / (3 + 3) + 2 * 1 / (2 + 1)) / 2)
    assert told.top5 == 1.0
    assert told.classes == 2


def test_an_answer_that_means_two_classes_counts_for_the_true_one() -> None:
    told = evaluate_named(
        np.array([[0.9, 0.1], [0.9, 0.1]]),
        ["catch", "throw"],
        LabelSet(("ball", "bat")),
        {"catch": ["ball"], "throw": ["ball"]},
    )
    assert (told.top1, told.top5, told.macro_f1) == (1.0, None, 1.0)


@pytest.mark.parametrize(
    ("truth", "counterparts", "error", "said"),
    [
        (["a", "a"], {"a": ["x"]}, UsageError, r"got: \(1, 2\) for 2 clips"),
        (["b"], {"a": ["x"]}, UnknownNameError, "unknown class of the data; got: 'b'"),
        (["a"], {"a": []}, UnknownNameError, "unknown class of the data; got: 'a'"),
        (["a"], {"a": ["z"]}, UnknownNameError, "unknown label; got: 'z'"),
    ],
)
def test_what_does_not_fit_is_refused(
    truth: list[str], counterparts: dict[str, list[str]], error: type[UsageError], said: str
) -> None:
    with pytest.raises(error, match=said):
        evaluate_named(np.array([[0.5, 0.5]]), truth, LabelSet(("x", "y")), counterparts)
