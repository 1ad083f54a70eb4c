"""A copy of a video with its timeline drawn in, or changed otherwise."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from aisle.core import Frame, Progress, Timeline, UsageError, VideoInfo, silent
from aisle.core.address import is_address
from aisle.media.ahead import ahead
from aisle.media.cover import Cover
from aisle.media.draw import Overlay
from aisle.media.limits import UNLIMITED, Limits
from aisle.media.read import Reader
from aisle.media.write import Writer

Change = Callable[[Frame], Frame]
"""What is done to each frame of a copy; the size stays."""


def annotate(
    source: str | Path,
    timeline: Timeline | None,
    out: str | Path,
    *,
    cover: Cover | None = None,
    progress: Progress = silent,
    limits: Limits = UNLIMITED,
) -> None:
    """Writes `source` to `out` as `copied` does, with `timeline` drawn in if there is one, and `cover` below it.

    Raises InputError, OutputError, and UsageError if `out` is `source`.
    """

    def overlaid(info: VideoInfo) -> Change:
        overlay = None if timeline is None else Overlay(info.width, info.height, timeline)

        def changed(frame: Frame) -> Frame:
            covered = frame if cover is None else cover.draw(frame)
            return covered if overlay is None else overlay.draw(covered)

        return changed

    copied(source, out, overlaid, progress=progress, limits=limits)


def copied(
    source: str | Path,
    out: str | Path,
    change: Callable[[VideoInfo], Change],
    *,
    progress: Progress = silent,
    limits: Limits = UNLIMITED,
) -> None:
    """Writes `source` to `out` as MP4 at its own rate and size, sound kept, each frame changed; whole or absent.

    What `source` claims and cannot give is missing from the copy as well. `progress` is told the seconds written, of
    those that the file claims. Raises InputError, OutputError, and UsageError if `out` is `source`.
    """
    check_copy(source, out)
    with Reader(source, limits=limits) as reader:
        info = reader.info
        changed = change(info)
        total = None if info.duration is None else float(info.duration)
        with (
            Writer(out, info.width, info.height, info.rate, sound_from=source, limits=limits) as writer,
            closing(ahead(reader, depth=2)) as frames,
        ):
            for frame in frames:
                writer.write(changed(frame))
                progress(float(frame.time), total)
        progress(float(reader.duration), total)


def check_copy(source: str | Path, out: str | Path) -> None:
    """Raises UsageError if `out` is `source`."""
    if not is_address(source) and Path(out).resolve() == Path(source).resolve():
        raise UsageError("the copy would replace the video itself", got=out, do="choose another name for the copy")
