"""A network that reads clips, small enough that its answers are known at a glance, and its packaging for tests."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from aisle.analysis.backbone import Answers
from aisle.core import LabelSet
from aisle.deploy.clip import ClipBundle
from aisle.deploy.clip_package import package_network
from aisle.models.clip import Sampling
from streams import clip

MODULE = "aisle.models.toy"
SAMPLING = Sampling(frames=4, stride=2, rate=Fraction(10), short_side=32, crop=32, test_crop=32)


class Toy(nn.Module):
    """Two convolutions in space and time; with `steps`, an answer for each part of the clip."""

    stages = ("first", "second", "classifier")

    def __init__(self, classes: int, *, width: int = 8, steps: int = 0) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv3d(3, width, 3, (1, 2, 2), 1), nn.BatchNorm3d(width), nn.ReLU())
        self.second = nn.Sequential(nn.Conv3d(width, width, 3, (1, 2, 2), 1), nn.ReLU())
        self.classifier = nn.Linear(width, classes)
        self.steps = steps

    def features(self, rgb: Tensor) -> Tensor:
        maps = self.second(self.first(rgb)).mean((3, 4))
        if not self.steps:
            return maps.mean(2)
        return maps.transpose(1, 2).unflatten(1, (self.steps, -1)).mean(2)

    def forward(self, rgb: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(rgb))
        return logits


def install() -> None:
    """Makes the network known to aisle.models, as if it were a file there."""
    if MODULE not in sys.modules:
        made: Any = ModuleType(MODULE)
        made.build = Toy
        made.published = dict
        sys.modules[MODULE] = made
    importlib.import_module(MODULE)


def toy(classes: int = 3, *, steps: int = 0, seed: int = 0) -> Toy:
    """Random weights, in evaluation mode."""
    install()
    torch.manual_seed(seed)
    network = Toy(classes, steps=steps)
    nn.init.normal_(network.classifier.weight, std=3)
    return network.eval()


def toy_bundle(name: str = "toy", *, steps: int = 0, classes: int = 3, sampling: Sampling = SAMPLING) -> ClipBundle:
    """Its card."""
    return ClipBundle(
        name=name,
        title="A test's network",
        network="toy",
        options={"width": 8, "steps": steps},
        task="timelines" if steps else "clips",
        views=("rgb",),
        sampling=sampling,
        mean=(0.45, 0.45, 0.45),
        spread=(0.225, 0.225, 0.225),
        labels=LabelSet(tuple("abcdefgh"[:classes])),
        features=8,
        answers=Answers(),
        window=sampling.span,
        identity="",
        paper="none",
        trained_on="nothing",
        not_for="anything but tests",
        licence="none",
    )


def samples(count: int, sampling: Sampling = SAMPLING) -> list[Mapping[str, npt.NDArray[np.uint8]]]:
    """Clips as sampled."""
    return [{"rgb": clip(sampling.frames, 32, 32, seed=seed)} for seed in range(count)]


def packaged(folder: Path, *, steps: int = 0, sampling: Sampling = SAMPLING, **changed: Any) -> ClipBundle:
    """The bundle in `folder`, which is made."""
    card = replace(toy_bundle(folder.name, steps=steps, sampling=sampling), **changed)
    return package_network(toy(len(card.labels), steps=steps), card, folder, samples=samples(6, sampling))
