"""`aisle train --task anomaly`: from normal videos to a packaged model that points out what is not like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aisle.apps.console import progress, remark, say
from aisle.apps.training import EVERY, LICENCE, Asked, Way, backbone_of, feature_store, marks
from aisle.core import Dataset, UsageError

if TYPE_CHECKING:
    from aisle.analysis.backbone import Producer
    from aisle.deploy.anomaly_bundle import AnomalyBundle, Told
    from aisle.train.noticing import Fit, Learnt

NOT_FOR = "Decisions about persons: what is unusual need not be wrong, and what is usual need not be right."


def train(asked: Asked) -> None:
    """Looks at normal videos, learns what is usual in them, finds the threshold, and packages."""
    from aisle.deploy.anomaly_model import cue_of
    from aisle.deploy.anomaly_package import package_anomaly
    from aisle.train.looked import look_at
    from aisle.train.noticing import learn

    dataset = _read(asked)
    opened = backbone_of(asked, asked.backbone)
    parts, fits = _parts(asked)
    store = feature_store(asked)
    with progress("looking at normal videos", quiet=asked.quiet) as listener:
        looked = look_at(dataset.examples, opened, [cue_of(part) for part in parts], store, progress=listener)
    with progress("learning what is normal", quiet=asked.quiet) as listener:
        learnt = learn(looked, fits, a_day=asked.alarms_a_day, progress=listener)
    for note in learnt.notes:
        remark(note)
    bundle = package_anomaly(learnt.parts, _bundle(asked, dataset, opened, parts, learnt), asked.out)
    say(f"{bundle.name}: {bundle.title}")
    say(f"  threshold: {bundle.threshold_told}")
    say(f"{asked.out}  (aisle analyze VIDEO --model {asked.out} --out results)")


def _parts(asked: Asked) -> tuple[list[Told], list[Fit]]:
    from functools import partial

    from aisle.analysis.nearest import Nearest
    from aisle.deploy.anomaly_bundle import Told

    return [Told("backbone", "knn"), Told("velocity", "knn")], [
        partial(Nearest.fit, seed=asked.seed),
        partial(Nearest.fit, seed=asked.seed),
    ]


def _read(asked: Asked) -> Dataset:
    """Tells what is left out even to who wants no remarks."""
    from aisle.data.check import usable
    from aisle.data.normal import normal_videos

    with progress("reading the videos", quiet=asked.quiet) as listener:
        dataset = usable(normal_videos(asked.data, asked.kind), progress=listener)
    for problem in dataset.problems:
        remark(f"left out: {problem}")
    if not dataset.examples:
        raise next(iter(dataset.problems), UsageError("there is no normal video", got=str(asked.data)))
    for note in dataset.notes:
        remark(note)
    return dataset


def _bundle(asked: Asked, dataset: Dataset, opened: Producer, parts: list[Told], learnt: Learnt) -> AnomalyBundle:
    from aisle.apps.verdicts import is_rendered
    from aisle.deploy.anomaly_bundle import AnomalyBundle
    from aisle.deploy.model import known_as, seen_by
    from aisle.train.noticing import HALF

    groups = len({example.group for example in dataset.examples})
    told = f"{len(dataset.examples)} normal videos of {groups} groups in {dataset.folder.name}"
    return AnomalyBundle(
        name=asked.out.name,
        title=f"what is unusual, by {', '.join(part.name for part in parts)}",
        parts=tuple(parts),
        backbone=known_as(opened),
        identity=opened.identity,
        half=HALF,
        knee=learnt.knee.value,
        alarms_a_day=asked.alarms_a_day,
        hours=learnt.knee.hours,
        threshold_told=learnt.knee.told(),
        trained_on=asked.trained_on or told,
        not_for=asked.not_for or NOT_FOR,
        licence=asked.licence or LICENCE,
        seen=tuple(sorted(marks(dataset.examples, feature_store(asked)) | seen_by(opened))),
        rendered=is_rendered(dataset),
        measured={"notes": list(learnt.notes)},
    )


WAY = Way(
    "a model of what is normal",
    frozenset({*EVERY, "--backbone", "--alarms-a-day"} - {"--model", "--epochs", "--resume", "--devices"}),
    train,
)
