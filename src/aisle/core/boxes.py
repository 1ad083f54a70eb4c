"""Rectangles in a picture, as a detector finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from aisle.core.errors import UsageError

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """`corners` is (N, 4) float32, left, top, right and bottom in pixels, half-open; `scores` is (N,), 0 to 1.

    A box may reach beyond the picture.
    """

    corners: Floats
    scores: Floats

    def __post_init__(self) -> None:
        if self.corners.ndim != 2 or self.corners.shape != (len(self.scores), 4):
            got = f"corners {self.corners.shape}, scores {self.scores.shape}"
            raise UsageError("boxes have four corners and a score each", got=got, allowed="(N, 4) and (N,)")

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def joined(cls, *several: Boxes) -> Self:
        """All boxes of `several`, in their order; none of none."""
        corners = [boxes.corners for boxes in several]
        scores = [boxes.scores for boxes in several]
        empty = np.empty((0, 4), np.float32)
        return cls(np.concatenate([empty, *corners]), np.concatenate([empty[:, 0], *scores]))


def intersection_over_union(first: Floats, second: Floats) -> npt.NDArray[np.float64]:
    """(N, M) for corners (N, 4) and (M, 4), 0 to 1; 0 for two boxes without an area."""
    low = np.maximum(first[:, np.newaxis, :2], second[:, :2])
    high = np.minimum(first[:, np.newaxis, 2:], second[:, 2:])
    shared: npt.NDArray[np.float64] = np.maximum(high - low, 0).prod(axis=2, dtype=np.float64)
    areas = [
        np.maximum(corners[:, 2:] - corners[:, :2], 0).prod(axis=1, dtype=np.float64) for corners in (first, second)
    ]
    union = areas[0][:, np.newaxis] + areas[1] - shared
    overlap: npt.NDArray[np.float64] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return overlap
