"""`aisle evaluate`: how good predictions are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.apps.console import progress, remark, say

if TYPE_CHECKING:
    from aisle.evaluate.tables import Comparison
    from aisle.evaluate.timelines import ActionFigures, TimelineReport

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")]


class Protocol(StrEnum):
    merl = "merl"


def evaluate(
    truth: Annotated[Path, typer.Option(help="CSV: video,start,end,label in seconds.", show_default=False)],
    predicted: Annotated[Path, typer.Option(help="CSV: video,start,end,label,score.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; made if need be.", show_default=False)],
    protocol: Annotated[Protocol, typer.Option(help="The rules of scoring.")] = Protocol.merl,
    rate: Annotated[
        list[str] | None,
        typer.Option(help="Samples a second; repeat it. The protocol's own, 30, is always among them."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """How good predicted timelines are against the truth: metrics.json, report.html and a short table."""
    from aisle.core import exact
    from aisle.evaluate.tables import read_comparison
    from aisle.evaluate.timelines import OWN_RATES, check_rules

    rates = dict.fromkeys([*(exact(one) for one in rate or ()), OWN_RATES[protocol]])
    for one in rates:
        check_rules(one, protocol)
    comparison = read_comparison(truth, predicted)
    reports = [_at_rate(comparison, one, protocol, quiet=quiet) for one in rates]
    target = out / "metrics.json"
    _write(target, reports, {"truth": truth, "predicted": predicted})
    page = out / "report.html"
    _write_page(page, reports, comparison, {"Truth": str(truth), "Predicted": str(predicted)})
    if not quiet:
        for note in dict.fromkeys(note for report in reports for note in report.notes):
            remark(f"note: {note}")
    say(_table(reports))
    say(f"written to {target} and {page}")


def _at_rate(comparison: Comparison, rate: Fraction, protocol: str, *, quiet: bool) -> TimelineReport:
    from dataclasses import replace

    from aisle.evaluate.timelines import evaluate_timelines

    with progress(f"scoring at {float(rate):g} samples a second", quiet=quiet) as listener:
        report = evaluate_timelines(
            comparison.truth,
            comparison.predicted,
            rate,
            protocol,
            labels=comparison.labels,
            groups=comparison.groups,
            progress=listener,
        )
    return replace(report, notes=(*comparison.notes, *report.notes))


def _write(path: Path, reports: Sequence[TimelineReport], files: Mapping[str, Path]) -> None:
    """The first report is the top level, and all of them are under `rates`."""
    import json
    from importlib.metadata import version

    from aisle.core import whole
    from aisle.deploy.weights import sha256

    record = {
        "aisle": version("aisle"),
        "files": {name: {"path": str(file), "sha256": sha256(file)} for name, file in files.items()},
        **reports[0].to_json(),
        "rates": [report.to_json() for report in reports],
    }
    with whole(path) as part:
        part.write_text(json.dumps(record, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _write_page(
    path: Path, reports: Sequence[TimelineReport], comparison: Comparison, files: Mapping[str, str]
) -> None:
    from aisle.core import Timeline
    from aisle.evaluate.report import Evaluation, write_report

    groups = comparison.groups
    nothing = Timeline(Fraction(0), ())
    evaluation = Evaluation(
        title=Path(files["Predicted"]).name,
        facts=files,
        groups=len(set(groups.values())) if any(group != video for video, group in groups.items()) else None,
        timelines=tuple(reports),
        strips={video: (true, comparison.predicted.get(video, nothing)) for video, true in comparison.truth.items()},
    )
    write_report(evaluation, path)


def _table(reports: Sequence[TimelineReport]) -> str:
    """The figures at each rate with their intervals, then the classes at the first."""
    first = reports[0]
    rates = [f"at {float(report.rate):g} a second" for report in reports]
    return "\n".join(
        [
            f"{first.protocol} protocol, in percent; in brackets the interval that holds 95% of the resamples",
            _line("videos: " + str(first.counts.videos), rates),
            _line("samples", [str(report.counts.samples) for report in reports]),
            *(_line(name, [_figure(report, name) for report in reports]) for name in first.figures),
            f"classes {rates[0]}",
            f"  {'':24}{'true runs':>11}{'predicted':>11}{'f1@50':>9}{'ap mid-point':>14}",
            *(_class(one) for one in first.per_class if one.true_runs or one.predicted_runs),
        ]
    )


def _line(name: str, cells: Sequence[str]) -> str:
    return f"  {name:16}" + "".join(f"{cell:>24}" for cell in cells)


def _class(one: ActionFigures) -> str:
    f1, precision = _percent(one.f1["f1@50"]), _percent(one.average_precision["midpoint"])
    return f"  {one.label:24}{one.true_runs:>11}{one.predicted_runs:>11}{f1:>9}{precision:>14}"


def _figure(report: TimelineReport, name: str) -> str:
    interval = report.confidence.get(name)
    span = f" ({interval.low:.1f}-{interval.high:.1f})" if interval else ""
    return _percent(report.figures[name]) + span


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
