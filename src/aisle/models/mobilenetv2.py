"""MobileNetV2 (Sandler et al.: Inverted Residuals and Linear Bottlenecks. CVPR 2018), without its last layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor, nn

from aisle.models._image import ConvNorm, ImageNetwork, Layer, Mix, initialise, places, unmixed
from aisle.models.renaming import Table


@dataclass(frozen=True, slots=True)
class Row:
    """A line of table 2: t, c, n, s of the paper, and the kernel."""

    expansion: int
    outputs: int
    count: int
    stride: int
    kernel: int = 3


ROWS = (
    Row(1, 16, 1, 1),
    Row(6, 24, 2, 2),
    Row(6, 32, 3, 2),
    Row(6, 64, 4, 2),
    Row(6, 96, 3, 1),
    Row(6, 160, 3, 2),
    Row(6, 320, 1, 1),
)
STEM, LAST = 32, 1280


def divisible(channels: float) -> int:
    """The nearest multiple of 8, and not less than nine tenths of `channels`, as published."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * channels else nearest + 8


class InvertedResidual(nn.Module):
    """Wider, in depth, narrow again (figure 3 b). Pictures can be mixed where it widens and has a shortcut (Lin et al.,
    ICCV 2019).
    """

    def __init__(self, inputs: int, row: Row, stride: int, unit: type[ConvNorm]) -> None:
        super().__init__()
        middle = inputs * row.expansion
        self.inputs = inputs
        self.residual = stride == 1 and inputs == row.outputs
        self.mixes = self.residual and row.expansion > 1
        self.expand = unit(inputs, middle, act=nn.ReLU6(inplace=True)) if row.expansion > 1 else nn.Identity()
        self.depthwise = unit(middle, middle, row.kernel, stride, groups=middle, act=nn.ReLU6(inplace=True))
        self.project = unit(middle, row.outputs)

    def forward(self, x: Tensor, mix: Mix = unmixed) -> Tensor:
        given = mix(x) if self.mixes else x
        added: Tensor = self.project(self.depthwise(self.expand(given)))
        return x + added if self.residual else added


class InvertedResiduals(ImageNetwork):
    """See aisle.models._image.ImageNetwork. `width` multiplies the channels of all but the last maps."""

    stages = ("stem", *(f"layer{index}" for index in range(1, 8)), "last")

    def __init__(self, rows: Sequence[Row], width: float, unit: type[ConvNorm] = ConvNorm) -> None:
        super().__init__()
        inputs, self.features = divisible(STEM * width), round(LAST * max(width, 1))
        self.stem = unit(3, inputs, 3, 2, act=nn.ReLU6(inplace=True))
        layers = {}
        for index, published in enumerate(rows, 1):
            row = replace(published, outputs=divisible(published.outputs * width))
            blocks = [InvertedResidual(inputs, row, row.stride, unit)]
            blocks += [InvertedResidual(row.outputs, row, 1, unit) for _ in range(row.count - 1)]
            layers[f"layer{index}"] = Layer(blocks, row.stride)
            inputs = row.outputs
        for name, layer in layers.items():
            self.add_module(name, layer)
        self.last = unit(inputs, self.features, act=nn.ReLU6(inplace=True))
        self.places = places(layers, down=2)
        initialise(self)

    def forward(self, x: Tensor, mix: Mix = unmixed) -> Tensor:
        x = self.stem(x)
        for name in self.stages[1:-1]:
            x = self.get_submodule(name)(x, mix)
        last: Tensor = self.last(x)
        return last


class MobileNetV2(InvertedResiduals):
    """Table 2 of the paper."""

    def __init__(self, width: float = 1.0) -> None:
        super().__init__(ROWS, width)


def blocks(rows: Sequence[Row]) -> list[str]:
    """Our names of the blocks in the order in which others number them."""
    return [f"layer{layer}.{index}" for layer, row in enumerate(rows, 1) for index in range(row.count)]


def parts(name: str) -> tuple[str, ...]:
    """The convolutions of a block: the first layer widens nothing."""
    return ("depthwise", "project") if name.startswith("layer1.") else ("expand", "depthwise", "project")


NUMBERED = blocks(ROWS)

TONYLINS: Table = [
    (r"features\.0\.0\.(.*)", r"stem.conv.\1"),
    (r"features\.0\.1\.(.*)", r"stem.bn.\1"),
    (r"features\.18\.0\.(.*)", r"last.conv.\1"),
    (r"features\.18\.1\.(.*)", r"last.bn.\1"),
    *(
        (rf"features\.{number}\.conv\.{3 * index + offset}\.(.*)", rf"{name}.{part}.{kind}.\1")
        for number, name in enumerate(NUMBERED, 1)
        for index, part in enumerate(parts(name))
        for offset, kind in enumerate(("conv", "bn"))
    ),
]
"""The names of tonylins/pytorch-mobilenet-v2 to ours: convolutions, norms and activations in a row."""

MMACTION: Table = [
    (r"conv1\.(.*)", r"stem.\1"),
    (r"conv2\.(.*)", r"last.\1"),
    *(
        (rf"{name}\.conv\.{index}(?:\.net)?\.(.*)", rf"{name}.{part}.\1")
        for name in NUMBERED
        for index, part in enumerate(parts(name))
    ),
]
"""mmaction2's names to ours, with and without the shift of TSM, which wraps the first convolution of a block."""
