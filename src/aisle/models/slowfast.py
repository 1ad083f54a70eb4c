"""SlowFast (Feichtenhofer et al., ICCV 2019): few pictures with many channels, many pictures with few.

The slow pathway sees every alpha-th picture; the fast one sees all of them with a share `beta` of the channels, and is
told to the slow one behind every stage but the last (section 3.4: a convolution along time with stride alpha).

Shapes: B batch, C channels, T pictures, H height, W width, D features.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import UsageError
from aisle.models.renaming import Table, renamed
from aisle.models.resnet3d import (
    HALF,
    PYTORCHVIDEO,
    SAME,
    Size,
    Stem,
    Unit,
    blocks_of,
    check,
    classifier,
    drawn,
    mean,
    stage,
)

LEAST = 32
"""Pixels a side from which the last maps hold a whole cell: the strides make that."""

TOLD = 2
"""A lateral connection gives the slow pathway so many times the channels of the fast one."""

PATHWAYS = ("slow", "fast")

PUBLISHED: Table = (
    *(
        (rf"blocks\.{index}\.multipathway_blocks\.{path}\.(.+)", rf"{name}.{PATHWAYS[path]}.\1")
        for index, name in enumerate(("stem", "res2", "res3", "res4", "res5"))
        for path in range(2)
    ),
    *(
        (rf"blocks\.{index}\.multipathway_fusion\.(conv|norm)(?:_fast_to_slow)?\.(\w+)", rf"{name}.lateral.\1.\2")
        for index, name in enumerate(("stem", "res2", "res3", "res4"))
    ),
    (r"blocks\.6\.proj\.(\w+)", r"classifier.1.\1"),
)


def seen(frames: int, alpha: int) -> list[int]:
    """Which pictures the slow pathway sees: the first, the last, and evenly between, as the published code does."""
    count = frames // alpha
    return [place * (frames - 1) // max(count - 1, 1) for place in range(count)]


class Stage(nn.Module):
    """Both pathways' part of it, and what the fast one then tells the slow one.

    Slow (B, C, T / alpha, H, W) and fast (B, C, T, H, W) to the same, later.
    """

    def __init__(self, slow: nn.Module, fast: nn.Module, lateral: Unit | None) -> None:
        super().__init__()
        self.slow, self.fast, self.lateral = slow, fast, lateral

    def forward(self, slow: Tensor, fast: Tensor) -> tuple[Tensor, Tensor]:
        slow, fast = self.slow(slow), self.fast(fast)
        if self.lateral is not None:
            slow = torch.cat([slow, functional.relu(self.lateral(fast))], 1)
        return slow, fast


class SlowFast(nn.Module):
    """Table 1 of the paper. (B, 3, T, H, W) to features (B, D), those of the slow pathway before those of the fast one.

    `width` is what the slow pathway's first layer gives, `reach` how many pictures a lateral connection looks at.
    """

    stages = ("stem", "res2", "res3", "res4", "res5", "classifier")

    def __init__(
        self, classes: int, *, depth: int, width: int, alpha: int, beta: float, reach: int, dropout: float
    ) -> None:
        super().__init__()
        self.alpha = alpha
        thin, blocks = round(beta * width), blocks_of(depth)
        told = width + TOLD * thin

        def lateral(channels: int) -> Unit:
            return Unit(channels, TOLD * channels, (reach, 1, 1), (alpha, 1, 1))

        def fast(inputs: int, channels: int, count: int, stride: Size) -> nn.Module:
            return stage(inputs, channels, count, times=3, stride=stride)

        self.stem = Stage(Stem(3, width), Stem(3, thin, times=5), lateral(thin))
        self.res2 = Stage(
            stage(told, width, blocks[0]),
            fast(thin, thin, blocks[0], SAME),
            lateral(4 * thin),
        )
        self.res3 = Stage(
            stage(4 * told, 2 * width, blocks[1], stride=HALF),
            fast(4 * thin, 2 * thin, blocks[1], HALF),
            lateral(8 * thin),
        )
        self.res4 = Stage(
            stage(8 * told, 4 * width, blocks[2], times=3, stride=HALF),
            fast(8 * thin, 4 * thin, blocks[2], HALF),
            lateral(16 * thin),
        )
        self.res5 = Stage(
            stage(16 * told, 8 * width, blocks[3], times=3, stride=HALF),
            fast(16 * thin, 8 * thin, blocks[3], HALF),
            None,
        )
        self.classifier = classifier(32 * (width + thin), classes, dropout)
        drawn(self)

    def features(self, clip: Tensor) -> Tensor:
        """Raises UsageError for pictures that are too small, and for a number of them that alpha does not divide."""
        check(clip, frames=self.alpha, side=LEAST)
        frames = int(clip.shape[2])
        if frames % self.alpha:
            raise UsageError(
                "the pathways of SlowFast cannot be put side by side",
                got=f"{frames} pictures",
                allowed=f"a multiple of {self.alpha} (alpha)",
                do=f"take {frames - frames % self.alpha} pictures",
            )
        slow, fast = self.stem(clip[:, :, seen(frames, self.alpha)], clip)
        for part in (self.res2, self.res3, self.res4, self.res5):
            slow, fast = part(slow, fast)
        return torch.cat([mean(slow), mean(fast)], 1)

    def forward(self, clip: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(clip))
        return logits


def build(classes: int, *, depth: int, width: int, alpha: int, beta: float, reach: int, dropout: float) -> nn.Module:
    return SlowFast(classes, depth=depth, width=width, alpha=alpha, beta=beta, reach=reach, dropout=dropout)


def published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """From pytorchvideo's names to ours."""
    return renamed(renamed(state, PUBLISHED), PYTORCHVIDEO)
