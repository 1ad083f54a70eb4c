"""The page's parts about timelines: who did what when, against the truth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from aisle.core import BACKGROUND, Timeline
from aisle.core.charts import legend, timeline
from aisle.core.page import Column, Html, Tile, folded, join, key, named, part, percent, section, table, tag
from aisle.evaluate._clips_page import confusion, within
from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.segments import F1_OVERLAPS
from aisle.evaluate.timelines import ActionFigures, TimelineReport

_STRIPS = 24

_NAMES = {
    "frame_accuracy": "right moments (frame accuracy)",
    "edit": "right order (edit score)",
    "f1@10": "stretches found, roughly (F1@10)",
    "f1@25": "stretches found (F1@25)",
    "f1@50": "stretches found, closely (F1@50)",
    "map_midpoint": "mean average precision by mid-point (mAP)",
    "map_iou@10": "mean average precision, overlap over 10%",
    "map_iou@50": "mean average precision, overlap over 50%",
}
_SAYS = {
    "frame_accuracy": "The share of moments with the right class, background included. It hardly notices a short act "
    "that is missed, or one that is cut to pieces.",
    "edit": "Whether the acts come in the right order and number; when exactly does not count.",
    "f1@10": "An act counts as found where it overlaps the true one by a tenth: good enough for counting acts.",
    "f1@25": "An act counts as found where it overlaps the true one by a quarter.",
    "f1@50": "An act counts as found where it overlaps the true one by half, so begin and end must fit. Acts cut to "
    "pieces count as false ones.",
    "map_midpoint": "Acts ranked by how sure the model is: are the surest right, and all found? Right is one whose "
    "middle lies in a true one. Mean over the actions.",
    "map_iou@10": "The same ranking; right is an act that overlaps a true one by more than a tenth.",
    "map_iou@50": "The same ranking; right is an act that overlaps a true one by more than half.",
}


def headlines(report: TimelineReport) -> Iterator[Tile]:
    for name, says in _SAYS.items():
        yield Tile(_percent(report.figures[name]), _NAMES[name], says, within(report.confidence, name, of=100.0))


def shares(intervals: Mapping[str, Interval]) -> dict[str, Interval]:
    """The same intervals, from percent to shares."""
    return {
        name: replace(one, value=one.value / 100, low=one.low / 100, high=one.high / 100)
        for name, one in intervals.items()
    }


def sections(reports: Sequence[TimelineReport], strips: Mapping[str, tuple[Timeline, Timeline]]) -> Html:
    return join(
        [
            _rates(reports),
            _strips(strips, [label for label in reports[0].confusion.labels if label != BACKGROUND]),
            _per_class(reports),
            confusion(reports[0].confusion, "samples"),
        ]
    )


def _percent(value: float | None) -> str:
    return percent(math.nan if value is None else value / 100, 1)


def _at(report: TimelineReport) -> str:
    return f"{float(report.rate):.4g} a second"


def _rates(reports: Sequence[TimelineReport]) -> Html:
    says = (
        "Timelines are compared at so many samples a second. The rate changes the figures, so compare only figures of "
        f"one rate; those at the top of this page are at {_at(reports[0])}. Protocol: {reports[0].protocol}."
    )
    columns = [Column("Figure"), *(Column(_at(report), number=True) for report in reports)]
    counted = {
        "videos": [f"{report.counts.videos:,}" for report in reports],
        "samples": [f"{report.counts.samples:,}" for report in reports],
        "true stretches": [f"{report.counts.true_runs:,}" for report in reports],
        "predicted stretches": [f"{report.counts.predicted_runs:,}" for report in reports],
    }
    rows = [
        *([told, *(_figure(report, name) for report in reports)] for name, told in _NAMES.items()),
        *([name, *values] for name, values in counted.items()),
    ]
    return section("At each rate", table("Figures at each rate", columns, rows), says=says)


def _figure(report: TimelineReport, name: str) -> Html:
    interval = report.confidence.get(name)
    span = f"{interval.low:.1f} to {interval.high:.1f}" if interval else ""
    return join([tag("span", span, class_="small"), _percent(report.figures[name])])


def _strips(strips: Mapping[str, tuple[Timeline, Timeline]], labels: Sequence[str]) -> Html:
    if not strips:
        return Html()
    shown = list(strips.items())[:_STRIPS]
    drawn = (
        timeline(name, {"truth": true.segments, "predicted": said.segments}, max(true.duration, said.duration))
        for name, (true, said) in shown
    )
    rest = f" These are the first {len(shown)} of {len(strips):,} videos." if len(strips) > len(shown) else ""
    says = f"What happened, and under it what the model said; uncoloured is {BACKGROUND}.{rest}"
    return section("Video by video", legend({label: key(label) for label in labels}), *drawn, says=says)


def _per_class(reports: Sequence[TimelineReport]) -> Html:
    says = (
        "For each action: how many of its moments are found (recall) and how many of those named are right "
        "(precision); then its stretches, by how much they must overlap, and average precision (AP)."
    )
    first, *others = (part(f"At {_at(report)}", _class_table(report)) for report in reports)
    return section("Action by action", first, *(folded("At another rate", other) for other in others), says=says)


_AP = {"midpoint": "AP mid-point", "iou@10": "AP overlap 10%", "iou@50": "AP overlap 50%"}


def _class_table(report: TimelineReport) -> Html:
    names = ("Stretches", "Predicted", "Precision", "Recall", *(name.upper() for name in F1_OVERLAPS), *_AP.values())
    columns = [Column("Class"), *(Column(name, number=True) for name in names)]
    return table(f"Action by action at {_at(report)}", columns, map(_class_row, report.per_class))


def _class_row(one: ActionFigures) -> list[str]:
    moments = (one.frame_precision, one.frame_recall)
    stretches = (*(one.f1[name] for name in F1_OVERLAPS), *(one.average_precision[kind] for kind in _AP))
    counts = [f"{one.true_runs:,}", f"{one.predicted_runs:,}"]
    return [named(one.label), *counts, *map(_percent, (*moments, *stretches))]
