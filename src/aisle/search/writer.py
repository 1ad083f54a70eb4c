"""Changing an index: by one process at a time, a video at a time, each on the disk before the next."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from aisle.core import Progress, UsageError, silent
from aisle.core import writing as to_disk
from aisle.core.collection import About
from aisle.search.files import LOCK, RECORDS, Files
from aisle.search.graph import build
from aisle.search.index import GRAPH_FROM, Index, check, is_index
from aisle.search.plane import plane
from aisle.search.records import Columns, Described, Recipe, Records
from aisle.search.space import fit

GROWTH = 1.5
"""The space is fitted anew when there are so many times the videos that it was fitted on."""

_AT_ONCE = 10_000  # rows that are in memory at once


class Writer:
    """The one that may change an index, by `writing`."""

    def __init__(self, folder: Path) -> None:
        self.index = Index(folder)
        self._records, self.recipe = self.index.records, self.index.recipe
        self._files = Files(folder, self._records.number("generation"), self.recipe.width)
        self._files.sweep()
        self._space = self._files.space(self.recipe, is_fitted=self._records.number("fitted_on") > 0)

    def put(self, described: Described) -> None:
        """The video in place of what was known of it, on the disk when this returns. Raises OutputError, and UsageError
        for rows of another width.
        """
        units = self._space.apply(described.raw)
        first = self._records.number("rows")
        self._files.raw.put(first, described.raw)
        self._files.units.put(first, units)
        with self._records.change():
            self._records.put(described, first)
            self._records.set(rows=first + len(units))

    def live_in(self, home: Path) -> None:
        """Notes the folder that the videos lie in."""
        with self._records.change():
            self._records.set(home=home.absolute())

    def remove(self, video: str) -> None:
        with self._records.change():
            self._records.remove(video)

    def rename(self, video: str, to: str, about: About, modified_ns: int) -> None:
        """What was moved, or is known better, keeps its rows."""
        with self._records.change():
            self._records.rename(video, to, about, modified_ns)

    def settle(self, *, again: bool = False, progress: Progress = silent) -> None:
        """Fits the space `again`, or where the collection has grown, drops rows that nobody names, builds the graph of
        a large collection, and draws the map. Called when the writing ends.
        """
        videos = len(self._records.videos())
        columns, rows = self._records.columns(), self._records.number("rows")
        grown = videos >= GROWTH * self._records.number("fitted_on")
        wasted = rows > 2 * len(columns.rows)
        if videos and (again or grown or wasted):
            self._rewrite(columns, videos, fitted=again or grown)
        self._join(progress)
        self._draw()

    def _rewrite(self, columns: Columns, videos: int, *, fitted: bool) -> None:
        old, count = self._files, self._records.number("rows")
        new = Files(self.index.folder, old.generation + 1, self.recipe.width)
        raw = old.raw.view(count)
        if fitted:
            self._space = fit(np.asarray(raw[columns.rows[columns.whole]], np.float32), self.recipe.blocks)
        for path in (new.raw.path, new.units.path):
            path.unlink(missing_ok=True)
        for first in range(0, len(columns.rows), _AT_ONCE):
            some = np.asarray(raw[columns.rows[first : first + _AT_ONCE]], np.float32)
            new.raw.put(first, some)
            new.units.put(first, self._space.apply(some))
        new.put_space(self._space)
        with self._records.change():
            self._records.move([(row, to) for to, row in enumerate(columns.rows.tolist()) if row != to])
            known = videos if fitted else self._records.number("fitted_on")
            self._records.set(generation=new.generation, rows=len(columns.rows), fitted_on=known)
        self._files = new
        new.sweep()

    def _draw(self) -> None:
        """The map, where it is not of the videos that there are."""
        columns = self._records.columns()
        rows = columns.rows[columns.whole]
        drawn = self._files.places()
        if drawn is not None and np.array_equal(drawn[0], rows):
            return
        units = self._files.units.view(self._records.number("rows"))
        self._files.put_places(rows, plane(np.asarray(units[rows], np.float32)))
        with self._records.change():
            self._records.set(drawn=len(rows))  # so that readers look again

    def _join(self, progress: Progress) -> None:
        count = self._records.number("rows")
        if count <= GRAPH_FROM:
            return
        begin = self._files.graph if self._files.graph.is_file() else None
        build(self._files.units.view(count), self._files.graph, begin=begin, progress=progress)
        with self._records.change():
            self._records.set(joined=count)  # so that readers look again


@contextlib.contextmanager
def writing(folder: Path, recipe: Recipe, *, progress: Progress = silent) -> Iterator[Writer]:
    """The writer of the index in `folder`, which is made if need be; when the block ends well, it is settled.

    Raises UsageError where another process writes to it, or where it was made by another recipe; OutputError.
    """
    with to_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            do = "wait until it has ended, then run again"
            raise UsageError("another process writes to this index", got=folder, do=do) from error
    try:
        if not is_index(folder):
            Records.create(folder / RECORDS, recipe)
        writer = Writer(folder)
        try:
            check(writer.recipe, recipe, folder)
            yield writer
            writer.settle(progress=progress)
        finally:
            writer.index.close()
    finally:
        lock.release()
