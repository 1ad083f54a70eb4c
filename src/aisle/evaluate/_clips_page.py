"""The page's parts about clips that have one class each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from aisle.core.charts import Axis, Curve, bar, graph, heat_map
from aisle.core.page import Column, Html, Tile, folded, join, key, named, part, percent, section, side_by_side, table
from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.classify import ClassFigures, ClassificationReport
from aisle.evaluate.confusion import Confusion

_NUMBERS_UP_TO = 8
_CONFUSED = 8
_ALL_UP_TO = 50
"""Classes; of more only those are shown that have examples or were predicted."""


def headlines(report: ClassificationReport) -> Iterator[Tile]:
    classes = len(report.confusion.labels)
    yield Tile(
        percent(report.top1, 1),
        "right answers (top-1 accuracy)",
        "The share of clips whose likeliest class is the true one. It does not tell which mistakes are made, and "
        "flatters where one class is frequent.",
        within(report.confidence, "top1"),
    )
    if report.top5 is not None:
        yield Tile(
            percent(report.top5, 1),
            "among the first five (top-5 accuracy)",
            "The share of clips whose true class is among the five likeliest. Good for choosing from a list, not for "
            "acting on one answer.",
            within(report.confidence, "top5"),
        )
    yield Tile(
        percent(report.balanced_accuracy, 1),
        "found, all classes alike (balanced accuracy)",
        f"How much of each class is found, as a mean over the classes. Always giving the same answer would get "
        f"{percent(1 / max(_tested(report), 1))}.",
        within(report.confidence, "balanced_accuracy"),
    )
    yield Tile(
        percent(report.macro.f1, 1),
        "macro F1",
        f"High only where each of the {classes} classes is both found and rightly named. It does not weigh which "
        "mistake costs you more.",
        within(report.confidence, "macro_f1"),
    )


def within(intervals: Mapping[str, Interval], name: str, of: float = 1.0) -> str:
    """The interval of a figure that is given in units of 1 / `of`, in words; empty without one."""
    if name not in intervals:
        return ""
    one = intervals[name]
    return f"between {percent(one.low / of, 1)} and {percent(one.high / of, 1)}"


def sections(report: ClassificationReport) -> Html:
    says = (
        "Precision: of the clips given this class, how many truly are of it. Recall: of the clips that truly are of "
        "it, how many were found. F1 is high only if both are."
    )
    return join(
        [
            section("Class by class", _per_class(report), says=says),
            confusion(report.confusion, "clips"),
            _reliability(report),
        ]
    )


def _tested(report: ClassificationReport) -> int:
    return sum(one.support > 0 for one in report.per_class)


def _per_class(report: ClassificationReport) -> Html:
    columns = [
        Column("Class"),
        *(Column(name, number=True) for name in ("Clips", "Given", "Precision", "Recall", "F1")),
        Column("F1", wide=True),
    ]
    averages = {"mean over classes": report.macro, "weighted by clips": report.weighted}
    total = f"{int(report.confusion.counts.sum()):,}"
    few = len(report.per_class) <= _ALL_UP_TO
    rows = [
        *(_class_row(one) for one in report.per_class if one.support or one.predicted or few),
        *(
            [name, total, total, percent(one.precision, 1), percent(one.recall, 1), percent(one.f1, 1), bar(one.f1)]
            for name, one in averages.items()
        ),
    ]
    return table("Precision, recall and F1 by class", columns, rows)


def _class_row(one: ClassFigures) -> list[str]:
    figures = (share(value) for value in (one.precision, one.recall, one.f1))
    drawn = bar(one.f1 or 0.0, key(one.label))
    return [named(one.label), f"{one.support:,}", f"{one.predicted:,}", *figures, drawn]


def share(value: float | None) -> str:
    """0 to 1 as a percentage; what is not defined is a dash."""
    return percent(math.nan if value is None else value, 1)


# --- what was taken for what


def confusion(counted: Confusion, unit: str) -> Html:
    """Shares of each row as shades, the counts as a table, and the most frequent confusions."""
    counted = counted.occurring if len(counted.labels) > _ALL_UP_TO else counted
    labels = list(counted.labels)
    rows = counted.counts / np.maximum(counted.support[:, None], 1)
    says = (
        "Rows are the truth, columns what the model said; each row adds up to 100%. "
        "A good model is dark from the upper left to the lower right, and pale everywhere else."
    )
    columns = [Column("Truth"), *(Column(label, number=True) for label in labels)]
    numbers = [[named(label), *(f"{n:,}" for n in row)] for label, row in zip(labels, counted.counts, strict=True)]
    return section(
        "What was taken for what",
        heat_map("Confusion matrix", says, labels, labels, rows, _words(counted, rows)),
        folded(f"The numbers of {unit} as a table", table(f"Confusion matrix in {unit}", columns, numbers)),
        _confused(counted, unit),
        says=says,
    )


def _words(counted: Confusion, rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[list[str]]:
    with_counts = len(counted.labels) <= _NUMBERS_UP_TO
    return [
        [_word(int(n), share, with_counts=with_counts) for n, share in zip(numbers, shares, strict=True)]
        for numbers, shares in zip(counted.counts.tolist(), rows.tolist(), strict=True)
    ]


def _word(count: int, of_row: float, *, with_counts: bool) -> str:
    if not count:
        return ""
    return f"{count:,} ({percent(of_row)})" if with_counts else f"{100 * of_row:.0f}"


def _confused(counted: Confusion, unit: str) -> Html:
    wrong = counted.counts.copy()
    np.fill_diagonal(wrong, 0)
    order = [divmod(int(place), len(wrong)) for place in np.argsort(-wrong, axis=None, kind="stable")[:_CONFUSED]]
    rows = [
        [
            named(counted.labels[true]),
            named(counted.labels[said]),
            f"{wrong[true, said]:,}",
            percent(wrong[true, said] / counted.support[true], 1),
        ]
        for true, said in order
        if wrong[true, said]
    ]
    columns = [
        Column("Truth"),
        Column("Taken for"),
        Column(unit.capitalize(), number=True),
        Column("Of this truth", number=True),
    ]
    return (
        part("The most frequent confusions", table("The most frequent confusions", columns, rows)) if rows else Html()
    )


# --- how far the probabilities can be believed


def _reliability(report: ClassificationReport) -> Html:
    filled = [one for one in report.reliability if one.count]
    points = np.array([(one.confidence, one.accuracy) for one in filled], np.float64).reshape(-1, 2)
    off = percent(report.calibration_error, 1)
    says = (
        "When the model says that it is 80% sure, it should be right in 80 of 100 cases: the dots should lie on the "
        "dashed line. Below it the model is surer than it should be, above it less sure. "
        f"On average it is {off} off (expected calibration error)."
    )
    columns = [Column(name, number=True) for name in ("Said to be", "Clips", "Mean of what was said", "Truly right")]
    rows = [
        [
            f"{percent(one.low)} to {percent(one.high)}",
            f"{one.count:,}",
            share(one.confidence),
            share(one.accuracy),
        ]
        for one in filled
    ]
    drawn = graph(
        "Reliability diagram",
        says,
        [
            Curve("said and true alike", np.array([[0.0, 0.0], [1.0, 1.0]]), look="quiet", dashed=True),
            Curve("this model", points, dots=True),
        ],
        x=Axis("how sure the model says it is"),
        y=Axis("how often it is right"),
    )
    return section(
        "Can its probabilities be believed?",
        side_by_side(drawn, table("Reliability by stated probability", columns, rows)),
        says=says,
    )
