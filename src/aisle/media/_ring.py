"""The last seconds of a camera as it sent them: coded packets, bounded in seconds and in bytes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from fractions import Fraction
from io import BytesIO
from threading import Lock

import av
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from aisle.core import UsageError


class Track:
    """How packets of one connection are coded: what a muxer or a decoder must know, kept after the connection is gone.

    Packets' stamps count `clock` seconds.
    """

    def __init__(self, stream: VideoStream, clock: Fraction) -> None:
        # A file that is never written: its stream owns a copy of the parameters.
        self._owner: OutputContainer = av.open(BytesIO(), "w", format="nut")
        self._stream = self._owner.add_stream_from_template(stream, opaque=True)
        context = stream.codec_context
        self.codec = context.codec.canonical_name
        self.clock = clock
        self._extradata = context.extradata
        self._size, self._format = (context.width, context.height), context.pix_fmt
        self.coding = self.codec, clock, self._size, self._format, self._extradata
        """Packets of tracks that have this in common can stand in one stream."""

    def add_to(self, output: OutputContainer) -> VideoStream:
        """A stream of `output` that takes the packets as they are."""
        stream = output.add_stream_from_template(self._stream, opaque=True)
        if self.codec == "hevc":
            stream.codec_context.codec_tag = "hvc1"  # what Apple's players know H.265 by
        return stream

    def decoder(self) -> VideoCodecContext:
        context = VideoCodecContext.create(self.codec, "r")
        if not isinstance(context, VideoCodecContext):
            raise UsageError("pictures need a decoder of pictures", got=self.codec)
        context.extradata = self._extradata
        (context.width, context.height), context.pix_fmt = self._size, self._format
        return context


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """One packet, whose picture is `shown` at so many ticks of its track, on the camera's axis (its pts)."""

    data: bytes
    shown: int
    duration: int
    is_key: bool


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A key picture and those that need it, in the order of decoding; `track` tells how they are coded."""

    track: Track
    packets: list[Kept] = field(default_factory=list)

    @property
    def start(self) -> Fraction:
        """Seconds on the camera's axis at which the key picture is shown."""
        return self.packets[0].shown * self.track.clock

    @property
    def end(self) -> Fraction:
        """Seconds at which the last picture leaves the screen, as far as it is known."""
        return max(packet.shown + packet.duration for packet in self.packets) * self.track.clock


class Ring:
    """Groups of packets that reach back at least `keep` seconds, unless they would take more than `most` bytes.

    It always begins with a key picture. A group that alone is more than `most` bytes is given up, and the ring stays
    empty until the next key picture. May be filled by one thread and read by others.
    """

    def __init__(self, keep: Fraction, most: int) -> None:
        self._keep, self._most = keep, most
        self._groups: deque[Group] = deque()
        self._track: Track | None = None
        self._is_open = False
        self._lock = Lock()
        self.bytes = 0

    def connect(self, track: Track) -> None:
        """What comes next is coded as `track` says, and begins with the next key picture."""
        self._track, self._is_open = track, False

    def add(self, packet: Kept) -> None:
        with self._lock:
            if packet.is_key and self._track is not None:
                self._groups.append(Group(self._track))
                self._is_open = True
            if self._is_open:
                self._groups[-1].packets.append(packet)
                self.bytes += len(packet.data)
                self._forget()

    def groups(self, start: Fraction, end: Fraction) -> list[Group]:
        """What is needed to show [start, end), which may begin earlier: with the key picture before `start`."""
        with self._lock:
            return [
                replace(group, packets=list(group.packets))
                for group in self._groups
                if group.end > start and group.start < end
            ]

    def _forget(self) -> None:
        latest = self._groups[-1].end
        while len(self._groups) > 1 and (self._groups[1].start <= latest - self._keep or self.bytes > self._most):
            self._drop_first()
        if self.bytes > self._most:
            self._drop_first()
            self._is_open = False

    def _drop_first(self) -> None:
        self.bytes -= sum(len(packet.data) for packet in self._groups.popleft().packets)
