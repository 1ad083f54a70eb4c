"""What of a collection is like a video, or like some seconds of it, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.analysis.describe import Describer
from aisle.analysis.indexing import length
from aisle.analysis.parts import stretches
from aisle.core import InputError, Progress, silent
from aisle.core.collection import EVERYTHING, Filters, Match, Part
from aisle.core.time_map import Stretch
from aisle.media.read import Read, Reader
from aisle.search.index import DIVERSITY, Index, check

Floats = npt.NDArray[np.float32]

MOMENTS = 3
"""Pairs of moments that are told of an answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """What is looked for: the raw `row` (D,) of all of it, and the rows (N, D) of its `stretches`, for the reasons.

    `is_whole` where it is a video, else some seconds of one; `video` is its name where it is in the collection itself.
    """

    row: Floats
    stretches: tuple[Stretch, ...]
    rows: Floats
    is_whole: bool
    video: str | None = None


def known_query(index: Index, video: str, at: Stretch | None = None) -> Query | None:
    """A video of the collection, or the part of it that `at` overlaps most where that is nearly the same; None where
    its pictures must be looked at.
    """
    parts, raw = index.raw(video)
    if not parts:
        return None
    pieces = tuple(part.stretch for part in parts[1:])
    if at is None:
        return Query(raw[0], pieces, raw[1:], True, video)
    for place, piece in enumerate(pieces, 1):
        both = min(piece.end, at.end) - max(piece.start, at.start)
        if both >= _NEARLY * max(piece.lasts, at.lasts):
            return Query(raw[place], (piece,), raw[place : place + 1], False, video)
    return None


_NEARLY = Fraction(9, 10)


def new_query(
    video: Path,
    describer: Describer,
    at: Stretch | None = None,
    *,
    name: str | None = None,
    progress: Progress = silent,
    read: Read = Reader,
) -> Query:
    """A video, or the seconds `at` of it, looked at by `describer`; `name` is what the collection calls it, if it does.

    Raises InputError where it cannot be read, or ends before.
    """
    if at is not None:
        rows = describer.rows(video, _within(video, at, read), progress=progress, read=read)
        return Query(rows[0], (at,), rows[:1], False, name)
    duration = length(video, read)
    pieces = stretches(duration)
    rows = describer.rows(video, (Stretch(Fraction(0), duration), *pieces), progress=progress, read=read)
    return Query(rows[0], pieces, rows[1:], True, name)


def similar(
    index: Index,
    query: Query,
    count: int = 10,
    filters: Filters = EVERYTHING,
    *,
    diversity: float = DIVERSITY,
) -> tuple[Match, ...]:
    """The `count` videos that are most like a video, or moments most like some seconds, without these themselves, each
    with the objects that both show and the moments that are alike. Other moments of the query's own video are answers.
    """
    if not query.is_whole:
        at = query.stretches[0]
        own = None if query.video is None else Part(query.video, at.start, at.end)
        return index.search(query.row, count, filters, wholes=False, without=own, diversity=diversity)
    known = frozenset() if query.video is None else frozenset({query.video})
    asked = replace(filters, not_videos=filters.not_videos | known)
    found = index.search(query.row, count, asked, wholes=True, diversity=diversity)
    return tuple(
        replace(match, moments=index.moments(query.stretches, query.rows, match.part.video, MOMENTS)) for match in found
    )


def agrees(index: Index, describer: Describer) -> None:
    """Raises UsageError where the index was made by another describer."""
    check(index.recipe, describer.recipe, index.folder)


def _within(video: Path, at: Stretch, read: Read) -> Sequence[Stretch]:
    duration = length(video, read)
    if at.start >= duration:
        got, allowed = f"from {float(at.start):g} s on", f"{float(duration):g} s of video"
        raise InputError(f"{video} ends before", got=got, allowed=allowed, do="look for an earlier moment")
    return [Stretch(at.start, min(at.end, duration))]
