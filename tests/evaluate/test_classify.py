from __future__ import annotations

import json
import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, log_loss, precision_recall_fscore_support, top_k_accuracy_score

from aisle.core import LabelSet, UsageError
from aisle.evaluate.classify import ClassificationReport, evaluate_clips, reliability

ABC = LabelSet(("a", "b", "c"))

# Clip by clip: a is right, a is taken for b, b is right, b is right. Nothing is a c.
TRUTH = np.array([0, 0, 1, 1])
PROBABILITIES = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.9, 0.0], [0.2, 0.6, 0.2]])


def report(**settings: object) -> ClassificationReport:
    return evaluate_clips(PROBABILITIES, TRUTH, ABC, resamples=50, **settings)


def test_a_case_worked_by_hand() -> None:
    found = report()
    assert found.confusion.counts.tolist() == [[1, 1, 0], [0, 2, 0], [0, 0, 0]]
    assert found.top1 == 3 / 4
    assert found.top5 is None  # among three classes
    a, b, c = found.per_class
    assert (a.precision, a.recall, a.support, a.predicted) == (1, 1 / 2, 2, 1)
    assert (b.precision, b.recall, b.support, b.predicted) == (2 / 3, 1, 2, 3)
    assert a.f1 == pytest.approx(2 / 3)  # 2 * 1 * .5 / 1.5
    assert b.f1 == pytest.approx(4 / 5)  # 2 * 2/3 / (5/3)
    assert (c.precision, c.recall, c.f1, c.support) == (None, None, None, 0)
    assert found.balanced_accuracy == 3 / 4
    assert found.macro.precision == pytest.approx((1 + 2 / 3) / 2)  # c has no examples
    assert found.macro.f1 == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert found.micro.f1 == found.micro.precision == 3 / 4
    assert found.negative_log_likelihood == pytest.approx(-math.log(0.8 * 0.3 * 0.9 * 0.6) / 4)
    # Bins of 1/15: the two clips that are 0.6 sure share one and half of them are right; 0.8 and 0.9 are right.
    assert found.calibration_error == pytest.approx((2 * abs(0.6 - 0.5) + 0.2 + 0.1) / 4)


def test_a_class_that_is_never_predicted_counts_in_the_average() -> None:
    found = evaluate_clips(np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([0, 1]), LabelSet(("a", "b")), resamples=1)
    assert found.per_class[1].precision is None
    assert found.macro.precision == 1 / 4  # a: 1/2, b: 0


def test_top5_among_six() -> None:
    probabilities = np.array([[0.3, 0.25, 0.2, 0.15, 0.06, 0.04]] * 4)
    found = evaluate_clips(probabilities, np.array([0, 4, 5, 5]), LabelSet(tuple("abcdef")), resamples=1)
    assert (found.top1, found.top5) == (1 / 4, 1 / 2)


def test_of_equal_probabilities_the_first_class_wins_everywhere() -> None:
    found = evaluate_clips(np.full((6, 6), 1 / 6), np.arange(6), LabelSet(tuple("abcdef")), resamples=1)
    assert (found.top1, found.top5) == (1 / 6, 5 / 6)


def test_a_likelihood_of_zero_is_not_infinite() -> None:
    found = evaluate_clips(np.array([[1.0, 0.0]]), np.array([1]), LabelSet(("a", "b")))
    assert found.negative_log_likelihood == pytest.approx(-math.log(1e-12))


def test_intervals_are_drawn_by_group() -> None:
    assert set(report().confidence) == {"top1", "balanced_accuracy", "macro_f1"}
    assert report(groups=["film"] * 4).confidence == {}
    by_pair = report(groups=["x", "x", "y", "y"]).confidence["top1"]
    assert (by_pair.value, by_pair.low, by_pair.high) == (0.75, 0.5, 1.0)  # x is half right, y is right


def test_the_json_is_valid_and_says_null_for_what_is_undefined() -> None:
    record = json.loads(json.dumps(report().to_json(), allow_nan=False))
    assert record["top5"] is None
    assert record["per_class"][2]["recall"] is None
    assert record["confusion"] == {"labels": ["a", "b", "c"], "counts": [[1, 1, 0], [0, 2, 0], [0, 0, 0]]}
    assert record["clips"] == 4


tables = st.integers(2, 7).flatmap(
    lambda classes: st.lists(
        st.tuples(st.lists(st.integers(1, 9), min_size=classes, max_size=classes), st.integers(0, classes - 1)),
        min_size=1,
        max_size=30,
    )
)


@given(tables)
def test_it_agrees_with_scikit_learn(table: list[tuple[list[int], int]]) -> None:
    weights, truth = np.array([row for row, _ in table], float), np.array([label for _, label in table])
    probabilities = weights / weights.sum(1, keepdims=True)
    labels = LabelSet(tuple(f"class {number}" for number in range(weights.shape[1])))
    found = evaluate_clips(probabilities, truth, labels, resamples=1)
    predicted, here = probabilities.argmax(1), np.unique(truth)
    with warnings.catch_warnings(action="ignore"):  # which tell of classes without examples
        wanted = {
            kind: precision_recall_fscore_support(truth, predicted, labels=here, average=kind, zero_division=0)[:3]
            for kind in ("macro", "weighted")
        }
        balanced = balanced_accuracy_score(truth, predicted)
    for kind, average in {"macro": found.macro, "weighted": found.weighted}.items():
        assert (average.precision, average.recall, average.f1) == pytest.approx(wanted[kind])
    assert found.balanced_accuracy == pytest.approx(balanced)
    assert found.negative_log_likelihood == pytest.approx(log_loss(truth, probabilities, labels=range(len(labels))))
    assert 0 <= found.calibration_error <= 1


def test_top5_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    probabilities, truth = rng.dirichlet(np.ones(9), 200), rng.integers(9, size=200)
    found = evaluate_clips(probabilities, truth, LabelSet(tuple("abcdefghi")), resamples=1)
    assert found.top5 == top_k_accuracy_score(truth, probabilities, k=5)


def test_the_order_of_the_clips_does_not_matter() -> None:
    order = np.array([2, 0, 3, 1])
    shuffled = evaluate_clips(PROBABILITIES[order], TRUTH[order], ABC, resamples=1)
    one, other = shuffled.to_json(), report().to_json()
    del one["confidence"], other["confidence"]
    assert json.dumps(one) == json.dumps(other)


def test_bins_hold_every_clip() -> None:
    bins = reliability(np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [0.95, 0.05]]), np.array([1, 1, 0, 0]), bins=10)
    assert [one.count for one in bins] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 3]
    assert bins[0].confidence is None
    assert bins[9].accuracy == 2 / 3


WRONG = {
    "no clips": ({"probabilities": np.zeros((0, 3)), "truth": np.zeros(0, int)}, "a row a clip"),
    "too few classes": ({"probabilities": np.ones((4, 1))}, "a row a clip and a column a class"),
    "not a truth each": ({"truth": np.array([0])}, "one true class and one group"),
    "not a group each": ({"groups": ["a"]}, "one true class and one group"),
    "no such class": ({"truth": np.array([0, 1, 2, 3])}, "index of the labels; got: 0 to 3; allowed: 0 to 2"),
    "logits": ({"probabilities": PROBABILITIES * 3}, "add up to 1; got: row 0"),
    "nan": ({"probabilities": np.where(PROBABILITIES == 0.9, np.nan, PROBABILITIES)}, "got: row 2"),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_is_refused(change: dict[str, object], said: str) -> None:
    arguments = {"probabilities": PROBABILITIES, "truth": TRUTH, **change}
    with pytest.raises(UsageError, match=said):
        evaluate_clips(labels=ABC, **arguments)
