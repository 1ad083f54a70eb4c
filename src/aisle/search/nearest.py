"""The nearest of a collection, exactly: every row is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

from aisle.search.rows import Floats, Halves

Ints = npt.NDArray[np.int64]

BLOCK = 4096
"""Rows that are turned into float32 at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """`rows` (K,) of a file, the nearest first, and their `cosines` (K,)."""

    rows: Ints
    cosines: Floats


def nearest(units: Halves, query: Floats, count: int, among: Ints | None = None) -> Near:
    """The `count` rows of `units` (N, D), each of length 1 or 0, that are nearest to `query` (D,), among the rows
    `among` where these are given; fewer where there are fewer. Of two alike the first comes first.
    """
    where = np.arange(len(units)) if among is None else among
    if not len(where) or count < 1:
        return Near(np.empty(0, np.int64), np.empty(0, np.float32))
    rows = units if among is None else _only(units, among)
    found = where[_candidates(rows, query, min(count, len(rows)))]
    return ranked(units, query, found)


def ranked(units: Halves, query: Floats, rows: Ints) -> Near:
    """`rows` of `units` in order of their cosine with `query`."""
    cosines = _cosines(units[rows], query)
    order = np.lexsort((rows, -cosines))
    return Near(rows[order], cosines[order])


def _only(units: Halves, among: Ints) -> Halves:
    """A view where these are all, else a copy."""
    return units if len(among) == len(units) and bool((among == np.arange(len(units))).all()) else units[among]


def _candidates(rows: Halves, query: Floats, count: int) -> Ints:
    """In any order."""
    if find_spec("usearch") is not None and count < len(rows):
        from usearch.compiled import MetricKind
        from usearch.index import search

        found = search(np.ascontiguousarray(rows), query.astype(np.float16), count, MetricKind.IP, exact=True)
        return np.asarray(found.keys, np.int64)
    blocks = [_cosines(rows[first : first + BLOCK], query) for first in range(0, len(rows), BLOCK)]
    cosines = np.concatenate(blocks)
    order: Ints = np.argpartition(-cosines, count - 1)[:count].astype(np.int64)
    return order


def _cosines(rows: Halves, query: Floats) -> Floats:
    found: Floats = rows.astype(np.float32) @ query
    return found
