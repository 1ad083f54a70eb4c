"""Gaussian mixtures of normal rows: fitted by scikit-learn, scored by numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from aisle.analysis.whitened import Whitened
from aisle.core.sightings import Sightings

Floats = npt.NDArray[np.float32]

COMPONENTS = 4
DRAWN = 20_000
"""Rows that a mixture is fitted to, drawn evenly where there are more."""

SOFT = 1e-2
"""Added to each variance; whitened rows have about 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """`means` (C, W) and `factors` (C, W, W), the Cholesky factors of the precisions, of C components in the space of
    the `whitened` rows; `logs` (C,) are log weights plus log determinants of the factors. `most` is the highest log
    density that a normal row had.
    """

    whitened: Whitened
    means: Floats
    factors: Floats
    logs: Floats
    most: float
    name = "gmm"

    @classmethod
    def fit(
        cls, normal: Sightings, *, seed: int = 0, most: int = 32, local: float = 0.0, components: int = COMPONENTS
    ) -> Self:
        """See aisle.analysis.scorer.Scorer and `Whitened` for `most` and `local`."""
        from sklearn.mixture import GaussianMixture

        whitened = Whitened.fit(normal, most=most, local=local)
        rows = whitened.rows(normal).astype(np.float64)
        if len(rows) > DRAWN:
            rows = rows[np.sort(np.random.default_rng(seed).choice(len(rows), DRAWN, replace=False))]
        count = min(components, max(len(rows) // (4 * rows.shape[1]), 1))
        found = GaussianMixture(count, reg_covar=SOFT, random_state=seed, init_params="k-means++").fit(rows)
        factors = found.precisions_cholesky_
        logs = np.log(found.weights_) + np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(1)
        scorer = cls(whitened, _f32(found.means_), _f32(factors), _f32(logs), 0.0)
        return cls(whitened, scorer.means, scorer.factors, scorer.logs, float(scorer.density(_f32(rows)).max()))

    def density(self, rows: Floats) -> Floats:
        """(M,): the log density of whitened `rows` (M, W)."""
        each = np.stack(
            [
                log - 0.5 * np.square((rows - mean) @ factor).sum(1)
                for mean, factor, log in zip(self.means, self.factors, self.logs, strict=True)
            ],
            axis=1,
        )
        most = each.max(1)
        total = most + np.log(np.exp(each - most[:, None]).sum(1)) - rows.shape[1] / 2 * np.log(2 * np.pi)
        found: Floats = total.astype(np.float32)
        return found

    def score(self, sightings: Sightings) -> Floats:
        """See aisle.analysis.scorer.Scorer: the root of how far the log density lies below the highest of normal, as a
        distance is the root of a Gaussian's.
        """
        lower = self.most - self.density(self.whitened.rows(sightings))
        distance: Floats = np.sqrt(np.maximum(lower, 0)).astype(np.float32)
        return distance

    def arrays(self) -> Mapping[str, Floats]:
        """See aisle.analysis.scorer.Scorer."""
        whitened = self.whitened
        single = {"local": np.array(whitened.local, np.float32), "most": np.array(self.most, np.float32)}
        return {
            "centre": whitened.centre,
            "turn": whitened.turn,
            "means": self.means,
            "factors": self.factors,
            "logs": self.logs,
            **single,
        }

    @classmethod
    def read(cls, arrays: Mapping[str, Floats]) -> Self:
        """See aisle.analysis.scorer.Scorer."""
        whitened = Whitened(arrays["centre"], arrays["turn"], float(arrays["local"]))
        return cls(whitened, arrays["means"], arrays["factors"], arrays["logs"], float(arrays["most"]))


def _f32(array: npt.NDArray[np.floating]) -> Floats:
    return array.astype(np.float32)
