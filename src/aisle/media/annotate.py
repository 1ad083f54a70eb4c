"""A copy of a video with its timeline drawn in, or changed otherwise."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from pathlib import Path

from aisle.core import Progress, Timeline, UsageError, VideoInfo, silent
from aisle.core.address import is_address
from aisle.core.unusual import Unusual
from aisle.core.video import Image
from aisle.media._matrix import Matrix
from aisle.media._surface import Planes
from aisle.media.ahead import ahead
from aisle.media.cover import Cover
from aisle.media.draw import Overlay
from aisle.media.draw_heat import HeatMap
from aisle.media.draw_objects import ObjectOverlay, Objects
from aisle.media.limits import UNLIMITED, Limits
from aisle.media.read import Reader
from aisle.media.write import Writer

Change = Callable[[Image, Fraction], None]
"""What is done, in place, to each picture of a copy, which is as `Writer.write_planes` takes it, and to its time."""


def annotate(
    source: str | Path,
    timeline: Timeline | None,
    out: str | Path,
    *,
    cover: Cover | None = None,
    objects: Objects | None = None,
    unusual: Unusual | None = None,
    progress: Progress = silent,
    limits: Limits = UNLIMITED,
) -> None:
    """Writes `source` to `out` as `copied` does, with `timeline` and `objects` drawn in, below them where something is
    `unusual`, and `cover` below all.

    Raises InputError, OutputError, and UsageError if `out` is `source`.
    """

    def overlaid(info: VideoInfo, matrix: Matrix) -> Change:
        width, height = info.width + info.width % 2, info.height + info.height % 2
        overlay = _overlay(width, height, timeline, objects, unusual)
        heat = None if unusual is None else HeatMap(unusual, width, height)

        def changed(planes: Image, time: Fraction) -> None:
            if cover is not None:
                cover.draw_on(planes, time)
            surface = Planes(planes, matrix)
            if heat is not None:
                heat.draw_on(surface, time)
            if overlay is not None:
                overlay.draw_on(surface, time)

        return changed

    copied(source, out, overlaid, progress=progress, limits=limits)


def _overlay(
    width: int, height: int, timeline: Timeline | None, objects: Objects | None, unusual: Unusual | None
) -> Overlay | ObjectOverlay | None:
    if objects is not None:
        return ObjectOverlay(width, height, objects, timeline, unusual)
    return None if timeline is None else Overlay(width, height, timeline)


def copied(
    source: str | Path,
    out: str | Path,
    change: Callable[[VideoInfo, Matrix], Change],
    *,
    progress: Progress = silent,
    limits: Limits = UNLIMITED,
) -> None:
    """Writes `source` to `out` as MP4 at its own rate and size, sound kept, each picture changed; whole or absent.

    What `source` claims and cannot give is missing from the copy as well. `progress` is told the seconds written, of
    those that the file claims. Raises InputError, OutputError, and UsageError if `out` is `source`.
    """
    check_copy(source, out)
    with Reader(source, limits=limits) as reader:
        info, matrix = reader.info, reader.matrix
        changed = change(info, matrix)
        total = None if info.duration is None else float(info.duration)
        with (
            Writer(out, info.width, info.height, info.rate, sound_from=source, matrix=matrix, limits=limits) as writer,
            closing(ahead(reader.planes(), depth=2)) as pictures,
        ):
            for time, planes in pictures:
                changed(planes, time)
                writer.write_planes(time, planes)
                progress(float(time), total)
        progress(float(reader.duration), total)


def check_copy(source: str | Path, out: str | Path) -> None:
    """Raises UsageError if `out` is `source`."""
    if not is_address(source) and Path(out).resolve() == Path(source).resolve():
        raise UsageError("the copy would replace the video itself", got=out, do="choose another name for the copy")
