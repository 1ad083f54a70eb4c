from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import LabelSet, Timeline, UnknownNameError, UsageError
from aisle.evaluate.timelines import TimelineReport, evaluate_samples, evaluate_timelines
from sequences import LABELS, indices, timeline

ONE = Fraction(1)
TRUTH = {"one": timeline(".AAAA.BBBB."), "two": timeline("..CC..")}
GUESS = {"one": timeline(".AA...BBBBB", [0.5, 0.75]), "two": timeline("..CCAA", [0.9, 0.1])}


def evaluate(truth: dict[str, Timeline], predicted: dict[str, Timeline], **settings: object) -> TimelineReport:
    return evaluate_timelines(truth, predicted, ONE, labels=LABELS, **{"resamples": 50, **settings})


def test_a_case_worked_by_hand() -> None:
    # A is guessed twice: [1, 3) of [1, 5), then where there is none. B and C are found.
    report = evaluate(TRUTH, GUESS)
    assert report.figures == pytest.approx(
        {
            "frame_accuracy": 100 * 12 / 17,
            "edit": 75,  # ABC against ABCA
            "f1@10": 100 * 6 / 7,  # three hits, three true and four predicted runs
            "f1@25": 100 * 6 / 7,
            "f1@50": 100 * 6 / 7,
            "map_midpoint": 100,
            "map_iou@10": 100,
            "map_iou@50": 100 * 2 / 3,  # A overlaps by just 1/2
        }
    )
    assert (report.counts.videos, report.counts.samples) == (2, 17)
    assert (report.counts.true_runs, report.counts.predicted_runs) == (3, 4)
    a = report.per_class[0]
    assert (a.label, a.samples, a.true_runs, a.predicted_runs) == ("A", 4, 1, 2)
    assert (a.frame_precision, a.frame_recall, a.frame_f1) == (50, 50, 50)
    assert a.f1["f1@50"] == pytest.approx(100 * 2 / 3)
    assert a.average_precision == {"midpoint": 100, "iou@10": 100, "iou@50": 0}
    assert report.per_class[3].f1["f1@50"] is None  # background
    assert report.confusion.confused("A", "background") == 0.5
    assert report.notes == ()


def test_the_json_has_the_figures_on_top() -> None:
    report = evaluate(TRUTH, GUESS)
    record = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert {name: record[name] for name in report.figures} == report.figures
    assert (record["protocol"], record["rate"], record["counts"]["videos"]) == ("merl", 1, 2)
    assert record["confidence"]["edit"]["value"] == report.figures["edit"]
    assert record["per_class"][0]["ap_iou@50"] == 0
    assert record["per_class"][0]["f1@10"] == record["per_class"][0]["f1@50"]
    assert record["per_class"][3]["ap_midpoint"] is None
    assert record["confusion"]["labels"] == list(LABELS)


def test_intervals_draw_whole_videos() -> None:
    bounds = evaluate(TRUTH, GUESS).confidence["frame_accuracy"]
    assert (bounds.low, bounds.high) == pytest.approx((100 * 4 / 6, 100 * 8 / 11))  # either video twice
    grouped = evaluate(TRUTH, GUESS, groups={"one": "shop", "two": "shop"})
    assert grouped.confidence == {}
    assert grouped.notes == ("no intervals: they need two videos, or groups of videos, at least",)


def test_a_run_goes_on_into_the_next_video_in_the_order_of_the_truth() -> None:
    videos = {"b": timeline("..AA"), "a": timeline("AA..")}
    report = evaluate(videos, videos)
    assert report.counts.true_runs == 1
    assert "2 runs go on from one video in the next" in report.notes[0]
    assert evaluate(dict(sorted(videos.items())), videos).counts.true_runs == 2


def test_a_video_without_a_prediction_is_background_and_noted() -> None:
    report = evaluate(TRUTH, {"two": GUESS["two"]})
    assert report.figures["frame_accuracy"] == pytest.approx(100 * (3 + 4) / 17)
    assert report.notes == ("1 of 2 videos have no prediction and count as background: one",)


def test_a_video_lasts_as_long_as_the_longer_timeline() -> None:
    assert evaluate({"v": timeline("AA")}, {"v": timeline("AA..")}).counts.samples == 4
    assert evaluate({"v": timeline("AA..")}, {"v": timeline("AA")}).counts.samples == 4


def test_notes_say_what_the_rate_loses_and_which_class_is_never_true() -> None:
    seconds = {"v": timeline("AA.B...."), "w": timeline("........")}
    report = evaluate_timelines(seconds, seconds, Fraction(1, 4), labels=LABELS, resamples=1)
    assert report.notes == (
        "4 segments are so short that no sample falls in them at 0.25 a second",
        "without a true run, so not part of mAP: A, B, C",
    )


texts = st.text("ABC.", min_size=1, max_size=30)


@given(texts, st.randoms(use_true_random=False), st.sampled_from(["12/5", "73/5", "30", "30000/1001"]))
def test_samples_and_timelines_score_alike(text: str, random: object, rate: str) -> None:
    guess = "".join(random.choice("ABC.") for _ in text)
    samples = evaluate_samples(indices(text), indices(guess), np.ones(len(text)), Fraction(rate), labels=LABELS)
    one, other = (timeline(each, rate=Fraction(rate)) for each in (text, guess))
    assert samples.figures == evaluate_timelines({"v": one}, {"v": other}, Fraction(rate), labels=LABELS).figures


@given(st.lists(texts, min_size=1, max_size=4))
def test_the_truth_against_itself_has_100(videos: list[str]) -> None:
    timelines = {str(number): timeline(text) for number, text in enumerate(videos)}
    figures = evaluate(timelines, timelines, resamples=1).figures
    assert all(value is None or value == pytest.approx(100) for value in figures.values())
    assert figures["frame_accuracy"] == 100


WRONG = {
    "rate 0": ({"rate": Fraction(0)}, UsageError, "a rate is a number of samples a second; got: 0"),
    "rate too high": ({"rate": Fraction(10**9)}, UsageError, "allowed: 1/1000 to 1000"),
    "no samples": ({"rate": Fraction(1, 100)}, UsageError, "no sample falls in any video; got: 0.01 samples"),
    "no truth": ({"truth": {}, "predicted": {}}, UsageError, "nothing to compare with"),
    "a stranger": ({"predicted": {"three": GUESS["two"]}}, UsageError, "have no truth; got: three"),
    "protocol": ({"protocol": "merle"}, UnknownNameError, "unknown protocol; got: 'merle'; allowed: merl"),
    "no background": ({"labels": LabelSet(("A", "B", "C"))}, UnknownNameError, "got: 'background'"),
    "unknown label": ({"labels": LabelSet(("A", "B", "background"))}, UnknownNameError, "unknown label; got: 'C'"),
}


@pytest.mark.parametrize(("change", "kind", "said"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_is_refused(change: dict[str, object], kind: type[Exception], said: str) -> None:
    arguments = {"truth": TRUTH, "predicted": GUESS, "rate": ONE, "labels": LABELS, **change}
    with pytest.raises(kind, match=said):
        evaluate_timelines(**arguments)


MISFITS = {
    "lengths": ([0, 1], [0], [1.0]),
    "nothing": ([], [], []),
    "no such class": ([0, 4], [0, 1], [1.0, 1.0]),
    "nan": ([0, 1], [0, 1], [1.0, float("nan")]),
}


@pytest.mark.parametrize("arrays", MISFITS.values(), ids=MISFITS)
def test_sequences_that_do_not_fit_are_refused(arrays: tuple[list[int], list[int], list[float]]) -> None:
    with pytest.raises(UsageError, match="got: "):
        evaluate_samples(*map(np.array, arrays), ONE, labels=LABELS)


def test_sequences_are_scored_by_a_protocol_that_exists() -> None:
    with pytest.raises(UnknownNameError, match="unknown protocol"):
        evaluate_samples(indices("A"), indices("A"), np.ones(1), ONE, "coco", labels=LABELS)
