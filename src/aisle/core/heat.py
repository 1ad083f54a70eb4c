"""Where in the picture something is unusual, as the steps of a video have it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.core.errors import UsageError
from aisle.core.time import Grid

Floats = npt.NDArray[np.float32]

Place = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of the picture's width and height, half-open."""

EVERYWHERE: Place = (0.0, 0.0, 1.0, 1.0)

HOT = 0.5
"""Of the hottest cell of a step: what belongs to its place."""


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """`values` is (N, h, w) float32, 0 to 1: the risk of each part of the picture at each of the N cells of `grid`.

    The parts cut the picture into h rows and w columns of equal size.
    """

    values: Floats
    grid: Grid

    def __post_init__(self) -> None:
        if self.values.ndim != 3 or len(self.values) != self.grid.count:
            raise UsageError(
                "heat does not fit its grid", got=self.values.shape, allowed=f"({self.grid.count}, rows, columns)"
            )

    def at(self, time: Fraction) -> Floats:
        """(h, w) at a second of the video. Raises UsageError where there is no step."""
        found: Floats = self.values[self.grid.index(time)]
        return found


def place_of(heat: Floats) -> Place:
    """The box around the hottest part of `heat` (h, w): its hottest cell, and all that touches it, by side or corner,
    and has at least `HOT` of its heat. Everywhere where nothing is hot.
    """
    rows, columns = heat.shape
    hottest = int(heat.argmax())
    if not heat.flat[hottest] > 0:
        return EVERYWHERE
    hot, group = heat >= HOT * heat.flat[hottest], {divmod(hottest, columns)}
    border = list(group)
    while border:
        row, column = border.pop()
        near = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} - group
        found = [(y, x) for y, x in near if 0 <= y < rows and 0 <= x < columns and hot[y, x]]
        group.update(found)
        border += found
    down, across = zip(*group, strict=True)
    return min(across) / columns, min(down) / rows, (max(across) + 1) / columns, (max(down) + 1) / rows
