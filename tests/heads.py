"""Packaged heads for tests: small networks on the small backbone, whose answers are known or random but fixed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from aisle.analysis.backbone import Answers
from aisle.core import BACKGROUND, Features, Grid, LabelSet
from aisle.deploy.bundle import read_card
from aisle.deploy.head import HeadBundle
from aisle.deploy.package import package
from aisle.models.reading import ClipReading, StepReading


class Constant(nn.Module):
    """The same `logits` (C,) for whatever it reads, and for each of its rows."""

    logits: Tensor

    def __init__(self, logits: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("logits", torch.tensor(logits))

    def forward(self, rows: Tensor) -> Tensor:
        return rows[:, :1] * 0 + self.logits


def clip_head(
    backbone: Path,
    folder: Path,
    labels: Sequence[str] = ("normal", "theft"),
    *,
    logits: Sequence[float] | None = None,
    threshold: float | None = 0.5,
    window: int = 4,
    seen: Sequence[str] = (),
) -> Path:
    """A head of clips that always answers `logits`, or, without any, something random that the clip decides."""
    blocks = read_card(backbone).card.blocks
    reading = ClipReading(blocks, trend=False)
    torch.manual_seed(0)
    last = Constant(logits) if logits else nn.Linear(reading.outputs, len(labels))
    answers = Answers(threshold=threshold if len(labels) == 2 else None)
    return _packaged(nn.Sequential(reading, last), backbone, folder, labels, answers, window, seen)


def step_head(
    backbone: Path,
    folder: Path,
    labels: Sequence[str],
    *,
    logits: Sequence[float],
    seen: Sequence[str] = (),
    threshold: float | None = None,
) -> Path:
    """A head of timelines that always answers `logits`; background is added to `labels` without a threshold."""
    reading = StepReading(read_card(backbone).card.blocks)
    answers = Answers(threshold=threshold, pieces=reading.pieces, smooth=Fraction(0), shortest=Fraction(0), surest=0.0)
    network, known = nn.Sequential(reading, Constant(logits)), labels if threshold else (*labels, BACKGROUND)
    return _packaged(network, backbone, folder, known, answers, 0, seen)


def _packaged(
    network: nn.Module,
    backbone: Path,
    folder: Path,
    labels: Sequence[str],
    answers: Answers,
    window: int,
    seen: Sequence[str],
) -> Path:
    card = read_card(backbone).card
    step, rng = Fraction(8, 25), np.random.default_rng(0)
    values = rng.random((5, card.features), np.float32)
    bundle = HeadBundle(
        name=folder.name,
        title="A test's head",
        head="linear",
        options={"strength": 1.0},
        task="clips" if window else "timelines",
        labels=LabelSet(tuple(labels)),
        backbone=card.name,
        identity=card.identity,
        window=window,
        context=0 if window else 2,
        answers=answers,
        trained_on="nothing",
        not_for="anything but tests",
        licence="none",
        seen=tuple(seen),
        measured={"top1": 0.5, "top1 95%": [0.25, 0.75]},
    )
    package(network.eval(), bundle, folder, samples=[Features(values, Grid(Fraction(0), step, step, 5), "random")])
    return folder
