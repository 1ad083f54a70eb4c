"""The first number of a step's rows, averaged by the areas where they were seen: a score of the picture as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from aisle.core.sightings import Sightings

Floats = npt.NDArray[np.float32]

LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class AreaMean:
    """The row with the highest number has the step's mean, the others their share of it: so they also say where."""

    name = "mean"

    @classmethod
    def fit(cls, normal: Sightings, *, seed: int = 0) -> Self:
        """See aisle.analysis.scorer.Scorer: there is nothing to learn."""
        del normal, seed
        return cls()

    def score(self, sightings: Sightings) -> Floats:
        """See aisle.analysis.scorer.Scorer. Numbers below 0 count as 0."""
        values = np.maximum(sightings.values[:, 0], 0)
        sides = sightings.places[:, 2:] - sightings.places[:, :2]
        areas, steps = sides[:, 0] * sides[:, 1], sightings.steps
        total = np.bincount(steps, areas, sightings.count)
        means = np.bincount(steps, areas * values, sightings.count) / np.maximum(total, LEAST)
        most = np.maximum(sightings.most(values), LEAST)
        found: Floats = (means[steps] * values / most[steps]).astype(np.float32)
        return found

    def arrays(self) -> Mapping[str, Floats]:
        """See aisle.analysis.scorer.Scorer."""
        return {}

    @classmethod
    def read(cls, arrays: Mapping[str, Floats]) -> Self:
        """See aisle.analysis.scorer.Scorer."""
        del arrays
        return cls()
