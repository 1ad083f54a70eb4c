"""Frames told apart, alarms and places, each worked by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import UsageError
from aisle.evaluate.alarms import Told, alarm_figures, clips_at_recall, delay, events_at_recall
from aisle.evaluate.anomaly import Judgement, equal_error_rate, evaluate_anomalies, frame_figures, stretched
from aisle.evaluate.places import hottest_inside, pixel_scores, place_figures

S = Fraction
# In video one the unusual frame wins over both normal ones, in two it wins over one of two; three is all normal.
SCORES = [np.array([0.1, 0.9, 0.2]), np.array([0.3, 0.2, 0.4]), np.array([0.05, 0.0])]
TRUTH = [np.array([False, True, False]), np.array([True, False, False]), np.array([False, False])]


def test_micro_joins_all_frames_and_macro_is_the_mean_of_videos_with_both_kinds() -> None:
    found = frame_figures(SCORES, TRUTH)
    # 0.9 beats all six normal frames, 0.3 beats 0.1, 0.2, 0.2, 0.05 and 0.0 of them: 11 of 12 pairs
    assert found.micro == pytest.approx(11 / 12)
    assert found.macro == pytest.approx((1 + 1 / 2) / 2)
    assert (found.videos, found.both) == (3, 2)
    assert found.unusual == pytest.approx(2 / 8)
    # ranks: 0.9 right, 0.4 wrong, 0.3 right
    assert found.average_precision == pytest.approx((1 + 2 / 3) / 2)


def test_an_invented_frame_of_each_kind_lets_every_video_count() -> None:
    # one: 1; two: 0.3 beats 0.2 and the lowest of 3, the highest beats all 3: 5 of 6; three: the highest beats all: 1
    assert frame_figures(SCORES, TRUTH).anchored == pytest.approx((1 + 5 / 6 + 1) / 3)


def test_stretching_within_videos_has_figures_of_its_own() -> None:
    found = frame_figures(SCORES, TRUTH)
    # stretched: 1 against 0, 1/8; 1/2 against 0, 1; and normal 1 and 0: the first wins 4 and ties 2, the second wins 4
    assert found.micro_stretched == pytest.approx((4 + 2 / 2 + 4) / 12)
    assert found.macro_stretched == found.macro
    np.testing.assert_allclose(stretched(np.array([2.0, 4.0, 3.0])), [0, 1, 0.5])
    assert stretched(np.array([2.0, 2.0])).tolist() == [0, 0]


def test_all_frames_of_one_kind_leave_the_area_undefined() -> None:
    found = frame_figures([np.array([0.1, 0.2])], [np.array([False, False])])
    assert np.isnan([found.micro, found.macro, found.equal_error_rate, found.average_precision]).all()
    found = frame_figures([np.array([0.1, 0.2])], [np.array([True, True])])
    assert np.isnan([found.micro, found.macro, found.equal_error_rate]).all()


def test_the_equal_error_rate_lies_where_both_errors_meet() -> None:
    # down to 0.7 there is 1 of 4 normal frames and 3 of 4 unusual ones: both errors are 1/4
    scores = np.array([0.9, 0.8, 0.75, 0.7, 0.4, 0.3, 0.2, 0.1])
    truth = np.array([True, True, False, True, True, False, False, False])
    assert equal_error_rate(scores, truth) == pytest.approx(1 / 4)
    assert equal_error_rate(np.array([1.0, 0.0]), np.array([True, False])) == 0
    assert equal_error_rate(np.array([0.5, 0.5]), np.array([True, False])) == pytest.approx(1 / 2)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40))
def test_the_equal_error_rate_is_a_share_and_turns_over_with_the_scores(rows: list[tuple[int, bool]]) -> None:
    scores, truth = np.array([float(row[0]) for row in rows]), np.array([row[1] for row in rows])
    found = equal_error_rate(scores, truth)
    if len(set(truth.tolist())) == 2:
        assert 0 <= found <= 1
        assert equal_error_rate(-scores, truth) == pytest.approx(1 - found)


def test_the_delay_lasts_until_the_alarm_is_known() -> None:
    event = S(10), S(14)
    assert delay(event, [Told(S(11), S(12), S(15))]) == 2
    assert delay(event, [Told(S(11), S(13), S(15)), Told(S(2), S(3), S(11))]) == 0
    assert delay(event, [Told(S(14), S(15), S(16)), Told(S(8), S(9), S(10))]) is None
    assert delay(event, [Told(S(15), S(16), S(18))], grace=S(2)) == 6


def test_alarms_that_meet_no_event_are_false() -> None:
    alarms = [[Told(S(11), S(12), S(15)), Told(S(30), S(31), S(33))], [Told(S(1), S(2), S(3))]]
    found = alarm_figures([[(S(10), S(14)), (S(50), S(55))], []], alarms, [S(1800), S(1800)])
    assert (found.events, found.found, found.alarms, found.false, found.hours) == (2, 1, 3, 2, 1.0)
    assert (found.delay_mean, found.delay_median, found.false_per_hour, found.false_per_day) == (2, 2, 2, 48)
    none = alarm_figures([[]], [[]], [S(60)])
    assert np.isnan(none.delay_mean)
    assert none.false_per_hour == 0
    with pytest.raises(UsageError, match="other videos"):
        alarm_figures([[]], [], [S(1)])
    with pytest.raises(UsageError, match="in this order"):
        Told(S(2), S(1), S(3))


def test_alarms_an_hour_where_four_of_five_clips_are_found() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.1, 0.65, 0.5, 0.6])
    truth = np.array([True] * 5 + [False] * 3)
    found = clips_at_recall(scores, truth, np.full(8, 600.0))
    assert (found.threshold, found.recall, found.false, found.hours) == (0.6, 0.8, 2, 0.5)
    assert found.per_hour == 4
    assert np.isnan(clips_at_recall(scores, np.zeros(8, np.bool_), np.ones(8)).per_hour)
    with pytest.raises(UsageError, match="a recall is a share"):
        clips_at_recall(scores, truth, np.ones(8), 0)


def test_alarms_an_hour_where_half_of_the_events_are_found() -> None:
    #                       event    false    far     near
    scores = [np.array([0, 8, 9, 0, 7, 9, 0, 0, 9, 0, 9], np.float64), np.array([0, 0, 5, 0], np.float64)]
    events = [[(S(1), S(3))], [(S(2), S(3))]]
    found = events_at_recall(scores, events, S(1), recall=0.5)
    assert (found.threshold, found.recall, found.false) == (9, 0.5, 3)
    assert found.hours == pytest.approx(12 / 3600)
    assert events_at_recall(scores, events, S(1), recall=0.5, apart=S(2)).false == 2
    everything = events_at_recall(scores, events, S(1), recall=1)
    assert (everything.threshold, everything.recall) == (5, 1)


def test_a_place_is_hit_where_the_hottest_cell_has_its_middle() -> None:
    heat = np.zeros((2, 4))
    heat[1, 2] = 0.9  # middle at (5/8, 3/4)
    assert hottest_inside(heat, np.array([[0.5, 0.5, 0.75, 1.0]]))
    assert not hottest_inside(heat, np.array([[0.0, 0.0, 0.5, 0.5], [0.65, 0.5, 1.0, 1.0]]))
    assert not hottest_inside(np.zeros((2, 4)), np.array([[0.0, 0.0, 1.0, 1.0]]))
    told = np.array([0.5, 0.5, 0.75, 1.0])
    found = place_figures([heat, heat], [told, told], [told[None], np.array([[0.0, 0.0, 0.5, 1.0]])])
    assert (found.steps, found.hit, found.overlap) == (2, 0.5, 0.5)


def test_pixels_by_the_criterion_of_forty_in_a_hundred() -> None:
    heat = np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.9]])
    mask = np.array([[True, True, True, True, True, False]])
    scores, kinds = pixel_scores([heat, heat], [mask, np.zeros_like(mask)])
    assert scores.tolist() == [0.4, 0.9]  # two of five pixels are at or above 0.4
    assert kinds.tolist() == [True, False]


PLAIN = Judgement(
    np.array([0.1, 0.9, 0.2, 0.1]),
    np.array([False, True, False, False]),
    S(1),
    ((S(1), S(2)),),
    (Told(S(1), S(3, 2), S(2)),),
    "scene 1",
)


def test_a_report_tells_all_and_writes_no_nan() -> None:
    report = evaluate_anomalies([PLAIN, replace(PLAIN, group="scene 2")], threshold=0.5, resamples=20)
    assert report.frames.micro == report.frames.macro == 1
    assert (report.alarms.found, report.alarms.false, report.alarms.delay_mean) == (2, 0, 0.5)
    assert report.rate == 1
    assert report.confidence["micro"].low == 1
    plain = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert (plain["frame_auc_micro"], plain["alarms"]["false_per_day"]) == (1, 0)
    normal = replace(PLAIN, truth=np.zeros(4, np.bool_), events=(), alarms=())
    plain = json.loads(json.dumps(evaluate_anomalies([normal], threshold=0.5).to_json(), allow_nan=False))
    assert plain["frame_auc_micro"] is plain["at_recall"]["threshold"] is plain["at_recall"]["false_per_hour"] is None


def test_videos_of_other_rates_are_judged_each_by_its_own_frames() -> None:
    quick = replace(
        PLAIN, scores=np.repeat([0.1, 0.9, 0.2, 0.1], 2), truth=np.repeat([False, True, False, False], 2), rate=S(2)
    )
    report = evaluate_anomalies([PLAIN, quick], threshold=0.5)
    assert report.rate is None
    assert report.at_recall.hours == pytest.approx(6 / 3600)


def test_a_label_for_each_frame_is_needed() -> None:
    with pytest.raises(UsageError, match=r"got: \(3,\) and \(2,\)"):
        frame_figures([np.zeros(3)], [np.zeros(2, np.bool_)])
    with pytest.raises(UsageError, match="do not fit"):
        frame_figures([], [])
