"""Parts of residual networks in space and time (Feichtenhofer et al., ICCV 2019, table 1): Slow, SlowFast, PoseC3D.

A stage is a row of bottlenecks; what differs between the networks are channels, blocks a stage, and where a
convolution also looks along time.

Shapes: B batch, C channels, T pictures, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional, init

from aisle.core import UsageError
from aisle.models.renaming import Table

Size = tuple[int, int, int]
"""Along T, H and W."""

SAME: Size = (1, 1, 1)
HALF: Size = (1, 2, 2)
"""Strides of a stage: no published one here takes away pictures."""

DEPTHS: dict[int, Sequence[int]] = {
    14: (1, 1, 1, 1),
    26: (2, 2, 2, 2),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
"""Layers with weights, and the bottlenecks of each stage; 14 and 26 are ours, for small networks."""

WIDER = 4
"""A bottleneck gives so many times the channels that it computes with."""

PYTORCHVIDEO: Table = (
    (r"(.+)\.res_blocks\.(\d+)\.branch1_(conv|norm)\.(\w+)", r"\1.\2.shortcut.\3.\4"),
    (r"(.+)\.res_blocks\.(\d+)\.branch2\.(conv|norm)_([abc])\.(\w+)", r"\1.\2.\4.\3.\5"),
)
"""What pytorchvideo calls the parts of a stage, whatever it calls the stage."""


class Unit(nn.Module):
    """Convolution without bias, batch norm. The borders are padded so that a stride of 1 keeps T, H and W."""

    def __init__(self, inputs: int, outputs: int, kernel: Size = SAME, stride: Size = SAME, *, groups: int = 1) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2, kernel[2] // 2)
        self.conv = nn.Conv3d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm3d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.conv(x))
        return normed


class Stem(Unit):
    """What comes first: (B, inputs, T, H, W) to (B, width, T, H / stride / pool, W / stride / pool), after ReLU."""

    def __init__(self, inputs: int, width: int, *, times: int = 1, stride: int = 2, pool: int = 2) -> None:
        super().__init__(inputs, width, (times, 7, 7), (1, stride, stride))
        self.pool = nn.MaxPool3d((1, 3, 3), (1, pool, pool), (0, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        pooled: Tensor = self.pool(functional.relu(super().forward(x)))
        return pooled


class Bottleneck(nn.Module):
    """(B, inputs, T, H, W) to (B, 4 width, ...): `times` x 1 x 1, 1 x 3 x 3 with the stride, 1 x 1 x 1, and a shortcut.

    The last batch norm begins at 0, so that training begins with the shortcuts alone.
    """

    def __init__(self, inputs: int, width: int, *, times: int = 1, stride: Size = SAME) -> None:
        super().__init__()
        outputs = WIDER * width
        changes = inputs != outputs or stride != SAME
        self.shortcut = Unit(inputs, outputs, stride=stride) if changes else nn.Identity()
        self.a = Unit(inputs, width, (times, 1, 1))
        self.b = Unit(width, width, (1, 3, 3), stride)
        self.c = Unit(width, outputs)
        init.zeros_(self.c.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.relu(self.b(functional.relu(self.a(x))))
        return functional.relu(self.shortcut(x) + self.c(inner))


def stage(inputs: int, width: int, blocks: int, *, times: int = 1, stride: Size = SAME) -> nn.Sequential:
    """`blocks` bottlenecks of `width`, the first of which strides."""
    first = Bottleneck(inputs, width, times=times, stride=stride)
    rest = (Bottleneck(WIDER * width, width, times=times) for _ in range(blocks - 1))
    return nn.Sequential(first, *rest)


def blocks_of(depth: int) -> Sequence[int]:
    """How many bottlenecks each stage has. Raises UsageError for a depth that nobody uses."""
    if depth not in DEPTHS:
        raise UsageError("no residual network has this depth", got=depth, allowed=", ".join(map(str, DEPTHS)))
    return DEPTHS[depth]


def classifier(features: int, classes: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(features, classes))


def drawn(network: nn.Module) -> nn.Module:
    """`network` with convolutions as He et al. (ICCV 2015) draw them, and nearly nothing in its linear layers."""
    for module in network.modules():
        if isinstance(module, nn.Conv3d):
            init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if isinstance(module, nn.Linear):
            init.normal_(module.weight, std=0.01)
        if isinstance(module, nn.Conv3d | nn.Linear) and module.bias is not None:
            init.zeros_(module.bias)
    return network


def mean(x: Tensor) -> Tensor:
    """(B, C, T, H, W) to (B, C), whatever T, H and W are."""
    return x.mean((2, 3, 4))


def check(x: Tensor, *, frames: int, side: int) -> None:
    """Raises UsageError where (B, C, T, H, W) holds fewer pictures, or smaller ones, than a network can take."""
    length, height, width = (int(size) for size in x.shape[2:])
    if length < frames or min(height, width) < side:
        raise UsageError(
            "this clip is too small for the network",
            got=f"{length} pictures of {width}x{height}",
            allowed=f"{frames} or more pictures, each side {side} or more pixels",
            do="take more pictures of the video, or scale them less",
        )
