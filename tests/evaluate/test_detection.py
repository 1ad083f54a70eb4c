"""Boxes that were worked by hand, and random ones that pycocotools is asked about too."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.core import LabelSet, UnknownNameError, UsageError
from aisle.core.boxed import BoxedPicture
from aisle.core.boxes import Boxes
from aisle.core.detections import Detections
from aisle.evaluate.detection import NOTHING, DetectionReport, evaluate_boxes

LABELS = LabelSet(("apple", "pear"))
Box = tuple[float, float, float, float]


def picture(*boxes: tuple[str, Box]) -> BoxedPicture:
    corners = np.array([box for _, box in boxes], np.float32).reshape(-1, 4)
    return BoxedPicture("a.jpg", Path("a.jpg"), 200, 200, corners, tuple(label for label, _ in boxes))


def found(*boxes: tuple[str, float, Box]) -> Detections:
    corners = np.array([box for *_, box in boxes], np.float32).reshape(-1, 4)
    scores = np.array([score for _, score, _ in boxes], np.float32)
    return Detections.of(Boxes(corners, scores), [label for label, *_ in boxes])


def test_what_is_found_exactly_is_perfect() -> None:
    truth = [picture(("apple", (0, 0, 10, 10)), ("pear", (50, 50, 90, 90)))]
    report = evaluate_boxes(truth, [found(("apple", 0.9, (0, 0, 10, 10)), ("pear", 0.8, (50, 50, 90, 90)))], LABELS)
    assert (report.all.ap50, report.all.ap50_95, report.all.f1, report.all.mean_iou) == (1, 1, 1, 1)
    assert report.confusion.counts.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_a_false_box_before_a_true_one_halves_the_precision() -> None:
    truth = [picture(("apple", (0, 0, 10, 10)))]
    answer = found(("apple", 0.9, (100, 100, 110, 110)), ("apple", 0.5, (0, 0, 10, 10)))
    report = evaluate_boxes(truth, [answer], LabelSet(("apple",)), score=0.4)
    assert report.all.ap50 == pytest.approx(0.5)
    assert (report.all.precision, report.all.recall) == (0.5, 1)
    higher = evaluate_boxes(truth, [answer], LabelSet(("apple",)), score=0.7)
    assert (higher.all.precision, higher.all.recall, higher.all.f1, higher.all.mean_iou) == (0, 0, 0, None)


def test_half_of_the_true_boxes_found_without_a_false_one() -> None:
    truth = [picture(("apple", (0, 0, 10, 10)), ("apple", (50, 50, 60, 60)))]
    report = evaluate_boxes(truth, [found(("apple", 0.9, (0, 0, 10, 10)))], LabelSet(("apple",)), score=0.5)
    assert report.all.ap50 == pytest.approx(51 / 101)  # recalls 0, .01, ... .5
    assert report.all.recall == 0.5


def test_a_box_that_sits_badly_counts_at_low_overlaps_only() -> None:
    # 10 x 10 against 10 x 8: an overlap of .8, which is enough at .5, .55, ... .8, seven of ten
    report = evaluate_boxes(
        [picture(("apple", (0, 0, 10, 10)))], [found(("apple", 0.9, (0, 0, 10, 8.01)))], LabelSet(("apple",))
    )
    assert report.all.ap50 == 1
    assert report.all.ap50_95 == pytest.approx(0.7)


def test_a_true_box_is_found_once() -> None:
    answer = found(("apple", 0.9, (0, 0, 10, 10)), ("apple", 0.8, (0, 0, 10, 10)))
    report = evaluate_boxes([picture(("apple", (0, 0, 10, 10)))], [answer], LabelSet(("apple",)), score=0.5)
    assert (report.all.precision, report.all.recall) == (0.5, 1)
    assert report.confusion.counts.tolist() == [[1, 0], [1, 0]]


def test_the_confusion_tells_wrong_names_from_missed_and_false_boxes() -> None:
    truth = [picture(("apple", (0, 0, 10, 10)), ("pear", (50, 50, 60, 60)))]
    answer = found(("pear", 0.9, (0, 0, 10, 10)), ("apple", 0.9, (120, 0, 130, 10)), ("apple", 0.1, (50, 50, 60, 60)))
    report = evaluate_boxes(truth, [answer], LABELS, score=0.5)
    assert tuple(report.confusion.labels) == ("apple", "pear", NOTHING)
    assert report.confusion.counts.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_a_class_without_a_true_box_does_not_count() -> None:
    report = evaluate_boxes([picture(("apple", (0, 0, 10, 10)))], [found(("apple", 0.9, (0, 0, 10, 10)))], LABELS)
    assert report.all.ap50 == 1
    assert [one.ap50 for one in report.per_class] == [1, None]


def test_nothing_found_and_nothing_there() -> None:
    report = evaluate_boxes([picture(), picture(("apple", (0, 0, 9, 9)))], [found(), found()], LABELS)
    assert (report.all.ap50, report.all.precision, report.all.recall, report.score) == (0, None, 0, 0.5)
    empty = evaluate_boxes([picture()], [found()], LABELS)
    assert (empty.all.ap50, empty.all.recall) == (None, None)


def test_the_best_score_lies_between_the_right_and_the_wrong() -> None:
    truth = [picture(("apple", (0, 0, 10, 10)))]
    answer = found(("apple", 0.8, (0, 0, 10, 10)), ("apple", 0.4, (100, 100, 110, 110)))
    assert evaluate_boxes(truth, [answer], LabelSet(("apple",))).score == pytest.approx(0.6)


def test_intervals_are_drawn_by_groups() -> None:
    truth, answers = _random(np.random.default_rng(3), pictures=6)
    assert evaluate_boxes(truth, answers, LABELS, groups=["here"] * 6, resamples=5).confidence == {}
    spans = evaluate_boxes(truth, answers, LABELS, resamples=20).confidence
    assert set(spans) == {"ap50", "ap50_95"}
    assert all(0 <= span.low <= span.high <= 1 for span in spans.values())


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(UsageError, match="one answer"):
        evaluate_boxes([picture()], [], LABELS)
    with pytest.raises(UnknownNameError):
        evaluate_boxes([picture()], [found(("plum", 0.5, (0, 0, 9, 9)))], LABELS)


@pytest.mark.parametrize("seed", range(8))
def test_average_precision_is_that_of_pycocotools(seed: int) -> None:
    truth, answers = _random(np.random.default_rng(seed), pictures=12)
    report = evaluate_boxes(truth, answers, LABELS, resamples=1)
    published = _published(truth, answers)
    assert report.all.ap50_95 == pytest.approx(published[0], abs=1e-6)
    assert report.all.ap50 == pytest.approx(published[1], abs=1e-6)
    _agrees_by_class(report, truth, answers)


def test_only_the_hundred_surest_count_as_for_pycocotools() -> None:
    rng = np.random.default_rng(0)
    truth = [picture(("apple", (0, 0, 10, 10)))]
    corners = rng.uniform(0, 100, (150, 2))
    boxes = [("apple", float(rng.uniform(0.5, 1)), (x, y, x + 20, y + 20)) for x, y in corners.tolist()]
    answers = [found(*boxes, ("apple", 0.1, (0, 0, 10, 10)))]
    assert evaluate_boxes(truth, answers, LABELS, resamples=1).all.ap50 == _published(truth, answers)[1] == 0


def _agrees_by_class(report: DetectionReport, truth: list[BoxedPicture], answers: list[Detections]) -> None:
    for number, one in enumerate(report.per_class, 1):
        wanted = _published(truth, answers, categories=[number])
        assert (-1 if one.ap50_95 is None else one.ap50_95) == pytest.approx(wanted[0], abs=1e-6)


def _random(rng: np.random.Generator, pictures: int) -> tuple[list[BoxedPicture], list[Detections]]:
    """True boxes, and of some of them found ones that are shifted, doubled, misnamed; scores with ties."""
    truth, answers = [], []
    for _ in range(pictures):
        true, said = [], []
        for _ in range(int(rng.integers(0, 7))):
            left, top, width, height = (int(side) for side in rng.integers(5, 80, 4))
            box = (float(left), float(top), float(left + width), float(top + height))
            label = LABELS[int(rng.integers(2))]
            true.append((label, box))
            for _ in range(int(rng.integers(0, 3))):
                shift = rng.integers(-9, 10, 4).tolist()
                moved = tuple(float(max(side + move, 0)) for side, move in zip(box, shift, strict=True))
                moved = (moved[0], moved[1], max(moved[2], moved[0] + 1), max(moved[3], moved[1] + 1))
                name = label if rng.random() < 0.8 else LABELS[int(rng.integers(2))]
                said.append((name, float(rng.integers(1, 10)) / 16, moved))
        truth.append(picture(*true))
        answers.append(found(*said))
    return truth, answers


def _published(truth: list[BoxedPicture], answers: list[Detections], categories: list[int] | None = None) -> Any:
    """[AP50:95, AP50, ...] of pycocotools."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def wide(corners: Any) -> list[float]:
        left, top, right, bottom = map(float, corners)
        return [left, top, right - left, bottom - top]

    true = [
        {"image_id": number, "category_id": LABELS.index(label) + 1, "bbox": wide(box), "iscrowd": 0}
        for number, one in enumerate(truth, 1)
        for label, box in zip(one.labels, one.corners, strict=True)
    ]
    said = [
        {"image_id": number, "category_id": LABELS.index(label) + 1, "bbox": wide(box), "score": float(score)}
        for number, one in enumerate(answers, 1)
        for label, box, score in zip(one.labels, one.boxes.corners, one.boxes.scores, strict=True)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": number} for number in range(1, len(truth) + 1)],
            "annotations": [{"id": n, "area": one["bbox"][2] * one["bbox"][3], **one} for n, one in enumerate(true, 1)],
            "categories": [{"id": number} for number in (1, 2)],
        }
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes(said), "bbox")
        if categories:
            judge.params.catIds = categories
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats
