"""What a network that reads clips takes, counted and not measured: operations and weights. Needs PyTorch.

Nothing is computed and no weight takes memory: the network is built on PyTorch's meta device, where tensors have shapes
and no values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from aisle.core.clip import JOINTS
from aisle.models.clip import ClipCard
from aisle.models.entry import Entry, network

PEOPLE = 2
"""Whose poses one view has."""

GIGA, MILLION = 1e9, 1e6


@dataclass(frozen=True, slots=True)
class Work:
    """`gflops` for one view, a multiplication and an addition counted as one; `parameters` in millions."""

    gflops: float
    parameters: float


def counted(card: ClipCard, classes: int) -> Work:
    """Of the network of `card`, for a view of its test crop. Counted are convolutions and products of matrices, as in
    the papers.
    """
    with torch.device("meta"):
        built = Entry(network(card, classes), card).eval()
        views = stored(card, card.sampling.test_crop)
        return Work(gflops(built, *views.values()), parameters(built))


def gflops(built: nn.Module, *inputs: Tensor) -> float:
    """Of one call of `built`."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        built(*inputs)
    return counter.get_total_flops() / 2 / GIGA  # PyTorch counts a multiplication and an addition as two


def parameters(built: nn.Module) -> float:
    """In millions; a weight that is used twice counts once."""
    return sum(weight.numel() for weight in built.parameters()) / MILLION


def stored(card: ClipCard, side: int, items: int = 1) -> Mapping[str, Tensor]:
    """The views that `card` reads, (B, T, ...), of the kinds that aisle.core.clip describes; zeros, `side` pixels
    square.
    """
    frames = card.sampling.frames
    square = (items, frames, side, side)
    shapes = {
        "rgb": (*square, 3),
        "person_rgb": (*square, 3),
        "flow": (*square, 2),
        "person_flow": (*square, 2),
        "poses": (items, frames, PEOPLE, JOINTS, 3),
    }
    return {
        view: torch.zeros(shapes[view], dtype=torch.float32 if view == "poses" else torch.uint8) for view in card.views
    }
