"""The pictures of a file on one exact time axis, with an account of what the file claims and could not give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Self

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from aisle.core import InputError, Skipped, VideoInfo, clock
from aisle.core.address import without_password
from aisle.media._decode import Decoded, Decoder, check_pixels
from aisle.media._display import display_of
from aisle.media.limits import UNLIMITED, Limits

_DAMAGED = "the pictures are damaged and could not be decoded"


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """`frame`, as decoded, comes on screen at `time`; its container gives it `duration`. Seconds of the video."""

    time: Fraction
    duration: Fraction
    frame: VideoFrame


class Source:
    """The pictures of one file or address. Time 0 is the first picture that the container holds, decodable or not.

    `tick` is the resolution of the container's stamps in seconds. Raises InputError if the file cannot be opened, not
    one picture of it can be decoded, or it is more than `limits` allow.
    """

    def __init__(self, path: str | Path, limits: Limits = UNLIMITED) -> None:
        self._limits = limits
        self._decoder = Decoder(path, limits=limits)
        try:
            first = next(self._decoder.frames, None)
            if first is None:
                raise _nothing_decoded(path, self._decoder, limits)
            self._measure(path, first)
            check_pixels(path, self.info.width, self.info.height, limits)  # wide pixels make more of them
            self.check_duration(self.info.duration or Fraction(0))
        except BaseException:
            self._decoder.close()
            raise
        self._frames: Iterator[Decoded] = chain([first], self._decoder.frames)
        self._skipped: list[Skipped] = []
        self._suspicious_until = Fraction(-1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._decoder.close()

    @property
    def origin(self) -> Fraction:
        """Where time 0 lies on the container's own clock, in seconds."""
        return (self._zero or 0) * self.tick

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What the file claims to hold and could not give, as far as it was read."""
        return tuple(self._skipped)

    def seek(self, time: Fraction) -> None:
        """Goes on from a key frame at or before `time`; stays at the start where the container cannot seek."""
        if self._zero is not None and time > 0:
            self._decoder.seek(self._zero + int(time / self.tick), self._zero)
            self._frames = self._decoder.frames

    def pictures(self) -> Iterator[Picture]:
        """From where reading stands to the end of the file, each picture later than the one before it."""
        last = None
        for decoded in self._frames:
            picture = self._placed(decoded, last)
            if picture is None:
                continue  # after damage some come late, out of order
            self._note_hole(decoded.missing, picture, last)
            last = picture
            yield picture
        if last is not None:
            self._note_missing_tail(last)

    def check_duration(self, reached: Fraction) -> None:
        """Raises InputError for a moment, in seconds of the video, that lies beyond what is allowed."""
        if self._limits.duration is not None and reached > self._limits.duration:
            raise InputError(
                "the video is longer than is allowed",
                got=f"{self.info.path}: {clock(reached)}",
                allowed=f"at most {clock(self._limits.duration)}",
                do="cut it into parts",
            )

    def _measure(self, path: str | Path, first: Decoded) -> None:
        stream, frame = self._decoder.stream, first.frame
        self.tick = stream.time_base or Fraction(1, av.time_base)
        self._zero = None if first.stamp is None else min(first.missing | {first.stamp})
        self._step = self._shortest = _step(stream, frame)
        self.display, self.first = display_of(frame, stream.sample_aspect_ratio), frame
        self.info = VideoInfo(
            path=without_password(path),
            width=self.display.width,
            height=self.display.height,
            rate=1 / self._step,
            duration=self._claimed(),
            frames=stream.frames or None,
            codec=stream.codec_context.codec.canonical_name,
            pixel_format=frame.format.name,
            rotation=self.display.rotation,
            has_audio=bool(self._decoder.container.streams.audio),
        )

    def _claimed(self) -> Fraction | None:
        """How long the pictures last by the container's word, None if it says nothing."""
        container, stream = self._decoder.container, self._decoder.stream
        if container.format.name == "avi" and stream.frames:
            return stream.frames * self._step  # libav shortens the duration to what is left of a file that was cut off
        if stream.duration:
            return ((stream.start_time or 0) + stream.duration) * self.tick - self.origin
        whole = Fraction(container.duration or 0, av.time_base)
        return (whole - self.origin if whole > self.origin else whole) or None

    def _time(self, stamp: int) -> Fraction:
        return (stamp - (self._zero or 0)) * self.tick

    def _placed(self, decoded: Decoded, last: Picture | None) -> Picture | None:
        """The picture where its stamp says, right after `last` if it has none; None if its moment has passed."""
        time = last.time + last.duration if last else Fraction(0)
        if decoded.stamp is not None:
            time = self._time(decoded.stamp)
        if last is not None and time <= last.time:
            return None
        return Picture(time, decoded.frame.duration * self.tick or self._step, decoded.frame)

    def _note_hole(self, missing: frozenset[int], picture: Picture, last: Picture | None) -> None:
        """Missing or damaged pictures are a loss only if the one before stood on the screen for longer because of it.

        Some codecs put one picture into two packets (interlaced fields), and some have packets never shown (VP8). Where
        damage swallowed whole packets, a hole near a picture that is flagged as damaged is all there is to see.
        """
        if picture.frame.is_corrupt:
            self._suspicious_until = picture.time + 1
        due = last.time + self._shortest if last else Fraction(0)
        if (missing or due <= self._suspicious_until) and picture.time - due > self._shortest / 2:
            start = max(due, self._time(min(missing))) if missing else due
            self._skipped.append(Skipped(start, picture.time, _DAMAGED))
        if last:
            self._shortest = min(self._shortest, picture.time - last.time)

    def _note_missing_tail(self, last: Picture) -> None:
        start = last.time + last.duration
        waiting = [self._time(stamp) + self._step for stamp in self._decoder.waiting]
        claimed = self._claimed() or start
        cut_off = self._decoder.reached - self.origin + self._step < claimed
        if not cut_off and not self._decoder.stream.duration:
            claimed = start  # it is the whole file's, and the sound does last that long
        end = max([claimed, *waiting])
        if end - start > self._step * Fraction(3, 4):
            cause = f"the file is cut off, though it claims to last {clock(claimed)}" if cut_off else _DAMAGED
            self._skipped.append(Skipped(start, end, cause))


def _step(stream: VideoStream, first: VideoFrame) -> Fraction:
    """Seconds from one picture to the next, on average."""
    average, nominal = stream.average_rate, stream.guessed_rate
    if average and first.pts is not None:
        # Containers that round their stamps have an average that is a little off; 29.97 and 30 are further apart.
        return 1 / nominal if nominal and abs(nominal / average - 1) < Fraction(1, 2000) else 1 / average
    if first.duration and stream.time_base:
        return first.duration * stream.time_base
    return 1 / (nominal or Fraction(25))


def _nothing_decoded(path: str | Path, decoder: Decoder, limits: Limits) -> InputError:
    codec = decoder.stream.codec_context.codec.canonical_name
    reason = (
        "damaged, cut off at its start or larger than is allowed"
        if limits.pixels
        else "damaged or cut off at its start"
    )
    return InputError(
        "not one picture of the video can be decoded",
        got=f"{without_password(path)}: {codec}, {reason}",
        allowed=f"pictures of at most {limits.pixels} pixels" if limits.pixels else "",
        do="check whether it plays elsewhere; copy or record it again",
    )
