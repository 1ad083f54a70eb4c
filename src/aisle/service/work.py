"""What an analysis leaves behind: the tables, the page and the annotated copy, in the folder of its job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from aisle.analysis.curves import curves, write_curves
from aisle.analysis.outputs import Annotate, Outputs
from aisle.analysis.report import write_report
from aisle.analysis.seen import See, Seen, drawable, seen_table, write_seen
from aisle.analysis.tables import write_csv, write_json, write_parquet
from aisle.core import Analysis, InputError, UsageError
from aisle.core.observed import Observed
from aisle.core.unusual import Unusual
from aisle.deploy.turns import Urgency
from aisle.service.engine import Engine
from aisle.service.folder import DataFolder
from aisle.service.heat import heat_of, write_heat
from aisle.service.jobs import Report
from aisle.service.metrics import Metrics
from aisle.service.records import Job, Outcome
from aisle.service.site_files import SiteFiles
from aisle.service.table_json import write_table_json

DRAWING, SEEING = 0.2, 0.2
"""The shares of the work that are the annotated copy, and people and things, for the progress that a person sees."""

LINES, POINTS = 24, 4000
"""Classes of which the page draws how sure the model is over time, and how many points each at most."""


class Work:
    """Runs one job: `work(job, report)`. Every file it writes is whole or absent, so a job may be run again.

    `annotate` writes the annotated copy, in a process of its own. Unless the service `keeps_videos`, pages show that
    copy or nothing. `see` follows people and things, where that was asked for.
    """

    def __init__(
        self,
        engine: Engine,
        annotate: Annotate,
        folder: DataFolder,
        metrics: Metrics,
        *,
        see: See | None = None,
        keeps_videos: bool = True,
    ) -> None:
        self._engine, self._annotate, self._folder, self._metrics = engine, annotate, folder, metrics
        self._see, self._keeps_videos = see, keeps_videos

    def _shown(self, job: Job) -> str | None:
        """What the page plays, as seen from it."""
        return "video" if job.annotate else "source" if self._keeps_videos else None

    def __call__(self, job: Job, report: Report) -> Outcome:
        """`report` hears 0 to 1 and may raise to end the work. Raises InputError, OutputError, UnknownNameError."""
        video, outputs = self._folder.root / job.source, outputs_of(self._folder, job.id)
        share = 1 - DRAWING * job.annotate - SEEING * job.objects
        found = self._engine.analyze(
            video, job.model, urgency=Urgency.JOB, progress=lambda done, total: report(share * _part(done, total))
        )
        analysis = replace(found, info=replace(found.info, path=job.name))  # nobody is to learn where it lies here
        seen = self._seen(job, analysis, lambda part: report(share + SEEING * part)) if job.objects else None
        self._write(job, analysis, None if seen is None else seen.observed)
        if job.annotate:
            self._annotate(
                video,
                analysis.timeline,
                outputs.annotated,
                objects=None if seen is None else drawable(seen, analysis),
                unusual=Unusual.of(analysis),
                progress=lambda done, total: report(1 - DRAWING * (1 - _part(done, total))),
            )
        write_report(analysis, outputs.page, video=self._shown(job), seen=seen)
        report(1.0)
        self._metrics.analysed("job", analysis, (job.started or job.created) - job.created)
        return _outcome(analysis)

    def _write(self, job: Job, analysis: Analysis, observed: Observed | None) -> None:
        """The tables and what the page draws; who was at a place is told of what was `observed`."""
        outputs, unusual = outputs_of(self._folder, job.id), Unusual.of(analysis)
        write_json(analysis, outputs.json, observed)
        write_csv(analysis, outputs.csv, observed)
        write_parquet(analysis, outputs.parquet, observed)
        write_curves(curves(analysis.scores, lines=LINES, points=POINTS), curves_of(self._folder, job.id))
        if unusual is not None:
            write_heat(unusual, heat_of(self._folder, job.id))

    def _seen(self, job: Job, analysis: Analysis, report: Report) -> Seen:
        """Follows people and things, and writes their tables."""
        if self._see is None:
            raise UsageError("this service does not follow people and products", got=job.name, do="use --detector")
        site = None if job.site is None else SiteFiles(self._folder.sites).get(job.site)
        if job.site is not None and site is None:
            raise InputError("the site has been removed since", got=job.site, do="draw it again, or ask without it")
        found = self._see(
            self._folder.root / job.source,
            site=site,
            timeline=analysis.timeline,
            progress=lambda done, total: report(_part(done, total)),
        )
        info = replace(found.observed.info, path=job.name)
        seen = replace(found, observed=replace(found.observed, info=info))
        stem = outputs_of(self._folder, job.id).stem
        write_seen(seen, stem)
        for kind in ("objects", "interactions", "visits"):
            write_table_json(seen_table(stem, kind, "csv"), seen_table(stem, kind, "json"))
        return seen


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
