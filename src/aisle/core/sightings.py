"""What was seen in the steps of a video that may be usual or not: rows of numbers, each with its step and its place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aisle.core.errors import UsageError

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """`values` is M x D float32. Row i was seen in step `steps[i]`, 0 to `count` - 1 in order, at `places[i]`: left,
    top, right and bottom as shares of the picture.

    One step may have any number of rows, none too: those of the whole picture have one, those of a grid one for each
    cell, those of people one for each.
    """

    values: Floats
    steps: Ints
    places: Floats
    count: int

    def __post_init__(self) -> None:
        rows = len(self.values)
        if self.values.ndim != 2 or self.steps.shape != (rows,) or self.places.shape != (rows, 4):
            got = f"values {self.values.shape}, steps {self.steps.shape}, places {self.places.shape}"
            raise UsageError("sightings do not fit each other", got=got, allowed="(M, D), (M,) and (M, 4)")
        if rows and not (self.steps[0] >= 0 and self.steps[-1] < self.count and (np.diff(self.steps) >= 0).all()):
            got = f"steps {self.steps[0]} to {self.steps[-1]}"
            raise UsageError("sightings are of other steps", got=got, allowed=f"0 to {self.count - 1}, in order")

    def most(self, scores: Floats, *, least: float = 0.0) -> Floats:
        """(count,): the highest of the rows' `scores` (M,) in each step, `least` where it has no row."""
        found = np.full(self.count, least, np.float32)
        np.maximum.at(found, self.steps, scores)
        return found
