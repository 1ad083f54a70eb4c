"""Stretches of a video by what moves in them: features of a backbone, where much moves counting more.

Shapes: N stretches, T steps, D numbers a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.analysis.backbone import Producer
from aisle.analysis.describe import averaged, moved, span
from aisle.analysis.embed import embed
from aisle.core import Features, Progress, silent
from aisle.core.time_map import Stretch
from aisle.media.read import Read, Reader
from aisle.models.card import Block as Part
from aisle.search.records import Recipe
from aisle.search.space import Block

Floats = npt.NDArray[np.float32]

NAME = "motion"
AMOUNT = "motion"
"""What a backbone calls the number that says how much moves, where it has one."""

UNREAD, MOVING = "maximum", "where things move"
"""Blocks with the one in their names are left out, and where some have the other, those without it too: what stands
still is of the place (docs/log.md).
"""

DEEPEST = 2
"""Of those that are left so many are read, the deepest, which cards name first."""

_STILL = 1e-3  # in a still stretch all steps count alike


class Motion:
    """See aisle.analysis.describe.Describer; `backbone` looks."""

    def __init__(self, backbone: Producer, *, name: str = NAME, weight: float = 1.0) -> None:
        self._backbone = backbone
        self._columns = _read(backbone.blocks)
        share = weight / len(self._columns)
        blocks = tuple(Block(part, columns.shape[1], "features", share) for part, columns in self._columns.items())
        self._recipe = Recipe(name, f"{backbone.fingerprint}-by-motion", blocks)

    @property
    def recipe(self) -> Recipe:
        return self._recipe

    def rows(
        self, video: Path, stretches: Sequence[Stretch], *, progress: Progress = silent, read: Read = Reader
    ) -> Floats:
        """See aisle.analysis.describe.Describer."""
        whole = span(stretches)
        features = embed(video, self._backbone, start=whole.start, end=whole.end, progress=progress, read=read)
        return self.of(features, moved(stretches, whole.start))

    def of(self, features: Features, stretches: Sequence[Stretch]) -> Floats:
        """(N, D) of features that begin with the video."""
        amount = _amount(features.values, self._backbone.blocks)
        kept = np.concatenate([features.values[:, part].mean(1) for part in self._columns.values()], axis=1)
        return averaged(replace(features, values=kept), stretches, amount)


def _read(blocks: Sequence[Part]) -> dict[str, npt.NDArray[np.int64]]:
    """By the names of the blocks that are read their columns (times, width) of a step."""
    columns, first = {}, 0
    for block in blocks:
        columns[block.name] = np.arange(first, first + block.width * block.times).reshape(block.times, block.width)
        first += block.width * block.times
    plain = {name: each for name, each in columns.items() if name != AMOUNT and UNREAD not in name}
    moving = {name: each for name, each in plain.items() if MOVING in name}
    read = moving or plain or columns
    return dict(list(read.items())[:DEEPEST])


def _amount(values: Floats, blocks: Sequence[Part]) -> Floats | None:
    """(T,): how much moves at each step; None for a backbone that does not say so."""
    first = 0
    for block in blocks:
        if block.name == AMOUNT:
            amount: Floats = values[:, first] + np.float32(_STILL)
            return amount
        first += block.width * block.times
    return None
