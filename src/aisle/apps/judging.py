"""How good a model is on labelled video: which examples, what it says of them, and the measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.analysis.segment import segment
from aisle.apps.asking import Asking
from aisle.apps.views import Views
from aisle.core import (
    BACKGROUND,
    SPLITS,
    Dataset,
    Example,
    LabelSet,
    Progress,
    Scores,
    Task,
    Timeline,
    UnknownNameError,
    UsageError,
    silent,
)
from aisle.data.check import usable
from aisle.data.store import FeatureStore
from aisle.data.views import as_clips, as_timelines, clip_end
from aisle.deploy.clip_model import ClipModel
from aisle.deploy.head import seen_mark
from aisle.deploy.headed import HeadedModel
from aisle.deploy.model import Opened, seen_by
from aisle.evaluate.classify import ClassificationReport, evaluate_clips
from aisle.evaluate.curves import DetectorReport, evaluate_detector
from aisle.evaluate.report import Cost
from aisle.evaluate.timelines import OWN_RATES, TimelineReport, check_rules, evaluate_timelines

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MANY = 50
"""Labels that an error spells out."""

BY_THE_LIKELIEST = (
    "Top-1, the classes and the confusions go by the likeliest class; what raises an alarm goes by the threshold."
)


@dataclass(frozen=True, slots=True)
class Rules:
    """How to judge. `split` None is the test split where there are splits; `rates` come before the protocol's own;
    `fresh` computes features anew. `views` are what a network that reads clips is shown of each; None is all of it, as
    `aisle classify` does.
    """

    split: str | None = None
    rates: tuple[Fraction, ...] = ()
    protocol: str = "merl"
    beta: float = 1.0
    fresh: bool = False
    views: Views | None = None

    def __post_init__(self) -> None:
        if self.split is not None and self.split not in SPLITS:
            raise UnknownNameError("split", self.split, SPLITS)
        for rate in self.rates:
            check_rules(rate, self.protocol)

    @property
    def all_rates(self) -> tuple[Fraction, ...]:
        return tuple(dict.fromkeys([*self.rates, OWN_RATES[self.protocol]]))


@dataclass(frozen=True, slots=True, eq=False)
class ClipOutcome:
    """`probabilities` (N, C) and `answers` (N,), class indices, of the examples; `detector` where the model has a
    threshold.
    """

    probabilities: Floats
    answers: Ints
    report: ClassificationReport
    detector: DetectorReport | None


@dataclass(frozen=True, slots=True, eq=False)
class TimelineOutcome:
    """By the video's name; `reports` are of the same predictions at each rate."""

    truth: dict[str, Timeline]
    predicted: dict[str, Timeline]
    scores: dict[str, Scores]
    reports: tuple[TimelineReport, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What came of `model` on the examples of `dataset`, which are those of `split`, or all where it is empty.

    Of them `seen` are from videos that the model was trained on, None where its card does not say. `labels` are the
    model's, with background in timelines. `cost` is None where too little was computed to tell. `doubts` say why the
    figures may flatter.
    """

    model: Opened
    dataset: Dataset
    labels: LabelSet
    split: str
    seen: int | None
    outcome: ClipOutcome | TimelineOutcome
    cost: Cost | None
    doubts: tuple[str, ...]
    notes: tuple[str, ...]
    views: Views | None = None


def judge(model: Opened, dataset: Dataset, store: FeatureStore, rules: Rules, *, progress: Progress = silent) -> Judged:
    """`progress` counts examples. Features that `store` has are taken from there, others are put there.

    Raises UsageError for an empty split and for labels that the model does not know, InputError for a video that cannot
    be read.
    """
    task: Task = model.bundle.task if isinstance(model, HeadedModel | ClipModel) else dataset.task
    if task == "clips" and rules.rates:
        raise UsageError("a rate is for timelines", got=f"{model.name} names clips", do="leave --rate out")
    if rules.views and (task != "clips" or not isinstance(model, ClipModel)):
        got = f"{model.name} reads all of a video" if task == "clips" else f"{model.name} names moments"
        do = "leave --clips and --crops out"
        raise UsageError("views are for networks that name clips of some pictures", got=got, do=do)
    split, picked = chosen(dataset, rules.split)
    sound = usable(picked)
    if not sound.examples:
        raise sound.problems[0]
    asked_of = as_clips(sound) if task == "clips" else as_timelines(sound)
    labels = _labels(model, asked_of)
    asked, measured = (
        Asking(model, store, fresh=rules.fresh, views=rules.views),
        _clips if task == "clips" else _timelines,
    )
    outcome = measured(model, asked_of, labels, asked, rules, progress)
    seen, count = seen_count(model, asked_of.examples, store), len(asked_of.examples)
    notes = (*([BY_THE_LIKELIEST] if model.answers.threshold else []), *left_out(sound), *_uncounted(asked, count))
    return Judged(
        model, asked_of, labels, split, seen, outcome, asked.cost(), tuple(doubts(seen, count)), notes, rules.views
    )


# --- which examples


def chosen(dataset: Dataset, split: str | None) -> tuple[str, Dataset]:
    """A split's name and the dataset of its examples; all of a dataset without splits, unless one is asked for."""
    if not dataset.examples:
        nothing = UsageError(f"{dataset.folder} holds no example", got=f"{dataset.kind}, 0 {dataset.task}")
        raise next(iter(dataset.problems), nothing)
    if split is None and not any(example.split for example in dataset.examples):
        return "", dataset
    name = split or "test"
    return name, replace(dataset, examples=dataset.split(name))


def _labels(model: Opened, dataset: Dataset) -> LabelSet:
    """The model's; in timelines with background. Raises UsageError for labels of the data that it does not know."""
    known = list(model.labels)
    if dataset.task == "timelines" and BACKGROUND not in known:
        known.append(BACKGROUND)
    used = {one.label for one in dataset.examples if one.label}
    used |= {act.label for one in dataset.examples for act in one.segments}
    if strange := sorted(used - set(known)):
        raise UsageError(
            f"{model.name} does not know {', '.join(strange)}",
            got=f"the data's labels: {', '.join(sorted(used))}",
            allowed=f"the model's: {', '.join(known[:MANY])}{', ...' if len(known) > MANY else ''}",
            do="name them as the model does, or leave those examples out",
        )
    return LabelSet(tuple(known))


def seen_count(model: Opened, examples: Sequence[Example], store: FeatureStore) -> int | None:
    known = seen_by(model)
    return sum(seen_mark(store.content(one.path)) in known for one in examples) if known else None


def _told(examples: Sequence[Example], progress: Progress) -> Iterator[Example]:
    for number, example in enumerate(examples):
        progress(number, len(examples))
        yield example
    progress(len(examples), len(examples))


# --- what is measured


def _clips(
    model: Opened, dataset: Dataset, labels: LabelSet, asked: Asking, rules: Rules, progress: Progress
) -> ClipOutcome:
    probabilities = np.stack([asked.clip(one) for one in _told(dataset.examples, progress)]).astype(np.float64)
    truth = np.array([labels.index(one.label) for one in dataset.examples])
    groups, threshold = [one.group for one in dataset.examples], model.answers.threshold
    answers, detector = probabilities.argmax(1), None
    if threshold is not None:
        scores = probabilities[:, 1]
        answers = (scores >= threshold).astype(np.int64)
        detector = evaluate_detector(scores, truth == 1, threshold=threshold, beta=rules.beta, groups=groups)
    return ClipOutcome(probabilities, answers, evaluate_clips(probabilities, truth, labels, groups=groups), detector)


def _timelines(
    model: Opened, dataset: Dataset, labels: LabelSet, asked: Asking, rules: Rules, progress: Progress
) -> TimelineOutcome:
    truth, predicted, scores = {}, {}, {}
    for example in _told(dataset.examples, progress):
        name, until, said = example.name, clip_end(example), asked.steps(example)
        truth[name], scores[name] = Timeline(until, example.segments), said
        predicted[name] = Timeline(until, segment(said, until=until, answers=model.answers))
    groups = {one.name: one.group for one in dataset.examples}
    reports = tuple(
        evaluate_timelines(truth, predicted, rate, rules.protocol, labels=labels, groups=groups)
        for rate in rules.all_rates
    )
    return TimelineOutcome(truth, predicted, scores, reports)


# --- what a reader must know


def doubts(seen: int | None, count: int) -> Iterator[str]:
    if seen:
        yield (
            f"{seen} of {count} examples are from videos that the model was trained on: it may know them by heart, and "
            "these figures say little about new videos."
        )


def left_out(dataset: Dataset) -> Iterator[str]:
    if dataset.problems:
        yield f"{len(dataset.problems)} examples could not be used, for instance: {dataset.problems[0]}"


def _uncounted(asked: Asking, count: int) -> Iterator[str]:
    if asked.cost() is None:
        yield (
            f"What it costs is not told: the features of {count - asked.computed} of {count} examples were computed "
            "before, and the first to be computed does not count, as the network is prepared on it."
        )
