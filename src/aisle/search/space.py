"""The space in which a collection is searched: raw numbers of parts of videos in, rows of length 1 out.

What a number is worth depends on the collection: an object that every video shows tells none apart, and features are
alike as far as all of them share something. So a space is fitted on a collection, and raw numbers are kept.

Shapes: N parts, D numbers a part, W of them in a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from aisle.core import UsageError

Floats = npt.NDArray[np.float32]

FEW = 8
"""The mean of so many videos is believed by half: of two, either would be the opposite of the other."""

_NOTHING = 1e-6  # rounded to float16, a row of nothing is not quite nothing once it is centred


@dataclass(frozen=True, slots=True)
class Block:
    """`width` numbers of one kind: `counts` of things, 0 or more, or `features` of a network. Of a similarity, blocks
    make up shares by their `weight`.
    """

    name: str
    width: int
    kind: Literal["counts", "features"]
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.width < 1 or not self.weight > 0:
            got = f"{self.name}: {self.width} numbers of weight {self.weight}"
            raise UsageError("a block has numbers and a weight", got=got, allowed="1 or more, above 0")


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """`blocks` make up the D numbers in their order; `centre` and `scale` are (D,)."""

    blocks: tuple[Block, ...]
    centre: Floats
    scale: Floats

    @property
    def width(self) -> int:
        return sum(block.width for block in self.blocks)

    def apply(self, raw: Floats) -> Floats:
        """(N, D) rows of length 1, or of 0 where there is nothing; of a row the blocks that have nothing leave all to
        the others. Raises UsageError for rows of another width.
        """
        if raw.ndim != 2 or raw.shape[1] != self.width:
            raise UsageError("rows of another space", got=raw.shape, allowed=f"(any, {self.width})")
        moved = np.empty(raw.shape, np.float32)
        for block, here in self.places():
            part = np.asarray(raw[:, here], np.float32)
            empty = ~part.any(axis=1)
            shifted = (part - self.centre[here]) * self.scale[here]
            shifted[empty] = 0
            moved[:, here] = _unit(shifted) * np.float32(np.sqrt(block.weight))
        return _unit(moved)

    def shares(self, one: Floats, other: Floats, block: int) -> Floats:
        """(W,): what each number of a block adds to the cosine of two rows (D,) that were applied."""
        here = self.places()[block][1]
        added: Floats = one[here] * other[here]
        return added

    def places(self) -> list[tuple[Block, slice]]:
        """Each block with its numbers of a row."""
        ends = np.cumsum([block.width for block in self.blocks]).tolist()
        return [(block, slice(end - block.width, end)) for block, end in zip(self.blocks, ends, strict=True)]


def fit(raw: Floats, blocks: Sequence[Block]) -> Space:
    """The space of a collection by the rows (N, D) of its videos: counts are weighed by how few videos have any
    (smoothed inverse document frequency; Spärck Jones, J. Documentation 1972), features are centred on their mean,
    less so where there are few.

    Without a row all numbers are worth the same. Raises UsageError for rows that the blocks do not make up.
    """
    width = sum(block.width for block in blocks)
    if raw.ndim != 2 or raw.shape[1] != width:
        raise UsageError("blocks make up a row", got=raw.shape, allowed=f"(any, {width})")
    centre, scale = np.zeros(width, np.float32), np.ones(width, np.float32)
    plain = Space(tuple(blocks), centre, scale)
    if not len(raw):
        return plain
    for block, here in plain.places():
        part = np.asarray(raw[:, here], np.float32)
        if block.kind == "counts":
            having = (part > 0).sum(axis=0)
            scale[here] = np.log((1 + len(part)) / (1 + having)) + 1
        elif len(full := part[part.any(axis=1)]) > 1:  # of a single row nothing would be left
            centre[here] = full.mean(axis=0, dtype=np.float64) * (len(full) / (len(full) + FEW))
    return plain


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > _NOTHING)
    return unit
