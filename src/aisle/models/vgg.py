"""VGG-16 (Simonyan and Zisserman: Very Deep Convolutional Networks. ICLR 2015), without its last layer."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from aisle.models._image import ImageNetwork, Mix, initialise, unmixed
from aisle.models.renaming import Table

CHANNELS = {"conv1": (64, 64), "conv2": (128, 128), "conv3": (256,) * 3, "conv4": (512,) * 3, "conv5": (512,) * 3}
HIDDEN = 4096
GRID = 7
"""Cells of a side of the maps that the full layers read: those of a picture of 224 pixels."""

DROPOUT = 0.5

_NUMBERS = {"conv1": (0, 2), "conv2": (5, 7), "conv3": (10, 12, 14), "conv4": (17, 19, 21), "conv5": (24, 26, 28)}

TORCHVISION: Table = [
    *(
        (rf"features\.{number}\.(\w+)", rf"{stage}.{2 * index}.\1")
        for stage, numbers in _NUMBERS.items()
        for index, number in enumerate(numbers)
    ),
    (r"classifier\.0\.(\w+)", r"fc6.0.\1"),
    (r"classifier\.3\.(\w+)", r"fc7.0.\1"),
    (r"classifier\.6\.(\w+)", ""),
]
"""torchvision's names to ours; its last layer is left out."""


class Vgg16(ImageNetwork):
    """See aisle.models._image.ImageNetwork. `width` multiplies all channels. Maps of any size are scaled to what those
    of 224 pixels are, GRID by GRID cells.
    """

    stages = (*CHANNELS, "fc6", "fc7")
    places = ()

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        self.features = round(HIDDEN * width)
        inputs = 3
        for stage, published in CHANNELS.items():
            channels = [round(count * width) for count in published]
            self.add_module(stage, _stage(inputs, channels))
            inputs = channels[-1]
        self.fc6 = _full(inputs * GRID**2, self.features)
        self.fc7 = _full(self.features, self.features)
        initialise(self)

    def forward(self, x: Tensor, mix: Mix = unmixed) -> Tensor:
        """(N, 3, H, W) to the last maps, (N, C, H/32, W/32); pictures are not mixed."""
        del mix
        for stage in CHANNELS:
            x = self.get_submodule(stage)(x)
        return x

    def pooled(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) to (N, D)."""
        cells = functional.interpolate(maps, (GRID, GRID), mode="bilinear")
        features: Tensor = self.fc7(self.fc6(cells.flatten(1)))
        return features


def _stage(inputs: int, channels: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for outputs in channels:
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True)]
        inputs = outputs
    return nn.Sequential(*layers, nn.MaxPool2d(2))


def _full(inputs: int, outputs: int) -> nn.Sequential:
    layer = nn.Linear(inputs, outputs)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)
    return nn.Sequential(layer, nn.ReLU(inplace=True), nn.Dropout(DROPOUT))
