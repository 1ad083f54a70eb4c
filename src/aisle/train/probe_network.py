"""How good a network becomes when it is trained end to end on some of the labels, beginning with given weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from torch.nn import functional

from aisle.core import Dataset
from aisle.core.clip import Array
from aisle.data.clip_store import ClipStore
from aisle.data.splits import Split
from aisle.evaluate.bootstrap import LEVEL, Interval
from aisle.evaluate.probes import TUNED, Figure
from aisle.models.entry import Entry, network
from aisle.train.gradient import Run
from aisle.train.network import Initial, train_network
from aisle.train.probe import drawn
from aisle.train.recipe import NetworkPlan

LONGER = 10
"""How many times as many epochs a small share gets at most, so that few labels do not mean few steps."""


def epochs_for(share: float, epochs: int) -> int:
    """`epochs` are for all labels."""
    return epochs * min(round(1 / share), LONGER)


def clips_learnt(split: Split, shares: Sequence[float], epochs: int) -> int:
    """How many clips, each time it is seen counted, one network learns from with all `shares` together."""
    return sum(len(drawn(split.train, share, 0)) * epochs_for(share, epochs) for share in shares)


def seconds_a_clip(plan: NetworkPlan, samples: Sequence[Mapping[str, Array]]) -> float:
    """What learning from one clip takes on this processor, measured on `samples`, views (T, ...) by name."""
    entry = Entry(network(plan.card, 2), plan.card).train()
    views = [torch.from_numpy(np.stack([sample[name] for sample in samples])) for name in plan.card.views]
    for warm in (True, False):
        begun = perf_counter()
        _, logits = entry(*views)
        functional.cross_entropy(logits, torch.zeros(len(samples), dtype=torch.long)).backward()  # type: ignore[no-untyped-call]
        if not warm:
            return (perf_counter() - begun) / len(samples)
    return 0.0


def end_to_end(
    dataset: Dataset,
    split: Split,
    plan: NetworkPlan,
    store: ClipStore,
    scratch: Path,
    *,
    shares: Sequence[float],
    initial: Initial | None,
    told: Callable[[str], None],
) -> Iterator[Figure]:
    """With each of `shares` of the labels of `split`, the answers on what it keeps. `store` has all its views; `told`
    hears how each training ended. Raises what `train_network` raises.
    """
    for share in shares:
        learnt = drawn(split.train, share, 0)
        examples = [
            *(replace(one, split="train") for one in learnt),
            *(replace(one, split="validation") for one in split.kept),
        ]
        epochs = epochs_for(share, plan.recipe.epochs)
        trained = train_network(
            replace(dataset, examples=tuple(examples)),
            replace(plan, recipe=replace(plan.recipe, epochs=epochs)),
            store,
            initial=initial,
            run=Run(scratch / f"{plan.weights}-{share:g}", "probe"),
        )
        if trained.clips is not None:
            top1 = trained.clips.top1
            told(f"{share:.0%} of the labels, {len(learnt)} clips, {epochs} epochs: {top1:.1%} right")
            yield Figure(TUNED, share, trained.clips.confidence.get("top1", Interval(top1, top1, top1, LEVEL, 0)))
