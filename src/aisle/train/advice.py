"""What would help most: more places, more clips of one class, or other clips of it. In plain sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from aisle.core import Example, InputError, Progress, silent
from aisle.data.splits import hold_out
from aisle.evaluate.confusion import Confusion, count
from aisle.evaluate.figures import Floats, Ints
from aisle.train.clips import Clips, answer, at_once, unseen
from aisle.train.judge import figure, judged
from aisle.train.plan import Plan

GAIN = 0.02
"""What the second half of the groups must have added for more of them to be worth their work."""

MIXED = 0.2
"""The share of a class's clips that must go to another class for it to be told."""

FEW_GROUPS, FEW_CLIPS = 10, 10
TOLD = 3
"""Pairs of classes that are spelt out."""


def advice(
    plan: Plan, clips: Clips, probabilities: Floats, named: Ints, *, progress: Progress = silent
) -> tuple[str, ...]:
    """From `probabilities` (clips, C) of heads that had not seen the clip's group, and the classes (clips,) that they
    are `named` by these.

    Heads that are fitted at once are fitted again on half of the groups, in the same parts; others are not.
    """
    whole = judged(torch.from_numpy(probabilities).log(), clips.targets, clips.labels)
    curve = _curve(plan, clips, whole, progress) if at_once(plan.head) else ()
    counts = count(clips.targets.numpy(), named, clips.labels)
    return (*_spread(clips, named), *curve, *_scarce(clips), *_mixed(counts))


def _spread(clips: Clips, named: Ints) -> Iterator[str]:
    """With few groups, those themselves say how far the next may be off."""
    right = defaultdict(list)
    for example, good in zip(clips.examples, (named == clips.targets.numpy()).tolist(), strict=True):
        right[example.group].append(good)
    if len(right) >= FEW_GROUPS:
        return
    shares = [sum(of_one) / len(of_one) for of_one in right.values()]
    found = f"only {len(right)} groups (places, persons or films)"
    if min(shares) == max(shares):
        yield f"{found}: that they agree says little of a new one"
    else:
        yield (
            f"{found}: of the clips of a new one, anything from {min(shares):.0%} to {max(shares):.0%} may be named "
            "rightly, as it was among these"
        )


def _curve(plan: Plan, clips: Clips, whole: float, progress: Progress) -> Iterator[str]:
    try:
        half = _half(plan, clips, progress)
    except InputError:  # a class is in so few groups that half of them would not have it
        yield "too few groups to tell whether more of them would help; they would make the figures surer"
        return
    found = f"with half of the groups {figure(clips.labels)} was {half:.2f}, with all of them {whole:.2f}"
    if whole - half >= GAIN:
        yield f"{found}: clips from more places or persons would still help"
    else:
        yield f"{found}: more of the same would help little; clips of what goes wrong would help more"


def _half(plan: Plan, clips: Clips, progress: Progress) -> float:
    """The mean of both halves. Raises InputError where a class is in one group of a part only."""

    def to(first: bool, train: Sequence[Example], kept: Sequence[Example]) -> Tensor:
        halves = hold_out(train, 0.5, plan.seed)
        return answer(plan, clips, halves.train if first else halves.kept, kept)

    both = [
        unseen(partial(to, first), clips, count=plan.folds, seed=plan.seed, progress=progress)
        for first in (True, False)
    ]
    return sum(judged(logits, clips.targets, clips.labels) for logits in both) / 2


def _scarce(clips: Clips) -> Iterator[str]:
    for label in clips.labels:
        mine = [example for example in clips.examples if example.label == label]
        groups = {example.group for example in mine}
        if len(mine) < FEW_CLIPS or len(groups) < 3:
            yield (
                f"{label} has {len(mine)} clips of {len(groups)} groups, little to learn from and to judge by: "
                f"add clips of {label} first, from other places or persons"
            )


def _mixed(counts: Confusion) -> Iterator[str]:
    """The pairs of classes that are taken for one another most, by the share of the true class."""
    shares = counts.counts / counts.support.clip(1)[:, None]
    shares[range(len(shares)), range(len(shares))] = 0
    pairs = [divmod(int(place), len(shares)) for place in (-shares).argsort(axis=None, kind="stable")[:TOLD]]
    for true, named in pairs:
        if shares[true, named] >= MIXED:
            one, other = counts.labels[true], counts.labels[named]
            yield (
                f"{one} is taken for {other} in {shares[true, named]:.0%} of its clips "
                f"({counts.counts[true, named]} of {counts.support[true]}): add clips of {one} that look like {other}, "
                f"and of {other} that look like {one}"
            )
