"""Nearest neighbours in a memory of normal rows that is thinned to a coreset.

Roth et al.: Towards Total Recall in Industrial Anomaly Detection (PatchCore), CVPR 2022: the memory and its greedy
coreset. Reiss and Hoshen: Attribute-based Representations for Accurate and Interpretable Video Anomaly Detection
(AI-VAD), 2022: neighbours of velocities, poses and deep features, each by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from aisle.analysis.whitened import Whitened
from aisle.core.sightings import Sightings

Floats = npt.NDArray[np.float32]

MEMORY = 1000
"""Rows that are kept: then a step costs less than a thousandth of its backbone."""

DRAWN = 20_000
"""Rows that a coreset is chosen from, drawn evenly where there are more."""

NEIGHBOURS = 3
"""A score is the mean distance to so many: one alone could be an outlier."""

BLOCK = 4096
"""Rows whose distances are in memory at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """`memory` (K, W) are rows as `whitened` gives them."""

    whitened: Whitened
    memory: Floats
    name = "knn"

    @classmethod
    def fit(cls, normal: Sightings, *, seed: int = 0, most: int = 64, local: float = 0.0, size: int = MEMORY) -> Self:
        """See aisle.analysis.scorer.Scorer and `Whitened` for `most` and `local`."""
        whitened = Whitened.fit(normal, most=most, local=local)
        return cls(whitened, coreset(whitened.rows(normal), size, seed=seed))

    def extended(self, normal: Sightings, *, seed: int = 0, size: int = MEMORY) -> Self:
        """The same with a coreset of `normal` beside what is remembered, of which nothing is forgotten."""
        rows = self.whitened.rows(normal)
        far = rows[distances(rows, self.memory, 1) > 0]
        added = coreset(far, size, seed=seed) if len(far) else far
        return type(self)(self.whitened, np.concatenate([self.memory, added]))

    def score(self, sightings: Sightings) -> Floats:
        """See aisle.analysis.scorer.Scorer: the mean distance to the nearest `NEIGHBOURS`."""
        return distances(self.whitened.rows(sightings), self.memory, NEIGHBOURS)

    def arrays(self) -> Mapping[str, Floats]:
        """See aisle.analysis.scorer.Scorer."""
        whitened = self.whitened
        local = np.array(whitened.local, np.float32)
        return {"centre": whitened.centre, "turn": whitened.turn, "local": local, "memory": self.memory}

    @classmethod
    def read(cls, arrays: Mapping[str, Floats]) -> Self:
        """See aisle.analysis.scorer.Scorer."""
        return cls(Whitened(arrays["centre"], arrays["turn"], float(arrays["local"])), arrays["memory"])


def coreset(rows: Floats, size: int, *, seed: int = 0) -> Floats:
    """`size` of `rows` (M, W), or all where they are fewer, such that no row is far from all of them: begun with the
    one next to the mean, each is the farthest from those before (Gonzalez 1985).
    """
    if len(rows) > DRAWN:
        rows = rows[np.sort(np.random.default_rng(seed).choice(len(rows), DRAWN, replace=False))]
    if len(rows) <= size:
        return rows
    lengths = np.square(rows).sum(1)
    chosen = [int((lengths - 2 * rows @ rows.mean(0)).argmin())]
    far = np.full(len(rows), np.inf, np.float32)
    while len(chosen) < size:
        last = rows[chosen[-1]]
        np.minimum(far, lengths + last @ last - 2 * rows @ last, out=far)
        far[chosen[-1]] = -1
        chosen.append(int(far.argmax()))
    kept: Floats = rows[chosen]
    return kept


def distances(rows: Floats, memory: Floats, neighbours: int) -> Floats:
    """(M,): the mean distance of `rows` (M, W) to the nearest of `memory` (K, W)."""
    count = min(neighbours, len(memory))
    lengths = np.square(memory).sum(1)
    found = np.empty(len(rows), np.float32)
    for first in range(0, len(rows), BLOCK):
        part = rows[first : first + BLOCK]
        squares = np.square(part).sum(1)[:, None] + lengths - 2 * part @ memory.T
        near = np.partition(squares, count - 1, axis=1)[:, :count]
        found[first : first + BLOCK] = np.sqrt(np.maximum(near, 0)).mean(1)
    return found
