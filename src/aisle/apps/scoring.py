"""Tables of predicted timelines against tables of true ones; no model is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

from aisle.apps.verdicts import METRICS, PAGE, timeline_figures, write_json
from aisle.core import Progress, Timeline, silent
from aisle.deploy.weights import sha256
from aisle.evaluate.report import Evaluation, write_report
from aisle.evaluate.tables import Comparison, read_comparison
from aisle.evaluate.timelines import TimelineReport, evaluate_timelines


def score_tables(
    truth: Path, predicted: Path, out: Path, rates: Sequence[Fraction], protocol: str, *, progress: Progress = silent
) -> tuple[TimelineReport, ...]:
    """Writes metrics.json and report.html into `out`; the first rate is told at length.

    Raises InputError for a table that cannot be read, OutputError where the disk refuses.
    """
    comparison = read_comparison(truth, predicted)
    reports = tuple(_at_rate(comparison, rate, protocol, progress) for rate in rates)
    files = {"truth": truth, "predicted": predicted}
    record = {
        "aisle": version("aisle"),
        "files": {name: {"path": str(file), "sha256": sha256(file)} for name, file in files.items()},
        **timeline_figures(reports),
    }
    write_json(record, out / METRICS)
    write_report(_evaluation(comparison, reports, files), out / PAGE)
    return reports


def _at_rate(comparison: Comparison, rate: Fraction, protocol: str, progress: Progress) -> TimelineReport:
    report = evaluate_timelines(
        comparison.truth,
        comparison.predicted,
        rate,
        protocol,
        labels=comparison.labels,
        groups=comparison.groups,
        progress=progress,
    )
    return replace(report, notes=(*comparison.notes, *report.notes))


def _evaluation(comparison: Comparison, reports: tuple[TimelineReport, ...], files: Mapping[str, Path]) -> Evaluation:
    groups, nothing = comparison.groups, Timeline(Fraction(0), ())
    return Evaluation(
        title=files["predicted"].name,
        facts={name.capitalize(): str(file) for name, file in files.items()},
        groups=len(set(groups.values())) if any(group != video for video, group in groups.items()) else None,
        timelines=reports,
        strips={video: (true, comparison.predicted.get(video, nothing)) for video, true in comparison.truth.items()},
    )
