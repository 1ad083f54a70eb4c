"""A folder of videos into an index: what is new is described, what has gone is removed, what was moved is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from time import perf_counter

from aisle.analysis.describe import Describer
from aisle.analysis.parts import parts
from aisle.core import InputError, Progress, silent
from aisle.core.shots import Shots
from aisle.data.collection import Listed
from aisle.data.contents import Contents
from aisle.media.read import Read, Reader
from aisle.search.records import Described, Known
from aisle.search.writer import Writer, writing

FindShots = Callable[[Path], Shots]
"""Raises InputError where a video cannot be read."""


@dataclass(slots=True)
class Indexed:
    """What came of it: counts of videos, `seconds` of video that were described in `took_s`, and the problems of those
    that could not be.
    """

    new: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    same: int = 0
    seconds: Fraction = Fraction(0)
    took_s: float = 0.0
    problems: list[InputError] = field(default_factory=list)


def index_videos(
    videos: Sequence[Listed],
    folder: Path,
    describer: Describer,
    *,
    home: Path | None = None,
    shots: FindShots | None = None,
    again: bool = False,
    progress: Progress = silent,
) -> Indexed:
    """Brings the index in `folder` to what `videos` are now; `progress` hears how many were looked at. Each video is on
    the disk before the next: what was done when it is stopped need not be done again.

    `home` is the folder that they lie in. `shots` finds those of a video; without it none is taken for edited. With
    `again` the space is fitted anew whatever has changed. Raises UsageError for an index of another recipe, or one that
    another process writes to; OutputError.
    """
    done = Indexed()
    with writing(folder, describer.recipe) as writer:
        if home is not None:
            writer.live_in(home)
        known = dict(writer.index.videos())
        there = {video.name for video in videos}
        gone = {name: of for name, of in known.items() if name not in there}
        contents = Contents()
        for number, video in enumerate(videos, 1):
            try:
                _bring(writer, video, known.get(video.name), gone, describer, shots, contents, done)
            except InputError as error:
                done.problems.append(error)
                _drop(writer, [video.name] if video.name in known else [], done)
            progress(number, len(videos))
        _drop(writer, gone, done)
        if again:
            writer.settle(again=True)
    return done


def _bring(
    writer: Writer,
    video: Listed,
    known: Known | None,
    gone: dict[str, Known],
    describer: Describer,
    shots: FindShots | None,
    contents: Contents,
    done: Indexed,
) -> None:
    state = _state(video.path)
    if known is not None and (known.size, known.modified_ns) == state and known.about == video.about:
        done.same += 1
        return
    content = contents.of(video.path)
    if known is not None and known.content == content:
        writer.rename(video.name, video.name, video.about, state[1])
        done.same += 1
        return
    before = next((name for name, of in gone.items() if of.content == content), None)
    if known is None and before is not None:
        del gone[before]
        writer.rename(before, video.name, video.about, state[1])
        done.moved += 1
        return
    begun = perf_counter()
    described = describe(video, describer, shots, content=content, state=state)
    writer.put(described)
    done.took_s += perf_counter() - begun
    done.seconds += described.duration
    done.new, done.changed = done.new + (known is None), done.changed + (known is not None)


def describe(
    video: Listed,
    describer: Describer,
    shots: FindShots | None,
    *,
    content: str = "",
    state: tuple[int, int] = (0, 0),
    progress: Progress = silent,
) -> Described:
    """The rows of a video and of its parts. Raises InputError where it cannot be read."""
    found = shots(video.path) if shots is not None else None
    duration = found.duration if found is not None else length(video.path)
    pieces = parts(video.name, duration, video.about, found)
    # a video of one window is described once
    stretches = tuple(dict.fromkeys(piece.stretch for piece in pieces))
    rows = describer.rows(video.path, stretches, progress=progress)
    order = [stretches.index(piece.stretch) for piece in pieces]
    return Described(video.name, content, duration, video.about, pieces, rows[order], *state)


def length(video: Path, read: Read = Reader) -> Fraction:
    """Seconds until the last picture leaves the screen, as its container says, else as it turns out."""
    with read(video, size=_TINY) as reader:
        if reader.info.duration:
            return reader.info.duration
        for _ in reader:
            pass
        return reader.duration


_TINY = (16, 16)  # pixels: nobody looks


def _state(path: Path) -> tuple[int, int]:
    """Size and time of change. Raises InputError."""
    try:
        found = path.stat()
    except OSError as error:
        raise InputError(f"cannot read {path}", got=error.strerror, do="check that it is there") from error
    return found.st_size, found.st_mtime_ns


def _drop(writer: Writer, names: Iterable[str], done: Indexed) -> None:
    for name in names:
        writer.remove(name)
        done.removed += 1
