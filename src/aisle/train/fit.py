"""From a dataset to a trained head: which examples, which labels, which reading, and how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median

import numpy as np
from torch import Tensor, nn

from aisle.analysis.backbone import Answers, Backbone
from aisle.core import (
    QUIET,
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
from aisle.models.card import Featured
from aisle.models.reading import ClipReading, StepReading
from aisle.train.advice import advice
from aisle.train.clips import Clips, fit_clips, read_clips
from aisle.train.embed import embedded
from aisle.train.gradient import Run
from aisle.train.judge import BOTH_HERE
from aisle.train.memory import Memory
from aisle.train.plan import Plan
from aisle.train.timelines import Labelled, fit_timelines, labelled, reach


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """`network` takes the features (N, D) of a video. `clips` and `detector` are for groups that the judged heads had
    not seen; heads of timelines are judged afterwards, on videos kept aside. `samples` are some of the features.

    A head of clips looks at `window` steps, one of timelines from `context` steps before one to `ahead` after it.
    `memory` is what a head of clips learnt from. `notes` say what would help most, `doubts` why the figures may
    flatter.
    """

    network: nn.Module
    labels: LabelSet
    answers: Answers
    window: int
    samples: Sequence[Features]
    context: int = 0
    ahead: int = 0
    clips: ClassificationReport | None = None
    detector: DetectorReport | None = None
    memory: Memory | None = None
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def prepared(dataset: Dataset, task: Task, *, known: Sequence[str] = (), progress: Progress = silent) -> Dataset:
    """`dataset` as the head needs it, with what shows the same in one group, and its quiet class first.

    See `aisle.data.check.usable` for what to leave out before. Raises the first problem when no example can be used,
    InputError for a class with a single clip that is not among the `known`.
    """
    if not dataset.examples:
        raise next(
            iter(dataset.problems),
            InputError(f"{dataset.folder} holds no example", got="an empty dataset", do="add some"),
        )
    if task == "timelines":
        return as_timelines(dataset)
    clips = group_duplicates(as_clips(dataset), progress=progress)
    _check_counts(clips, known)
    names = sorted(clips.labels, key=lambda name: (name.lower() not in QUIET, name))
    return replace(clips, labels=LabelSet(tuple(names))) if len(names) == 2 else clips


def train(
    dataset: Dataset,
    plan: Plan,
    model: Backbone,
    card: Featured,
    store: FeatureStore,
    *,
    logits: Tensor | None = None,
    run: Run | None = None,
    progress: Progress = silent,
) -> Trained:
    """Trains on every example that is not in the test split. See `prepared` for `dataset`, and for `logits` fit_clips.

    Raises InputError for examples that cannot be read or classes that cannot be split, UsageError for an empty split.
    """
    examples = learning_part(dataset)
    if plan.head.task == "timelines":
        return _train_timelines(examples, dataset.labels, plan, model, card, store, run, progress)
    views = clip_views(examples, plan, model, store, progress=progress)
    clips = read_views(examples, dataset.labels, views, ClipReading(card.blocks, trend=plan.trend))
    window = max(round(median(one.grid.count for one in views[0])), 1)
    return train_clips(
        clips, plan, card, samples=views[0][:3], window=window, logits=logits, run=run, progress=progress
    )


def learning_part(dataset: Dataset) -> tuple[Example, ...]:
    """What is not in the test split. Raises UsageError when there is nothing else."""
    examples = tuple(example for example in dataset.examples if example.split != "test")
    if not examples:
        raise UsageError(
            f"{dataset.folder} has nothing to train on",
            got="every example is in the test split",
            do="give some of them the split train",
        )
    return examples


def clip_views(
    examples: Sequence[Example], plan: Plan, model: Backbone, store: FeatureStore, *, progress: Progress = silent
) -> list[list[Features]]:
    """The features of `examples` as they are, then through each look of `plan`."""
    return [embedded(examples, model, store, look=look, progress=progress) for look in ("", *plan.looks)]


def read_views(
    examples: Sequence[Example], labels: LabelSet, views: Sequence[Sequence[Features]], reading: ClipReading
) -> Clips:
    """`views` are as `clip_views` gives them."""
    plain, *others = (read_clips(view, reading) for view in views)
    return Clips(examples, labels, plain, tuple(others))


def train_clips(
    clips: Clips,
    plan: Plan,
    card: Featured,
    *,
    samples: Sequence[Features],
    window: int,
    logits: Tensor | None = None,
    run: Run | None = None,
    progress: Progress = silent,
) -> Trained:
    """A head that looks at `window` steps at a time; see `fit_clips` for `logits`."""
    reading = ClipReading(card.blocks, trend=plan.trend)
    head = fit_clips(plan, clips, reading, logits=logits, run=run, progress=progress)
    truth, detector = clips.targets.numpy(), None
    if head.threshold is not None:
        detector = evaluate_detector(
            head.probabilities[:, 1], truth == 1, threshold=head.threshold, beta=plan.beta, groups=clips.groups
        )
    named = head.probabilities.argmax(1) if head.threshold is None else head.probabilities[:, 1] >= head.threshold
    report = evaluate_clips(head.probabilities, truth, clips.labels, groups=clips.groups)
    return Trained(
        network=head.network,
        labels=clips.labels,
        answers=Answers(threshold=head.threshold),
        window=window,
        samples=samples,
        clips=report,
        detector=detector,
        memory=clips.memory(),
        notes=advice(plan, clips, head.probabilities, named.astype(np.int64), progress=progress),
        doubts=(BOTH_HERE,) if detector else (),
    )


def timeline_parts(examples: Sequence[Example], seed: int) -> tuple[Sequence[Example], Sequence[Example]]:
    """What to learn from, and what to stop and calibrate on: the validation split, else a fifth.

    Raises UsageError for an empty train split.
    """
    kept = [example for example in examples if example.split == "validation"]
    used = [example for example in examples if example.split != "validation"]
    if not used:
        raise UsageError(
            "nothing to train on",
            got="every example is in the validation or the test split",
            do="give some of them the split train",
        )
    if kept:
        return used, kept
    split = hold_out(used, 0.2, seed)
    return split.train, split.kept


def _train_timelines(
    examples: Sequence[Example],
    labels: LabelSet,
    plan: Plan,
    model: Backbone,
    card: Featured,
    store: FeatureStore,
    run: Run | None,
    progress: Progress,
) -> Trained:
    used, kept = timeline_parts(examples, plan.seed)
    looks, validation = timeline_views(used, kept, labels, plan, model, card, store, progress=progress)
    network = fit_timelines(plan, looks, validation, labels, card.blocks, run=run, progress=progress)
    pieces = StepReading(card.blocks).pieces
    context, ahead = reach(plan, network, pieces)
    return Trained(
        network=network,
        labels=labels,
        answers=Answers(pieces=pieces, smooth=Fraction(0), shortest=Fraction(1, 4), surest=0.0),
        window=0,
        samples=[one.features for one in looks[0][:3]],
        context=context,
        ahead=ahead,
    )


def timeline_views(
    used: Sequence[Example],
    kept: Sequence[Example],
    labels: LabelSet,
    plan: Plan,
    model: Backbone,
    card: Featured,
    store: FeatureStore,
    *,
    progress: Progress = silent,
) -> tuple[list[list[Labelled]], list[Labelled]]:
    """One list of `used` for each look, as they are first; and `kept`, as they are."""
    pieces = StepReading(card.blocks).pieces
    views = clip_views(used, plan, model, store, progress=progress)
    validation = embedded(kept, model, store, progress=progress)
    return [labelled(used, view, labels, pieces) for view in views], labelled(kept, validation, labels, pieces)


def _check_counts(dataset: Dataset, known: Sequence[str]) -> None:
    """The test split is not learnt from, so its clips do not count."""
    learning = [example for example in dataset.examples if example.split != "test"]
    if len({*dataset.labels, *known}) < 2:
        raise InputError(
            f"{dataset.folder} has one class",
            got=dataset.labels[0],
            allowed="two classes at least",
            do="add clips of another, such as normal",
        )
    for label in dataset.labels:
        mine = [example for example in learning if example.label == label]
        if len(mine) < 2 and label not in known:
            raise InputError(
                f"the class {label} has a single clip" if mine else f"the class {label} has no clip to learn from",
                got=mine[0].place or mine[0].name if mine else str(dataset.folder),
                allowed="two clips of two groups at least",
                do="add clips of it, or leave the class out",
            )
