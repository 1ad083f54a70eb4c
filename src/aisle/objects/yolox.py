"""YOLOX, whose answers are still to be decoded: for each cell of three grids a box, whether there is a thing, and what.

Ge et al., arXiv:2107.08430; Apache-2.0. Read as the publisher's demonstration reads it: the picture is brought into the
upper left of what the network takes, its shape kept and blue first, 0 to 255, and where it shrinks it is sampled, not
averaged; the best class of each cell counts, and of two of a class that overlap the better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aisle.core import InputError
from aisle.core.boxes import Boxes, Floats
from aisle.core.video import Image
from aisle.core.weights import WeightsSource
from aisle.objects.coco import COCO
from aisle.objects.detector import corners_of, sampled, singles
from aisle.objects.family import Array, Found, Published, Signature, Wanted

TITLE = "YOLOX: pictures x cells x (4 + 1 + classes)"
SCORE = 0.3

_ADDRESS = "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx"

PUBLISHED = {
    "yolox-nano": Published(
        WeightsSource(
            member="yolox_nano.onnx",
            member_sha256="c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d",
            megabytes=4,
            url=_ADDRESS,
        ),
        licence="Apache-2.0",
        copies=(
            WeightsSource(  # another export, by all appearances of the same network
                member="yolox_nano_coco.onnx",
                member_sha256="695e750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14",
                megabytes=4,
                url=_ADDRESS,
            ),
        ),
    )
}
"""The smallest, trained on COCO; published mAP 25.8 at 416 x 416."""

_STRIDES = (8, 16, 32)
_SIDES = 640, 640  # height, width, of a network that leaves them open
_GREY = 114
_BOX = 5  # numbers before the classes: middle x, y, width, height, and whether there is a thing
_OVERLAP = 0.45


def claims(signature: Signature) -> bool:
    """One output, with a row of at least one class for each cell of the grids."""
    match [port.shape for port in signature.outputs]:
        case [(_, rows, int(columns))] if len(signature.inputs) == 1 and columns > _BOX:
            sides = signature.sides()
            return sides is None or rows in (None, sum(len(grid) for grid, _ in _grids(*sides)))
    return False


def reader(signature: Signature, size: tuple[int, int] | None) -> YOLOX:
    columns = signature.outputs[0].shape[-1] or _BOX
    return YOLOX(signature.sides() or size or _SIDES, classes=columns - _BOX)


class YOLOX:
    """A Reader; `sides` are (height, width)."""

    def __init__(self, sides: tuple[int, int], *, classes: int) -> None:
        self.sides, self.classes = sides, classes
        self.names = COCO if classes == len(COCO) else ()
        self.shapes = ((3, *sides),)
        self._cells = np.concatenate([cells for cells, _ in _grids(*sides)]).astype(np.float32)
        self._strides = np.concatenate([np.full((len(cells), 1), stride) for cells, stride in _grids(*sides)])

    def prepared(self, image: Image) -> tuple[Array, ...]:
        """(3, height, width) float32."""
        height, width = image.shape[:2]
        scale = self._scale(image)
        rows, columns = (max(int(side * scale), 1) for side in (height, width))
        pixels = np.full((*self.sides, 3), _GREY, np.uint8)
        pixels[:rows, :columns] = sampled(image, columns, rows)
        return (pixels[..., ::-1].transpose(2, 0, 1).astype(np.float32),)

    def found(self, answers: Sequence[Array], image: Image, *, score: float, wanted: Wanted) -> Found:
        """See Reader. Raises InputError where the answers are not one a cell, as of networks of another kind that leave
        their number open.
        """
        rows: Floats = answers[0]
        if len(rows) != len(self._cells):
            height, width = self.sides
            raise InputError(
                "the network does not answer as a YOLOX does",
                got=f"{len(rows)} boxes",
                allowed=f"{len(self._cells)} for pictures of {width}x{height}",
                do="export a YOLOX, with its answers undecoded",
            )
        rows, cells, strides = (part[rows[:, 4] >= score] for part in (rows, self._cells, self._strides))
        classes = rows[:, _BOX:].argmax(axis=1) if len(rows) else np.empty(0, np.int64)
        scores = rows[:, 4] * rows[np.arange(len(rows)), _BOX + classes]
        kept = (scores >= score) & wanted[classes]
        rows, cells, strides, classes, scores = (part[kept] for part in (rows, cells, strides, classes, scores))
        middles = np.concatenate([rows[:, :2] + cells, np.exp(rows[:, 2:4])], axis=1) * strides
        corners = corners_of(middles) / self._scale(image)
        boxes = Boxes(corners.astype(np.float32), scores.astype(np.float32))
        return Found(boxes, classes).only(singles(boxes, _OVERLAP, classes))

    def _scale(self, image: Image) -> float:
        (height, width), (rows, columns) = self.sides, image.shape[:2]
        return float(min(height / rows, width / columns))


def _grids(height: int, width: int) -> list[tuple[Array, int]]:
    """The cells (N, 2) of each grid, x and y counted from 0, row by row, and how many pixels each is wide."""
    grids = []
    for stride in _STRIDES:
        rows, columns = np.mgrid[: height // stride, : width // stride]
        grids.append((np.stack([columns, rows], axis=-1).reshape(-1, 2), stride))
    return grids
