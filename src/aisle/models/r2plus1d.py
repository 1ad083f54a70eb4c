"""R(2+1)D (Tran et al., CVPR 2018): each convolution of a 3D ResNet as one in space and then one in time.

Between the two lie as many channels as make the pair as heavy as the 3D convolution it stands for (section 3.5).

Shapes: B batch, C channels, T pictures, H height, W width, D features.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional

from aisle.models.renaming import Table, renamed
from aisle.models.resnet3d import Unit, check, classifier, drawn, mean

LEAST = 16
"""Pixels a side from which the last maps hold a whole cell: the strides make that."""

PUBLISHED: Table = (
    (r"stem\.0\.(\w+)", r"stem.space.conv.\1"),
    (r"stem\.1\.(\w+)", r"stem.space.norm.\1"),
    (r"stem\.3\.(\w+)", r"stem.time.conv.\1"),
    (r"stem\.4\.(\w+)", r"stem.time.norm.\1"),
    (r"layer(\d)\.(\d)\.conv([12])\.0\.0\.(\w+)", r"layer\1.\2.conv\3.space.conv.\4"),
    (r"layer(\d)\.(\d)\.conv([12])\.0\.1\.(\w+)", r"layer\1.\2.conv\3.space.norm.\4"),
    (r"layer(\d)\.(\d)\.conv([12])\.0\.3\.(\w+)", r"layer\1.\2.conv\3.time.conv.\4"),
    (r"layer(\d)\.(\d)\.conv([12])\.1\.(\w+)", r"layer\1.\2.conv\3.time.norm.\4"),
    (r"layer(\d)\.(\d)\.downsample\.0\.(\w+)", r"layer\1.\2.shortcut.conv.\3"),
    (r"layer(\d)\.(\d)\.downsample\.1\.(\w+)", r"layer\1.\2.shortcut.norm.\3"),
    (r"fc\.(\w+)", r"classifier.1.\1"),
)


def between(inputs: int, outputs: int) -> int:
    """Channels between the convolution of 1 x 3 x 3 and that of 3 x 1 x 1, in place of one of 3 x 3 x 3."""
    return 27 * inputs * outputs // (9 * inputs + 3 * outputs)


class Factorised(nn.Module):
    """1 x `side` x `side`, batch norm, ReLU, 3 x 1 x 1, batch norm."""

    def __init__(self, inputs: int, middle: int, outputs: int, *, side: int = 3, in_space: int, in_time: int) -> None:
        super().__init__()
        self.space = Unit(inputs, middle, (1, side, side), (1, in_space, in_space))
        self.time = Unit(middle, outputs, (3, 1, 1), (in_time, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.time(functional.relu(self.space(x)))
        return normed


class Block(nn.Module):
    """(B, inputs, T, H, W) to (B, outputs, T / stride, H / stride, W / stride): two of them, and a shortcut."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__()
        middle = between(inputs, outputs)  # of the second one too, as in the published code
        self.conv1 = Factorised(inputs, middle, outputs, in_space=stride, in_time=stride)
        self.conv2 = Factorised(outputs, middle, outputs, in_space=1, in_time=1)
        changes = inputs != outputs or stride != 1
        self.shortcut = Unit(inputs, outputs, stride=(stride,) * 3) if changes else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.shortcut(x) + self.conv2(functional.relu(self.conv1(x))))


class R2plus1d(nn.Module):
    """(B, 3, T, H, W) to features (B, D); `width` is what the first layer gives, `middle` what lies inside it.

    Each of the four layers has `blocks` blocks: two make the 18 layers of the published one.
    """

    stages = ("stem", "layer1", "layer2", "layer3", "layer4", "classifier")

    def __init__(self, classes: int, *, width: int, middle: int, blocks: int, dropout: float) -> None:
        super().__init__()

        def layer(inputs: int, outputs: int, stride: int) -> nn.Sequential:
            rest = (Block(outputs, outputs) for _ in range(blocks - 1))
            return nn.Sequential(Block(inputs, outputs, stride=stride), *rest)

        self.stem = Factorised(3, middle, width, side=7, in_space=2, in_time=1)
        self.layer1 = layer(width, width, 1)
        self.layer2 = layer(width, 2 * width, 2)
        self.layer3 = layer(2 * width, 4 * width, 2)
        self.layer4 = layer(4 * width, 8 * width, 2)
        self.classifier = classifier(8 * width, classes, dropout)
        drawn(self)

    def features(self, clip: Tensor) -> Tensor:
        """Raises UsageError for pictures that are too small."""
        check(clip, frames=1, side=LEAST)
        maps = functional.relu(self.stem(clip))
        return mean(self.layer4(self.layer3(self.layer2(self.layer1(maps)))))

    def forward(self, clip: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(clip))
        return logits


def build(classes: int, *, width: int, middle: int, blocks: int, dropout: float) -> nn.Module:
    return R2plus1d(classes, width=width, middle=middle, blocks=blocks, dropout=dropout)


def published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """From torchvision's names to ours."""
    return renamed(state, PUBLISHED)
