"""Heads that name every part of a step of a video."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import BACKGROUND, Example, Features, LabelSet, Progress, silent
from aisle.models.card import Block
from aisle.models.reading import Calibrated, Centred, Principal, Standard, StepReading, Trailing
from aisle.train.calibrate import calibrated
from aisle.train.clips import balance
from aisle.train.gradient import Batch, Run, Schedule, learn
from aisle.train.plan import Plan

SMOOTHING, LARGEST = 0.15, 4.0
"""Weight and cut of the loss on changes between neighbouring parts (Abu Farha and Gall, CVPR 2019, section 3.3)."""

RARITY = 0.5
"""How far rare actions count more: 0 not at all, 1 until all count alike. Some background must stay likelier."""


AXES = 96
"""Of thousands of numbers a part, so many are learnt from: fewer lose acts, more let few videos be learnt by heart."""

TRAILING = 64
"""Steps whose mean is what a place looks like, for a causal head: a person stays shorter than these 20 s."""

PATIENCE, RATE = 15, 1e-3
"""Of the training: epochs after the best one, and AdamW's rate. One video is one step."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """One video: its features, and what happens in each of their parts, as indices (parts,)."""

    example: Example
    features: Features
    targets: Tensor


def labelled(
    examples: Sequence[Example], features: Sequence[Features], labels: LabelSet, pieces: int
) -> list[Labelled]:
    """The label of a part is what happens in its middle."""
    return [
        Labelled(example, one, torch.tensor(_at_parts(example, one, labels, pieces)))
        for example, one in zip(examples, features, strict=True)
    ]


def fit_timelines(
    plan: Plan,
    train: Sequence[Sequence[Labelled]],
    validation: Sequence[Labelled],
    labels: LabelSet,
    blocks: Sequence[Block],
    *,
    run: Run | None = None,
    progress: Progress = silent,
) -> nn.Module:
    """A network from the features (N, D) of a video to calibrated logits (parts, C).

    `train` holds one list of videos for each look. Stops early on `validation`, and is calibrated on it.
    """
    reading = StepReading(blocks)
    videos = [video for look in train for video in look]
    some = [reading(torch.from_numpy(video.features.values)) for video in videos[:: _every(videos)]]
    centre = Trailing(torch.cat(some).mean(0), TRAILING * reading.pieces) if plan.head.causal else Centred()
    centred = nn.Sequential(reading, centre)
    rows = torch.cat([centre(part) for part in some])
    standard = Standard.of(rows)
    torch.manual_seed(plan.seed)
    principal = Principal.of(standard(rows), AXES)
    entry = nn.Sequential(centred, standard, principal)
    module = importlib.import_module(f"aisle.models.{plan.head.name}")
    network: nn.Module = module.build(principal.axes.shape[1], len(labels), **plan.options)
    weights = balance(torch.cat([video.targets for video in videos]), len(labels), power=RARITY)

    def loss(network: nn.Module, rows: Tensor, targets: Tensor) -> Tensor:
        return timeline_loss(network, rows, targets, weights)

    with tempfile.TemporaryDirectory() as folder:
        network = learn(
            network,
            _batches(videos, entry),
            _batches(validation, entry),
            loss,
            error=share_wrong,
            run=run or Run(Path(folder), "timelines"),
            schedule=Schedule(epochs=plan.epochs, patience=PATIENCE, rate=RATE),
            seed=plan.seed,
            devices=plan.devices,
            progress=progress,
        )
    return nn.Sequential(entry, network, _calibration(nn.Sequential(entry, network), validation)).eval()


def reach(plan: Plan, network: nn.Module, pieces: int) -> tuple[int, int]:
    """How many steps before and after one can change its answer, for a network that `fit_timelines` gave."""
    if not plan.head.causal:
        return plan.head.context, plan.head.context
    back, ahead = (int(getattr(network.get_submodule("1"), name)) for name in ("back", "ahead"))
    return -(-(back + TRAILING * pieces) // pieces), -(-ahead // pieces)


def share_wrong(network: nn.Module, rows: Tensor, targets: Tensor) -> Tensor:
    """Of the parts. The loss grows with sureness long before the answers get worse."""
    wrong: Tensor = (network(rows).argmax(1) != targets).float().mean()
    return wrong


def timeline_loss(network: nn.Module, rows: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy with class weights, and a penalty on quick changes, of each stage of a network that has several."""
    every_stage = getattr(network, "every_stage", None)
    stages = every_stage(rows) if every_stage else [network(rows)]
    total = torch.zeros((), device=rows.device)
    for logits in stages:
        total = total + functional.cross_entropy(logits, targets, weights.to(logits.device)) + hurry(logits)
    return total


def hurry(logits: Tensor) -> Tensor:
    """The penalty on changes between neighbours of (..., N, C)."""
    logs = functional.log_softmax(logits, -1)
    change = (logs[..., 1:, :] - logs[..., :-1, :].detach()).abs().clamp(max=LARGEST)
    return SMOOTHING * change.square().sum() / max(change.numel(), 1)


def _at_parts(example: Example, features: Features, labels: LabelSet, pieces: int) -> list[int]:
    part = features.grid.step / pieces
    found, acts = [labels.index(BACKGROUND)] * (features.grid.count * pieces), list(example.segments)
    for act in acts:
        first, last = (-int(-(time / part - Fraction(1, 2)) // 1) for time in (act.start, act.end))
        for index in range(max(first, 0), min(last, len(found))):
            found[index] = labels.index(act.label)
    return found


def _every(videos: Sequence[Labelled]) -> int:
    """Means and spreads of some sixty videos are those of all."""
    return max(len(videos) // 60, 1)


def _batches(videos: Sequence[Labelled], entry: nn.Module) -> list[Batch]:
    with torch.no_grad():
        return [(entry(torch.from_numpy(video.features.values)), video.targets) for video in videos]


def _calibration(network: nn.Module, videos: Sequence[Labelled]) -> Calibrated:
    network.eval()
    with torch.no_grad():
        logits = torch.cat([network(torch.from_numpy(video.features.values)) for video in videos])
    return calibrated(logits, torch.cat([video.targets for video in videos]))
