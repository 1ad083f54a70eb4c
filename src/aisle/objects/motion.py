"""What moves before a camera that does not: differences from what a place usually looks like. Knows no people.

It also finds what was put down or taken away, shadows, and everything at once when the light goes on; for privacy that
is the right way to err. What stands still for most of a minute becomes part of the place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image as Canvas

from aisle.core.boxes import Boxes
from aisle.core.video import Image

Small = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]
Cells = npt.NDArray[np.bool_]

SHORT = 96  # pixels of the short side of what is compared
CELL = 6  # of these pixels
_SAMPLED = 60  # pictures that the usual look of a stretch is taken from
_LEAST, _NOISES = 8, 4.0  # difference that counts, of 255 and of a pixel's own noise
_SHARE = 0.08  # of a cell's pixels


def small(image: Image) -> Small:
    """A picture as it is kept for comparison, about 50 kB: (h, w, 3), int16, both sides multiples of a cell."""
    scale = SHORT / min(image.shape[:2])
    height, width = (max(round(side * scale / CELL), 1) * CELL for side in image.shape[:2])
    return np.asarray(Canvas.fromarray(image).resize((width, height), Canvas.Resampling.BOX), np.int16)


def spread(pictures: Sequence[Small], look: Floats) -> Floats:
    """How far each pixel is from its usual `look`: also where somebody stands in half of the pictures."""
    noise: Floats = np.median(np.abs(_sampled(pictures) - look), axis=0) * 1.48
    return noise


def flicker(pictures: Sequence[Small], look: Floats) -> Floats:
    """How much each pixel changes from one picture to the next: not where somebody stands, however long."""
    if len(pictures) == 1:
        return np.zeros_like(look)
    steps = _sampled([after - before for before, after in pairwise(pictures)])
    noise: Floats = np.median(np.abs(steps), axis=0) * 1.48
    return noise


class Place:
    """The usual look of a stretch of video, the median of its pictures, and what `noise` each pixel has there."""

    def __init__(self, pictures: Sequence[Small], noise: Callable[[Sequence[Small], Floats], Floats] = spread) -> None:
        self._look: Floats = np.median(_sampled(pictures), axis=0)
        self._limit = np.maximum(noise(pictures, self._look) * _NOISES, _LEAST)

    def strange(self, picture: Small) -> Cells:
        """(rows, columns) of cells: which do not look as usual, whatever the brightness of the whole."""
        return self.changed(self._look, picture)

    def changed(self, before: Floats | Small, picture: Small) -> Cells:
        """Which cells differ between two pictures by more than they flicker here, whatever the whole's brightness."""
        change = picture - before
        change = change - np.median(change, axis=(0, 1))
        differs = (np.abs(change) > self._limit).any(axis=2)
        rows, columns = differs.shape[0] // CELL, differs.shape[1] // CELL
        cells: Cells = differs.reshape(rows, CELL, columns, CELL).mean(axis=(1, 3)) > _SHARE
        return cells


def _sampled(pictures: Sequence[Small]) -> Small:
    return np.stack(pictures[:: max(len(pictures) // _SAMPLED, 1)])


def boxes_of(strange: Cells, width: int, height: int) -> Boxes:
    """A box around each group of cells that touch, with one more cell on every side, in a picture of this size."""
    rows, columns = strange.shape
    scale = np.array([width / columns, height / rows] * 2)
    groups = [_around(group) for group in _groups(strange)]
    corners = np.array(groups, np.float64).reshape(-1, 4) + np.array([-1, -1, 2, 2])
    return Boxes((corners * scale).astype(np.float32), np.ones(len(groups), np.float32))


def _around(group: list[tuple[int, int]]) -> tuple[int, int, int, int]:
    rows, columns = zip(*group, strict=True)
    return min(columns), min(rows), max(columns), max(rows)


def _groups(strange: Cells) -> list[list[tuple[int, int]]]:
    left = {(int(row), int(column)) for row, column in np.argwhere(strange)}
    groups = []
    while left:
        group, border = [], [left.pop()]
        while border:
            row, column = border.pop()
            group.append((row, column))
            near = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left
            left -= near
            border += near
        groups.append(group)
    return groups
