"""Copies of videos in which heads or people cannot be recognised any more.

A video is gone through twice: once to find what is to be covered, a few pictures a second, and once to write the copy.
So the seconds before something is found for the first time are covered as well. Which things are found is not known
here; whoever calls says so with a `Find`. Voices are not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from aisle.core import Frame, Progress, Timeline, UsageError, VideoInfo, silent
from aisle.core.address import is_address, without_password
from aisle.core.boxes import Boxes
from aisle.core.unusual import Unusual
from aisle.media.ahead import ahead
from aisle.media.annotate import annotate
from aisle.media.cover import Cover
from aisle.media.draw_objects import Objects
from aisle.media.fit import fit
from aisle.media.limits import UNLIMITED, Limits
from aisle.media.read import Read, Reader

Find = Callable[[Iterable[Frame]], Iterator[Boxes]]
"""Boxes for each frame of a video, in order, such as `aisle.objects.heads.Heads`."""

RATE = Fraction(5)
"""Pictures a second in which things are looked for."""

_LARGEST = 720  # pixels of the short side in which things are looked for


class AnnotateCovered(Protocol):
    """`annotate`, or `Apart.annotate`, which does the same in another process."""

    def __call__(
        self,
        source: str | Path,
        timeline: Timeline | None,
        out: str | Path,
        *,
        cover: Cover | None,
        objects: Objects | None,
        unusual: Unusual | None,
        progress: Progress,
    ) -> None: ...


class BlurredAnnotate:
    """Is called like `annotate`, and covers what `find` finds below the overlay. `read` and `annotate` do the work."""

    def __init__(self, find: Find, *, read: Read = Reader, annotate: AnnotateCovered = annotate) -> None:
        self._find, self._read, self._annotate = find, read, annotate

    def __call__(
        self,
        source: str | Path,
        timeline: Timeline | None,
        out: str | Path,
        *,
        objects: Objects | None = None,
        unusual: Unusual | None = None,
        progress: Progress = silent,
    ) -> None:
        """`progress` hears seconds of video, twice the video's length in all. Raises what `find_cover` does."""
        reached = 0.0

        def finding(done: float, total: float | None) -> None:
            nonlocal reached
            reached = done
            progress(done, None if total is None else 2 * total)

        def writing(done: float, total: float | None) -> None:
            progress(reached + done, None if total is None else reached + total)

        cover = find_cover(source, self._find, read=self._read, progress=finding)
        self._annotate(source, timeline, out, cover=cover, objects=objects, unusual=unusual, progress=writing)


def find_cover(source: str | Path, find: Find, *, read: Read = Reader, progress: Progress = silent) -> Cover:
    """Goes through `source` once and remembers where `find` found something. `progress` is told seconds of video.

    Raises InputError for a video that cannot be read, UsageError for a camera, which cannot be gone through twice.
    """
    _check_lasting(source)
    with read(source, size=_looked_at, rate=RATE) as reader, closing(ahead(reader, depth=2)) as frames:
        total = None if reader.info.duration is None else float(reader.info.duration)
        size = np.tile(_looked_at(reader.info), 2)
        samples = []
        for number, boxes in enumerate(find(frames)):
            time = float(number / RATE)
            samples.append((time, boxes.corners / size))
            progress(time, total)
    progress(float(reader.duration), total)
    return Cover.over(samples, reader.duration)


def blurred(
    source: str | Path, out: str | Path, cover: Cover, *, progress: Progress = silent, limits: Limits = UNLIMITED
) -> None:
    """Writes `source` to `out` as `copied` does, with `cover` over it.

    Raises InputError, OutputError, and UsageError if `out` is `source`.
    """
    annotate(source, None, out, cover=cover, progress=progress, limits=limits)


def _looked_at(info: VideoInfo) -> tuple[int, int]:
    return fit(info.width, info.height, short_side=min(info.width, info.height, _LARGEST), multiple=1)


def _check_lasting(source: str | Path) -> None:
    if is_address(source) and not str(source).lower().startswith(("http://", "https://")):
        do = "record it to a file first"
        raise UsageError("a camera cannot be gone through twice to blur it", got=without_password(source), do=do)
