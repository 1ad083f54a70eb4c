"""What the commands that search have in common: which index is asked, and what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.apps.console import progress
from aisle.apps.index_cli import INDEXES
from aisle.apps.opening import describer
from aisle.core import UsageError, exact
from aisle.core.collection import Filters
from aisle.core.time_map import Stretch

if TYPE_CHECKING:
    from aisle.analysis.similar import Query
    from aisle.search.index import Index

NEWEST_FIRST = "index-*"


@dataclass(frozen=True, slots=True)
class Collection:
    """An index, and the folder that its videos lie in, where that is known."""

    index: Path
    home: Path | None

    def name_of(self, video: Path) -> str | None:
        """What the index calls the file, if it lies in the collection."""
        if self.home is None:
            return None
        path, home = video.absolute(), self.home.absolute()  # links are called what they are called here
        return path.relative_to(home).as_posix() if path.is_relative_to(home) else None


def collection(named: Path | None, near: Path | None = None, by: str | None = None) -> Collection:
    """The collection in the folder `named`, of videos or of an index; without one, of the nearest folder around `near`
    that has an index. Of several the one `by` what is said, else the one that was changed last.

    Raises UsageError where there is none.
    """
    from aisle.search.index import is_index

    if named is not None and is_index(named):
        return Collection(named, home_of(named))
    homes = [named] if named is not None else [] if near is None else list(near.absolute().parents)
    for home in homes:
        found = [path for path in (home / INDEXES).glob(f"index-{by}" if by else NEWEST_FIRST) if is_index(path)]
        if found:
            return Collection(max(found, key=_changed), home)
    where = named or (near.parent if near is not None else Path())
    how = f" by {by}" if by else ""
    raise UsageError(
        f"no index{how} to search", got=where, do=f"make one: aisle index {where}{f' --by {by}' if by else ''}"
    )


def home_of(index: Path) -> Path | None:
    """The folder that the videos of an index lie in, where it still is."""
    from aisle.search.index import Index

    with Index(index) as opened:
        return opened.home


def _changed(index: Path) -> int:
    return max(path.stat().st_mtime_ns for path in index.iterdir())


def stretch(text: str | None) -> Stretch | None:
    """`12.5s-15s`, `12.5-15` or `1:02-1:05`. Raises UsageError."""
    if text is None:
        return None
    first, _, last = text.partition("-")
    try:
        return Stretch(_seconds(first), _seconds(last))
    except UsageError as error:
        allowed = "12.5s-15s, 1:02-1:05, the first before the second"
        raise UsageError(
            "--at is no stretch of a video", got=repr(text), allowed=allowed, do="--at 12.5s-15s"
        ) from error


def _seconds(text: str) -> Fraction:
    parts = text.strip().removesuffix("s").split(":")
    if len(parts) > 3:
        raise UsageError("no time", got=text)
    found = Fraction(0)
    for part in parts:
        found = found * 60 + exact(part.strip())
    return found


def filters(categories: Sequence[str], cameras: Sequence[str], since: str | None, until: str | None) -> Filters:
    """Raises UsageError for what is no day."""
    return Filters(frozenset(categories), frozenset(cameras), _day("since", since), _day("until", until))


def _day(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--{name} is no day", got=repr(text), allowed="2026-01-31") from error


def query(index: Index, at_hand: Collection, video: Path, at: Stretch | None, *, quiet: bool) -> Query:
    """From what the index knows, else, as where it has changed since, by looking at the video.

    Raises InputError, UsageError.
    """
    from aisle.analysis.similar import agrees, known_query, new_query

    name = at_hand.name_of(video)
    known = None if name is None or _has_changed(index, name, video) else known_query(index, name, at)
    if known is not None:
        return known
    looks = describer(index.recipe.by, quiet=quiet)
    agrees(index, looks)
    with progress(f"looking at {video}", quiet=quiet) as listener:
        return new_query(video, looks, at, name=name, progress=listener)


def _has_changed(index: Index, name: str, video: Path) -> bool:
    """Whether another file lies there than the one that was indexed; one that has gone has not changed."""
    known = index.videos().get(name)
    if known is None or not video.is_file():
        return False
    state = video.stat()
    return (known.size, known.modified_ns) != (state.st_size, state.st_mtime_ns)
