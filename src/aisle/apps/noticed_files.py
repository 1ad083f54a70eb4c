"""What judging a model of what is unusual leaves in a folder: metrics.json, report.html and predictions.csv."""

from __future__ import annotations

from pathlib import Path

from aisle.apps.judging_anomalies import Noticed
from aisle.apps.verdicts import (
    METRICS,
    PAGE,
    PREDICTIONS,
    data_record,
    fingerprint_of,
    groups_of,
    machine_facts,
    made,
    timeline_rows,
    write_csv,
    write_json,
)
from aisle.core import Timeline
from aisle.data.views import clip_end
from aisle.evaluate.report import Evaluation, write_report


def write_noticed(noticed: Noticed, folder: Path) -> tuple[str, ...]:
    """All three files, each whole or absent; what a reader must know. Raises OutputError where the disk refuses."""
    model, dataset, report = noticed.model, noticed.dataset, noticed.report
    notes = (*noticed.doubts, *noticed.notes)
    record = {
        **made(),
        "model": model.name,
        "fingerprint": fingerprint_of(model),
        "runtime": model.runtime,
        **data_record(dataset),
        "split": noticed.split,
        "seen_in_training": noticed.seen,
        **report.to_json(),
        "notes": notes,
    }
    write_json(record, folder / METRICS)
    facts = {
        "Model": f"{model.name} ({fingerprint_of(model)}) on {model.runtime}",
        "Data": f"{dataset.folder}, {f'the {noticed.split} split' if noticed.split else 'all of it'}",
        "Videos": str(len(dataset.examples)),
        **machine_facts(),
    }
    alarms = {one.name: Timeline(clip_end(one), tuple(noticed.alarms[one.name])) for one in dataset.examples}
    evaluation = Evaluation(
        title=f"{model.name} on {dataset.folder.resolve().name}",
        facts=facts,
        groups=groups_of(dataset),
        anomalies=report,
        doubts=noticed.doubts,
        notes=noticed.notes,
    )
    write_report(evaluation, folder / PAGE)
    write_csv(timeline_rows(alarms), folder / PREDICTIONS)
    return notes
