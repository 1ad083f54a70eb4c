"""How good features are, as a table for a terminal, as metrics.json and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aisle.apps.probing import Probed
from aisle.apps.verdicts import METRICS, PAGE, data_record, is_rendered, machine_facts, made, write_json
from aisle.core.page import percent
from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.probes import NEIGHBOURS, Figure, ProbeReport, Row
from aisle.evaluate.report import Evaluation, write_report

CLIPS = "clips (classes)"
CELL, LAST = 12, 16
HOW = (
    "a clip is the mean of its steps; numbers standardised by the labelled clips; logistic regression; its strength "
    "and, where two models are side by side, what each counts, chosen within the labelled groups; "
    f"{NEIGHBOURS} neighbours and recall by cosine"
)


def write_probed(probed: Probed, folder: Path) -> None:
    """Raises OutputError where the disk refuses."""
    record = {
        **made(),
        "model": probed.model.name,
        "fingerprint": probed.model.fingerprint,
        **data_record(probed.dataset),
        "read": HOW,
        **probed.report.to_json(),
        "notes": [*probed.doubts, *probed.notes],
    }
    write_json(record, folder / METRICS)
    write_report(_evaluation(probed), folder / PAGE)


def _evaluation(probed: Probed) -> Evaluation:
    dataset = probed.dataset
    return Evaluation(
        title=f"features of {probed.model.name} on {dataset.folder.resolve().name}",
        facts={
            "Features": f"{probed.model.name} ({probed.model.fingerprint})",
            "Data": str(dataset.folder),
            "Judged": _judged(probed.report),
            "Read": HOW,
            **machine_facts(),
        },
        groups=data_record(probed.dataset)["groups"],
        rendered=is_rendered(dataset),
        probes=probed.report,
        doubts=probed.doubts,
        notes=probed.notes,
    )


def _judged(report: ProbeReport) -> str:
    clips = f"{sum(report.support.values())} clips of {len(report.support)} classes"
    return f"{clips}, the test split" if report.parts == 1 else f"{clips}, in {report.parts} parts by group"


def table(probed: Probed) -> str:
    """Contenders below each other, each with a line of figures and one of their intervals."""
    report = probed.report
    width = max(len(name) for name in (CLIPS, *(row.name for row in report.rows))) + 1
    amounts = {one.share: f"{one.clips:.0f} ({one.classes:.0f})" for one in report.labelled}
    heads = [
        ["", *(measure for measure, _ in report.columns), "ahead of"],
        ["labels", *(percent(share) for _, share in report.columns), "random"],
        [CLIPS, *(amounts[share] for _, share in report.columns), ""],
    ]
    lines = [f"{probed.model.name} on {probed.dataset.folder}: {_judged(report)}"]
    lines += ["right answers in percent; below them the interval that holds 95% of the resamples of groups"]
    lines += [_line(cells, width) for cells in heads]
    for row in report.rows:
        lines += [_line(cells, width) for cells in _row(report, row)]
    lines.append(f"always naming the most frequent class: {100 * report.frequent:.1f}")
    return "\n".join(lines)


def _line(cells: Sequence[str], width: int) -> str:
    first, *others, last = cells
    return f"  {first:{width}}{''.join(f'{cell:>{CELL}}' for cell in others)}{last:>{LAST}}".rstrip()


def _row(report: ProbeReport, row: Row) -> list[list[str]]:
    figures = [row.figure(*pair) for pair in report.columns]
    lead = row.lead
    values = [row.name, *map(_value, figures), "" if lead is None else f"{100 * lead.value:+.1f}"]
    spans = [
        "",
        *(_span(one.interval if one else None) for one in figures),
        "" if lead is None else f"{100 * lead.low:+.1f} to {100 * lead.high:+.1f}",
    ]
    return [values, spans]


def _value(figure: Figure | None) -> str:
    return "-" if figure is None else f"{100 * figure.interval.value:.1f}"


def _span(span: Interval | None) -> str:
    return "" if span is None else f"{100 * span.low:.1f}-{100 * span.high:.1f}"
