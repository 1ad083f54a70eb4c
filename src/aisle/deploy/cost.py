"""What a network that reads clips takes, counted and not measured: operations and weights. Needs PyTorch.

Nothing is computed and no weight takes memory: the network is built on PyTorch's meta device, where tensors have shapes
and no values.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from aisle.core.clip import JOINTS, WHOLE
from aisle.deploy.clip import ClipBundle
from aisle.models.clip import ClipCard
from aisle.models.entry import Entry, network
from aisle.objects.poses import PEOPLE

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
    return work(built, card)


def work(built: Entry, card: ClipCard | ClipBundle) -> Work:
    """Of the network `built`, for a view of the test crop of its `card`."""
    return Work(_of_view(built, card), parameters(built))


def growing(built: Entry, card: ClipCard | ClipBundle) -> float:
    """The share, 0 to 1, of the operations of a view that grows with the area of the picture."""
    small, large = (_of_view(built, card, times) for times in (1, 2))
    return min(max((large - small) / (3 * small), 0.0), 1.0)  # twice the side is three areas more


def _of_view(built: Entry, card: ClipCard | ClipBundle, times: int = 1) -> float:
    """The sides of whole pictures are `times` those of the test crop."""
    with torch.device("meta"):
        views = stored(card, card.sampling.test_crop) | {
            name: view for name, view in stored(card, times * card.sampling.test_crop).items() if name in WHOLE
        }
        return gflops(copy.deepcopy(built).to("meta"), *(views[name] for name in card.views))


def gflops(built: nn.Module, *inputs: Tensor) -> float:
    """Of one call of `built`."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        built(*inputs)
    return counter.get_total_flops() / 2 / GIGA  # PyTorch counts a multiplication and an addition as two


def parameters(built: nn.Module) -> float:
    """In millions; a weight that is used twice counts once."""
    return sum(weight.numel() for weight in built.parameters()) / MILLION


def stored(card: ClipCard | ClipBundle, side: int, items: int = 1) -> dict[str, Tensor]:
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
