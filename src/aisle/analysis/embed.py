"""A stretch of video in, its features out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from aisle.analysis.analyzer import Analyzer
from aisle.analysis.backbone import Backbone
from aisle.core import Features, InputError, Progress, VideoInfo, silent
from aisle.core.video import Image
from aisle.media.ahead import ahead
from aisle.media.fit import fit
from aisle.media.read import Read, Reader

AHEAD = 64  # frames decoded while the network works, as many as it takes at once; a bound on memory
NARROWEST = 8
"""How many times the short side of a picture the long one may be: the short one is scaled to a given size, and memory
grows with the long one. Wider than any camera's panorama.
"""

Change = Callable[[Image], Image]
"""What is done to every picture of a video, so that a head learns from more looks than it was given."""


def embed(
    video: str | Path,
    model: Backbone,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    change: Change | None = None,
    progress: Progress = silent,
    read: Read = Reader,
) -> Features:
    """Features of [start, end) seconds, on a grid that begins with 0 at `start`, as if the video were cut there; it is
    opened by `read`.

    Raises InputError when nothing of it can be read.
    """
    features, _ = watched(video, model, start=start, end=end, change=change, progress=progress, read=read).finish()
    return replace(features, values=np.array(features.values))  # in memory, as on disk each would hold a file open


def watched(
    video: str | Path,
    model: Backbone,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    change: Change | None = None,
    progress: Progress = silent,
    read: Read = Reader,
) -> Analyzer:
    """As `embed`, with every frame pushed; what is left is to `finish`, and to ask for the answers."""
    analyzer = Analyzer(model)
    size = partial(picture_size, model=model)
    with (
        read(video, size=size, rate=model.reads.rate, start=start, end=end) as reader,
        closing(ahead(reader, AHEAD)) as frames,
    ):
        info = reader.info
        for number, frame in enumerate(frames):
            image = change(frame.image) if change else frame.image
            analyzer.push(replace(frame, time=number / model.reads.rate, image=image))
            progress(float(frame.time), float(info.duration) if info.duration else None)
    if analyzer.frames == 0:
        raise InputError(
            f"no picture of {info.path} could be read",
            got=f"nothing from {float(start):.2f} s on, {len(reader.skipped)} damaged stretches",
            do="check the times, or copy it again",
        )
    return analyzer


def picture_size(info: VideoInfo, model: Backbone) -> tuple[int, int]:
    """(width, height) at which `model` sees the whole picture. Raises InputError for one that is too narrow."""
    check_shape(info, model.name)
    return fit(info.width, info.height, short_side=model.reads.short_side, multiple=model.reads.multiple)


def check_shape(info: VideoInfo, whose: str) -> None:
    """Raises InputError for a picture that is too narrow for `whose`, which reads the whole of it."""
    if max(info.width, info.height) > NARROWEST * min(info.width, info.height):
        raise InputError(
            f"the picture is too narrow for {whose}, which takes the whole of it",
            got=f"{info.path}: {info.width}x{info.height}",
            allowed=f"a long side of at most {NARROWEST} times the short one",
            do="cut the picture into parts, or stretch it",
        )
