"""YOLOX-nano as a student: begun from the published weights it needs few pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor, nn

from aisle.models.yolox import YoloxNano, begin_from
from aisle.objects.family import Reader
from aisle.objects.yolox import YOLOX
from aisle.train.detector import DetectorRecipe
from aisle.train.yolox_loss import Truth, yolox_loss

SIDE = 416


class YoloxStudent:
    """See aisle.train.detector.Student. `begin` is a published ONNX file; None begins at random."""

    family, title, stretches, outputs = "yolox", "YOLOX-nano", False, ("output",)
    recipe = DetectorRecipe(epochs=80, batch=4, rate=1e-3)

    def __init__(self, classes: int, begin: Path | None, side: int = SIDE) -> None:
        self.network, self.side, self._classes = YoloxNano(classes), side, classes
        if begin is not None:
            begin_from(self.network, begin)

    def loss(self, pictures: Tensor, truth: Sequence[Truth]) -> Tensor:
        """See Student."""
        answers = self.network(pictures.flip(1))
        return yolox_loss(answers, truth, *pictures.shape[2:])

    def rates(self, rate: float) -> list[dict[str, object]]:
        """What is new learns ten times as fast."""
        new = {id(weight) for head in self.network.heads for weight in head.classes.parameters()}  # type: ignore[union-attr]
        parts: tuple[list[nn.Parameter], list[nn.Parameter]] = ([], [])
        for weight in self.network.parameters():
            parts[id(weight) in new].append(weight)
        return [{"params": parts[0], "lr": rate}, {"params": parts[1], "lr": 10 * rate}]

    def exported(self) -> nn.Module:
        return self.network

    def reader(self) -> Reader:
        return YOLOX((self.side, self.side), classes=self._classes)
