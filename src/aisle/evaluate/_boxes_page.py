"""The page's parts about boxes that were found in pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aisle.core.charts import Axis, Curve, Mark, bar, graph
from aisle.core.page import Column, Html, Tile, join, key, named, part, picture, pictures, section, side_by_side, table
from aisle.evaluate._clips_page import confusion, share, within
from aisle.evaluate.detection import BoxFigures, DetectionReport, Look


def headlines(report: DetectionReport) -> Iterator[Tile]:
    one = report.all
    yield Tile(
        share(one.ap50),
        "AP50, mean over classes",
        "How much is found and how purely, over all scores, where a box counts as found once it shares half of its "
        "area with the true one. It does not tell how well boxes sit.",
        within(report.confidence, "ap50"),
    )
    yield Tile(
        share(one.ap50_95),
        "AP50:95, mean over classes",
        "The same as a mean over ten overlaps, from half to nearly all: it is high only where boxes sit tightly.",
        within(report.confidence, "ap50_95"),
    )
    yield Tile(
        share(one.f1),
        f"F1 from a score of {report.score:.2f} on",
        f"Of {one.found:,} boxes found, {share(one.precision)} are right; of {one.boxes:,} true ones "
        f"{share(one.recall)} are found.",
    )
    yield Tile(
        share(one.mean_iou),
        "mean overlap (IoU)",
        "What the boxes that were rightly found share with the true ones, of what both cover.",
    )


def sections(report: DetectionReport, looks: Sequence[Look]) -> Html:
    says = (
        "AP: average precision. Precision, recall, F1 and overlap are of boxes with at least the chosen score, which "
        "count as right where they share half of their area with a true box of the class."
    )
    return join(
        [
            section("Class by class", _per_class(report), says=says),
            section("Every score", _scores(report), says=_SCORES),
            confusion(report.confusion, "boxes"),
            _looks(looks),
        ]
    )


_SCORES = "A lower score finds more and is wrong more often. The dot is the chosen one."


def _per_class(report: DetectionReport) -> Html:
    names = ("Boxes", "Found", "AP50", "AP50:95", "Precision", "Recall", "F1", "Overlap")
    columns = [Column("Class"), *(Column(name, number=True) for name in names), Column("AP50", wide=True)]
    rows = [_row(one, named(one.label), key(one.label)) for one in report.per_class]
    return table("Figures by class", columns, [*rows, _row(report.all, report.all.label, "first")])


def _row(one: BoxFigures, name: str, look: str) -> list[str]:
    figures = (one.ap50, one.ap50_95, one.precision, one.recall, one.f1, one.mean_iou)
    return [name, f"{one.boxes:,}", f"{one.found:,}", *map(share, figures), bar(one.ap50 or 0.0, look)]


def _scores(report: DetectionReport) -> Html:
    sweep, one = report.sweep, report.all
    marks: tuple[Mark, ...] = ()
    if one.recall is not None and one.precision is not None:
        marks = (Mark(one.recall, one.precision, f"score {report.score:.2f}"),)
    curve = Curve("all classes", np.column_stack([sweep.recall, sweep.precision]))
    found, right = Axis("found, of the true boxes (recall)"), Axis("right, of the boxes found (precision)")
    says = "How many boxes are right against how many are found."
    by_recall = graph("Precision and recall", says, [curve], x=found, y=right, marks=marks)
    over = [
        Curve("right, of the boxes found", np.column_stack([sweep.scores, sweep.precision])),
        Curve("found, of the true boxes", np.column_stack([sweep.scores, sweep.recall]), look="second"),
        Curve("chosen", np.array([[report.score, 0.0], [report.score, 1.0]]), look="quiet", dashed=True),
    ]
    score = Axis("score", shares=False)
    by_score = graph("Scores", "Right and found by the least score.", over, x=score, y=Axis("share"))
    return side_by_side(
        part("Found, and how many of them are right", by_recall), part("What each score does", by_score)
    )


def _looks(looks: Sequence[Look]) -> Html:
    says = "True boxes are thin and white; what was found is drawn in colours, with its name and score."
    shown = [picture(one.jpeg, one.caption, alt=f"{one.caption}, with boxes") for one in looks]
    return section("What it found", pictures(shown, wide=True), says=says) if shown else Html()
