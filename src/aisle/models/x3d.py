"""X3D (Feichtenhofer, CVPR 2020): a small network, grown one axis at a time, that mostly convolves each channel alone.

Its names are the paper's: `gamma_d` says how often blocks repeat, `gamma_b` how much wider a bottleneck is inside.

Shapes: B batch, C channels, T pictures, H height, W width, D features.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional, init

from aisle.models.renaming import Table, renamed
from aisle.models.resnet3d import HALF, PYTORCHVIDEO, SAME, Size, Unit, check, classifier, drawn, mean

LEAST = 32
"""Pixels a side from which the last maps hold a whole cell: the strides make that."""

REPEATS = (1, 2, 5, 3)
"""Blocks of res2 to res5 before they are repeated gamma_d times (table 1)."""

SQUEEZED = 1 / 16
"""Of the channels that a squeeze-and-excitation looks at, so many it computes with."""

PUBLISHED: Table = (
    (r"blocks\.0\.conv\.conv_t\.(\w+)", r"stem.space.\1"),  # pytorchvideo has these two names the wrong way round
    (r"blocks\.0\.conv\.conv_xy\.(\w+)", r"stem.time.\1"),
    (r"blocks\.0\.norm\.(\w+)", r"stem.norm.\1"),
    (r"blocks\.1\.res_blocks\.0\.branch1_conv\.(\w+)", r"res2.0.shortcut.\1"),
    *((rf"blocks\.{index}\.(res_blocks.+)", rf"res{index + 1}.\1") for index in range(1, 5)),
    (r"blocks\.5\.pool\.pre_(conv|norm)\.(\w+)", r"conv5.\1.\2"),
    (r"blocks\.5\.pool\.post_conv\.(\w+)", r"fc1.\1"),
    (r"blocks\.5\.proj\.(\w+)", r"classifier.1.\1"),
)

INSIDE: Table = (
    (r"(.+)\.res_blocks\.(\d+)\.branch2\.norm_b\.0\.(\w+)", r"\1.\2.b.norm.\3"),
    (r"(.+)\.res_blocks\.(\d+)\.branch2\.norm_b\.1\.block\.0\.(\w+)", r"\1.\2.excite.narrow.\3"),
    (r"(.+)\.res_blocks\.(\d+)\.branch2\.norm_b\.1\.block\.2\.(\w+)", r"\1.\2.excite.widen.\3"),
    *PYTORCHVIDEO,
)


def rounded(channels: float, step: int = 8) -> int:
    """To the nearest multiple of `step`, the next where that would take away more than a tenth."""
    nearest = max(step, int(channels + step / 2) // step * step)
    return nearest + step if nearest < 0.9 * channels else nearest


class Stem(nn.Module):
    """(B, 3, T, H, W) to (B, width, T, H / 2, W / 2): a convolution in space, then one in time for each channel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.space = nn.Conv3d(3, width, (1, 3, 3), HALF, (0, 1, 1), bias=False)
        self.time = nn.Conv3d(width, width, (5, 1, 1), SAME, (2, 0, 0), groups=width, bias=False)
        self.norm = nn.BatchNorm3d(width)

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.time(self.space(x)))
        return functional.relu(normed)


class Excite(nn.Module):
    """Squeeze-and-excitation (Hu et al., CVPR 2018): each channel of (B, C, T, H, W) times what all of them decide."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = rounded(SQUEEZED * channels)
        self.narrow = nn.Conv3d(channels, squeezed, 1)
        self.widen = nn.Conv3d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.relu(self.narrow(x.mean((2, 3, 4), keepdim=True)))
        share: Tensor = self.widen(inner).sigmoid()
        return x * share


class Block(nn.Module):
    """A bottleneck that is wide inside, where each channel is convolved alone; the last batch norm begins at 0."""

    def __init__(self, inputs: int, outputs: int, inner: int, *, stride: Size, excited: bool) -> None:
        super().__init__()
        self.shortcut = _shortcut(inputs, outputs, stride)
        self.a = Unit(inputs, inner)
        self.b = Unit(inner, inner, (3, 3, 3), stride, groups=inner)
        self.excite = Excite(inner) if excited else nn.Identity()
        self.c = Unit(inner, outputs)
        init.zeros_(self.c.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.silu(self.excite(self.b(functional.relu(self.a(x)))))
        return functional.relu(self.shortcut(x) + self.c(inner))


def _shortcut(inputs: int, outputs: int, stride: Size) -> nn.Module:
    if inputs != outputs:
        return Unit(inputs, outputs, stride=stride)
    # only res2 strides and keeps its channels; the published network has no batch norm there
    return nn.Identity() if stride == SAME else nn.Conv3d(inputs, outputs, 1, stride, bias=False)


class X3d(nn.Module):
    """(B, 3, T, H, W) to features (B, D), D = `fc1`; `width` is what the first layer gives."""

    stages = ("stem", "res2", "res3", "res4", "res5", "conv5", "fc1", "classifier")

    def __init__(self, classes: int, *, width: int, gamma_d: float, gamma_b: float, fc1: int, dropout: float) -> None:
        super().__init__()
        widths = [width, *(rounded(2**power * width) for power in range(1, 4))]

        def stage(number: int) -> nn.Sequential:
            inputs, outputs = widths[max(number - 1, 0)], widths[number]
            blocks = math.ceil(gamma_d * REPEATS[number])
            return nn.Sequential(
                *(
                    Block(
                        outputs if index else inputs,
                        outputs,
                        int(gamma_b * outputs),
                        stride=SAME if index else HALF,
                        excited=index % 2 == 0,
                    )
                    for index in range(blocks)
                )
            )

        self.stem = Stem(width)
        self.res2, self.res3, self.res4, self.res5 = (stage(number) for number in range(4))
        inner = int(gamma_b * widths[-1])
        self.conv5 = Unit(widths[-1], inner)
        self.fc1 = nn.Conv3d(inner, fc1, 1, bias=False)
        self.classifier = classifier(fc1, classes, dropout)
        drawn(self)

    def features(self, clip: Tensor) -> Tensor:
        """Raises UsageError for pictures that are too small."""
        check(clip, frames=1, side=LEAST)
        maps = self.res5(self.res4(self.res3(self.res2(self.stem(clip)))))
        pooled = mean(functional.relu(self.conv5(maps)))
        return functional.relu(self.fc1(pooled[..., None, None, None])).flatten(1)

    def forward(self, clip: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(clip))
        return logits


def build(classes: int, *, width: int, gamma_d: float, gamma_b: float, fc1: int, dropout: float) -> nn.Module:
    return X3d(classes, width=width, gamma_d=gamma_d, gamma_b=gamma_b, fc1=fc1, dropout=dropout)


def published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """From pytorchvideo's names to ours."""
    return renamed(renamed(state, PUBLISHED), INSIDE)
