"""The pictures of some stretches of a video, in order, past what lies between them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from av.video.frame import VideoFrame

from aisle.core.time_map import Stretch
from aisle.media._source import Picture, Source

_FAR = 20  # seconds that are decoded rather than jumped over: key frames are up to ten apart
_INSTANT = Fraction(1, 1000)  # seconds; of two pictures that are closer at an edge the later one is enough


class Forward:
    """Goes through `source` once. Where stamps are set back on the way, `jumps` is False: they would mislead it."""

    def __init__(self, source: Source, *, jumps: bool = True) -> None:
        self._source, self._jumps = source, jumps
        self._pictures = source.pictures()
        self._shown: Picture | None = None
        self._next = next(self._pictures, None)

    def during(self, stretch: Stretch) -> Iterator[tuple[Fraction, VideoFrame]]:
        """What is on screen at the start, with that time, and what comes on screen before the end with its own.

        Stretches are asked for in order.
        """
        if self._jumps and self._next is not None and stretch.start - self._next.time > _FAR:
            self._jump(stretch.start)
        while self._next is not None and self._next.time <= stretch.start + _INSTANT:
            self._advance()
        if self._shown is not None:
            yield stretch.start, self._shown.frame
        while self._next is not None and self._next.time < stretch.end - _INSTANT:
            time, frame = self._next.time, self._next.frame
            self._advance()
            yield time, frame

    def _jump(self, time: Fraction) -> None:
        before = self._next
        self._source.seek(time)
        self._pictures = self._source.pictures()
        self._shown, self._next = None, next(self._pictures, None)
        if before is not None and self._next is not None and self._next.time < before.time:
            self._jumps = False  # it cannot seek, and began anew

    def _advance(self) -> None:
        self._shown, self._next = self._next, next(self._pictures, None)
