"""Rows of numbers of any units to rows that can be compared: centred, scaled, and turned to their main directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from aisle.core.errors import InputError
from aisle.core.sightings import Sightings

Floats = npt.NDArray[np.float32]

LEAST = 2
"""Rows that anything can be learnt from."""

SOFT = 0.01
"""Of the mean variance of the directions that are kept: what is added to each, so that noise is not blown up."""

DRAWN = 5000
"""Rows that the directions are told from, drawn evenly where there are more."""

FLOOR = 1e-6
"""Below this much of spread a number says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Whitened:
    """Rows x (M, D) become (x - `centre`) @ `turn`, (M, K) of about unit variance each, and K at most D. `local` more
    numbers stand behind: the middle of the row's place, so that what is usual here need not be usual there; the whole
    width of the picture counts as a distance of `local`.
    """

    centre: Floats
    turn: Floats
    local: float = 0.0

    @classmethod
    def fit(cls, normal: Sightings, *, most: int = 64, local: float = 0.0) -> Self:
        """By principal components of scaled rows, at most `most` of them. Raises InputError for less than two rows."""
        if len(normal.values) < LEAST:
            got = f"{len(normal.values)} rows"
            raise InputError("too little was seen to learn what is normal", got=got, allowed=f"{LEAST} or more")
        rows = normal.values[:: -(-len(normal.values) // DRAWN)].astype(np.float64)
        centre, spread = rows.mean(0), rows.std(0)
        scale = np.where(spread > FLOOR, 1 / np.maximum(spread, FLOOR), 0.0)
        variances, directions = _components((rows - centre) * scale, most)
        turn = scale[:, None] * directions / np.sqrt(variances + SOFT * variances.mean())
        return cls(centre.astype(np.float32), turn.astype(np.float32), local)

    def rows(self, sightings: Sightings) -> Floats:
        """(M, K), or (M, K + 2) with places."""
        turned: Floats = np.asarray((sightings.values - self.centre) @ self.turn, np.float32)
        if not self.local:
            return turned
        middle = (sightings.places[:, :2] + sightings.places[:, 2:]) / np.float32(2)
        placed: Floats = np.concatenate([turned, np.float32(self.local) * middle], axis=1)
        return placed


def _components(rows: npt.NDArray[np.float64], most: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Variances (K,) and directions (D, K), the largest first, of centred rows (M, D)."""
    count, width = rows.shape
    if width <= count:
        values, vectors = np.linalg.eigh(rows.T @ rows / count)
    else:  # the small matrix has the same components
        values, inner = np.linalg.eigh(rows @ rows.T / count)
        kept = values > FLOOR * max(values[-1], FLOOR)
        values, inner = values[kept], inner[:, kept]
        vectors = rows.T @ inner / np.sqrt(count * values)
    order = np.argsort(-values)[:most]
    return np.maximum(values[order], FLOOR), vectors[:, order]
