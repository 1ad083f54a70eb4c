"""The page's parts about a class that raises an alarm: which threshold, and what it means in false alarms."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aisle.core.charts import Axis, Curve, Mark, graph
from aisle.core.page import Column, Html, Tile, join, part, percent, section, side_by_side, table, tag
from aisle.evaluate._clips_page import share, within
from aisle.evaluate.curves import Curves, DetectorReport, OperatingPoint

_RARE = (2, 10, 100, 1_000, 10_000)
_STEPS = 11


def headlines(report: DetectorReport, positive: str) -> Iterator[Tile]:
    point = report.point
    yield Tile(
        percent(report.curves.roc_auc, 1),
        "told apart (area under the ROC curve)",
        f"The chance that a clip of {positive} scores higher than one without; 50% is guessing. It does not depend on "
        "a threshold, so it does not tell how many alarms there will be.",
        within(report.confidence, "roc_auc"),
    )
    yield Tile(
        percent(report.curves.average_precision, 1),
        "average precision",
        f"How pure the alarms are, over all thresholds. Guessing would get {percent(_frequency(report.curves))}, the "
        f"share of {positive} here; where it is rarer, all precisions are lower.",
        within(report.confidence, "average_precision"),
    )
    yield Tile(
        share(point.f_beta),
        f"F{point.beta:g} at the chosen threshold",
        f"High only where most of {positive} is found and most alarms are right"
        + (f", with finding counted {point.beta:g} times as much" if point.beta != 1 else "")
        + ".",
        within(report.confidence, "f_beta"),
    )


def _frequency(curves: Curves) -> float:
    return curves.positives / (curves.positives + curves.negatives)


def sections(report: DetectorReport, positive: str) -> Html:
    return join([_alarms(report, positive), _thresholds(report, positive)])


# --- the chosen threshold


def _alarms(report: DetectorReport, positive: str) -> Html:
    point = report.point
    says = (
        f"A clip raises an alarm where its score is {point.threshold:.3g} or more. Of {point.hits + point.missed:,} "
        f"clips of {positive}, {point.hits:,} raised an alarm and {point.missed:,} were missed. Of "
        f"{report.curves.negatives:,} clips without, {point.false_alarms:,} raised a false alarm."
    )
    return section("What the alarms are worth", _by_frequency(point, positive), says=says)


def _by_frequency(point: OperatingPoint, positive: str) -> Html:
    if point.recall is None or point.false_alarm_rate is None:
        return Html()
    rows = [_at_frequency(one, point.recall, point.false_alarm_rate) for one in _RARE]
    columns = [
        Column("If it happens in"),
        Column(f"of 10,000 clips, {positive}", number=True),
        *(Column(name, number=True) for name in ("found", "false alarms", "alarms that are right")),
    ]
    says = "The rarer it is, the more of the alarms are false, with the very same model and threshold:"
    return join([tag("p", says, class_="small says"), table("Alarms by how rare it is", columns, rows)])


def _at_frequency(rare: int, recall: float, false_alarm_rate: float, clips: int = 10_000) -> list[str]:
    real = clips / rare
    found, false = recall * real, false_alarm_rate * (clips - real)
    right = found / (found + false) if found + false else float("nan")
    return [
        f"1 of {rare:,} clips",
        f"{real:,.0f}",
        f"{found:,.{0 if found >= 100 else 1}f}",
        f"{false:,.0f}",
        percent(right, 1),
    ]


# --- all thresholds


def _thresholds(report: DetectorReport, positive: str) -> Html:
    says = (
        "A lower threshold finds more and raises more false alarms. The dot is the chosen one. "
        "A good model has a curve that hugs the upper left of the first chart and the upper right of the second."
    )
    return section(
        "Every threshold",
        side_by_side(_roc(report, positive), _precision_recall(report, positive)),
        side_by_side(_sweep(report, positive), _sweep_table(report)),
        says=says,
    )


def _roc(report: DetectorReport, positive: str) -> Html:
    curves, point = report.curves, report.point
    line = np.column_stack([np.append(0, curves.false_alarm_rate), np.append(0, curves.recall)])
    says = f"Found against false alarms; the area under the curve is {percent(curves.roc_auc, 1)}."
    return part(
        "Found, and the false alarms for it (ROC)",
        graph(
            "ROC curve",
            says,
            [
                Curve("guessing", np.array([[0.0, 0.0], [1.0, 1.0]]), look="quiet", dashed=True),
                Curve("this model", line),
            ],
            x=Axis("false alarms, of the clips without"),
            y=Axis(f"found, of {_short(positive)}"),
            marks=_marks(point.false_alarm_rate, point.recall, point),
        ),
    )


def _precision_recall(report: DetectorReport, positive: str) -> Html:
    curves, point = report.curves, report.point
    frequency = _frequency(curves)
    line = np.column_stack([curves.recall, curves.precision])
    says = f"Right alarms against found; the average precision is {percent(curves.average_precision, 1)}."
    return part(
        "Found, and how many alarms are right",
        graph(
            "Precision and recall",
            says,
            [
                Curve("guessing", np.array([[0.0, frequency], [1.0, frequency]]), look="quiet", dashed=True),
                Curve("this model", line),
            ],
            x=Axis(f"found, of {_short(positive)} (recall)"),
            y=Axis("right, of the alarms (precision)"),
            marks=_marks(point.recall, point.precision, point),
        ),
    )


def _sweep(report: DetectorReport, positive: str) -> Html:
    curves, point = report.curves, report.point
    x = _score_axis(report)
    upright = np.array([[point.threshold, 0.0], [point.threshold, 1.0]])

    def along(
        values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.column_stack([curves.thresholds, values])

    return part(
        "What each threshold does",
        graph(
            "Threshold sweep",
            "Found, right alarms and false alarms over the threshold; the dashed line is the chosen one.",
            [
                Curve(f"found, of {_short(positive)}", along(curves.recall)),
                Curve("right, of the alarms", along(curves.precision), look="third"),
                Curve("false alarms, of the clips without", along(curves.false_alarm_rate), look="second"),
                Curve("chosen", upright, look="quiet", dashed=True),
            ],
            x=x,
            y=Axis("share"),
        ),
    )


def _score_axis(report: DetectorReport) -> Axis:
    """Probabilities from 0 to 1, other scores from the lowest to the highest."""
    scores = np.append(report.curves.thresholds, report.point.threshold)
    low, high = float(scores.min()), float(scores.max())
    if low >= 0 and high <= 1:
        return Axis("threshold", shares=False)
    return Axis("threshold", low, high if high > low else low + 1, shares=False)


def _sweep_table(report: DetectorReport) -> Html:
    axis = _score_axis(report)
    levels = sorted({*np.linspace(axis.low, axis.high, _STEPS).tolist(), report.point.threshold})
    columns = [Column(name, number=True) for name in ("Threshold", "Found", "Right alarms", "False alarms", "of clips")]
    rows = [_at_threshold(report.curves, level, chosen=level == report.point.threshold) for level in levels]
    return table("What each threshold does", columns, rows)


def _at_threshold(curves: Curves, level: float, *, chosen: bool) -> list[str]:
    raised = int((curves.thresholds >= level).sum())
    hits, false = (int(curves.hits[raised - 1]), int(curves.false_alarms[raised - 1])) if raised else (0, 0)
    return [
        f"{level:.3g}{' chosen' if chosen else ''}",
        share(hits / curves.positives if curves.positives else None),
        share(hits / (hits + false) if raised else None),
        f"{false:,}",
        share(false / curves.negatives if curves.negatives else None),
    ]


def _marks(x: float | None, y: float | None, point: OperatingPoint) -> tuple[Mark, ...]:
    return () if x is None or y is None else (Mark(x, y, f"threshold {point.threshold:.3g}"),)


def _short(name: str, longest: int = 24) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
