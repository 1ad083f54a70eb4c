"""An index of a collection: a folder of records, rows of numbers, and beyond 100,000 parts a graph of neighbours.

    records.sqlite       what is indexed, and which generation of the files below is the valid one: the truth
    raw-G.f16            what describes each part, as it was computed
    units-G.f16          the same in the space of the collection, where likeness is a cosine
    space-G.npz          that space
    graph-G.usearch      neighbours of rows, so that not every row is looked at
    plane-G.npz          a map of the whole videos

Any number of processes may read while one writes. Rows are on the disk before the records name them, so that an index
opens after a power cut at any moment, with every video that was put before; what was begun is written over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from typing import Self

import numpy as np

from aisle.core import DamagedError, UsageError
from aisle.core.collection import EVERYTHING, About, Filters, Match, Moments, Part, SharedObject
from aisle.core.time_map import Stretch
from aisle.search.diverse import diverse, grouped
from aisle.search.files import RECORDS, Files
from aisle.search.graph import Graph
from aisle.search.nearest import Near, nearest
from aisle.search.records import Columns, Ints, Known, Recipe, Records, Version
from aisle.search.rows import Floats, Halves
from aisle.search.space import Space

GRAPH_FROM = 100_000
"""Parts up to which every one is looked at."""

DIVERSITY = 0.2
"""What likeness to earlier answers counts unless said."""

OBJECTS = 5
"""Shared objects that are told of an answer."""

_POOL, _WIDER = 64, 4  # candidates at first, and how many times more when they were too few
_LEAST = 0.01  # share of a similarity below which an object is no reason


def is_index(folder: Path) -> bool:
    """Whether an index lies there, sound or not."""
    return (folder / RECORDS).is_file()


@dataclass(slots=True)
class _Now:
    """What the files hold at one version of the records."""

    version: Version
    space: Space
    columns: Columns
    abouts: Mapping[int, tuple[str, About]]
    units: Halves
    raw: Halves
    graph: Graph | None
    drawn: tuple[Ints, Floats] | None
    admitted: dict[tuple[Filters, bool | None], Ints | None] = field(default_factory=dict)


class Index:
    """An index to search. Sees what others write at its next question. Several threads may ask; they take turns."""

    def __init__(self, folder: Path) -> None:
        """Raises UsageError where none lies there, DamagedError for one that cannot be read."""
        self.folder = folder
        self.records = Records(folder / RECORDS)
        self.recipe = self.records.recipe()
        self._now: _Now | None = None
        self._turn = RLock()

    def close(self) -> None:
        self.records.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def home(self) -> Path | None:
        """The folder that the videos lie in; None where nobody said, or where it is gone."""
        with self._turn:
            told = self.records.text("home")
        return Path(told) if told and Path(told).is_dir() else None

    def videos(self) -> Mapping[str, Known]:
        """What is indexed, by name, in order."""
        with self._turn:
            return self.records.videos()

    def parts(self, video: str) -> tuple[Part, ...]:
        """The whole first, then the others in order of time; none for a video that is not indexed."""
        with self._turn:
            return tuple(part for _, part in self.records.parts_of(video))

    def raw(self, video: str) -> tuple[tuple[Part, ...], Floats]:
        """The parts of a video with their raw rows (N, D)."""
        with self._turn:
            found, now = self.records.parts_of(video), self._opened()
        rows = [row for row, _ in found]
        return tuple(part for _, part in found), np.asarray(now.raw[rows], np.float32)

    def wholes(self) -> tuple[tuple[Part, ...], Floats]:
        """All whole videos with their units (N, D), for maps and recommendations."""
        with self._turn:
            now = self._opened()
            rows = now.columns.rows[now.columns.whole]
            return tuple(self.records.parts(rows.tolist())), np.asarray(now.units[rows], np.float32)

    def places(self) -> tuple[tuple[Part, ...], Floats]:
        """Whole videos and where they lie on the map of the collection, (N, 2), 0 to 1 each way: those near each other
        are alike.
        """
        with self._turn:
            drawn = self._opened().drawn
            known = dict(zip(drawn[0].tolist(), drawn[1], strict=True)) if drawn is not None else {}
            rows = [row for row in self._opened().columns.rows.tolist() if row in known]
            places = np.array([known[row] for row in rows], np.float32).reshape(-1, 2)
            return tuple(self.records.parts(rows)), places

    @property
    def space(self) -> Space:
        """As it was fitted last."""
        with self._turn:
            return self._opened().space

    @property
    def count(self) -> int:
        """Of parts."""
        with self._turn:
            return len(self._opened().columns.rows)

    def search(
        self,
        raw: Floats,
        count: int = 10,
        filters: Filters = EVERYTHING,
        *,
        wholes: bool | None = None,
        without: Part | None = None,
        diversity: float = DIVERSITY,
    ) -> tuple[Match, ...]:
        """The `count` parts that are most like the raw row `raw` (D,), fewer where there are fewer: whole videos alone,
        other parts alone, or with None both; none that overlaps `without`. Raises UsageError for a row of another
        width.
        """
        unit = self.space.apply(raw[None])[0]
        return self.near(unit, count, filters, wholes=wholes, without=without, diversity=diversity)

    def near(
        self,
        unit: Floats,
        count: int = 10,
        filters: Filters = EVERYTHING,
        *,
        wholes: bool | None = None,
        without: Part | None = None,
        diversity: float = DIVERSITY,
    ) -> tuple[Match, ...]:
        """As `search`, for a row (D,) of the space."""
        if count < 1:
            raise UsageError("some answers are asked for", got=count, allowed="1 or more")
        with self._turn:
            now = self._opened()
            among = self._admitted(now, filters, wholes)
            if without is not None:
                among = np.setdiff1d(now.columns.rows if among is None else among, self._overlapping(without))
            most = len(now.columns.rows) if among is None else len(among)
            pool = min(max(_POOL, 3 * count), most)
            while True:
                found = self._nearest(now, unit, pool, among)
                parts = self.records.parts(found.rows.tolist())
                units = np.asarray(now.units[found.rows], np.float32)
                groups = grouped(units, parts)
                if len(groups) >= count or pool >= most:
                    break
                pool = min(pool * _WIDER, most)
        firsts = [group.first for group in groups]
        order = diverse(units[firsts], found.cosines[firsts], count, diversity)
        return tuple(
            Match(
                parts[groups[at].first],
                float(np.clip(found.cosines[groups[at].first], -1, 1)),
                tuple(parts[copy] for copy in groups[at].copies),
                self._shared(now.space, unit, units[groups[at].first]),
            )
            for at in order
        )

    def moments(self, asked: Sequence[Stretch], raw: Floats, video: str, most: int = 3) -> tuple[Moments, ...]:
        """Which of the stretches `asked`, of raw rows (Q, D), look like which parts of an indexed `video`, the likest
        first; each is in one pair at most.
        """
        with self._turn:
            now = self._opened()
            found = [(row, part) for row, part in self.records.parts_of(video) if not part.is_whole]
            found = found or self.records.parts_of(video)
            if not found or not len(asked):
                return ()
            cosines = now.space.apply(raw) @ np.asarray(now.units[[row for row, _ in found]], np.float32).T
        pairs: list[Moments] = []
        while len(pairs) < most and np.isfinite(cosines.max()):
            mine, other = np.unravel_index(int(cosines.argmax()), cosines.shape)
            pairs.append(Moments(asked[int(mine)], found[int(other)][1].stretch, float(cosines[mine, other])))
            cosines[mine, :] = cosines[:, other] = -np.inf
        return tuple(pairs)

    def _shared(self, space: Space, one: Floats, other: Floats) -> tuple[SharedObject, ...]:
        if self.recipe.counts is None:
            return ()
        shares = space.shares(one, other, self.recipe.counts)
        total = float(one @ other)
        if total <= 0:
            return ()
        best = np.argsort(-shares, kind="stable")[:OBJECTS]
        told = ((int(at), float(shares[at]) / total) for at in best)
        return tuple(SharedObject(self.recipe.labels[at], min(share, 1.0)) for at, share in told if share >= _LEAST)

    def _opened(self) -> _Now:
        version = self.records.version
        while self._now is None or self._now.version != version:
            try:
                self._now = _read(self.folder, self.records, self.recipe, version)
            except DamagedError:
                if self.records.version == version:
                    raise
                version = self.records.version  # a writer has just replaced what the records named
        return self._now

    def _admitted(self, now: _Now, filters: Filters, wholes: bool | None) -> Ints | None:
        """The rows that may be answers; None where every row of the file may."""
        key = (filters, wholes)
        if key not in now.admitted:
            if len(now.admitted) > _KEPT:
                now.admitted.clear()
            now.admitted[key] = _rows_of(now, filters, wholes)
        return now.admitted[key]

    def _overlapping(self, part: Part) -> list[int]:
        """The rows of parts of the same video that show some of it."""
        found = self.records.parts_of(part.video)
        return [row for row, other in found if other.start < part.end and part.start < other.end]

    def _nearest(self, now: _Now, unit: Floats, count: int, among: Ints | None) -> Near:
        admitted = len(now.units) if among is None else len(among)
        if now.graph is None or admitted <= GRAPH_FROM:
            return nearest(now.units, unit, count, among)
        return _by_graph(now, unit, count, among)


_KEPT = 16
"""Filters of which the rows are kept in mind."""


def _by_graph(now: _Now, unit: Floats, count: int, among: Ints | None) -> Near:
    """With what the graph does not know of yet looked at one by one."""
    graph = now.graph
    if graph is None:
        raise UsageError("no graph to ask", got="none")
    allowed = None if among is None else np.zeros(len(now.units), bool)
    if allowed is not None and among is not None:
        allowed[among] = True
    wanted = count
    while True:
        found = graph.nearest(now.units, unit, min(wanted, len(graph)))
        good = np.ones(len(found.rows), bool) if allowed is None else allowed[found.rows]
        if good.sum() >= count or wanted >= len(graph):
            break
        wanted *= _WIDER
    rest = np.arange(len(graph), len(now.units))
    behind = nearest(now.units, unit, count, rest if allowed is None else rest[allowed[rest]])
    rows = np.concatenate([found.rows[good], behind.rows])
    cosines = np.concatenate([found.cosines[good], behind.cosines])
    order = np.lexsort((rows, -cosines))[:count]
    return Near(rows[order], cosines[order])


def _rows_of(now: _Now, filters: Filters, wholes: bool | None) -> Ints | None:
    columns = now.columns
    keep = np.ones(len(columns.rows), bool) if wholes is None else columns.whole == wholes
    if filters != EVERYTHING:
        instant = (Fraction(0), Fraction(1))
        good = [
            number for number, (name, about) in now.abouts.items() if filters.admits(Part(name, *instant, about=about))
        ]
        keep &= np.isin(columns.videos, np.array(good, np.int64))
    if keep.all() and len(columns.rows) == len(now.units):
        return None
    kept: Ints = columns.rows[keep]
    return kept


def _read(folder: Path, records: Records, recipe: Recipe, version: Version) -> _Now:
    with records.snapshot():
        generation, count = records.number("generation"), records.number("rows")
        is_fitted = records.number("fitted_on") > 0
        columns, abouts = records.columns(), records.abouts()
    files = Files(folder, generation, recipe.width)
    graph = None
    if files.graph.is_file() and find_spec("usearch") is not None:
        graph = Graph(files.graph, recipe.width)
    space, units, raw = files.space(recipe, is_fitted=is_fitted), files.units.view(count), files.raw.view(count)
    return _Now(version, space, columns, abouts, units, raw, graph, files.places())


def check(found: Recipe, wanted: Recipe, folder: Path) -> None:
    """Raises UsageError where the index in `folder` was made by another recipe than the one at hand."""
    if found != wanted:
        raise UsageError(
            f"the index in {folder} was made by another model or version",
            got=f"{found.by}, {found.producer}",
            allowed=f"{wanted.by}, {wanted.producer}",
            do=f"make another with --out, or remove {folder} and index again",
        )
