"""Figures that may be undefined, as 0/0 is: nan while computing, None in reports, null in JSON, which knows no nan."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """part / whole, element by element; nan where `whole` is 0."""
    above, below = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    shares: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)
    return shares


def mean(values: Floats) -> float:
    """Of the defined ones of `values` (any shape); nan if none is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else math.nan


def known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
