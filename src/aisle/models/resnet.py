"""ResNet (He et al.: Deep Residual Learning for Image Recognition. CVPR 2016), without its last layer.

The stride lies in the 3x3 convolution, as in torchvision and mmaction2 (elsewhere called ResNet v1.5).
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from aisle.models._image import ConvNorm, ImageNetwork, Layer, Mix, initialise, places, unmixed
from aisle.models.renaming import Table

TORCHVISION: Table = [
    (r"fc\..*", ""),
    (r"(conv|bn)1\.(.*)", r"stem.\1.\2"),
    (r"(layer\d\.\d+)\.downsample\.0\.(.*)", r"\1.shortcut.conv.\2"),
    (r"(layer\d\.\d+)\.downsample\.1\.(.*)", r"\1.shortcut.bn.\2"),
    *((rf"(layer\d\.\d+)\.(conv|bn){n}\.(.*)", rf"\1.branch.{n - 1}.\2.\3") for n in (1, 2, 3)),
]
"""torchvision's names to ours; the thousand classes are left out."""

MMACTION: Table = [
    (r"conv1\.(.*)", r"stem.\1"),
    (r"(layer\d\.\d+)\.downsample\.(.*)", r"\1.shortcut.\2"),
    (r"(layer\d\.\d+)\.conv1\.conv\.net\.(.*)", r"\1.branch.0.conv.\2"),  # the shift wraps that convolution
    *((rf"(layer\d\.\d+)\.conv{n}\.(.*)", rf"\1.branch.{n - 1}.\2") for n in (1, 2, 3)),
]
"""mmaction2's names to ours, with and without the shift of TSM."""

Branch = Callable[[int, int, int], list[ConvNorm]]
"""The convolutions beside a shortcut, for so many inputs, a width and a stride."""


def basic(inputs: int, width: int, stride: int) -> list[ConvNorm]:
    """Figure 5 of the paper, left."""
    return [ConvNorm(inputs, width, 3, stride, act=nn.ReLU(inplace=True)), ConvNorm(width, width, 3)]


def bottleneck(inputs: int, width: int, stride: int) -> list[ConvNorm]:
    """Figure 5, right."""
    return [
        ConvNorm(inputs, width, act=nn.ReLU(inplace=True)),
        ConvNorm(width, width, 3, stride, act=nn.ReLU(inplace=True)),
        ConvNorm(width, 4 * width),
    ]


DEPTHS: dict[int, tuple[Branch, tuple[int, ...]]] = {
    14: (bottleneck, (1, 1, 1, 1)),
    18: (basic, (2, 2, 2, 2)),
    34: (basic, (3, 4, 6, 3)),
    50: (bottleneck, (3, 4, 6, 3)),
}
"""Blocks of the four layers (table 1); 14 is not published, and small."""


class Residual(nn.Module):
    """A branch beside a shortcut."""

    mixes = True

    def __init__(self, branch: list[ConvNorm], stride: int) -> None:
        super().__init__()
        self.inputs, self.outputs = branch[0].conv.in_channels, branch[-1].conv.out_channels
        self.branch = nn.Sequential(*branch)
        plain = stride == 1 and self.inputs == self.outputs
        self.shortcut = nn.Identity() if plain else ConvNorm(self.inputs, self.outputs, stride=stride)

    def forward(self, x: Tensor, mix: Mix = unmixed) -> Tensor:
        return functional.relu(self.branch(mix(x)) + self.shortcut(x))


class ResNet(ImageNetwork):
    """See aisle.models._image.ImageNetwork. `width` multiplies all channels; 1 is the published network."""

    stages = ("stem", "layer1", "layer2", "layer3", "layer4")

    def __init__(self, depth: int, width: float = 1.0) -> None:
        super().__init__()
        branch, counts = DEPTHS[depth]
        self.features = first = round(64 * width)
        self.stem = ConvNorm(3, first, 7, 2, act=nn.ReLU(inplace=True))
        layers = {}
        for index, count in enumerate(counts):
            blocks = []
            for number in range(count):
                stride = 2 if index > 0 and number == 0 else 1
                blocks.append(Residual(branch(self.features, first * 2**index, stride), stride))
                self.features = blocks[-1].outputs
            layers[f"layer{index + 1}"] = Layer(blocks, 2 if index > 0 else 1)
        for name, layer in layers.items():
            self.add_module(name, layer)
        self.places = places(layers, down=4)
        initialise(self)

    def forward(self, x: Tensor, mix: Mix = unmixed) -> Tensor:
        x = functional.max_pool2d(self.stem(x), 3, 2, 1)
        for name in self.stages[1:]:
            x = self.get_submodule(name)(x, mix)
        return x
