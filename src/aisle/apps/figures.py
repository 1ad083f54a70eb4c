"""Measures as short tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from aisle.apps.judging import ClipOutcome, Judged
from aisle.apps.verdicts import clip_figures
from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.classify import ClassFigures
from aisle.evaluate.timelines import ActionFigures, TimelineReport

IN_BRACKETS = "in percent; in brackets the interval that holds 95% of the resamples"


def verdict(judged: Judged) -> str:
    """What was judged on what, the headline figures, and those of each class."""
    count, outcome = len(judged.dataset.examples), judged.outcome
    where = f"{judged.dataset.folder}{f', {judged.split} split' if judged.split else ''}"
    lines = [f"{judged.model.name} on {where}: {count} {judged.dataset.task}"]
    if judged.seen:
        lines.append(f"CAUTION: {judged.seen} of {count} are from videos that the model was trained on")
    told = _clips(outcome) if isinstance(outcome, ClipOutcome) else timelines(outcome.reports)
    return "\n".join([*lines, told])


def _clips(outcome: ClipOutcome) -> str:
    report, detector = outcome.report, outcome.detector
    figures = clip_figures(report, detector)
    names = [name for name, value in figures.items() if isinstance(value, float)]
    spans = {**report.confidence, **(detector.confidence if detector else {})}
    return "\n".join(
        [
            IN_BRACKETS,
            *(f"  {name:20}{_share(figures[name]):>8}{_span(spans.get(name))}" for name in names),
            f"classes\n  {'':24}{'clips':>7}{'given':>7}{'precision':>11}{'recall':>9}{'f1':>8}",
            *(_class(one) for one in report.per_class if one.support or one.predicted),
        ]
    )


def _class(one: ClassFigures) -> str:
    shares = f"{_share(one.precision):>11}{_share(one.recall):>9}{_share(one.f1):>8}"
    return f"  {one.label:24}{one.support:>7}{one.predicted:>7}{shares}"


def timelines(reports: Sequence[TimelineReport]) -> str:
    """The figures at each rate with their intervals, then the classes at the first."""
    first = reports[0]
    rates = [f"at {float(report.rate):g} a second" for report in reports]
    return "\n".join(
        [
            f"{first.protocol} protocol, {IN_BRACKETS}",
            _line("videos: " + str(first.counts.videos), rates),
            _line("samples", [str(report.counts.samples) for report in reports]),
            *(_line(name, [_figure(report, name) for report in reports]) for name in first.figures),
            f"classes {rates[0]}",
            f"  {'':24}{'true runs':>11}{'predicted':>11}{'f1@50':>9}{'ap mid-point':>14}",
            *(_action(one) for one in first.per_class if one.true_runs or one.predicted_runs),
        ]
    )


def _line(name: str, cells: Sequence[str]) -> str:
    return f"  {name:16}" + "".join(f"{cell:>24}" for cell in cells)


def _action(one: ActionFigures) -> str:
    f1, precision = _percent(one.f1["f1@50"]), _percent(one.average_precision["midpoint"])
    return f"  {one.label:24}{one.true_runs:>11}{one.predicted_runs:>11}{f1:>9}{precision:>14}"


def _figure(report: TimelineReport, name: str) -> str:
    interval = report.confidence.get(name)
    span = f" ({interval.low:.1f}-{interval.high:.1f})" if interval else ""
    return _percent(report.figures[name]) + span


def _span(interval: Interval | None) -> str:
    return f" ({100 * interval.low:.1f}-{100 * interval.high:.1f})" if interval else ""


def _share(value: float | None) -> str:
    return _percent(None if value is None else 100 * value)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
