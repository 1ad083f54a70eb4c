"""The page's parts about what was pointed out as unusual along videos."""

from __future__ import annotations

import math
from collections.abc import Iterator

from aisle.core.page import Column, Html, Tile, join, percent, section, table
from aisle.evaluate._clips_page import within
from aisle.evaluate.alarms import RECALL
from aisle.evaluate.anomaly import AnomalyReport


def headlines(report: AnomalyReport) -> Iterator[Tile]:
    frames, alarms = report.frames, report.alarms
    yield Tile(
        percent(frames.micro, 1),
        "told apart, all frames (micro AUC)",
        "The chance that an unusual frame scores higher than a normal one, of all videos together; 50% is guessing.",
        within(report.confidence, "micro"),
    )
    yield Tile(
        percent(frames.macro, 1),
        "told apart within a video (macro AUC)",
        f"The same within each of the {frames.both} videos that have frames of both kinds, as a mean.",
        within(report.confidence, "macro"),
    )
    yield Tile(
        f"{alarms.found} of {alarms.events}",
        "events that raised an alarm",
        f"At the model's threshold, by the rules of a camera that is watched; known {_number(alarms.delay_mean)} s "
        "after the event began, as a mean.",
    )
    yield Tile(
        _number(alarms.false_per_hour),
        "false alarms an hour",
        f"{alarms.false} alarms in {_number(alarms.hours)} h met no event: {_number(alarms.false_per_day)} a day.",
    )


def sections(report: AnomalyReport) -> Html:
    return join([_frames(report), _at_recall(report)])


_FRAMES = (
    "Micro joins the frames of all videos, macro is the mean over videos with frames of both kinds. The literature "
    "often stretches the scores of each video to 0 to 1 first, which needs its end and so cannot be done live, or lets "
    "videos of one kind count by two invented frames; both are told to compare with its tables."
)


def _frames(report: AnomalyReport) -> Html:
    one = report.frames
    rows = [
        ["AUC of all frames (micro)", percent(one.micro, 1)],
        ["AUC within videos (macro)", percent(one.macro, 1)],
        ["macro, with two invented frames a video", percent(one.anchored, 1)],
        ["micro, scores stretched in each video", percent(one.micro_stretched, 1)],
        ["macro, scores stretched in each video", percent(one.macro_stretched, 1)],
        ["average precision", percent(one.average_precision, 1)],
        ["equal error rate", percent(one.equal_error_rate, 1)],
        ["unusual, of all frames", percent(one.unusual, 1)],
    ]
    columns = [Column("Of frames"), Column("", number=True)]
    return section("Frame by frame", table("Figures of frames", columns, rows), says=_FRAMES)


def _at_recall(report: AnomalyReport) -> Html:
    one = report.at_recall
    if math.isnan(one.threshold):
        return Html()
    says = (
        f"To find {percent(RECALL)} of the events, scores of {one.threshold:.3g} and more have to count: {one.false} "
        f"stretches in {_number(one.hours)} h without an event reach that, {_number(one.per_hour)} an hour."
    )
    return section("What finding more would cost", says=says)


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:,.2f}"
