"""What stands out from the usual picture of a place: patches described by size, shape and stillness, and compared with
those of normal days. Of the rows of `aisle.analysis.cue_scene`.

Who lies on a floor, a bag that stays, two who are locked together and a cloth over the lens are patches of a size,
shape or stillness that nobody who shops has. One bundle may know several cameras: each picture is compared with the
usual one that it is most like, brightness and contrast of the whole set aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from aisle.analysis.cue_scene import PATCH, ROWS, grids
from aisle.analysis.nearest import Nearest
from aisle.core.errors import InputError
from aisle.core.sightings import Sightings
from aisle.media.opencv import opencv

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

LOOKED = 600
"""Pictures that the usual ones are told from, drawn evenly where there are more."""

ALIKE = 0.35
"""Median difference of two pictures of one place at most, in quartile ranges of brightness."""

RARE = 0.02
"""The share of pictures that a place needs to be one."""

STANDS_OUT = 0.6
"""Quartile ranges of brightness by which a pixel differs from the usual."""

SMALLEST = 8
"""Pixels of a patch, of the 36 from top to bottom."""

NEAR = 4.0
"""What the width of the picture counts beside a patch: it is compared with patches nearby rather."""

INSIDE = 3
"""Pixels of a cell's nine that a patch must have for the cell to be part of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """`usual` (B, H, W) are the usual pictures; `patches` compares, None where nothing ever stood out."""

    usual: Floats
    patches: Nearest | None
    name = "figures"

    @classmethod
    def fit(cls, normal: Sightings, *, seed: int = 0) -> Self:
        """See aisle.analysis.scorer.Scorer."""
        if not len(normal.values):
            raise InputError("too little was seen to learn what is normal", got="0 rows", allowed="1 or more")
        usual = _usual(_pictures(normal, next(grids(normal))[1])[0])
        found = _joined(_patches(normal, usual), normal.count)
        return cls(usual, Nearest.fit(found, seed=seed, local=NEAR) if len(found.values) > 1 else None)

    def extended(self, normal: Sightings, *, seed: int = 0) -> Figures:
        """The same with the places and patches of `normal` beside what is remembered, of which nothing is forgotten."""
        new = _usual(_pictures(normal, next(grids(normal))[1])[0])
        usual = np.concatenate([self.usual, new]) if new.shape[1:] == self.usual.shape[1:] else self.usual
        found = _joined(_patches(normal, usual), normal.count)
        if self.patches is None or not len(found.values):
            return Figures(usual, self.patches)
        return Figures(usual, self.patches.extended(found, seed=seed))

    def score(self, sightings: Sightings) -> Floats:
        """See aisle.analysis.scorer.Scorer: that of the least usual patch that a cell is part of, else 0."""
        patches = _patches(sightings, self.usual)
        found = np.zeros(len(sightings.values), np.float32)
        if not patches:
            return found
        rows = _joined(patches, sightings.count)
        scores = np.exp(rows.values[:, 0]) if self.patches is None else self.patches.score(rows)
        for patch, score in zip(patches, scores, strict=True):
            found[patch.cells] = np.maximum(found[patch.cells], score)
        return found

    def arrays(self) -> Mapping[str, Floats]:
        """See aisle.analysis.scorer.Scorer."""
        memory = {} if self.patches is None else self.patches.arrays()
        return {"usual": self.usual, **{f"patches_{name}": array for name, array in memory.items()}}

    @classmethod
    def read(cls, arrays: Mapping[str, Floats]) -> Self:
        """See aisle.analysis.scorer.Scorer."""
        own = {name.removeprefix("patches_"): array for name, array in arrays.items() if name.startswith("patches_")}
        return cls(arrays["usual"], Nearest.read(own) if own else None)


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """In `step`, at `place`: its numbers, and the rows of the sightings whose cells it covers."""

    step: int
    place: Floats
    numbers: Floats
    cells: Ints


def _pictures(seen: Sightings, rows: Ints) -> tuple[Floats, Floats]:
    """(N, H, W) each, of the `rows` (N, ROWS, columns): brightness, set against that of the whole picture, and seconds
    of stillness.
    """
    count, _, columns = rows.shape
    grid = seen.values[rows]
    pixels = grid[..., : PATCH**2].reshape(count, ROWS, columns, PATCH, PATCH).transpose(0, 1, 3, 2, 4)
    bright = pixels.reshape(count, ROWS * PATCH, columns * PATCH)
    low, middle, high = np.quantile(bright, [0.25, 0.5, 0.75], axis=(1, 2), keepdims=True)
    ages = grid[..., -1].repeat(PATCH, axis=1).repeat(PATCH, axis=2)
    return ((bright - middle) / np.maximum(high - low, 1)).astype(np.float32), ages


def _usual(pictures: Floats) -> Floats:
    """(B, H, W): of each place the median of the pictures (N, H, W) of it, in which those who pass are gone."""
    looked = pictures[:: -(-len(pictures) // LOOKED)]
    groups: list[list[Floats]] = []
    for picture in looked:
        same = [group for group in groups if np.median(np.abs(picture - group[0])) < ALIKE]
        if same:
            same[0].append(picture)
        else:
            groups.append([picture])
    least = min(RARE * len(looked), max(map(len, groups)))
    return np.stack([np.median(group, axis=0) for group in groups if len(group) >= least]).astype(np.float32)


def _patches(seen: Sightings, usual: Floats) -> list[_Patch]:
    """In order of the steps; none in pictures of another shape, of which nothing is known."""
    width = usual.shape[2]
    known = [(steps, rows) for steps, rows in grids(seen) if rows.shape[2] * PATCH == width]
    found = [patch for steps, rows in known for patch in _found(seen, steps, rows, usual)]
    return sorted(found, key=lambda patch: patch.step)


def _found(seen: Sightings, steps: Ints, rows: Ints, usual: Floats) -> Iterator[_Patch]:
    cv2: Any = opencv("comparing pictures")
    height, width = usual.shape[1:]
    shares = np.array([width, height] * 2, np.float32)
    for step, cells, picture, age in zip(steps.tolist(), rows, *_pictures(seen, rows), strict=True):
        apart = np.abs(picture - usual)
        differs = apart[np.median(apart, axis=(1, 2)).argmin()]
        mask = cv2.morphologyEx((differs > STANDS_OUT).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        _, labels, boxes, _ = cv2.connectedComponentsWithStats(mask)
        for number in np.flatnonzero(boxes[1:, 4] >= SMALLEST) + 1:
            inside = labels == number
            left, top, across, down, _ = boxes[number]
            place = np.array([left, top, left + across, top + down], np.float32) / shares
            counts = inside.reshape(ROWS, PATCH, width // PATCH, PATCH).sum((1, 3))
            yield _Patch(step, place, _numbers(inside, age), cells[counts >= min(INSIDE, counts.max())])


def _numbers(inside: npt.NDArray[np.bool_], age: Floats) -> Floats:
    """Logarithms of its pixels and of the lengths of its main axes, and how long it has been still."""
    spread = np.cov(np.stack(np.nonzero(inside))) + 0.1 * np.eye(2)
    axes = np.linalg.eigvalsh(spread)[::-1]
    return np.array([np.log(inside.sum()), *np.log(axes) / 2, age[inside].mean()], np.float32)


def _joined(patches: Sequence[_Patch], count: int) -> Sightings:
    values = np.stack([patch.numbers for patch in patches]) if patches else np.empty((0, 4), np.float32)
    places = np.stack([patch.place for patch in patches]) if patches else np.empty((0, 4), np.float32)
    return Sightings(values, np.array([patch.step for patch in patches], np.int64), places, count)
