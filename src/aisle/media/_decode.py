"""Packets in, decoded frames out, past whatever is damaged; which packets became no frame is told with every frame."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, dropwhile
from pathlib import Path

from av.codec.context import ThreadType
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame

from aisle.core import InputError
from aisle.core.address import is_address, without_password
from aisle.media._open import decoder_options, open_container, packets, picture_stream
from aisle.media.limits import UNLIMITED, Limits

_SET_BACK = Fraction(1, 2)  # seconds; stamps of decoding only ever grow, but some files have them a little wrong


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A frame with its stamp (ticks of the container), and the stamps of earlier pictures that have not come by now."""

    frame: VideoFrame
    stamp: int | None
    missing: frozenset[int]


class Decoder:
    """The decoded frames of the picture stream of one file or address, in the order in which they are shown.

    `waiting` holds the stamps of packets that no frame has come for yet, `reached` how far the packets of all streams
    have come, in seconds on the container's clock. Raises InputError if the file cannot be opened within `limits`.
    """

    def __init__(self, path: str | Path, threads: ThreadType = ThreadType.AUTO, *, limits: Limits = UNLIMITED) -> None:
        self._path, self._threads, self._limits = path, threads, limits
        self._size: tuple[int, int] | None = None
        self._open()

    def _open(self) -> None:
        self.container = open_container(self._path, self._limits)
        try:
            self.stream = picture_stream(self.container, self._path)
            self.stream.thread_type = self._threads
            self.stream.codec_context.options = decoder_options(self._limits)
            check_pixels(self._path, self.stream.codec_context.width, self.stream.codec_context.height, self._limits)
        except BaseException:
            self.container.close()
            raise
        # AVI has no stamps but the order of decoding; libav makes the order of showing of it for MPEG-4 alone.
        codec = self.stream.codec_context
        self._is_unordered = (
            self.container.format.name == "avi" and codec.has_b_frames and codec.codec.canonical_name != "mpeg4"
        )
        self.waiting: set[int] = set()
        self.reached = Fraction(0)
        self._restart_clock()
        self._last: int | None = None
        self.frames = self._run()

    def close(self) -> None:
        self.container.close()

    def seek(self, stamp: int, first: int) -> None:
        """Goes on from a key frame at or before `stamp`; from the start, which is at `first`, if none can be found."""
        back = 0
        while stamp - back > first:
            try:
                self.container.seek(stamp - back, stream=self.stream)
            except FFmpegError:
                break
            self.waiting.clear()
            self._restart_clock()
            # What comes before the key frame may need frames from before the jump (open groups of pictures).
            frames = dropwhile(lambda decoded: not decoded.frame.key_frame, self._run())
            key = next(frames, None)
            if key is not None and key.stamp is not None and key.stamp <= stamp:
                self.frames = chain([key], frames)
                return
            back = back * 2 or max(int(1 / (self.stream.time_base or 1)), 1)  # a second, in ticks
        self.close()
        self._open()

    def _restart_clock(self) -> None:
        self._shift = 0
        self._before: int | None = None

    def _run(self) -> Iterator[Decoded]:
        for packet in packets(self.container):
            self._note(packet)
            if packet.stream_index == self.stream.index:
                yield from map(self._decoded, self._decode(packet))
        yield from map(self._decoded, self._drain())

    def _note(self, packet: Packet[Stream]) -> None:
        if packet.stream_index == self.stream.index:
            self._follow_clock(packet)
            if packet.pts is not None and not packet.is_discard:
                self.waiting.add(packet.pts)
        if packet.pts is not None:
            self.reached = max(self.reached, (packet.pts + (packet.duration or 0)) * packet.time_base)

    def _follow_clock(self, packet: Packet[Stream]) -> None:
        """Where the stamps are set back, as in joined recordings, the packet is made to follow the one before it."""
        if packet.dts is None:
            return
        back = 0 if self._before is None else self._before - (packet.dts + self._shift)
        if back * packet.time_base > _SET_BACK:
            self._shift += back + (packet.duration or 1)
        packet.dts += self._shift
        packet.pts = None if packet.pts is None else packet.pts + self._shift
        self._before = packet.dts

    def _decode(self, packet: Packet[Stream]) -> list[VideoFrame]:
        try:
            return self.stream.codec_context.decode(packet)
        except FFmpegError:
            return []  # the stamp stays in `waiting` and so is told of

    def _drain(self) -> Iterator[VideoFrame]:
        with contextlib.suppress(FFmpegError):
            yield from self.stream.codec_context.decode(None)
        if self.waiting and self._last is not None and self._threads is not ThreadType.NONE:
            yield from self._decode_again(self._last)

    def _decode_again(self, last: int) -> Iterator[VideoFrame]:
        """The frames after `last`, decoded without threads, which give up all they hold at the first damaged frame."""
        if is_address(self._path):
            return  # a camera would start anew
        again = Decoder(self._path, ThreadType.NONE, limits=self._limits)
        try:
            again.seek(last, 0)
            for decoded in again.frames:
                if decoded.stamp is not None and decoded.stamp > last:
                    yield decoded.frame
        finally:
            again.close()

    def _decoded(self, frame: VideoFrame) -> Decoded:
        if self.container.format.name == "image2":
            self._check_size(frame)
        stamp = min(self.waiting, default=frame.pts) if self._is_unordered else frame.pts
        if stamp is None:
            return Decoded(frame, None, frozenset())
        missing = frozenset(other for other in self.waiting if other < stamp)
        self.waiting -= missing | {stamp}
        self._last = stamp
        return Decoded(frame, stamp, missing)

    def _check_size(self, frame: VideoFrame) -> None:
        """Pictures of one series are of one size: anything else would be stretched to the first."""
        width, height = self._size = self._size or (frame.width, frame.height)
        if (frame.width, frame.height) != (width, height):
            raise InputError(
                "the pictures of a series are of different sizes",
                got=f"{self._path}: {width}x{height}, then {frame.width}x{frame.height}",
                do="leave pictures of one size in the folder",
            )


def check_pixels(path: str | Path, width: int, height: int, limits: Limits) -> None:
    """Raises InputError for a picture that is larger than is allowed."""
    if limits.pixels is not None and width * height > limits.pixels:
        raise InputError(
            "the pictures are larger than is allowed",
            got=f"{without_password(path)}: {width}x{height}",
            allowed=f"at most {limits.pixels} pixels",
            do="make them smaller first",
        )
