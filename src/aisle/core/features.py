"""What a network says along a video: feature vectors and class scores on a time grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aisle.core.errors import UsageError
from aisle.core.labels import LabelSet
from aisle.core.time import Grid

Floats = npt.NDArray[np.float32]


def _check(values: Floats, grid: Grid, width: int | None) -> None:
    if values.ndim != 2 or len(values) != grid.count or (width is not None and values.shape[1] != width):
        raise UsageError(
            "values do not fit their grid", got=values.shape, allowed=f"({grid.count}, {'any' if width is None else width})"
        )
    if not np.isfinite(values).all():
        raise UsageError("values are not finite", got=f"{int((~np.isfinite(values)).sum())} NaN or infinite numbers")


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """`values` is N x D float32, one row a cell of `grid`; `producer` is the fingerprint of the bundle behind them."""

    values: Floats
    grid: Grid
    producer: str

    def __post_init__(self) -> None:
        _check(self.values, self.grid, None)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """`values` is N x C float32, probabilities along `labels`, one row a cell of `grid`."""

    values: Floats
    grid: Grid
    labels: LabelSet

    def __post_init__(self) -> None:
        _check(self.values, self.grid, len(self.labels))
