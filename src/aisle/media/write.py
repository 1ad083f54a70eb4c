"""Frames in, an H.264 video out that plays in browsers; the file is whole or absent."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.codec.context import ThreadType
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter
from av.video.stream import VideoStream

from aisle.core import Frame, OutputError, UsageError, whole
from aisle.core.time_map import TimeMap
from aisle.core.video import Image
from aisle.media._display import coded
from aisle.media._matrix import Matrix
from aisle.media._sound import Sound
from aisle.media.limits import UNLIMITED, Limits


@dataclass(frozen=True, slots=True)
class Encoding:
    """x264's `preset` and `crf`, the quality from 0 (no loss) to 51; `threads` 0 are as many as there are cores."""

    preset: str
    crf: int
    threads: int = 0


# Measured at 920x680 on two cores (pictures/s, kB/s, PSNR in dB): superfast 200, 275, 39.5; veryfast 130, 171, 38.6;
# faster 87, 189, 39.1. Slower ones take time for nothing that shows, the faster one makes files half as large again.
_USUAL = Encoding("veryfast", 23)

_BT709, _LIMITED_RANGE = 1, 1  # ITU-T H.273; players assume these for HD, and are told so at every size
_COMMON_CLOCK = 90_000  # ticks a second; the picture rate's own multiples are made exact as well
_FINEST_CLOCK = 2**31 - 1  # MP4 holds no more


class Writer:
    """Writes frames to `path` as MP4 with the index in front (H.264, 4:2:0); a context manager.

    Each frame is shown from its own time (to the tick, 11 microseconds or less) until the next one's, the last for
    1 / `rate` seconds. An odd width or height grows by one pixel that repeats the edge, as two pixels share a colour.
    With `sound_from` the sound of that video, if it keeps to `limits`, is kept, in step with frames whose times count
    from its first picture; with `kept`, what is to be heard in the short video of that map alone.

    `matrix` is by what colours become planes, as the file says to who plays it.

    Nothing is left at `path` if the block ends with an exception. Raises OutputError where the disk or folder refuses,
    InputError if the sound cannot be had.
    """

    def __init__(
        self,
        path: str | Path,
        width: int,
        height: int,
        rate: Fraction,
        *,
        sound_from: str | Path | None = None,
        encoding: Encoding = _USUAL,
        matrix: Matrix = Matrix.BT709,
        limits: Limits = UNLIMITED,
        kept: TimeMap | None = None,
    ) -> None:
        if min(width, height) <= 0 or rate <= 0:
            raise UsageError("a video has a positive size and rate", got=f"{width}x{height} at {rate}")
        self._path, self._sound_from, self._limits, self._kept = Path(path), sound_from, limits, kept
        self._shape, self._rate, self._encoding, self._matrix = (height, width, 3), rate, encoding, matrix
        self._last = -1
        self._to_yuv = VideoReformatter()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._container = opening.enter_context(whole_mp4(self._path))
            self._pictures = _add_pictures(self._container, self._shape, self._rate, self._encoding)
            self._pictures.codec_context.colorspace = int(self._matrix)
            self._sound = None
            if self._sound_from is not None:
                sound = Sound(self._sound_from, self._container, self._limits, self._kept)
                self._sound = opening.enter_context(contextlib.closing(sound))
            self._opened = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._opened.__exit__(kind, error, trace)
            return
        with self._opened:  # which also removes the file if finishing it goes wrong
            if self._last < 0:
                raise UsageError("a video needs at least one frame", got="none were written")
            self._container.mux(self._pictures.encode(None))
            if self._sound is not None:
                self._container.mux(list(self._sound.until(None)))

    def write(self, frame: Frame) -> None:
        """Raises UsageError for a frame of another size, or one that does not come after the one before it."""
        if frame.image.shape != self._shape:
            raise UsageError("a video has one size", got=frame.image.shape, allowed=f"{self._shape}")
        self._show(frame.time, coded(frame.image, self._to_yuv, self._matrix))

    def write_planes(self, time: Fraction, planes: Image) -> None:
        """Like `write`, for a picture as the codec takes it: I420 (1.5 height, width), limited range. An odd side of
        the video has grown by a pixel.
        """
        height, width = (side + side % 2 for side in self._shape[:2])
        if planes.shape != (height * 3 // 2, width):
            raise UsageError("a video has one size", got=planes.shape, allowed=f"planes of an even {width}x{height}")
        self._show(time, VideoFrame.from_ndarray(planes, format="yuv420p"))

    def _show(self, time: Fraction, picture: VideoFrame) -> None:
        picture.time_base = self._pictures.codec_context.time_base
        picture.pts = round(time / picture.time_base)
        if picture.pts <= self._last:
            raise UsageError("frames come in order of time, from 0 on", got=f"{float(time):.6f} s")
        self._last = picture.pts
        if self._sound is not None:
            self._container.mux(list(self._sound.until(time)))
        self._container.mux(self._pictures.encode(picture))


def to_rgb(planes: Image) -> Image:
    """RGB (H, W, 3) of a picture as `Writer.write_planes` takes it."""
    picture = VideoFrame.from_ndarray(planes, format="yuv420p")
    return np.asarray(picture.reformat(format="rgb24", src_colorspace=Colorspace.ITU709).to_ndarray(), np.uint8)


@contextlib.contextmanager
def whole_mp4(path: Path) -> Iterator[OutputContainer]:
    """An MP4 to be filled, with the index in front; at `path` it is whole or absent. Raises OutputError."""
    with whole(path) as part:
        try:
            container = av.open(f"file:{part}", "w", format="mp4", container_options={"movflags": "+faststart"})
            try:
                yield container
            except BaseException:
                with contextlib.suppress(FFmpegError):
                    container.close()
                raise
            container.close()
        except FFmpegError as error:
            if isinstance(error, OSError):
                raise  # `whole` knows what to advise
            raise OutputError(f"cannot write {path}", got=error.strerror) from error


def _add_pictures(
    container: OutputContainer, shape: tuple[int, int, int], rate: Fraction, encoding: Encoding
) -> VideoStream:
    clock = math.lcm(_COMMON_CLOCK, rate.numerator)
    stream = container.add_stream("libx264", rate=rate, options={"preset": encoding.preset, "crf": str(encoding.crf)})
    stream.width, stream.height = shape[1] + shape[1] % 2, shape[0] + shape[0] % 2
    stream.pix_fmt = "yuv420p"
    stream.thread_type = ThreadType.FRAME  # PyAV's default, slices, is slower here and makes larger files
    context = stream.codec_context
    context.thread_count = encoding.threads
    context.time_base = Fraction(1, clock if clock <= _FINEST_CLOCK else _COMMON_CLOCK)
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED_RANGE
    return stream
