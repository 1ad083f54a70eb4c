"""An error of reconstruction or prediction is a score already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from aisle.core.sightings import Sightings

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PlainError:
    """The first number of a row, and 0 where that is negative."""

    name = "error"

    @classmethod
    def fit(cls, normal: Sightings, *, seed: int = 0) -> Self:
        """See aisle.analysis.scorer.Scorer: there is nothing to learn."""
        del normal, seed
        return cls()

    def score(self, sightings: Sightings) -> Floats:
        """See aisle.analysis.scorer.Scorer."""
        found: Floats = np.maximum(sightings.values[:, 0], 0)
        return found

    def arrays(self) -> Mapping[str, Floats]:
        """See aisle.analysis.scorer.Scorer."""
        return {}

    @classmethod
    def read(cls, arrays: Mapping[str, Floats]) -> Self:
        """See aisle.analysis.scorer.Scorer."""
        del arrays
        return cls()
