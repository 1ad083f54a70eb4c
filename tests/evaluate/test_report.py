from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aisle.core import BACKGROUND, LabelSet, OutputError, Segment, Timeline
from aisle.evaluate.classify import ClassificationReport, evaluate_clips
from aisle.evaluate.curves import DetectorReport, evaluate_detector
from aisle.evaluate.report import Cost, Evaluation, Mistake, write_report
from aisle.evaluate.timelines import TimelineReport, evaluate_timelines
from pages import NASTY, Page

RATES = (Fraction(5), Fraction(30))
TRUTH = np.array([0, 0, 0, 1, 1, 1, 1, 0])
SURE = np.array([0.9, 0.6, 0.2, 0.8, 0.7, 0.3, 0.9, 0.7])


def _clips(labels: tuple[str, ...] = ("normal", "theft"), groups: int = 4) -> ClassificationReport:
    """Six of eight are right; classes past the second have no example."""
    own = np.stack([np.where(column == TRUTH, SURE, 1 - SURE) for column in (0, 1)], axis=1)
    probabilities = np.pad(own, ((0, 0), (0, len(labels) - 2)))
    return evaluate_clips(
        probabilities, TRUTH, LabelSet(labels), groups=[number % groups for number in range(8)], resamples=20
    )


def _detector(threshold: float = 0.5) -> DetectorReport:
    scores = np.where(TRUTH == 1, SURE, 1 - SURE)
    return evaluate_detector(scores, TRUTH == 1, threshold=threshold, resamples=20)


def _timeline(*acts: tuple[float, float, str]) -> Timeline:
    return Timeline(
        Fraction(10), tuple(Segment(Fraction(start), Fraction(end), label, 0.75) for start, end, label in acts)
    )


STRIPS = {
    "1_1": (_timeline((1, 3, "reach"), (4, 8, "take")), _timeline((1, 4, "reach"), (5, 8, "take"))),
    "2_1": (_timeline((0, 5, "take")), _timeline((6, 9, "reach"))),
}


def _timelines(labels: tuple[str, ...] = ("reach", "take", BACKGROUND)) -> tuple[TimelineReport, ...]:
    truth, predicted = ({name: pair[side] for name, pair in STRIPS.items()} for side in (0, 1))
    return tuple(evaluate_timelines(truth, predicted, rate, labels=LabelSet(labels), resamples=20) for rate in RATES)


def _mistake(name: str = "a.mp4") -> Mistake:
    picture = io.BytesIO()
    Image.new("RGB", (16, 12)).save(picture, "JPEG")
    return Mistake(name, "theft", "normal", 0.83, picture.getvalue())


def _evaluation(**told: object) -> Evaluation:
    return replace(Evaluation("shoplifting on lab", {"Model": "linear"}, groups=4), **told)


def _page(evaluation: Evaluation, folder: Path) -> Page:
    write_report(evaluation, folder / "report.html")
    page = Page.read(folder / "report.html")
    page.hold_to_the_policy()
    return page


def test_clips_have_every_part(tmp_path: Path) -> None:
    page = _page(_evaluation(clips=_clips(), detector=_detector(), positive="theft", mistakes=(_mistake(),)), tmp_path)
    page.hold_to_the_palette()
    assert page.texts["h2"] == [
        "The figures",
        "How far to trust this",
        "What the alarms are worth",
        "Every threshold",
        "Class by class",
        "What was taken for what",
        "Can its probabilities be believed?",
        "The worst mistakes",
        "How this was made",
    ]
    charts = {"ROC curve", "Precision and recall", "Threshold sweep", "Confusion matrix", "Reliability diagram"}
    assert charts <= set(page.texts["title"])


def test_headline_figures_stand_with_their_intervals(tmp_path: Path) -> None:
    report = _clips()
    page = _page(_evaluation(clips=report), tmp_path)
    interval = report.confidence["top1"]
    assert f"75.0%between {100 * interval.low:.1f}% and {100 * interval.high:.1f}%" in page.text


def test_the_confusion_matrix_has_counts_and_shares_of_the_row(tmp_path: Path) -> None:
    page = _page(_evaluation(clips=_clips()), tmp_path)
    assert {"normal / normal: 3 (75%)", "normal / theft: 1 (25%)", "theft / theft: 3 (75%)"} <= set(page.texts["title"])
    assert "normal31" in page.texts["tr"]


def test_the_chosen_threshold_is_told_in_false_alarms(tmp_path: Path) -> None:
    page = _page(_evaluation(detector=_detector(0.35), positive="theft"), tmp_path)
    assert "score is 0.35 or more" in page.text
    assert "Of 4 clips of theft, 3 raised an alarm and 1 were missed. Of 4 clips without, 2 raised" in page.text
    assert "1 of 10 clips1,0007504,50014.3%" in page.texts["tr"]
    assert any(row.startswith("0.35 chosen75.0%60.0%2") for row in page.texts["tr"])


@pytest.mark.parametrize("scores", [[3.5, -2.0], [1.0, 1.0]])
def test_scores_need_not_be_probabilities(tmp_path: Path, scores: list[float]) -> None:
    report = evaluate_detector(np.array(scores), np.array([True, False]), threshold=1.0, resamples=5)
    assert "Threshold sweep" in _page(_evaluation(detector=report, positive="theft"), tmp_path).texts["title"]


@pytest.mark.parametrize("truth", [[True, True], [False, False]])
def test_a_detector_without_one_kind_of_clips_is_still_a_page(tmp_path: Path, truth: list[bool]) -> None:
    report = evaluate_detector(np.array([0.2, 0.8]), np.array(truth), threshold=0.5, resamples=5)
    page = _page(_evaluation(detector=report, positive="theft"), tmp_path)
    assert "nan" not in page.text


def test_classes_without_an_example_are_named(tmp_path: Path) -> None:
    page = _page(_evaluation(clips=_clips(("normal", "theft", "loitering"))), tmp_path)
    assert "Not tested at all, as there was no example: loitering." in page.text
    assert "loitering00———" in page.texts["tr"]


def test_many_classes_keep_a_readable_matrix(tmp_path: Path) -> None:
    labels = tuple(f"action {number}" for number in range(40))
    page = _page(_evaluation(clips=_clips(labels)), tmp_path)
    assert len([each for each in page.all("rect") if each.get("class") == "cell"]) == 40**2
    assert "action 0 / action 0: 75" in page.texts["title"]


def test_timelines_are_told_at_every_rate_and_drawn_in_pairs(tmp_path: Path) -> None:
    reports = _timelines()
    page = _page(_evaluation(timelines=reports, strips=STRIPS), tmp_path)
    page.hold_to_the_palette()
    assert {"At each rate", "Video by video", "Action by action", "What was taken for what"} <= set(page.texts["h2"])
    assert {"5 a second", "30 a second"} <= set(page.texts["th"])
    accuracy = reports[1].figures["frame_accuracy"]
    assert any(row.startswith("right moments") and row.endswith(f"{accuracy:.1f}%") for row in page.texts["tr"])
    assert {"1_1", "2_1"} <= set(page.texts["figcaption"])
    assert [told for told in page.texts["span"] if told in {"truth", "predicted"}] == ["truth", "predicted"] * 2
    assert "take, 00:05.0 to 00:08.0" in page.texts["title"]


def test_actions_that_never_happen_have_dashes(tmp_path: Path) -> None:
    page = _page(_evaluation(timelines=_timelines(("reach", "take", "return", BACKGROUND))), tmp_path)
    assert "Not tested at all, as there was no example: return." in page.text
    assert any(row.startswith("return00———") for row in page.texts["tr"])


def test_mistakes_are_shown_with_what_they_were_taken_for(tmp_path: Path) -> None:
    page = _page(_evaluation(mistakes=(_mistake(), _mistake("b.mp4"))), tmp_path)
    assert page.texts["figcaption"] == [
        "theft was taken for normal, 83% sure. a.mp4",
        "theft was taken for normal, 83% sure. b.mp4",
    ]


def test_cost_is_told_a_video_and_a_second(tmp_path: Path) -> None:
    page = _page(_evaluation(cost=Cost(videos=8, footage_s=80.0, total_s=4.0, peak_memory=300 * 2**20)), tmp_path)
    assert "a video500 ms20.0 times as fast as the videos play." in page.text
    assert "videos a second2" in page.text
    assert "300 MiB" in page.text


@pytest.mark.parametrize(
    ("told", "doubt"),
    [
        ({"rendered": True}, "learnt from drawn videos"),
        ({"groups": None}, "not known which videos share"),
        ({"groups": 1}, "All examples come from 1 group (people"),
        ({"clips": _clips()}, "There are only 8 clips"),
        ({"clips": _clips()}, "The ranges are wide"),
        ({"clips": _clips(groups=1)}, "There is no range for the figures"),
        ({"clips": _clips()}, "Under 10 clips of: normal (4), theft (4)"),
        ({"notes": ("2 clips are broken",)}, "2 clips are broken"),
        ({"timelines": _timelines()}, "only 3 stretches"),
    ],
)
def test_reasons_to_doubt_come_from_the_facts(tmp_path: Path, told: dict[str, object], doubt: str) -> None:
    page = _page(_evaluation(**told), tmp_path)
    assert any(doubt in item for item in page.texts["li"])


def test_good_evidence_raises_no_doubt_but_the_one_about_other_cameras(tmp_path: Path) -> None:
    truth = np.arange(4000) % 2
    right = np.where(truth[:, None] == [0, 1], 0.98, 0.02)
    right[::50] = right[::50, ::-1]
    report = evaluate_clips(right, truth, LabelSet(("normal", "theft")), resamples=20)
    page = _page(_evaluation(clips=report, groups=4000), tmp_path)
    nothing, other_cameras = (item for item in page.texts["li"] if item not in {"said and true alike", "this model"})
    assert nothing == "Nothing in the numbers speaks against it."
    assert other_cameras.startswith("The figures hold for videos like those judged here.")


def test_names_stay_text(tmp_path: Path) -> None:
    labels = (NASTY, "b")
    evaluation = Evaluation(
        NASTY,
        {NASTY: NASTY},
        groups=4,
        clips=_clips(labels),
        detector=_detector(),
        positive=NASTY,
        strips={NASTY: STRIPS["1_1"]},
        timelines=_timelines(),
        mistakes=(replace(_mistake(NASTY), truth=NASTY, predicted=NASTY),),
        notes=(NASTY,),
    )
    page = _page(evaluation, tmp_path)
    assert not page.all("script")
    assert len(page.all("img")) == 1
    assert page.texts["h1"] == page.texts["dt"] == page.texts["dd"] == [NASTY]


def test_a_folder_in_the_way_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=tmp_path.name):
        write_report(_evaluation(clips=_clips()), tmp_path)
