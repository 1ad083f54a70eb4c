"""What describes stretches of a video for a search: a describer is one file, and its rows go into an index as they are.

Shapes: N stretches, D numbers each.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aisle.core import Features, Progress, silent
from aisle.core.time_map import Stretch
from aisle.media.read import Read, Reader
from aisle.search.records import Recipe

Floats = npt.NDArray[np.float32]


class Describer(Protocol):
    """`recipe` says what its rows are, and changes whenever they would."""

    @property
    def recipe(self) -> Recipe: ...

    def rows(
        self, video: Path, stretches: Sequence[Stretch], *, progress: Progress = silent, read: Read = Reader
    ) -> Floats:
        """(N, D) raw rows of `stretches`, from one pass over as much of the video, opened by `read`, as they need;
        `progress` hears its seconds. Raises InputError where nothing of it can be read.
        """
        ...


def span(stretches: Sequence[Stretch]) -> Stretch:
    """All of the video that they need."""
    return Stretch(min(one.start for one in stretches), max(one.end for one in stretches))


def averaged(features: Features, stretches: Sequence[Stretch], weights: Floats | None = None) -> Floats:
    """(N, D): the mean of the cells that each stretch overlaps, each counted by how much it does and by its weight in
    `weights` (cells,); of a stretch that lies beyond all of them, the nearest cell.
    """
    grid = features.grid
    starts = np.array([float(grid.start + at * grid.step) for at in range(grid.count)])
    ends = starts + float(grid.span)
    found = np.empty((len(stretches), features.values.shape[1]), np.float32)
    for row, stretch in enumerate(stretches):
        first, last = float(stretch.start), float(stretch.end)
        share = np.clip(np.minimum(ends, last) - np.maximum(starts, first), 0, None)
        if not share.any():
            share[np.abs((starts + ends) / 2 - (first + last) / 2).argmin()] = 1
        if weights is not None:
            share = share * weights
        found[row] = (share @ features.values) / share.sum()
    return found


def moved(stretches: Sequence[Stretch], by: Fraction) -> list[Stretch]:
    """Each `by` seconds earlier."""
    return [Stretch(max(one.start - by, Fraction(0)), one.end - by) for one in stretches]
