"""A detector that is small enough to learn coloured squares within seconds, in the place of YOLOX-nano."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aisle.objects.family import Reader
from aisle.objects.yolox import YOLOX
from aisle.train.boxes_augment import Augment
from aisle.train.detector import DetectorRecipe
from aisle.train.yolox_loss import Truth, yolox_loss


class TinyNetwork(nn.Module):
    """Answers as YoloxNano does, of pictures (B, 3, S, S)."""

    def __init__(self, classes: int, width: int = 24) -> None:
        super().__init__()
        self.eighth = nn.Sequential(*_halved(3, width), *_halved(width, width), *_halved(width, width))
        self.smaller = nn.ModuleList(nn.Sequential(*_halved(width, width)) for _ in range(2))
        self.heads = nn.ModuleList(nn.Conv2d(width, 5 + classes, 1) for _ in range(3))
        for head in self.heads:
            nn.init.constant_(head.bias[4:], -3.0)

    def forward(self, pictures: Tensor) -> Tensor:
        maps = [self.eighth(pictures / 128 - 1)]
        for smaller in self.smaller:
            maps.append(smaller(maps[-1]))
        said = torch.cat([head(one).flatten(2) for head, one in zip(self.heads, maps, strict=True)], 2).transpose(1, 2)
        return said if self.training else torch.cat([said[..., :4], said[..., 4:].sigmoid()], 2)


def _halved(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, 2, 1), nn.BatchNorm2d(outputs), nn.SiLU()]


class TinyStudent:
    """See aisle.train.detector.Student."""

    family, title, stretches, outputs = "yolox", "a tiny one", False, ("output",)
    recipe = DetectorRecipe(epochs=30, batch=4, rate=1e-2, mean=0.9, augment=Augment(mosaic=0.3, paste=0.3, turn=0))

    def __init__(self, classes: int = 2, side: int = 96) -> None:
        torch.manual_seed(0)
        self.network, self.side, self._classes = TinyNetwork(classes), side, classes

    def loss(self, pictures: Tensor, truth: Sequence[Truth]) -> Tensor:
        """See Student."""
        return yolox_loss(self.network(pictures.flip(1)), truth, *pictures.shape[2:])

    def rates(self, rate: float) -> list[dict[str, object]]:
        """See Student."""
        return [{"params": list(self.network.parameters()), "lr": rate}]

    def exported(self) -> nn.Module:
        return self.network

    def reader(self) -> Reader:
        return YOLOX((self.side, self.side), classes=self._classes)
