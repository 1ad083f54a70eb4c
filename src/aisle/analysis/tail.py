"""What a score means: how rarely normal video reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from aisle.core.errors import InputError

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

UNTIL = 0.98
"""Up to this share of normal scores surprises are counted. What lies beyond may be anything, such as what should not
have been in the training folder: of that the lowest quarter tells how fast the tail falls.
"""

QUARTER = 0.25

COUNTED = (0.9, 0.95, UNTIL)
"""Shares at which surprises are told, beside `KNOTS` even ones up to four fifths."""

KNOTS = 32
LEAST = 1e-6
"""How thin a tail may be, in its own scores: so constant ones can be told from others."""


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """The surprise of a score s is -log P(a normal score >= s). Up to the last of `levels` (K,), which rise, it is read
    off the line through the `surprises` (K,) there; beyond it grows by 1 every `scale`, as an exponential tail does.
    """

    levels: Doubles
    surprises: Doubles
    scale: float

    @classmethod
    def fit(cls, scores: Floats) -> Self:
        """Of normal `scores` (M,). Raises InputError for no scores."""
        if not len(scores):
            raise InputError("there is no normal video to calibrate on", got="0 scores", allowed="1 or more")
        ordered = np.sort(scores.astype(np.float64))
        shares = np.append(np.linspace(0, 0.8, KNOTS), COUNTED)
        levels = np.quantile(ordered, shares)
        rising = np.insert(np.diff(levels) > 0, 0, values=True)  # of equal levels the first: all that reach it do so
        beyond = ordered[ordered > levels[-1]] - levels[-1]
        lowest = float(np.quantile(beyond, QUARTER, method="lower")) if len(beyond) else 0.0
        usual = float(levels[-1] - levels[-2]) / np.log((1 - COUNTED[-2]) / (1 - UNTIL))
        scale = max(lowest / -np.log(1 - QUARTER), usual)
        least = LEAST * max(abs(float(levels[-1])), 1.0)
        return cls(levels[rising], -np.log1p(-shares[rising]), max(scale, least))

    def joined(self, other: Tail) -> Tail:
        """What is surprising by both: the lower of their surprises."""
        levels = np.union1d(self.levels, other.levels)
        lower = np.minimum(self.surprise(levels), other.surprise(levels)).astype(np.float64)
        return Tail(levels, np.maximum.accumulate(lower), max(self.scale, other.scale))

    def surprise(self, scores: Floats | Doubles) -> Floats:
        """(M,), 0 or more, of any `scores` (M,); never falls where these rise."""
        inside = np.interp(scores, self.levels, self.surprises)
        beyond = np.maximum(scores.astype(np.float64) - self.levels[-1], 0) / self.scale
        found: Floats = (inside + beyond).astype(np.float32)
        return found
