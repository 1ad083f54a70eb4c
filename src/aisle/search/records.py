"""What an index knows of its videos and parts, in SQLite: the truth, beside which all else can be made again.

A transaction is on the disk whole or not at all, whatever happens to the machine; readers see the last whole one while
a writer writes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.core import DamagedError, InputError, OutputError, UsageError
from aisle.core.collection import About, Part
from aisle.search.rows import Floats, lasting
from aisle.search.space import Block

Ints = npt.NDArray[np.int64]
Version = tuple[int, int]

FORMAT = 1
"""Of the tables and files of an index; grows when they change."""

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE videos (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, content TEXT NOT NULL, size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL, duration TEXT NOT NULL, category TEXT NOT NULL, camera TEXT NOT NULL, recorded TEXT
);
CREATE TABLE parts (
    row INTEGER PRIMARY KEY, video INTEGER NOT NULL REFERENCES videos ON DELETE CASCADE,
    start TEXT NOT NULL, "end" TEXT NOT NULL, whole INTEGER NOT NULL
);
CREATE INDEX parts_video ON parts (video);
"""
_AGAIN = "remove it, and make it again: aisle index"
_COLUMNS = "name, content, size, modified_ns, duration, category, camera, recorded"
_BUSY_S = 30.0
_IN_THE_WAY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How rows were made: `by` for people, `producer` for programs, which changes whenever the rows would. `labels`
    name the numbers of the block of counts, the only one there is; empty without one.
    """

    by: str
    producer: str
    blocks: tuple[Block, ...]
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = [block.width for block in self.blocks if block.kind == "counts"]
        if not self.blocks or len(counts) > 1 or sum(counts) != len(self.labels):
            got = f"{len(self.labels)} labels, counts {counts}"
            raise UsageError("labels name the counts of a recipe", got=got, allowed="one block of counts, or none")

    @property
    def width(self) -> int:
        """Numbers of a row."""
        return sum(block.width for block in self.blocks)

    @property
    def counts(self) -> int | None:
        """Which block holds counts."""
        return next((at for at, block in enumerate(self.blocks) if block.kind == "counts"), None)


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A video with its `parts` and their raw rows `raw` (N, D), N at least 1. `content` is the SHA-256 of the file,
    `size` (bytes) and `modified_ns` tell cheaply whether it may have changed.
    """

    video: str
    content: str
    duration: Fraction
    about: About
    parts: tuple[Part, ...]
    raw: Floats
    size: int = 0
    modified_ns: int = 0

    def __post_init__(self) -> None:
        if not self.parts or self.raw.ndim != 2 or len(self.raw) != len(self.parts):
            got = f"{self.video}: {len(self.parts)} parts, rows {self.raw.shape}"
            raise UsageError("each part of a video has a row", got=got)
        if not np.isfinite(self.raw).all():
            raise UsageError("rows are of finite numbers", got=f"{self.video}: {self.raw[~np.isfinite(self.raw)][0]}")


@dataclass(frozen=True, slots=True)
class Known:
    """What the index knows of a video."""

    content: str
    size: int
    modified_ns: int
    duration: Fraction
    about: About


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Of all parts, in the order of their rows: the `rows`, the numbers of the `videos`, and whether each is `whole`;
    (N,) each.
    """

    rows: Ints
    videos: Ints
    whole: npt.NDArray[np.bool_]


class Records:
    """The database at `path`. Raises DamagedError for a file that is none, or another format's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise UsageError("no index there", got=path.parent, do="make one: aisle index DIR")
        self._base = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        with self.reading():
            self._base.execute("PRAGMA foreign_keys = ON")
            self._base.execute("PRAGMA synchronous = FULL")
            found = self.fact("format")
        if found != str(FORMAT):
            raise DamagedError(
                f"{path.parent} is an index of another version", got=found, allowed=str(FORMAT), do=_AGAIN
            )

    @staticmethod
    def create(path: Path, recipe: Recipe) -> None:
        """Raises OutputError where the disk refuses."""
        facts = {"format": str(FORMAT), "recipe": json.dumps(asdict(recipe)), "generation": "1", "rows": "0"}
        try:
            # SQLite makes the file at once and its tables later: cut off between, it would be an index of nothing
            with lasting(path) as part, closing(sqlite3.connect(part, isolation_level=None)) as base:
                base.execute("PRAGMA journal_mode = WAL")
                base.execute("BEGIN")
                for statement in _TABLES.split(";\n"):
                    base.execute(statement)
                base.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
                base.execute("COMMIT")
        except sqlite3.Error as error:
            raise OutputError(f"cannot write {path}", got=error, do="check the folder and the disk") from error

    def close(self) -> None:
        self._base.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turns what SQLite says into a DamagedError of the file, or an InputError of what is in its way."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _IN_THE_WAY:
                raise DamagedError(f"{self.path} cannot be read", got=error, do=_AGAIN) from error
            do = "see that the folder and what is in it may be read and written, then try again"
            raise InputError(f"{self.path} cannot be opened", got=error, do=do) from error
        except sqlite3.DatabaseError as error:
            raise DamagedError(f"{self.path} cannot be read", got=error, do=_AGAIN) from error

    @contextmanager
    def change(self) -> Iterator[None]:
        """A transaction. Raises OutputError where the disk refuses."""
        try:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise OutputError(f"cannot write {self.path}", got=error, do="check the disk, then run again") from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read within is of one moment, whoever writes."""
        with self.reading():
            self._base.execute("BEGIN")
        try:
            yield
        finally:
            self._base.execute("COMMIT")

    @property
    def version(self) -> Version:
        """Changes whenever somebody has changed the database."""
        with self.reading():
            return int(self._base.execute("PRAGMA data_version").fetchone()[0]), self._base.total_changes

    def fact(self, name: str) -> str:
        row = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return "" if row is None else str(row[0])

    def number(self, name: str) -> int:
        """A fact that is a number; 0 where it is not there."""
        with self.reading():
            return int(self.fact(name) or 0)

    def text(self, name: str) -> str:
        """A fact; empty where it is not there."""
        with self.reading():
            return self.fact(name)

    def set(self, **facts: object) -> None:
        """Within a `change`."""
        self._base.executemany(
            "REPLACE INTO facts VALUES (?, ?)", [(name, str(value)) for name, value in facts.items()]
        )

    def recipe(self) -> Recipe:
        with self.reading():
            found = json.loads(self.fact("recipe"))
        blocks = tuple(Block(**block) for block in found["blocks"])
        return Recipe(found["by"], found["producer"], blocks, tuple(found["labels"]))

    def put(self, described: Described, first: int) -> None:
        """Within a `change`: the video in place of what was known of it; its rows begin at `first`."""
        self.remove(described.video)
        about = described.about
        values = (
            *(described.video, described.content, described.size, described.modified_ns, str(described.duration)),
            *(about.category, about.camera, about.recorded and about.recorded.isoformat()),
        )
        video = self._base.execute(
            f"INSERT INTO videos ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values
        ).lastrowid
        self._base.executemany(
            "INSERT INTO parts VALUES (?, ?, ?, ?, ?)",
            [
                (row, video, str(part.start), str(part.end), part.is_whole)
                for row, part in enumerate(described.parts, first)
            ],
        )

    def remove(self, video: str) -> None:
        """Within a `change`."""
        self._base.execute("DELETE FROM videos WHERE name = ?", (video,))

    def rename(self, video: str, to: str, about: About, modified_ns: int) -> None:
        """Within a `change`."""
        day = about.recorded and about.recorded.isoformat()
        self._base.execute(
            "UPDATE videos SET name = ?, category = ?, camera = ?, recorded = ?, modified_ns = ? WHERE name = ?",
            (to, about.category, about.camera, day, modified_ns, video),
        )

    def videos(self) -> dict[str, Known]:
        """By their names, in order."""
        with self.reading():
            rows = self._base.execute(f"SELECT {_COLUMNS} FROM videos ORDER BY name").fetchall()
        return {
            name: Known(content, size, modified, Fraction(duration), _about(category, camera, day))
            for name, content, size, modified, duration, category, camera, day in rows
        }

    def abouts(self) -> dict[int, tuple[str, About]]:
        """Names and what is known, by the videos' numbers."""
        with self.reading():
            rows = self._base.execute("SELECT number, name, category, camera, recorded FROM videos").fetchall()
        return {number: (name, _about(category, camera, day)) for number, name, category, camera, day in rows}

    def columns(self) -> Columns:
        with self.reading():
            found = self._base.execute("SELECT row, video, whole FROM parts ORDER BY row").fetchall()
        table = np.array(found, np.int64).reshape(-1, 3)
        return Columns(table[:, 0], table[:, 1], table[:, 2].astype(bool))

    def parts(self, rows: Sequence[int]) -> list[Part]:
        """Of `rows`, in their order."""
        found = {row: self._part(row) for row in rows}
        return [found[row] for row in rows]

    def parts_of(self, video: str) -> list[tuple[int, Part]]:
        """Each with its row, the whole first, then in order of time."""
        with self.reading():
            rows = self._base.execute(
                "SELECT row FROM parts JOIN videos ON video = number WHERE name = ? ORDER BY whole DESC, row", (video,)
            ).fetchall()
        return [(row, self._part(row)) for (row,) in rows]

    def _part(self, row: int) -> Part:
        with self.reading():
            name, start, end, whole, category, camera, day = self._base.execute(
                'SELECT name, start, "end", whole, category, camera, recorded '
                "FROM parts JOIN videos ON video = number WHERE row = ?",
                (row,),
            ).fetchone()
        return Part(name, Fraction(start), Fraction(end), bool(whole), _about(category, camera, day))

    def move(self, rows: Sequence[tuple[int, int]]) -> None:
        """Within a `change`: each part from a row to another, none of which is in use."""
        self._base.executemany("UPDATE parts SET row = ? WHERE row = ?", [(to, row) for row, to in rows])


def _about(category: str, camera: str, day: str | None) -> About:
    return About(category, camera, None if day is None else date.fromisoformat(day))
