"""What an analysis leaves behind: the tables, the page and the annotated copy, in the folder of its job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from aisle.analysis.curves import curves, write_curves
from aisle.analysis.outputs import Annotate, Outputs
from aisle.analysis.report import write_report
from aisle.analysis.tables import write_csv, write_json, write_parquet
from aisle.core import Analysis
from aisle.deploy.turns import Urgency
from aisle.service.engine import Engine
from aisle.service.folder import DataFolder
from aisle.service.jobs import Report
from aisle.service.metrics import Metrics
from aisle.service.records import Job, Outcome

DRAWING = 0.2
"""The share of the work that is the annotated copy, for the progress that a person sees."""

LINES, POINTS = 24, 4000
"""Classes of which the page draws how sure the model is over time, and how many points each at most."""


class Work:
    """Runs one job: `work(job, report)`. Every file it writes is whole or absent, so a job may be run again.

    `annotate` writes the annotated copy, in a process of its own. Unless the service `keeps_videos`, pages show that
    copy or nothing.
    """

    def __init__(
        self, engine: Engine, annotate: Annotate, folder: DataFolder, metrics: Metrics, *, keeps_videos: bool = True
    ) -> None:
        self._engine, self._annotate, self._folder, self._metrics = engine, annotate, folder, metrics
        self._keeps_videos = keeps_videos

    def _shown(self, job: Job) -> str | None:
        """What the page plays, as seen from it."""
        return "video" if job.annotate else "source" if self._keeps_videos else None

    def __call__(self, job: Job, report: Report) -> Outcome:
        """`report` hears 0 to 1 and may raise to end the work. Raises InputError, OutputError, UnknownNameError."""
        video, outputs = self._folder.root / job.source, outputs_of(self._folder, job.id)
        share = 1 - DRAWING if job.annotate else 1.0
        found = self._engine.analyze(
            video, job.model, urgency=Urgency.JOB, progress=lambda done, total: report(share * _part(done, total))
        )
        analysis = replace(found, info=replace(found.info, path=job.name))  # nobody is to learn where it lies here
        write_json(analysis, outputs.json)
        write_csv(analysis, outputs.csv)
        write_parquet(analysis, outputs.parquet)
        write_curves(curves(analysis.scores, lines=LINES, points=POINTS), curves_of(self._folder, job.id))
        if job.annotate:
            self._annotate(
                video,
                analysis.timeline,
                outputs.annotated,
                progress=lambda done, total: report(share + DRAWING * _part(done, total)),
            )
        write_report(analysis, outputs.page, video=self._shown(job))
        report(1.0)
        self._metrics.analysed("job", analysis, (job.started or job.created) - job.created)
        return _outcome(analysis)


def outputs_of(folder: DataFolder, job: str) -> Outputs:
    """Where the results of the job with this id lie."""
    return Outputs.named(folder.results(job), "timeline")


def curves_of(folder: DataFolder, job: str) -> Path:
    """Where the curves of the job with this id lie."""
    return folder.results(job) / "curves.json"


def _part(done: float, total: float | None) -> float:
    return min(done / total, 1.0) if total else 0.0


def _outcome(analysis: Analysis) -> Outcome:
    best, timing = analysis.predictions[0], analysis.timing
    return Outcome(
        label=best.label,
        probability=best.probability,
        duration_s=float(analysis.timeline.duration),
        decode_s=timing.decode_s,
        inference_s=timing.inference_s,
        total_s=timing.total_s,
    )
