from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, fbeta_score, roc_auc_score

from aisle.core import UsageError
from aisle.evaluate.curves import best_threshold, curves, evaluate_detector, operating_point

# In the order of the scores: hit, false alarm, a hit and a false alarm that tie, a miss of a low score.
SCORES = np.array([0.9, 0.8, 0.6, 0.6, 0.1])
TRUTH = np.array([True, False, True, False, True])


def test_a_case_worked_by_hand() -> None:
    sweep = curves(SCORES, TRUTH)
    assert sweep.thresholds.tolist() == [0.9, 0.8, 0.6, 0.1]
    assert sweep.hits.tolist() == [1, 1, 2, 3]
    assert sweep.false_alarms.tolist() == [0, 1, 2, 2]
    np.testing.assert_allclose(sweep.precision, [1, 1 / 2, 2 / 4, 3 / 5])
    np.testing.assert_allclose(sweep.recall, [1 / 3, 1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(sweep.false_alarm_rate, [0, 1 / 2, 1, 1])
    assert sweep.average_precision == pytest.approx((1 + 2 / 4 + 3 / 5) / 3)
    # Pairs won by the positive: 0.9 both, 0.6 against 0.8 none and against 0.6 half, 0.1 none: 2.5 of 6.
    assert sweep.roc_auc == pytest.approx(2.5 / 6)
    np.testing.assert_allclose(sweep.f_beta(1), [2 / 4, 2 / 5, 4 / 7, 6 / 8])


def test_the_best_threshold_lies_between_two_scores() -> None:
    found = best_threshold(np.array([0.9, 0.7, 0.4, 0.2]), np.array([True, True, False, False]))
    assert found.threshold == pytest.approx((0.7 + 0.4) / 2)
    assert (found.hits, found.false_alarms, found.missed, found.f_beta) == (2, 0, 0, 1)


def test_where_all_should_raise_an_alarm_the_threshold_is_the_lowest_score() -> None:
    found = best_threshold(SCORES, TRUTH)
    assert (found.threshold, found.hits, found.false_alarms) == (0.1, 3, 2)
    assert found.false_alarm_rate == 1


def test_beta_moves_the_threshold() -> None:
    scores, truth = np.array([0.9, 0.8, 0.7, 0.6, 0.5]), np.array([True, False, False, False, True])
    assert best_threshold(scores, truth, beta=0.5).threshold == pytest.approx(0.85)
    assert best_threshold(scores, truth, beta=2).threshold == 0.5


def test_of_equally_good_thresholds_the_highest_is_chosen() -> None:
    # After one of two alarms F1 is 2/3 (1 hit, 1 missed); after all four it is 2/3 too (2 hits, 2 false alarms).
    scores, truth = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, False, True])
    assert best_threshold(scores, truth).threshold == pytest.approx(0.85)


def test_between_neighbouring_floats_the_threshold_keeps_them_apart() -> None:
    low = 0.5
    found = best_threshold(np.array([np.nextafter(low, 1), low]), np.array([True, False]))
    assert (found.hits, found.false_alarms) == (1, 0)


def test_without_one_kind_its_figures_are_undefined() -> None:
    none = curves(np.array([0.5, 0.2]), np.array([False, False]))
    assert np.isnan([none.average_precision, none.roc_auc]).all()
    point = operating_point(np.array([0.5, 0.2]), np.array([False, False]), 0.9)
    assert (point.precision, point.recall, point.f_beta, point.false_alarm_rate) == (None, None, None, 0)
    assert json.loads(json.dumps(none.to_json(), allow_nan=False))["roc_auc"] is None


clips = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=60).filter(
    lambda rows: len({kind for _, kind in rows}) == 2
)


@given(clips, st.sampled_from([0.5, 1.0, 2.0]))
def test_it_agrees_with_scikit_learn_ties_included(rows: list[tuple[int, bool]], beta: float) -> None:
    scores, truth = np.array([row[0] for row in rows]) / 8, np.array([row[1] for row in rows])
    sweep = curves(scores, truth)
    assert sweep.average_precision == pytest.approx(average_precision_score(truth, scores))
    assert sweep.roc_auc == pytest.approx(roc_auc_score(truth, scores))
    wanted = [fbeta_score(truth, scores >= threshold, beta=beta, zero_division=0) for threshold in sweep.thresholds]
    np.testing.assert_allclose(sweep.f_beta(beta), wanted)
    best = best_threshold(scores, truth, beta)
    assert best.f_beta == pytest.approx(max(wanted))
    assert best.hits + best.missed == truth.sum()
    assert best.hits == (truth & (scores >= best.threshold)).sum()


@given(clips)
def test_only_the_order_of_scores_matters(rows: list[tuple[int, bool]]) -> None:
    scores, truth = np.array([float(row[0]) for row in rows]), np.array([row[1] for row in rows])
    one, other = curves(scores, truth), curves(scores**3 - 5, truth)
    assert one.roc_auc == other.roc_auc
    assert one.average_precision == other.average_precision


def test_a_detector_is_judged_at_a_threshold_from_elsewhere() -> None:
    report = evaluate_detector(SCORES, TRUTH, threshold=0.7, beta=2, groups=list("aabbc"), resamples=200)
    assert (report.point.hits, report.point.false_alarms, report.point.missed) == (1, 1, 2)
    assert report.point.f_beta == pytest.approx(5 / (5 + 1 + 4 * 2))
    assert report.confidence["f_beta"].value == report.point.f_beta
    assert report.confidence["roc_auc"].low <= 2.5 / 6 <= report.confidence["roc_auc"].high
    record = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert record["operating_point"]["threshold"] == 0.7
    assert record["points"]["recall"][-1] == 1


WRONG = {
    "no clips": (lambda: curves(np.array([]), np.array([], bool)), "curves need"),
    "not a truth each": (lambda: curves(SCORES, TRUTH[:2]), "got: scores"),
    "nan": (lambda: curves(np.array([np.nan, 1]), np.array([True, False])), "1 scores are not finite"),
    "no positive": (lambda: best_threshold(SCORES, TRUTH & False), "without a positive clip; got: 5 negatives"),
    "beta 0": (lambda: best_threshold(SCORES, TRUTH, 0), "needs a positive beta; got: 0"),
    "beta -1": (lambda: operating_point(SCORES, TRUTH, 0.5, beta=-1), "needs a positive beta; got: -1"),
}


@pytest.mark.parametrize(("call", "said"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_is_refused(call: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        call()
