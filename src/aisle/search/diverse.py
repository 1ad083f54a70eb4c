"""Ten answers that are not ten copies: near-duplicates are grouped, and what is like earlier answers comes later.

Shapes: N candidates, the nearest first, D numbers each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aisle.core import UsageError
from aisle.core.collection import Part
from aisle.search.rows import Floats

COPY = 0.97
"""Cosine from which two parts are near-duplicates of each other."""

OVERLAP = 0.5
"""The share of the shorter of two parts of one video that both show, from which they are the same moment."""


@dataclass(frozen=True, slots=True)
class Group:
    """The `first` candidate stands for all; `copies` are the others. Numbers of candidates."""

    first: int
    copies: tuple[int, ...]


def grouped(units: Floats, parts: Sequence[Part], *, copy: float = COPY) -> tuple[Group, ...]:
    """Groups of the candidates `units` (N, D), which are `parts`, in order: a moment of a video is told once, by its
    nearest part, and near-duplicates from `copy` on join the first that they are like.
    """
    firsts: list[int] = []
    copies: dict[int, list[int]] = {}
    told: dict[str, list[int]] = {}
    for at, part in enumerate(parts):
        if any(_same_moment(parts[other], part) for other in told.get(part.video, ())):
            continue
        told.setdefault(part.video, []).append(at)
        like = units[firsts] @ units[at] if firsts else np.empty(0, np.float32)
        if len(like) and like.max() >= copy:
            copies[firsts[int(like.argmax())]].append(at)
        else:
            firsts.append(at)
            copies[at] = []
    return tuple(Group(first, tuple(copies[first])) for first in firsts)


def diverse(units: Floats, cosines: Floats, count: int, diversity: float) -> list[int]:
    """Which `count` of N to show, in order: maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998), where
    `diversity`, 0 to 1, is what likeness to earlier answers counts beside likeness to the query.

    Raises UsageError for another diversity.
    """
    if not 0 <= diversity <= 1:
        raise UsageError("diversity is a share", got=diversity, allowed="0 to 1", do="use 0.2, or 0 for the nearest")
    chosen: list[int] = []
    left = list(range(len(units)))
    nearest_chosen = np.full(len(units), -1.0)
    while left and len(chosen) < count:
        worth = [(1 - diversity) * cosines[at] - (diversity * nearest_chosen[at] if chosen else 0) for at in left]
        best = left.pop(int(np.argmax(worth)))
        chosen.append(best)
        nearest_chosen = np.maximum(nearest_chosen, units @ units[best])
    return chosen


def _same_moment(one: Part, other: Part) -> bool:
    both = min(one.end, other.end) - max(one.start, other.start)
    return float(both) > OVERLAP * float(min(one.stretch.lasts, other.stretch.lasts))
