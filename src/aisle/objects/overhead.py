"""People seen from above: for each cell of one coarse grid whether the middle of somebody lies in it, and how large.

Zhou et al., "Objects as Points", arXiv:1904.07850, on one map. `aisle.train.overhead_networks` is the network; it was
trained on rendered shops, drawings, and knows no real people.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aisle.core.boxes import Boxes, Floats
from aisle.core.detections import PERSON
from aisle.core.video import Image
from aisle.objects.detector import corners_of, resized, sigmoid, singles
from aisle.objects.family import Array, Found, Signature, Wanted

TITLE = "people from above: pictures x 5 x cells"
SCORE = 0.4

_STRIDE = 8
_SIDES = 160, 216  # height, width, of a network that leaves them open
_ANSWER = 5  # numbers a cell: a logit, the middle's x and y within the cell, and the logarithms of width and height
_OVERLAP = 0.6


def claims(signature: Signature) -> bool:
    """One output, a map of five numbers a cell."""
    shapes = [port.shape for port in signature.outputs]
    return len(signature.inputs) == 1 and [(len(shape), shape[1:2]) for shape in shapes] == [(4, (_ANSWER,))]


def reader(signature: Signature, size: tuple[int, int] | None) -> Overhead:
    return Overhead(signature.sides() or size or _SIDES)


class Overhead:
    """A Reader; `sides` are (height, width)."""

    names = (PERSON,)
    classes: int | None = 1

    def __init__(self, sides: tuple[int, int]) -> None:
        self.sides = sides
        self.shapes: tuple[tuple[int, ...], ...] = ((3, *sides),)

    def prepared(self, image: Image) -> tuple[Array, ...]:
        """(3, height, width) float32, 0 to 255: the picture in the upper left, its shape kept, black beside it."""
        rows, columns = (max(round(side * self._scale(image)), 1) for side in image.shape[:2])
        pixels = np.zeros((*self.sides, 3), np.float32)
        pixels[:rows, :columns] = resized(image, columns, rows)
        return (pixels.transpose(2, 0, 1),)

    def found(self, answers: Sequence[Array], image: Image, *, score: float, wanted: Wanted) -> Found:
        """See Reader. A cell counts that is surer than its neighbours."""
        said: Floats = answers[0]
        scores = sigmoid(said[0])
        rows, columns = np.nonzero((scores >= score) & _tops(scores) & wanted[0])
        right, down, wide, high = said[1:, rows, columns]
        middles = np.stack([columns + right, rows + down, np.exp(wide), np.exp(high)], axis=1) * _STRIDE
        corners = np.clip(corners_of(middles) / self._scale(image), 0, np.tile(image.shape[1::-1], 2))
        boxes = Boxes(corners.astype(np.float32), scores[rows, columns])
        return Found(boxes, np.zeros(len(boxes), np.int64)).only(singles(boxes, _OVERLAP))

    def _scale(self, image: Image) -> float:
        (height, width), (rows, columns) = self.sides, image.shape[:2]
        return float(min(height / rows, width / columns))


def _tops(scores: Floats) -> npt.NDArray[np.bool_]:
    """Which cells (rows, columns) are not lower than any of the eight around them."""
    framed = np.pad(scores, 1)
    around = np.lib.stride_tricks.sliding_window_view(framed, (3, 3)).max(axis=(2, 3))
    tops: npt.NDArray[np.bool_] = scores >= around
    return tops
