"""How unlike normal rows are. A scorer learns from normal rows alone, and is arrays only once it has learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from aisle.core.sightings import Sightings

Floats = npt.NDArray[np.float32]


class Scorer(Protocol):
    """A higher score is less like normal; 0 is as normal as can be."""

    @property
    def name(self) -> str: ...

    @classmethod
    def fit(cls, normal: Sightings, *, seed: int = 0) -> Self:
        """Raises InputError where there are too few rows to learn from."""
        ...

    def score(self, sightings: Sightings) -> Floats:
        """(M,), at least 0, of the rows of `sightings`."""
        ...

    def arrays(self) -> Mapping[str, Floats]:
        """All that it learnt, for `read`."""
        ...

    @classmethod
    def read(cls, arrays: Mapping[str, Floats]) -> Self:
        """Raises KeyError for an array that is missing."""
        ...
