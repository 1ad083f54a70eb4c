"""What a score means: how rarely normal video reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from aisle.core.errors import InputError

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

FROM, UNTIL = 0.8, 0.98
"""The tail begins at the first share of normal scores and is told by those up to the second: a fiftieth may be
anything, such as what should not have been in the training folder, and moves nothing.
"""

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
        """Of normal `scores` (M,): shares are counted up to `FROM`; beyond, the scale is the likeliest of an
        exponential tail of which what lies past `UNTIL` was only seen to lie there. Raises InputError for no scores.
        """
        if not len(scores):
            raise InputError("there is no normal video to calibrate on", got="0 scores", allowed="1 or more")
        ordered = np.sort(scores.astype(np.float64))
        shares = np.linspace(0, FROM, KNOTS)
        levels = np.quantile(ordered, shares)
        rising = np.insert(np.diff(levels) > 0, 0, values=True)  # of equal levels the first: all that reach it do so
        begin, end = levels[-1], np.quantile(ordered, UNTIL)
        beyond = np.minimum(ordered[ordered > begin], end) - begin
        known = int((ordered[ordered > begin] <= end).sum())
        scale = float(beyond.sum()) / max(known, 1)
        least = LEAST * max(abs(float(begin)), 1.0)
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
