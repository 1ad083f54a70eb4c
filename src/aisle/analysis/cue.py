"""What of a video can be usual or not: a cue looks at its pictures, or at what the backbone said of them, and gives
rows of numbers for each step of the backbone (aisle.core.sightings).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aisle.core.sightings import Sightings

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class Look(Protocol):
    """A cue at one video, or one camera, as it comes."""

    def push(self, frames: Bytes, features: Floats, *, last: bool) -> Sightings:
        """Takes (T, H, W, 3) RGB that follow the pictures before, T a multiple of the stride, and the backbone's
        features (N, D) of the steps that became sure with them; the two need not be of the same steps.

        Returns what was seen in the steps that are now sure, which follow those it gave before. With `last` that is up
        to the end.
        """
        ...


class Cue(Protocol):
    """Something to look at, by the name that cards tell it by."""

    @property
    def name(self) -> str: ...

    def start(self, stride: int, rate: Fraction) -> Look:
        """A look at another video, whose steps have `stride` pictures each, `rate` of them a second."""
        ...


def joined(parts: list[Sightings]) -> Sightings:
    """What was seen in steps that follow each other. Raises ValueError for none."""
    before = np.cumsum([0, *(part.count for part in parts)])
    return Sightings(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.steps + first for part, first in zip(parts, before[:-1], strict=True)]),
        np.concatenate([part.places for part in parts]),
        int(before[-1]),
    )


def cells(rows: int, columns: int) -> Floats:
    """(rows * columns, 4): the places of a grid over the picture, row by row."""
    down, across = np.divmod(np.arange(rows * columns), columns)
    corners = [across / columns, down / rows, (across + 1) / columns, (down + 1) / rows]
    return np.stack(corners, axis=1).astype(np.float32)
