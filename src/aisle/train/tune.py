"""Which options suit the data: every combination of the head's grid is judged on groups that it has not seen.

The combination that looks best on some clips looks better there than it is. So heads that are fitted at once are judged
by nested cross-validation (Varma and Simon: Bias in Error Estimation When Using Cross-Validation for Model Selection.
BMC Bioinformatics 2006): in each outer part options are chosen anew, without it. Elsewhere a note says what was done.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn

from aisle.analysis.backbone import Backbone
from aisle.core import Dataset, Example, LabelSet, Progress, UsageError, silent
from aisle.data.store import FeatureStore
from aisle.evaluate.timelines import evaluate_samples
from aisle.models.card import Featured
from aisle.models.head import Option
from aisle.models.reading import ClipReading, StepReading
from aisle.train.clips import Answer, Clips, answer, at_once, unseen
from aisle.train.fit import clip_views, learning_part, read_views, timeline_parts, timeline_views
from aisle.train.judge import figure, judged
from aisle.train.plan import Plan
from aisle.train.timelines import Labelled, fit_timelines

INNER = 3
"""Parts into which the other parts of an outer one are cut to choose options."""

SAME = 0.005
"""Two figures that differ by less, less than one clip of two hundred, are the same: the default stays."""


NESTED = "options were chosen anew for each part without looking at it, so the figures hold for new groups"
SAME_CLIPS = "options were chosen on the same parts that the figures are of, so the figures flatter a little"
SAME_VIDEOS = "options were chosen on the videos kept aside for stopping: judge the head with aisle evaluate on others"


@dataclass(frozen=True, slots=True)
class Trial:
    """One combination, and its `figure` (see `Tuning`) on what it was not fitted on, 0 to 1."""

    options: Mapping[str, Option]
    figure: float


@dataclass(frozen=True, slots=True, eq=False)
class Tuning:
    """`plan` has the chosen options. `figure` names what was compared in `trials`, whose first is the default.

    `logits` (clips, C) are answers of heads whose options were chosen without the clip's group; None where heads take
    long to train.
    """

    plan: Plan
    figure: str
    trials: tuple[Trial, ...]
    notes: tuple[str, ...]
    logits: Tensor | None = None


def tuned(
    dataset: Dataset,
    plan: Plan,
    model: Backbone,
    card: Featured,
    store: FeatureStore,
    *,
    fixed: Collection[str] = (),
    progress: Progress = silent,
) -> Tuning:
    """Chooses options on every example that is not in the test split; those named in `fixed` stay as they are.

    `trend` is an option too, for heads of clips. Ties go to the default. `progress` counts heads. Raises UsageError for
    a head that has nothing to choose.
    """
    plans = candidates(plan, fixed)
    examples = learning_part(dataset)
    if plan.head.task == "timelines":
        return _tuned_timelines(examples, dataset.labels, plans, model, card, store, progress)
    return _tuned_clips(examples, dataset.labels, plans, model, card, store, progress)


def candidates(plan: Plan, fixed: Collection[str] = ()) -> list[Plan]:
    """`plan` itself, then every other combination. Raises UsageError when there is no other."""
    axes: dict[str, Sequence[Option]] = {name: values for name, values in plan.head.grid.items() if name not in fixed}
    if plan.head.task == "clips" and "trend" not in fixed:
        axes["trend"] = (plan.trend, not plan.trend)
    found = [plan]
    for values in product(*axes.values()):
        chosen = dict(zip(axes, values, strict=True))
        trend = bool(chosen.pop("trend", plan.trend))
        one = replace(plan, options={**plan.options, **chosen}, trend=trend)
        if one not in found:
            found.append(one)
    if len(found) == 1:
        raise UsageError(
            f"nothing of {plan.head.name} is left to tune",
            got=f"fixed: {', '.join(sorted(fixed)) or 'none'}",
            allowed=f"options to try: {', '.join(plan.head.grid) or 'none'}",
            do="leave --tune or an option out",
        )
    return found


def _tuned_clips(
    examples: Sequence[Example],
    labels: LabelSet,
    plans: Sequence[Plan],
    model: Backbone,
    card: Featured,
    store: FeatureStore,
    progress: Progress,
) -> Tuning:
    views = clip_views(examples, plans[0], model, store, progress=progress)
    read = {
        trend: read_views(examples, labels, views, ClipReading(card.blocks, trend=trend))
        for trend in {plan.trend for plan in plans}
    }
    clips, seed, count = read[plans[0].trend], plans[0].seed, plans[0].folds
    answers = [partial(answer, plan, read[plan.trend]) for plan in plans]
    outer = [unseen(one, clips, count=count, seed=seed, progress=progress) for one in answers]
    trials = tuple(
        Trial(_options(plan), judged(logits, clips.targets, labels)) for plan, logits in zip(plans, outer, strict=True)
    )
    chosen = _best([trial.figure for trial in trials])
    if not at_once(plans[0].head):
        return Tuning(plans[chosen], figure(labels), trials, (SAME_CLIPS,))
    nested = unseen(partial(_choosing, answers, clips), clips, count=count, seed=seed, progress=progress)
    return Tuning(plans[chosen], figure(labels), trials, (NESTED,), nested)


def _choosing(answers: Sequence[Answer], clips: Clips, train: Sequence[Example], kept: Sequence[Example]) -> Tensor:
    """An `Answer` by the one of `answers` that does best on parts of `train`."""
    inner = clips.only(train)
    found = [judged(unseen(one, inner, count=INNER, seed=0), inner.targets, inner.labels) for one in answers]
    return answers[_best(found)](train, kept)


def _tuned_timelines(
    examples: Sequence[Example],
    labels: LabelSet,
    plans: Sequence[Plan],
    model: Backbone,
    card: Featured,
    store: FeatureStore,
    progress: Progress,
) -> Tuning:
    used, kept = timeline_parts(examples, plans[0].seed)
    looks, validation = timeline_views(used, kept, labels, plans[0], model, card, store, progress=progress)
    rate = StepReading(card.blocks).pieces * model.reads.rate / model.steps.stride
    trials = []
    for number, plan in enumerate(plans):
        progress(number, len(plans))
        network = fit_timelines(plan, looks, validation, labels, card.blocks)
        trials.append(Trial(_options(plan), _segmental(network, validation, labels, rate)))
    progress(len(plans), len(plans))
    return Tuning(plans[_best([trial.figure for trial in trials])], "F1@50", tuple(trials), (SAME_VIDEOS,))


def _segmental(network: nn.Module, videos: Sequence[Labelled], labels: LabelSet, rate: Fraction) -> float:
    """F1@50 over all `videos`, each part of a step a sample."""
    with torch.no_grad():
        scores = torch.cat([network(torch.from_numpy(video.features.values)).softmax(1) for video in videos])
    sure, named = scores.max(1)
    truth = torch.cat([video.targets for video in videos])
    report = evaluate_samples(truth.numpy(), named.numpy(), sure.double().numpy(), rate, labels=labels)
    return (report.figures["f1@50"] or 0.0) / 100


def _options(plan: Plan) -> dict[str, Option]:
    return {**plan.options, "trend": plan.trend} if plan.head.task == "clips" else dict(plan.options)


def _best(figures: Sequence[float]) -> int:
    """The first, which is the default, unless another is better by `SAME`."""
    best = int(np.argmax(figures))
    return 0 if figures[best] - figures[0] < SAME else best
