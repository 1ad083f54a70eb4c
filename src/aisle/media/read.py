"""The one reader: frames of a video by time, upright, in RGB, at the size and rate that are asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Protocol, Self, TypeVar

from aisle.core import Frame, Skipped, UsageError, VideoInfo
from aisle.core.video import Image
from aisle.media._display import Converter, PlanesConverter
from aisle.media._matrix import Matrix
from aisle.media._source import Picture, Source
from aisle.media.limits import UNLIMITED, Limits

T = TypeVar("T")

Size = tuple[int, int] | Callable[[VideoInfo], tuple[int, int]] | None
"""(width, height) as displayed, or what chooses it once the video is open; None for the video's own."""


class Reading(Protocol):
    """A video that is being read: its frames, once, and what is known of it by now. `Reader` tells of each."""

    info: VideoInfo
    duration: Fraction
    decode_s: float

    @property
    def skipped(self) -> tuple[Skipped, ...]: ...

    def __iter__(self) -> Iterator[Frame]: ...


class Read(Protocol):
    """How a video is opened: `Reader`, or `Apart.reader`, which reads the same in another process."""

    def __call__(
        self,
        path: str | Path,
        *,
        size: Size = None,
        rate: Fraction | None = None,
        start: Fraction = Fraction(0),
        end: Fraction | None = None,
    ) -> AbstractContextManager[Reading]: ...


class Reader:
    """Iterates once over the frames of a file or address, and holds it open as a context manager. A still is one frame.

    `size` is (width, height) as displayed, or a function that chooses it by the video's info; None for the video's
    own. With `rate` (frames a second) frame k is what is on screen at k / rate, for every k / rate in [start, end)
    before the last picture leaves the screen; a picture that stays is given again without being converted again.
    With None every picture comes at its own time in [start, end). Times count from the first picture that the file
    holds. Memory does not grow with the length of the video.

    Damage does not end the reading: once the loop is over, `skipped` tells which stretches could not be given and why.
    Pictures that need a damaged one come as the decoder patches them up. Entering raises InputError if nothing can be
    read at all, the loop and entering do where `limits` are passed; wrong arguments raise UsageError.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        size: Size = None,
        rate: Fraction | None = None,
        start: Fraction = Fraction(0),
        end: Fraction | None = None,
        limits: Limits = UNLIMITED,
    ) -> None:
        check_arguments(size, rate, start, end)
        self._path, self._size, self._rate, self._start, self._end = path, size, rate, start, end
        self._limits = limits
        self._opened = ExitStack()
        self._frames: Generator[Frame, None, None] | None = None
        self.info: VideoInfo
        self.duration = Fraction(0)
        """Seconds at which the last picture read so far leaves the screen: the video's length once the loop is over."""
        self.decode_s = 0.0
        """Wall-clock seconds spent on opening, decoding and converting so far."""

    def __enter__(self) -> Self:
        begun = perf_counter()
        self._source = self._opened.enter_context(Source(self._path, self._limits))
        self.info = self._source.info
        self._planes = PlanesConverter(self._source.display, self._source.first)
        self._converter = Converter(self._source.display, chosen_size(self._size, self.info))
        self._frames = self._measured(self._native() if self._rate is None else self._resampled(self._rate))
        self._opened.callback(self._frames.close)
        self.decode_s += perf_counter() - begun
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def __iter__(self) -> Iterator[Frame]:
        if self._frames is None:
            raise UsageError("the reader is not open", got=self._path, do="use it as: with Reader(path) as reader: ...")
        return self._frames

    @property
    def matrix(self) -> Matrix:
        """By which `planes` are coded."""
        return self._planes.matrix

    def planes(self) -> Iterator[tuple[Fraction, Image]]:
        """In place of the loop, and once: every picture at its own time, as `Writer.write_planes` takes it.

        What most files hold is given as it is coded, which saves the way to RGB. A picture is the caller's own.
        """
        return self._measured((shown.time, self._planes.planes(shown.frame)) for shown, _ in self._on_screen())

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Stretches of [start, end) that the file claims to hold and that could not be given, as far as it was read."""
        return tuple(
            Skipped(max(lost.start, self._start), _earlier(lost.end, self._end), lost.reason)
            for lost in self._source.skipped
            if lost.end > self._start and (self._end is None or lost.start < self._end)
        )

    def _measured(self, frames: Iterator[T]) -> Generator[T, None, None]:
        while True:
            begun = perf_counter()
            frame = next(frames, None)
            self.decode_s += perf_counter() - begun
            if frame is None:
                return
            yield frame

    def _native(self) -> Iterator[Frame]:
        for picture, _ in self._on_screen():
            if picture.time >= self._start:
                yield Frame(picture.time, self._converter.image(picture.frame))

    def _resampled(self, rate: Fraction) -> Iterator[Frame]:
        # A stamp that its container had to round (Matroska: to milliseconds) may be up to half a tick late.
        rounding = self._source.tick / 2 if (1 / self.info.rate) % self._source.tick else Fraction(0)
        for picture, numbers in resample(self._on_screen(), rate, start=self._start, end=self._end, rounding=rounding):
            image = self._converter.image(picture.frame)
            yield from (Frame(number / rate, image) for number in numbers)

    def _on_screen(self) -> Iterator[tuple[Picture, Fraction]]:
        """Pictures that come before `end`, with the time at which they go."""
        self._source.seek(self._start)
        pictures = self._source.pictures()
        shown = next(pictures, None)
        while shown is not None and (self._end is None or shown.time < self._end):
            following = next(pictures, None)
            self.duration = following.time if following else shown.time + shown.duration
            self._source.check_duration(self.duration)
            yield shown, self.duration
            shown = following


def resample(
    shown: Iterable[tuple[T, Fraction]],
    rate: Fraction,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    rounding: Fraction = Fraction(0),
) -> Iterator[tuple[T, range]]:
    """Each picture that is on screen at some k / rate in [start, end), with those k.

    `shown` is pictures in order, each with the time in seconds at which it goes; the first is taken to have been there
    from the beginning. A time may be up to `rounding` seconds late.
    """
    number = math.ceil(start * rate)
    for picture, until in shown:
        first, number = number, max(number, math.ceil(_earlier(until - rounding, end) * rate))
        if first < number:
            yield picture, range(first, number)


def _earlier(time: Fraction, limit: Fraction | None) -> Fraction:
    return time if limit is None else min(time, limit)


def chosen_size(size: Size, info: VideoInfo) -> tuple[int, int]:
    """(width, height) of the pictures of this video. Raises UsageError for one that is not positive."""
    width, height = size(info) if callable(size) else size or (info.width, info.height)
    if min(width, height) <= 0:
        raise UsageError("a picture has a positive size", got=f"{width}x{height}")
    return width, height


def check_arguments(size: Size, rate: Fraction | None, start: Fraction, end: Fraction | None) -> None:
    """Raises UsageError for what no video can be read with."""
    if isinstance(size, tuple) and min(size) <= 0:
        raise UsageError("a picture has a positive size", got=f"{size[0]}x{size[1]}")
    if rate is not None and rate <= 0:
        raise UsageError("a frame rate is positive", got=rate)
    if start < 0 or (end is not None and end <= start):
        raise UsageError("a stretch of video starts at or after 0 and ends later", got=f"[{start}, {end}) s")
