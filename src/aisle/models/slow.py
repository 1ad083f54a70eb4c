"""Slow (Feichtenhofer et al., ICCV 2019, table 1): the slow pathway of SlowFast alone, a ResNet over few pictures.

Convolutions look along time only in the last two stages.

Shapes: B batch, C channels, T pictures, H height, W width, D features.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from aisle.models.renaming import Table, renamed
from aisle.models.resnet3d import HALF, PYTORCHVIDEO, Stem, blocks_of, check, classifier, drawn, mean, stage

LEAST = 32
"""Pixels a side from which the last maps hold a whole cell: the strides make that."""

PUBLISHED: Table = (
    *(
        (rf"blocks\.{index}\.(.+)", rf"{name}.\1")
        for index, name in enumerate(("stem", "res2", "res3", "res4", "res5"))
    ),
    (r"blocks\.5\.proj\.(\w+)", r"classifier.1.\1"),
)


class Slow(nn.Module):
    """(B, 3, T, H, W) to features (B, D); `width` is what the first layer gives. With `moving` it is shown how pictures
    differ from those before, and no picture.
    """

    stages = ("stem", "res2", "res3", "res4", "res5", "classifier")

    def __init__(self, classes: int, *, depth: int, width: int, dropout: float, moving: bool) -> None:
        super().__init__()
        self.moving = moving
        blocks = blocks_of(depth)
        self.stem = Stem(3, width)
        self.res2 = stage(width, width, blocks[0])
        self.res3 = stage(4 * width, 2 * width, blocks[1], stride=HALF)
        self.res4 = stage(8 * width, 4 * width, blocks[2], times=3, stride=HALF)
        self.res5 = stage(16 * width, 8 * width, blocks[3], times=3, stride=HALF)
        self.classifier = classifier(32 * width, classes, dropout)
        drawn(self)

    def features(self, clip: Tensor) -> Tensor:
        """Raises UsageError for pictures that are too small."""
        check(clip, frames=2 if self.moving else 1, side=LEAST)
        clip = differences(clip) if self.moving else clip
        return mean(self.res5(self.res4(self.res3(self.res2(self.stem(clip))))))

    def forward(self, clip: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(clip))
        return logits


def differences(clip: Tensor) -> Tensor:
    """(B, 3, T, H, W) to the same: twice what changed since the picture before; of the first as of the second."""
    changed = 2 * (clip[:, :, 1:] - clip[:, :, :-1])
    return torch.cat([changed[:, :, :1], changed], 2)


def build(classes: int, *, depth: int, width: int, dropout: float, moving: bool = False) -> nn.Module:
    return Slow(classes, depth=depth, width=width, dropout=dropout, moving=moving)


def published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """From pytorchvideo's names to ours."""
    return renamed(renamed(state, PUBLISHED), PYTORCHVIDEO)
