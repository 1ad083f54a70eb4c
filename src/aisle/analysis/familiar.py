"""What stays in a place where it never stayed: looks of each part of the picture apart (`aisle.analysis.cue_scene`).

A busy place, such as a shelf from which things are taken, may change more than an even one, such as a floor. What is
not familiar counts by how long it has kept still, as people pass and stand; where much of the picture is not, at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from aisle.analysis.cue_scene import grids
from aisle.core.errors import InputError
from aisle.core.sightings import Sightings

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

SIDE = 64
"""Places are told apart by the part of a picture of so many rows and columns in which their middle lies."""

SETTLED, CALM = 2.0, 0.5
"""Seconds of stillness from which a look is remembered, and from which a look counts."""

KEPT, APART = 24, 6.0
"""Looks of a place that are remembered, and levels, 0 to 255, by which each differs from those before."""

NOISE, BUSY = 4.0, 4.0
"""Levels that a look may differ from a remembered one and be as usual as can be, and the contrast within a look, in
levels, by which a difference counts half.
"""

MOST, LONGEST = 8.0, 2.0
"""Levels, and seconds of stillness, beyond which a look is not stranger: how large it is tells more."""

STRANGE = 2.0
"""From so many levels on, of those that count, a part of the picture is not familiar."""

HIDDEN = (0.3, 0.6)
"""The shares of such parts between which the view becomes hidden."""


@dataclass(frozen=True, slots=True, eq=False)
class Familiar:
    """`looks` (P, K, D) of the places numbered `places` (P,), which rise; nan where fewer are remembered."""

    places: Ints
    looks: Floats
    name = "familiar"

    @classmethod
    def fit(cls, normal: Sightings, *, seed: int = 0) -> Self:
        """See aisle.analysis.scorer.Scorer; nothing is drawn."""
        del seed
        if not len(normal.values):
            raise InputError("too little was seen to learn what is normal", got="0 rows", allowed="1 or more")
        ages = normal.values[:, -1]
        settled = ages >= min(SETTLED, float(ages.max()))  # of a shorter video what was still for longest
        values, numbers = normal.values[settled], _numbers(normal.places[settled])
        order = np.argsort(numbers, kind="stable")
        places, first = np.unique(numbers[order], return_index=True)
        return cls(places, np.stack([_kept(part) for part in np.split(values[order], first[1:])]))

    def extended(self, normal: Sightings, *, seed: int = 0) -> Familiar:
        """The same with the looks of `normal` beside what is remembered, of which nothing is forgotten: what one camera
        knows passes on the other too.
        """
        new = Familiar.fit(normal, seed=seed)
        places, known = np.union1d(self.places, new.places), self.looks.shape[1]
        looks = np.full((len(places), known + new.looks.shape[1], new.looks.shape[2]), np.nan, np.float32)
        looks[np.searchsorted(places, self.places), :known] = self.looks
        looks[np.searchsorted(places, new.places), known:] = new.looks
        return Familiar(places, looks)

    def score(self, sightings: Sightings) -> Floats:
        """See aisle.analysis.scorer.Scorer: levels of difference times seconds, the mean of the square of four cells in
        which it is highest: one cell alone is a product that was taken. What lies where nothing ever kept still is as
        usual as can be.
        """
        strange = self._strange(sightings)
        rows = np.bincount(sightings.steps, minlength=sightings.count)
        share = np.bincount(sightings.steps, strange > STRANGE, sightings.count) / np.maximum(rows, 1)
        hidden = np.clip((share - HIDDEN[0]) / (HIDDEN[1] - HIDDEN[0]), 0, 1)
        ages = np.where(sightings.values[:, -1] >= CALM, sightings.values[:, -1], 0)
        lasting = np.maximum(np.minimum(ages, LONGEST), LONGEST * hidden[sightings.steps])
        return _pooled((np.minimum(strange, MOST) * lasting).astype(np.float32), sightings)

    def _strange(self, sightings: Sightings) -> Floats:
        """(M,): levels by which each row differs from all that is remembered of its place, less in a busy one."""
        found, numbers = np.zeros(len(sightings.values), np.float32), _numbers(sightings.places)
        at = np.minimum(np.searchsorted(self.places, numbers), len(self.places) - 1)
        known = np.flatnonzero(self.places[at] == numbers)
        for rows in np.array_split(known, len(known) // 2048 + 1):
            looks = self.looks[at[rows]]
            apart = _apart(sightings.values[rows, None, :-1], looks)
            apart[np.isnan(apart)] = np.inf
            nearest = apart.argmin(1) if len(rows) else np.empty(0, np.int64)
            each = np.arange(len(rows))
            contrast = looks[each, nearest, :-2].std(1)
            found[rows] = np.maximum(apart[each, nearest] - NOISE, 0) / (1 + contrast / BUSY)
        return found

    def arrays(self) -> Mapping[str, Floats]:
        """See aisle.analysis.scorer.Scorer."""
        return {"places": self.places.astype(np.float32), "looks": self.looks}

    @classmethod
    def read(cls, arrays: Mapping[str, Floats]) -> Self:
        """See aisle.analysis.scorer.Scorer."""
        return cls(arrays["places"].astype(np.int64), arrays["looks"])


def _pooled(values: Floats, sightings: Sightings) -> Floats:
    """(M,): of each cell the highest mean of the four squares of four cells that it is part of."""
    pooled = np.zeros(len(values), np.float32)
    for _, rows in grids(sightings):
        grid = np.pad(values[rows], ((0, 0), (1, 1), (1, 1)))
        squares = (grid[:, 1:, 1:] + grid[:, 1:, :-1] + grid[:, :-1, 1:] + grid[:, :-1, :-1]) / 4
        corners = [squares[:, 1:, 1:], squares[:, 1:, :-1], squares[:, :-1, 1:], squares[:, :-1, :-1]]
        pooled[rows] = np.max(corners, axis=0)
    return pooled


def _numbers(places: Floats) -> Ints:
    """(M,): the part of the picture in which the middle of each of `places` (M, 4) lies."""
    middle = (places[:, :2] + places[:, 2:]) / 2
    across, down = np.clip((middle * SIDE).astype(np.int64), 0, SIDE - 1).T
    numbers: Ints = down * SIDE + across
    return numbers


def _apart(looks: Floats, others: Floats) -> Floats:
    """The root of the mean square difference along the last axis."""
    found: Floats = np.sqrt(np.square(looks - others).mean(-1))
    return found


def _kept(rows: Floats) -> Floats:
    """(KEPT, D): looks of one place, first what was still for longest, then each the farthest from those before."""
    looks = rows[np.argsort(-rows[:, -1], kind="stable"), :-1]
    kept = np.full((KEPT, looks.shape[1]), np.nan, np.float32)
    far, new = np.full(len(looks), np.inf, np.float32), 0
    for place in range(KEPT):
        kept[place] = looks[new]
        far = np.minimum(far, _apart(looks, looks[new]))
        new = int(far.argmax())
        if far[new] < APART:
            break
    return kept
