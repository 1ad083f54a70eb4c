"""What a network that learnt from unlabelled video cannot reconstruct or predict, or what its discriminator doubts: one
row for each part of the picture. Knows no networks: it is given what computes the map of a window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from aisle.analysis.cue import Bytes, Floats, cells
from aisle.core.sightings import Sightings

ROWS, COLUMNS = 6, 8
"""Parts of the picture; the maps are small."""


@dataclass(frozen=True, slots=True)
class PixelsCue:
    """See aisle.analysis.cue.Cue. `mapped` makes of a window (T, H, W, 3) of `frames` pictures, `rate` a second, a map
    of any size, the higher the less was expected there.
    """

    name: str
    mapped: Callable[[Bytes], Floats]
    frames: int
    rate: Fraction

    def start(self, stride: int, rate: Fraction) -> PixelsLook:
        """See aisle.analysis.cue.Cue."""
        return PixelsLook(self, stride, max(round(rate / self.rate), 1))


class PixelsLook:
    """Each step is told by the window that ends with it; before the video begins, its first picture is held."""

    def __init__(self, cue: PixelsCue, stride: int, hop: int) -> None:
        self._cue, self._stride, self._hop = cue, stride, hop
        self._kept: Bytes | None = None

    def push(self, frames: Bytes, features: Floats, *, last: bool) -> Sightings:
        """See aisle.analysis.cue.Look."""
        del features, last
        reach = (self._cue.frames - 1) * self._hop + 1
        before = np.repeat(frames[:1], reach, axis=0) if self._kept is None else self._kept
        seen = np.concatenate([before, frames])
        self._kept = seen[len(seen) - reach :]
        count = len(frames) // self._stride
        ends = len(before) + self._stride * np.arange(1, count + 1)
        values = [_pooled(self._cue.mapped(seen[end - reach : end][:: self._hop])) for end in ends]
        steps = np.repeat(np.arange(count), ROWS * COLUMNS)
        places = np.tile(cells(ROWS, COLUMNS), (count, 1))
        return Sightings(np.concatenate(values)[:, None].astype(np.float32), steps, places, count)


def _pooled(found: Floats) -> Floats:
    """(h, w) to (ROWS * COLUMNS,): means of the parts."""
    down = np.array_split(np.arange(found.shape[0]), ROWS)
    across = np.array_split(np.arange(found.shape[1]), COLUMNS)
    parts = [
        found[np.ix_(rows, columns)].mean() if len(rows) and len(columns) else 0 for rows in down for columns in across
    ]
    return np.array(parts, np.float32)
