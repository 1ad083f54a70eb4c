"""How each part of the place looks while nothing moves in it: what lies there that did not, or what hides the view.

People pass and stand; a bag that is left, somebody who lies on the floor and a cloth over the lens stay. So each row is
the look of a cell and how long it has kept still: of use to a scorer that compares it with that very cell, such as
`aisle.analysis.familiar`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from aisle.analysis.cue import Bytes, Floats, Ints, cells
from aisle.core.sightings import Sightings
from aisle.media.opencv import opencv

ROWS = 12
"""Cells from top to bottom; they are about as wide as high."""

PATCH = 3
"""Pixels that are left of a cell, across and down."""

LOOKS = 6
"""Pictures a second, about, that are compared."""

LONG = 4.0
"""Seconds of stillness from which on it does not matter how much longer."""

STILL = 5.0
"""Levels of brightness, 0 to 255, by which no pixel of a still cell changes."""

MEMORY = 12
"""A cell is compared with the mean of about so many looks since it became still: a shadow that creeps is no change."""

COLUMNS = PATCH**2 + 3
"""Brightness of each pixel, both colours, and seconds of stillness."""


class SceneCue:
    """See aisle.analysis.cue.Cue. Raises MissingPartError without OpenCV."""

    name = "scene"

    def start(self, stride: int, rate: Fraction) -> SceneLook:
        """See aisle.analysis.cue.Cue."""
        return SceneLook(stride, rate)


class SceneLook:
    """Each row: the brightness of the pixels of a cell, its two colours, and for how many seconds it has been still."""

    def __init__(self, stride: int, rate: Fraction) -> None:
        self._cv2: Any = opencv("comparing pictures")
        self._stride, self._hop = stride, min(max(round(rate / LOOKS), 1), stride)
        self._pause = float(self._hop / rate)
        self._looks: Floats | None = None
        self._ages = np.empty(0, np.float32)

    def push(self, frames: Bytes, features: Floats, *, last: bool) -> Sightings:
        """See aisle.analysis.cue.Look."""
        del features, last
        count = len(frames) // self._stride
        columns = min(max(round(ROWS * frames.shape[2] / frames.shape[1]), 1), 4 * ROWS)
        values = []
        for step in range(count):
            for frame in frames[step * self._stride : (step + 1) * self._stride][self._hop - 1 :: self._hop]:
                self._compare(self._small(frame, columns))
            values.append(self._rows())
        steps = np.repeat(np.arange(count), [len(rows) for rows in values])
        places = np.tile(cells(ROWS, columns), (len(steps) // (ROWS * columns), 1))
        return Sightings(np.concatenate([np.empty((0, COLUMNS), np.float32), *values]), steps, places, count)

    def _small(self, frame: Bytes, columns: int) -> Floats:
        """(cells, 3, PATCH * PATCH): brightness and both colours."""
        size = PATCH * columns, PATCH * ROWS
        small = self._cv2.resize(frame, size, interpolation=self._cv2.INTER_AREA)
        planes = self._cv2.cvtColor(small, self._cv2.COLOR_RGB2YCrCb).astype(np.float32)
        cut = planes.reshape(ROWS, PATCH, columns, PATCH, 3).transpose(0, 2, 4, 1, 3)
        found: Floats = cut.reshape(ROWS * columns, 3, PATCH**2)
        return found

    def _compare(self, now: Floats) -> None:
        """Cells that changed begin anew."""
        if self._looks is None:
            self._looks, self._ages = now, np.zeros(len(now), np.float32)
            return
        same = np.abs(now[:, 0] - self._looks[:, 0]).max(1) < STILL
        self._ages = np.where(same, self._ages + 1, 0).astype(np.float32)
        share = (1 / (1 + np.minimum(self._ages, MEMORY)))[:, None, None].astype(np.float32)
        self._looks = self._looks + (now - self._looks) * share

    def _rows(self) -> Floats:
        if self._looks is None:
            return np.empty((0, COLUMNS), np.float32)
        ages = np.minimum(self._ages * self._pause, LONG)[:, None]
        rows: Floats = np.concatenate([self._looks[:, 0], self._looks[:, 1:].mean(2), ages], axis=1)
        return rows


def grids(seen: Sightings) -> Iterator[tuple[Ints, Ints]]:
    """Of the steps that have a row for each cell of a grid of one shape: which they are (N,), and which rows are theirs
    (N, ROWS, columns); the shape that most have first. Videos of several shapes have grids of several.
    """
    counts = np.bincount(seen.steps, minlength=seen.count)
    firsts = np.cumsum(counts) - counts
    sizes, often = np.unique(counts[counts > 0], return_counts=True)
    for size in sizes[np.argsort(-often, kind="stable")]:
        steps = np.flatnonzero(counts == size)
        yield steps, (firsts[steps, None] + np.arange(size)).reshape(len(steps), ROWS, -1)
