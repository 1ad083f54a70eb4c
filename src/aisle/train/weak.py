"""Moments of what is unusual from labels of whole videos: some hold something, nobody says where."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from aisle.core import Features, Progress, UsageError, silent
from aisle.evaluate.curves import best_threshold
from aisle.models.card import Block
from aisle.models.mil import Mil
from aisle.models.reading import Principal, Standard, StepReading
from aisle.train.plan import Plan

AXES = 64
"""Of the principal axes of the features, how many are read: weak labels are few."""

RATE, DECAY = 1e-3, 1e-2
SOME = 60
"""Means and spreads of so many videos are those of all."""


def fit_weak(
    plan: Plan,
    videos: Sequence[Features],
    unusual: Sequence[bool],
    blocks: Sequence[Block],
    *,
    progress: Progress = silent,
) -> nn.Module:
    """A network from the features (N, D) of a video to logits (parts, 2) of normal and unusual steps.

    `unusual` tells of each video whether anything in it is. `progress` counts epochs. Raises UsageError unless there
    are videos of both kinds.
    """
    if len(set(unusual)) < 2:
        got = f"{sum(unusual)} of {len(unusual)} videos hold something unusual"
        raise UsageError("weak labels need videos of both kinds", got=got, do="add some of the other")
    torch.manual_seed(plan.seed)
    reading = StepReading(blocks)
    rows = torch.cat([reading(torch.from_numpy(one.values)) for one in videos[:: max(len(videos) // SOME, 1)]])
    standard = Standard.of(rows)
    principal = Principal.of(standard(rows), AXES)
    entry = nn.Sequential(reading, standard, principal)
    network: Mil = importlib.import_module(Mil.__module__).build(principal.axes.shape[1], 2, **plan.options)
    with torch.no_grad():
        bags = [entry(torch.from_numpy(one.values)) for one in videos]
    _learn(plan, network, bags, np.asarray(unusual, np.bool_), progress)
    return nn.Sequential(entry, network).eval()


def video_scores(network: nn.Module, videos: Sequence[Features]) -> npt.NDArray[np.float64]:
    """(N,): the highest probability of being unusual along each of N videos."""
    with torch.no_grad():
        logits = [network(torch.from_numpy(one.values)) for one in videos]
    return np.array([float(torch.softmax(one, 1)[:, 1].max()) for one in logits])


def weak_threshold(network: nn.Module, kept: Sequence[Features], unusual: Sequence[bool], beta: float) -> float:
    """The risk of a moment that tells whole videos apart best; they must not be among those learnt from."""
    return best_threshold(video_scores(network, kept), np.asarray(unusual, np.bool_), beta).threshold


def _learn(
    plan: Plan, network: Mil, bags: Sequence[Tensor], unusual: npt.NDArray[np.bool_], progress: Progress
) -> None:
    """Pairs of a normal and an unusual video, drawn anew in each epoch."""
    rng = np.random.default_rng(plan.seed)
    steps = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    kinds = np.flatnonzero(~unusual), np.flatnonzero(unusual)
    count = max(map(len, kinds))
    network.train()
    for epoch in range(plan.epochs):
        drawn = [np.resize(rng.permutation(kind), count) for kind in kinds]
        for safe, risky in zip(*drawn, strict=True):
            loss: Tensor = network.bag_loss(network(bags[safe]), network(bags[risky]))
            steps.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            steps.step()
        progress(epoch + 1, plan.epochs)
    network.eval()
