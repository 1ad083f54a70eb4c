"""What a picture looks like, as one vector: the maps of an image network at several depths, each pooled.

Of single pictures the last maps alone say too little about colour and texture, by which products of one kind differ:
with two earlier ones regularised discriminants named 2 in 100 more of grocery_store rightly (docs/log.md).

Shapes: N pictures, S side, D features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.models._image import ImageNetwork

DEPTHS = ("layer5", "layer6", "last")
MIDDLE, SPREAD = 127.0, 128.0
"""With which EfficientNet-Lite was trained; with ImageNet's mean and spread it named 2 in 100 fewer products."""

_SMALLEST = 1e-6


class PictureFeatures(nn.Module):
    """Pixels (N, S, S, 3), RGB, 0 to 255, to (N, D). Of each depth the square roots of its means, with length 1."""

    def __init__(self, network: ImageNetwork) -> None:
        super().__init__()
        self.network = network

    @property
    def stages(self) -> tuple[str, ...]:
        """Its parts from input to output; every weight is in one of them."""
        return self.network.stages

    def forward(self, pixels: Tensor) -> Tensor:
        return self.behind(*self.front(pixels, 0), 0)

    def front(self, pixels: Tensor, kept: int) -> tuple[Tensor, list[Tensor]]:
        """What the first `kept` stages make of the pixels: their maps, and what of them is pooled already."""
        x, pooled = (pixels.permute(0, 3, 1, 2) - MIDDLE) / SPREAD, []
        for name in self.stages[:kept]:
            x = self.network.get_submodule(name)(x)
            pooled += [pool(x)] if name in DEPTHS else []
        return x, pooled

    def behind(self, x: Tensor, pooled: list[Tensor], kept: int) -> Tensor:
        """The features, from what `front` gave of as many stages."""
        pooled = list(pooled)
        for name in self.stages[kept:]:
            x = self.network.get_submodule(name)(x)
            pooled += [pool(x)] if name in DEPTHS else []
        return torch.cat(pooled, 1)


def pool(maps: Tensor) -> Tensor:
    """(N, C, H, W) to (N, C), each row of length 1."""
    means = maps.mean((2, 3))
    return functional.normalize(means * (means.abs() + _SMALLEST).rsqrt())
