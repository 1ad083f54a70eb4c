"""When something happens in a video: what moves before a camera that stands still, and people, look by look.

A cell of the picture is busy where it looks unlike its place and something moves there: what was put down, what is
parked and a light that went on look strange but do not move. A person who stands quite still does neither, and is seen
by a detector alone.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.analysis._moving import CELL, SHORT, Moving
from aisle.core import Frame, InputError, Progress, Skipped, VideoInfo, silent
from aisle.core.detections import PERSON
from aisle.media.ahead import ahead
from aisle.media.fit import fit
from aisle.media.read import Read, Reader
from aisle.objects.detector import ObjectDetector

RATE = Fraction(4)
"""Looks a second: someone who runs through a doorway is seen in several."""

PEOPLE = Fraction(1)
"""Looks a second for people, whose walking is seen as motion anyway."""

LONGEST = 640
"""Pixels of the long side of what is given to a detector."""

_AHEAD, _BATCH = 16, 4

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """Look k covers [k, k + 1) / `rate` seconds: how many cells `moving` (N,) has, of `cells`, and how many `people`
    (N,) were seen; None where nobody looked for any.
    """

    info: VideoInfo
    duration: Fraction
    rate: Fraction
    moving: Counts
    cells: int
    people: Counts | None = None
    skipped: tuple[Skipped, ...] = ()


def activity(
    video: str | Path,
    detector: ObjectDetector | None = None,
    *,
    progress: Progress = silent,
    read: Read = Reader,
) -> Activity:
    """One pass over the whole video, opened by `read`; `progress` hears its seconds.

    Memory grows by about 1 MB for an hour of video. Raises InputError where nothing of it can be read.
    """
    moving, people = Moving(RATE), None if detector is None else _People(detector)
    with (
        read(video, size=_small if detector is None else _readable, rate=RATE) as reader,
        closing(ahead(reader, _AHEAD)) as frames,
    ):
        info = reader.info
        total = float(info.duration) if info.duration else None
        for frame in frames:
            moving.push(frame.image)
            if people is not None:
                people.push(frame)
            progress(float(frame.time), total)
    counts = moving.finish()
    if not len(counts):
        got = f"{len(reader.skipped)} damaged stretches"
        raise InputError(f"no picture of {info.path} could be read", got=got, do="copy it again")
    progress(float(reader.duration), float(reader.duration))
    return Activity(
        info,
        reader.duration,
        RATE,
        counts,
        moving.cells,
        None if people is None else people.finish(len(counts)),
        reader.skipped,
    )


class _People:
    """How many people are in each look, of which those that fall due are looked at; in between the last one holds."""

    def __init__(self, detector: ObjectDetector) -> None:
        self._detector, self._waiting = detector, list[Frame]()
        self._counts: list[int] = []

    def push(self, frame: Frame) -> None:
        if frame.time * PEOPLE >= len(self._counts) + len(self._waiting):
            self._waiting.append(frame)
        if len(self._waiting) == _BATCH:
            self._look()

    def _look(self) -> None:
        found = self._detector([frame.image for frame in self._waiting]) if self._waiting else []
        self._counts += [each.labels.count(PERSON) for each in found]
        self._waiting = []

    def finish(self, looks: int) -> Counts:
        """(`looks`,)."""
        self._look()
        return np.repeat(np.array(self._counts, np.int64), int(RATE / PEOPLE))[:looks]


def _small(info: VideoInfo) -> tuple[int, int]:
    return fit(info.width, info.height, short_side=SHORT, multiple=CELL)


def _readable(info: VideoInfo) -> tuple[int, int]:
    scale = min(Fraction(LONGEST, max(info.width, info.height)), Fraction(1))
    return max(round(info.width * scale), 1), max(round(info.height * scale), 1)
