"""The nearest of a large collection, nearly exactly: a graph of neighbours (Malkov and Yashunin: HNSW. PAMI 2020), by
usearch, in one file that is mapped into memory and never changed in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aisle.core import DamagedError, MissingPartError, Progress, silent
from aisle.search.nearest import Near, ranked
from aisle.search.rows import Floats, Halves, lasting

if TYPE_CHECKING:
    from usearch.index import Index as UsearchIndex

CONNECTIVITY, EXPANSION_ADD, EXPANSION_SEARCH = 16, 128, 128
"""Neighbours a row is joined to, and rows that are kept in view while one is added, and while one is looked for."""

AT_ONCE = 10_000
"""Rows that are added between two words on progress."""


def build(units: Halves, path: Path, *, begin: Path | None = None, progress: Progress = silent) -> None:
    """Writes the graph of `units` (N, D) to `path`, whole or absent; with those rows that the one at `begin` has not.

    Raises MissingPartError, OutputError, and DamagedError for another file at `begin`.
    """
    graph = _empty(units.shape[1])
    if begin is not None:
        with _reading(begin):
            graph.load(str(begin))
    done = len(graph)
    for first in range(done, len(units), AT_ONCE):
        rows = np.ascontiguousarray(units[first : first + AT_ONCE])
        graph.add(np.arange(first, first + len(rows), dtype=np.uint64), rows)
        progress(first + len(rows), len(units))
    with lasting(path) as part:
        graph.save(str(part))


class Graph:
    """A graph that lies at `path`, of the rows of `units` that it was built from."""

    def __init__(self, path: Path, width: int) -> None:
        """Raises DamagedError for a file that is none, MissingPartError."""
        self._graph = _empty(width)
        with _reading(path):
            self._graph.view(str(path))

    def __len__(self) -> int:
        """Rows that it knows."""
        return len(self._graph)

    def nearest(self, units: Halves, query: Floats, count: int) -> Near:
        """About the `count` rows that are nearest to `query` (D,), with their exact cosines."""
        found = self._graph.search(query.astype(np.float16), count)
        return ranked(units, query, np.asarray(found.keys, np.int64))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        do = "remove it; it is built again with the next aisle index"
        raise DamagedError(f"{path} is no graph of neighbours", got=error, do=do) from error


def _empty(width: int) -> UsearchIndex:
    if find_spec("usearch") is None:
        raise MissingPartError("searching a large collection", name="usearch", extra="search")
    from usearch.compiled import MetricKind, ScalarKind
    from usearch.index import Index

    return Index(
        ndim=width,
        metric=MetricKind.IP,
        dtype=ScalarKind.F16,
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=EXPANSION_SEARCH,
    )
