"""What a network says along a video: feature vectors and class scores on a time grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aisle.core.errors import UsageError
from aisle.core.labels import LabelSet
from aisle.core.time import Grid

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """`values` is N x D float32, one row a cell of `grid`; `producer` is the fingerprint of the bundle behind them."""

    values: Floats
    grid: Grid
    producer: str

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or len(self.values) != self.grid.count:
            raise UsageError(
                "features do not fit their grid", got=self.values.shape, allowed=f"({self.grid.count}, any)"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """`values` is N x C float32, probabilities along `labels`, one row a cell of `grid`."""

    values: Floats
    grid: Grid
    labels: LabelSet

    def __post_init__(self) -> None:
        if self.values.shape != (self.grid.count, len(self.labels)):
            allowed = f"({self.grid.count}, {len(self.labels)})"
            raise UsageError("scores do not fit their grid and labels", got=self.values.shape, allowed=allowed)
