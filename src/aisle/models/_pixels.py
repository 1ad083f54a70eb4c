"""Parts of networks that learn from pixels: down from pictures to maps, and up again.

Shapes: B batch, C channels, T pictures, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.models.resnet3d import Size, Unit, check, classifier, drawn, mean

BOTH: Size = (2, 2, 2)
"""A stride in time too."""

NEAR: Size = (3, 3, 3)


def centred(x: Tensor) -> Tensor:
    """Pixels in [0, 1] as the networks take them; their cards have a mean and a spread of 0.5."""
    return 2 * x - 1


class Down(nn.Module):
    """(B, inputs, T, H, W) to (B, outputs, T / stride, ...): a convolution over space and time, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: Size) -> None:
        super().__init__()
        self.unit = Unit(inputs, outputs, NEAR, stride)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.unit(x))


class Up(nn.Module):
    """(B, inputs, T, H, W) to (B, outputs, T * stride, ...).

    It is computed before the maps grow, which takes an eighth of the work of the other order.
    """

    def __init__(self, inputs: int, outputs: int, stride: Size) -> None:
        super().__init__()
        self.unit = Unit(inputs, outputs, NEAR)
        self.stride = tuple(float(one) for one in stride)

    def forward(self, x: Tensor) -> Tensor:
        return functional.interpolate(functional.relu(self.unit(x)), scale_factor=self.stride, mode="nearest")


class Trunk(nn.Module):
    """(B, 3, T, H, W) to features (B, D): four convolutions over space and time, each wider than the one before.

    `strides` are those of the four; `maps` gives the last (B, D, T', H', W').
    """

    stages = ("stem", "early", "middle", "late", "classifier")

    def __init__(self, classes: int, *, widths: Sequence[int], strides: Sequence[Size], dropout: float) -> None:
        super().__init__()
        self.widths, self.strides = tuple(widths), tuple(strides)
        self.stem, self.early, self.middle, self.late = (
            Down(*step) for step in zip((3, *widths), widths, strides, strict=False)
        )
        self.classifier = classifier(widths[-1], classes, dropout)
        drawn(self)

    def maps(self, clip: Tensor) -> Tensor:
        """Raises UsageError for pictures that are too small."""
        check(clip, frames=1, side=16)
        maps: Tensor = self.late(self.middle(self.early(self.stem(clip))))
        return maps

    def features(self, clip: Tensor) -> Tensor:
        """The mean of the maps, (B, D). Raises UsageError for pictures that are too small."""
        return mean(self.maps(clip))

    def forward(self, clip: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(clip))
        return logits


class Painter(nn.Module):
    """Maps (B, inputs, T', H', W'), as many times smaller as `strides` say, to pictures (B, 3, T, H, W) in [0, 1].

    `widths` and `strides` are those of the trunk on the way down.
    """

    def __init__(self, inputs: int, *, widths: Sequence[int], strides: Sequence[Size]) -> None:
        super().__init__()
        rising = list(reversed(widths))[1:]
        steps = zip((inputs, *rising[:-1]), rising, reversed(strides[1:]), strict=True)
        self.rise = nn.Sequential(*(Up(*step) for step in steps))
        self.last = nn.Conv3d(rising[-1], 3 * strides[0][1] * strides[0][2], NEAR, padding=1)
        drawn(self)

    def forward(self, maps: Tensor) -> Tensor:
        return unfolded(self.last(self.rise(maps)), 2).sigmoid()


def unfolded(x: Tensor, side: int) -> Tensor:
    """(B, C * side * side, T, H, W) to (B, C, T, H * side, W * side), as sub-pixel convolution does for each picture
    (Shi et al., CVPR 2016).
    """
    clips, _, length = x.shape[:3]
    grown = functional.pixel_shuffle(x.transpose(1, 2).flatten(0, 1), side)
    return torch.unflatten(grown, 0, (clips, length)).transpose(1, 2)


def folded(x: Tensor, side: int) -> Tensor:
    """The other way round than `unfolded`."""
    clips, _, length = x.shape[:3]
    shrunk = functional.pixel_unshuffle(x.transpose(1, 2).flatten(0, 1), side)
    return torch.unflatten(shrunk, 0, (clips, length)).transpose(1, 2)
