"""From a dataset to a trained head: which examples, which labels, which reading, and how good it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from statistics import median

import numpy as np
from torch import nn

from aisle.analysis.backbone import Answers, Backbone
from aisle.core import (
    BACKGROUND,
    Dataset,
    Example,
    Features,
    InputError,
    LabelSet,
    Progress,
    Task,
    UsageError,
    silent,
)
from aisle.data.duplicates import group_duplicates
from aisle.data.splits import hold_out
from aisle.data.store import FeatureStore
from aisle.data.views import as_clips, as_timelines
from aisle.evaluate.classify import ClassificationReport, evaluate_clips
from aisle.evaluate.curves import DetectorReport, evaluate_detector
from aisle.models.card import Card
from aisle.models.head import HeadCard, Option
from aisle.models.reading import ClipReading, StepReading
from aisle.train.clips import Looks, fit_clips, read_clips
from aisle.train.embed import embedded
from aisle.train.gradient import Run, Schedule
from aisle.train.timelines import fit_timelines, labelled

QUIET = {"normal", BACKGROUND, "negative", "none", "no", "other"}
"""Names of a class in which nothing is to be found; of two classes the other one is what a detector finds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to train. `looks` are others than the plain one, for training only; `beta` weighs recall where a threshold
    is chosen; `folds` is into how many parts clips are cut to be judged on each in turn.
    """

    head: HeadCard
    options: Mapping[str, Option]
    trend: bool = True
    looks: tuple[str, ...] = ()
    folds: int = 5
    beta: float = 1.0
    seed: int = 0
    epochs: int = 100
    devices: int = 1

    def identity(self, dataset: Dataset, producer: str) -> str:
        """Names this training: of the same examples, with the same options, on the same features."""
        examples = [
            [e.name, e.group, e.split, e.label, str(e.start), str(e.end), str(e.segments)] for e in dataset.examples
        ]
        said = json.dumps([self.head.name, dict(self.options), self.trend, self.looks, self.seed, producer, examples])
        return f"{self.head.name}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """`network` takes the features (N, D) of a video. `clips` and `detector` are for groups that the judged heads had
    not seen; heads of timelines are judged afterwards, on videos kept aside. `samples` are some of the features.
    """

    network: nn.Module
    labels: LabelSet
    answers: Answers
    window: int
    samples: Sequence[Features]
    clips: ClassificationReport | None = None
    detector: DetectorReport | None = None
    notes: tuple[str, ...] = field(default=())


def prepared(dataset: Dataset, task: Task, *, progress: Progress = silent) -> Dataset:
    """`dataset` as the head needs it, with what shows the same in one group, and its quiet class first.

    Raises the dataset's first problem when no example can be used, InputError for a class with a single clip.
    """
    if not dataset.examples:
        raise next(iter(dataset.problems), InputError(f"{dataset.folder} holds no example", do="add some"))
    if task == "timelines":
        return as_timelines(dataset)
    clips = group_duplicates(as_clips(dataset), progress=progress)
    _check_counts(clips)
    names = sorted(clips.labels, key=lambda name: (name.lower() not in QUIET, name))
    return replace(clips, labels=LabelSet(tuple(names))) if len(names) == 2 else clips


def train(
    dataset: Dataset,
    plan: Plan,
    model: Backbone,
    card: Card,
    store: FeatureStore,
    *,
    run: Run | None = None,
    progress: Progress = silent,
) -> Trained:
    """Trains on every example that is not in the test split. See `prepared` for `dataset`.

    Raises InputError for examples that cannot be read or classes that cannot be split, UsageError for an empty split.
    """
    examples = [example for example in dataset.examples if example.split != "test"]
    if not examples:
        raise UsageError("nothing to train on", got="every example is in the test split", do="name a train split")
    if plan.head.task == "clips":
        return _train_clips(examples, dataset.labels, plan, model, card, store, run, progress)
    return _train_timelines(examples, dataset.labels, plan, model, card, store, run, progress)


def _train_clips(
    examples: Sequence[Example],
    labels: LabelSet,
    plan: Plan,
    model: Backbone,
    card: Card,
    store: FeatureStore,
    run: Run | None,
    progress: Progress,
) -> Trained:
    features = embedded(examples, model, store, progress=progress)
    reading = ClipReading(card.blocks, trend=plan.trend)
    others = [
        read_clips(embedded(examples, model, store, look=look, progress=progress), reading) for look in plan.looks
    ]
    looks = Looks(read_clips(features, reading), tuple(others))
    head = fit_clips(
        plan.head, plan.options, looks, examples, labels, reading,
        count=plan.folds, beta=plan.beta, seed=plan.seed, run=run, progress=progress,
    )  # fmt: skip
    truth = np.array([labels.index(example.label) for example in examples])
    groups = [example.group for example in examples]
    detector = None
    if head.threshold is not None:
        detector = evaluate_detector(
            head.probabilities[:, 1], truth == 1, threshold=head.threshold, beta=plan.beta, groups=groups
        )
    window = round(median(one.grid.count for one in features))
    return Trained(
        network=head.network,
        labels=labels,
        answers=Answers(threshold=head.threshold),
        window=max(window, 1),
        samples=features[:3],
        clips=evaluate_clips(head.probabilities, truth, labels, groups=groups),
        detector=detector,
    )


def _train_timelines(
    examples: Sequence[Example],
    labels: LabelSet,
    plan: Plan,
    model: Backbone,
    card: Card,
    store: FeatureStore,
    run: Run | None,
    progress: Progress,
) -> Trained:
    kept = [example for example in examples if example.split == "validation"]
    used = [example for example in examples if example.split != "validation"]
    if not kept:
        split = hold_out(used, 0.2, plan.seed)
        used, kept = list(split.train), list(split.kept)
    pieces = StepReading(card.blocks).pieces
    plain = embedded(used, model, store, progress=progress)
    looks = [plain, *(embedded(used, model, store, look=look, progress=progress) for look in plan.looks)]
    network = fit_timelines(
        plan.head,
        plan.options,
        [labelled(used, look, labels, pieces) for look in looks],
        labelled(kept, embedded(kept, model, store, progress=progress), labels, pieces),
        labels,
        card.blocks,
        schedule=Schedule(epochs=plan.epochs, patience=15, rate=5e-4),
        seed=plan.seed,
        devices=plan.devices,
        run=run,
        progress=progress,
    )
    return Trained(
        network=network,
        labels=labels,
        answers=Answers(pieces=pieces, smooth=Fraction(0), shortest=Fraction(1, 4), surest=0.0),
        window=0,
        samples=plain[:3],
    )


def _check_counts(dataset: Dataset) -> None:
    for label in dataset.labels:
        mine = [example for example in dataset.examples if example.label == label]
        if len(mine) < 2:
            raise InputError(
                f"the class {label} has a single clip" if mine else f"the class {label} has no clip",
                got=mine[0].place or mine[0].name if mine else "none",
                allowed="two clips of two groups at least",
                do="add clips of it, or leave the class out",
            )
