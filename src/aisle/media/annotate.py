"""A copy of a video with its timeline drawn in."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from aisle.core import Progress, Timeline, UsageError, silent
from aisle.core.address import is_address
from aisle.media.ahead import ahead
from aisle.media.draw import Overlay
from aisle.media.read import Reader
from aisle.media.write import Writer


def annotate(source: str | Path, timeline: Timeline, out: str | Path, *, progress: Progress = silent) -> None:
    """Writes `source` to `out` as MP4 at its own rate and size, sound kept, with the overlay; `out` is whole or absent.

    What `source` claims and cannot give is missing from the copy as well. `progress` is told the seconds written, of
    those that the file claims. Raises InputError, OutputError, and UsageError if `out` is `source`.
    """
    if not is_address(source) and Path(out).resolve() == Path(source).resolve():
        raise UsageError("the copy would replace the video itself", got=out, do="choose another name for the copy")
    with Reader(source) as reader:
        info = reader.info
        overlay = Overlay(info.width, info.height, timeline)
        total = None if info.duration is None else float(info.duration)
        with (
            Writer(out, info.width, info.height, info.rate, sound_from=source) as writer,
            closing(ahead(reader, depth=2)) as frames,
        ):
            for frame in frames:
                writer.write(overlay.draw(frame))
                progress(float(frame.time), total)
        progress(float(reader.duration), total)
