"""What judging leaves in a folder: metrics.json and report.html, and predictions.csv where a model was asked."""

from __future__ import annotations

import csv
import io
import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle.apps.judging import BY_THE_LIKELIEST, ClipOutcome, Judged, TimelineOutcome
from aisle.apps.mistakes import worst
from aisle.core import Dataset, Timeline, seconds, whole
from aisle.data.rendered_set import MANIFEST
from aisle.deploy.clip_model import ClipModel
from aisle.deploy.headed import HeadedModel
from aisle.deploy.hub_model import HubModel
from aisle.deploy.model import Opened
from aisle.evaluate.classify import ClassificationReport
from aisle.evaluate.course import Course
from aisle.evaluate.curves import DetectorReport
from aisle.evaluate.report import Evaluation, write_report
from aisle.evaluate.timelines import TimelineReport

if TYPE_CHECKING:
    from aisle.train.fit import Trained
    from aisle.train.network import TrainedNetwork
    from aisle.train.plan import Plan
    from aisle.train.recipe import NetworkPlan

METRICS, PAGE, PREDICTIONS = "metrics.json", "report.html", "predictions.csv"
Record = dict[str, Any]


def write_verdict(judged: Judged, folder: Path, more: Mapping[str, object] | None = None) -> tuple[str, ...]:
    """All three files, each whole or absent, with `more` figures; what a reader must know. Raises OutputError where the
    disk refuses.
    """
    mistakes, pictureless = worst(judged)
    notes = (*judged.notes, *pictureless)
    outcome, dataset, model = judged.outcome, judged.dataset, judged.model
    evaluation = Evaluation(
        title=f"{model.name} on {_name(dataset)}",
        facts=_facts(judged),
        groups=groups_of(dataset),
        rendered=isinstance(model, HeadedModel | ClipModel) and model.bundle.rendered,
        mistakes=mistakes,
        cost=judged.cost,
        doubts=judged.doubts,
        notes=notes,
        **_told(outcome, judged.labels[-1]),
    )
    record = {
        **made(),
        "model": model.name,
        "fingerprint": fingerprint_of(model),
        "runtime": model.runtime,
        **data_record(dataset),
        "split": judged.split,
        "seen_in_training": judged.seen,
        "views": str(judged.views) if judged.views else None,
        "cost": asdict(judged.cost) if judged.cost else None,
        **_figures(outcome),
        **(more or {}),
    }
    said = (*judged.doubts, *notes)
    write_json(record | {"notes": [*said, *record.get("notes", [])]}, folder / METRICS)
    write_report(evaluation, folder / PAGE)
    rows = _clip_rows(judged, outcome) if isinstance(outcome, ClipOutcome) else timeline_rows(outcome.predicted)
    write_csv(rows, folder / PREDICTIONS)
    return said


def write_training_report(trained: Trained, plan: Plan, dataset: Dataset, folder: Path) -> bool:
    """metrics.json and report.html with the figures of groups that the judged heads had not seen.

    False, and no file, for heads of timelines, which are judged afterwards on videos kept aside. Raises OutputError
    where the disk refuses.
    """
    if trained.clips is None:
        return False
    learnt = replace(dataset, examples=tuple(one for one in dataset.examples if one.split != "test"))
    evaluation = Evaluation(
        title=f"{folder.name}, trained on {_name(dataset)}",
        facts={"Head": plan.head.title},
        groups=groups_of(learnt),
        clips=trained.clips,
        positive=trained.labels[-1],
        detector=trained.detector,
        doubts=trained.doubts,
        notes=(*([BY_THE_LIKELIEST] if trained.detector else []), *trained.notes),
    )
    how = f"each of {plan.folds} parts of the groups by a head trained on the others"
    _write_training(evaluation, {"head": plan.head.name}, learnt, how, folder)
    return True


def write_network_report(trained: TrainedNetwork, plan: NetworkPlan, dataset: Dataset, folder: Path) -> bool:
    """As `write_training_report`, of a network that was trained end to end, with the course of the training, which is
    log.csv too.
    """
    from aisle.train.course import LOG, write_log

    write_log(trained.log, folder / LOG)
    if trained.clips is None:
        return False
    kept = replace(dataset, examples=tuple(one for one in dataset.examples if one.name in set(trained.kept)))
    evaluation = Evaluation(
        title=f"{folder.name}, trained on {_name(dataset)}",
        facts={"Network": plan.card.title, "Began with": plan.weights},
        groups=groups_of(kept),
        clips=trained.clips,
        positive=trained.labels[-1],
        detector=trained.detector,
        course=Course(
            tuple(epoch.loss for epoch in trained.log),
            tuple(epoch.validation for epoch in trained.log),
            tuple(epoch.accuracy for epoch in trained.log),
        ),
        doubts=trained.doubts,
        notes=(BY_THE_LIKELIEST,) if trained.detector else (),
    )
    how = "on groups kept aside, by which nothing was chosen but calibration and threshold"
    _write_training(evaluation, {"network": plan.card.name}, kept, how, folder)
    return True


def _write_training(evaluation: Evaluation, model: Record, judged_on: Dataset, how: str, folder: Path) -> None:
    facts = {**evaluation.facts, "Data": str(judged_on.folder), "Judged": how, **machine_facts()}
    record = {**made(), "model": folder.name, **model, **data_record(judged_on), "judged": how}
    notes = [*evaluation.doubts, *evaluation.notes]
    if evaluation.clips is not None:
        record |= clip_figures(evaluation.clips, evaluation.detector)
    write_json({**record, "notes": notes}, folder / METRICS)
    write_report(replace(evaluation, facts=facts, rendered=is_rendered(judged_on)), folder / PAGE)


def is_rendered(dataset: Dataset) -> bool:
    return (dataset.folder / MANIFEST).is_file()


# --- figures


def clip_figures(clips: ClassificationReport, detector: DetectorReport | None) -> Record:
    """Headline figures at the top, all others under `clips` and `detector`; shares, 0 to 1, null where undefined."""
    figures: Record = {"top1": clips.top1, "top5": clips.top5, "macro_f1": clips.macro.f1}
    confidence = {name: span.to_json() for name, span in clips.confidence.items()}
    if detector:
        curves, point = detector.curves.to_json(), detector.point
        right = point.hits + detector.curves.negatives - point.false_alarms
        figures |= {
            "roc_auc": curves["roc_auc"],
            "average_precision": curves["average_precision"],
            "f1": 2 * point.hits / max(2 * point.hits + point.false_alarms + point.missed, 1),
            f"f{point.beta:g}": point.f_beta,
            "precision": point.precision,
            "recall": point.recall,
            "accuracy": right / (detector.curves.positives + detector.curves.negatives),
            "threshold": point.threshold,
        }
        spans = {name: span.to_json() for name, span in detector.confidence.items()}
        confidence |= {f"f{point.beta:g}" if name == "f_beta" else name: span for name, span in spans.items()}
    return {
        **figures,
        "confidence": confidence,
        "clips": clips.to_json(),
        "detector": detector.to_json() if detector else None,
    }


def timeline_figures(reports: Sequence[TimelineReport]) -> Record:
    """The first report is the top level, and all of them are under `rates`; figures are in percent."""
    return {**reports[0].to_json(), "rates": [report.to_json() for report in reports]}


def _figures(outcome: ClipOutcome | TimelineOutcome) -> Record:
    if isinstance(outcome, ClipOutcome):
        return clip_figures(outcome.report, outcome.detector)
    return timeline_figures(outcome.reports)


def _told(outcome: ClipOutcome | TimelineOutcome, positive: str) -> Record:
    """As the page's fields."""
    if isinstance(outcome, ClipOutcome):
        return {"clips": outcome.report, "detector": outcome.detector, "positive": positive}
    strips = {name: (true, outcome.predicted[name]) for name, true in outcome.truth.items()}
    return {"timelines": outcome.reports, "strips": strips}


# --- what was judged on what


def made() -> Record:
    """With what, when and where figures came to be."""
    return {
        "aisle": version("aisle"),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in ("openvino", "numpy")}},
    }


def data_record(dataset: Dataset) -> Record:
    return {
        "data": str(dataset.folder),
        "kind": dataset.kind,
        "examples": len(dataset.examples),
        "groups": groups_of(dataset),
    }


def fingerprint_of(model: Opened) -> str:
    """Of the bundle, where there is one."""
    return model.fingerprint if isinstance(model, HubModel) else model.bundle.fingerprint


def _facts(judged: Judged) -> Mapping[str, str]:
    model, dataset = judged.model, judged.dataset
    return {
        "Model": f"{model.name} ({fingerprint_of(model)}) on {model.runtime}",
        **({"Trained on": model.bundle.trained_on} if isinstance(model, HeadedModel | ClipModel) else {}),
        "Data": f"{dataset.folder}, {f'the {judged.split} split' if judged.split else 'all of it'}",
        "Examples": f"{len(dataset.examples)}{_known(judged.seen)}",
        **({"Views of a clip": str(judged.views)} if judged.views else {}),
        **machine_facts(),
    }


def _known(seen: int | None) -> str:
    return "" if seen is None else f", of which {seen} are from videos that the model was trained on"


def machine_facts() -> Mapping[str, str]:
    told = made()
    return {"When": told["date"][:10], "Where": told["machine"], "With": f"aisle {told['aisle']}"}


def _name(dataset: Dataset) -> str:
    return dataset.folder.resolve().name


def groups_of(dataset: Dataset) -> int | None:
    """None where nobody said which videos share a person, place or film."""
    return len({one.group for one in dataset.examples}) if dataset.grouped else None


# --- files


def write_json(record: Mapping[str, object], path: Path) -> None:
    """Raises OutputError where the disk refuses."""
    with whole(path) as part:
        part.write_text(json.dumps(record, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_csv(rows: Iterable[Sequence[object]], path: Path) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    with whole(path) as part:
        part.write_text(buffer.getvalue(), encoding="utf-8", errors="backslashreplace", newline="")


def _clip_rows(judged: Judged, outcome: ClipOutcome) -> Iterator[Sequence[object]]:
    """`probability` is the answer's; behind it are those of all classes."""
    yield "path", "start", "end", "group", "label", "predicted", "probability", *(f"p:{name}" for name in judged.labels)
    for one, said, row in zip(judged.dataset.examples, outcome.answers, outcome.probabilities, strict=True):
        span = seconds(one.start), "" if one.end is None else seconds(one.end)
        path, shares = _relative(one.path, judged.dataset), [f"{value:.6f}" for value in row]
        yield path, *span, one.group, one.label, judged.labels[int(said)], shares[said], *shares


def _relative(path: Path, dataset: Dataset) -> str:
    return path.relative_to(dataset.folder).as_posix() if path.is_relative_to(dataset.folder) else str(path)


def timeline_rows(predicted: Mapping[str, Timeline]) -> Iterator[Sequence[object]]:
    """As `aisle evaluate --predicted` reads them."""
    yield "video", "start", "end", "label", "score"
    for video, timeline in predicted.items():
        for act in timeline.segments:
            yield video, seconds(act.start), seconds(act.end), act.label, f"{act.score:.6f}"
