"""One connection to a camera: opened, followed packet by packet, and why it ended told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from time import monotonic_ns

import av
from av.codec.context import ThreadType
from av.container import InputContainer
from av.error import ExitError, FFmpegError, InvalidDataError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame

from aisle.core import VideoInfo
from aisle.core.address import is_address, without_password
from aisle.media._axis import Axis
from aisle.media._display import display_of
from aisle.media._open import decoder_options, picture_stream
from aisle.media._ring import Kept, Ring, Track
from aisle.media.limits import Limits

_MOST_FAILURES = 32  # packets in a row that make no sense before the connection counts as broken
_NO_PICTURE = 30.0  # seconds; key pictures may be that far apart before a camera counts as one that cannot be decoded
_MOST_UNSTAMPED = 32  # packets in a row without a stamp before all are taken to be shown as they come
_UNSTAMPED = frozenset({"mpjpeg", "mjpeg"})  # formats that only count pictures, at a rate that libav makes up
_FINE_CLOCK = Fraction(1, 90_000)
_USUAL_RATE, _FASTEST = Fraction(25), 300  # what claims more tells the ticks of its clock

# A playlist (HLS) names further addresses. They must stay on the network: no file of this machine is sent as a video.
_NETWORK = "http,https,httpproxy,tcp,tls,crypto,rtp,rtsp,rtsps,udp,srtp"
_OPTIONS = {
    # UDP loses packets, and firewalls do not let it through. Sound is not even asked for.
    "rtsp": {"rtsp_transport": "tcp", "allowed_media_types": "video"},
}


class LostError(Exception):
    """The connection is over; the text says why, and names neither address nor password."""


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """`frame`, as decoded, comes on screen at `time`, seconds on the camera's axis."""

    time: Fraction
    frame: VideoFrame


def now() -> Fraction:
    """Seconds on the clock that all processes of this machine share."""
    return Fraction(monotonic_ns(), 1_000_000_000)


def open_live(source: str, patience: float, limits: Limits) -> InputContainer:
    """The camera at an address, or the device of a webcam. Raises LostError if nothing answers for so many seconds."""
    # To measure the rate libav would hold back the first five seconds; and what it says of itself will do.
    options = {"fpsprobesize": "0"} | decoder_options(limits)
    if is_address(source):
        options |= {"protocol_whitelist": _NETWORK} | _OPTIONS.get(source.partition("://")[0].rstrip("s"), {})
    begun = now()
    try:
        return av.open(
            source,
            format=None if is_address(source) else "v4l2",
            metadata_errors="replace",
            options=options,
            timeout=(patience, patience),
        )
    except (FFmpegError, ValueError) as error:
        raise _lost(error, now() - begun, patience) from error


def _lost(error: Exception, waited: Fraction, patience: float) -> LostError:
    """libav calls it many names when its time is up."""
    if isinstance(error, ExitError) or waited >= patience:
        return LostError(f"it sent nothing for {patience:g} s")
    if isinstance(error, InvalidDataError):
        return LostError("what it sends is no video, or damaged")
    if isinstance(error, FFmpegError):
        return LostError(error.strerror or "the connection broke")
    return LostError("it cannot be opened")


class Connection:
    """The pictures of an opened camera, whose packets also go into `ring`; both on `axis`.

    Raises LostError, here and from `pictures`, for what is no video and for whatever ends it.
    """

    def __init__(
        self, source: str, container: InputContainer, ring: Ring, axis: Axis, *, patience: float, limits: Limits
    ) -> None:
        self._container, self._ring, self._axis, self._patience = container, ring, axis, patience
        self._stream = picture_stream(container, source)
        self._decoder = self._stream.codec_context
        self._decoder.thread_type = ThreadType.SLICE  # those that decode frames at once hold back as many
        self._decoder.options = decoder_options(limits)
        if limits.pixels is not None and self._decoder.width * self._decoder.height > limits.pixels:
            raise LostError(f"its pictures are too large: {self._decoder.width}x{self._decoder.height}")
        self._is_stamped = container.format.name not in _UNSTAMPED
        self.clock = (self._stream.time_base or _FINE_CLOCK) if self._is_stamped else _FINE_CLOCK
        self._step = round(1 / self._rate() / self.clock)
        self._track = Track(self._stream, self.clock)
        self._source = without_password(source)
        axis.connect()
        ring.connect(self._track)
        self._shift: int | None = None

    def info(self, frame: VideoFrame) -> VideoInfo:
        """What is known of the camera, once it has sent `frame`."""
        display = display_of(frame, self._stream.sample_aspect_ratio)
        return VideoInfo(
            path=self._source,
            width=display.width,
            height=display.height,
            rate=self._rate(),
            duration=None,
            frames=None,
            codec=self._track.codec,
            pixel_format=frame.format.name,
            rotation=display.rotation,
        )

    @property
    def pixel_aspect(self) -> Fraction | None:
        return self._stream.sample_aspect_ratio

    def pictures(self) -> Iterator[Live]:
        """Until the connection is lost, from the first key picture on."""
        seen, size = now(), None
        for packet in self._stamped():
            arrival = now()
            for frame in self._frames(packet, arrival):
                if size not in (None, (frame.width, frame.height)):
                    raise LostError(f"its pictures changed from {size[0]}x{size[1]} to {frame.width}x{frame.height}")
                seen, size = arrival, (frame.width, frame.height)
                if frame.pts is not None:
                    yield Live(frame.pts * self.clock, frame)
            if arrival - seen > max(_NO_PICTURE, self._patience):
                raise LostError(f"no picture could be decoded for {float(arrival - seen):.0f} s")

    def _frames(self, packet: Packet[Stream], arrival: Fraction) -> list[VideoFrame]:
        if self._shift is None and not packet.is_keyframe:
            return []
        self._place(packet, arrival)
        self._ring.add(Kept(bytes(packet), packet.pts or 0, packet.duration or self._step, packet.is_keyframe))
        try:
            return self._decoder.decode(packet)
        except FFmpegError:
            return []  # what the network damaged; if all is, the connection ends for want of pictures

    def _place(self, packet: Packet[Stream], arrival: Fraction) -> None:
        """Puts the packet on the camera's axis."""
        stamp = packet.pts or 0
        shift = round(self._axis.shift(stamp * self.clock, arrival) / self.clock)
        if self._shift is not None and shift < self._shift:
            self._ring.connect(self._track)  # time goes back, which one clip cannot show
        self._shift = shift
        packet.pts, packet.dts = stamp + shift, None

    def _stamped(self) -> Iterator[Packet[Stream]]:
        """All packets with a time at which they are shown.

        Those that have none, as the first by RTSP, come before those that follow, as soon as it is known which of these
        is shown first.
        """
        waiting: list[Packet[Stream]] = []
        for packet in self._packets():
            if not self._is_stamped:
                packet.pts = round(now() / self.clock)
            elif packet.pts is None:
                packet.pts = packet.dts
            waiting.append(packet)
            stamps = [stamped.pts for stamped in waiting if stamped.pts is not None]
            if len(stamps) < len(waiting) and len(stamps) <= self._decoder.reorder_depth:
                self._is_stamped = len(waiting) < _MOST_UNSTAMPED
                continue
            for back, early in enumerate(reversed([other for other in waiting if other.pts is None]), 1):
                early.pts = min(stamps) - back * self._step
            yield from waiting
            waiting = []

    def _packets(self) -> Iterator[Packet[Stream]]:
        failures, latest = 0, now()
        while failures < _MOST_FAILURES:
            try:
                for packet in self._container.demux():
                    if packet.stream_index == self._stream.index and packet.size:
                        failures, latest = 0, now()
                        yield packet
                    elif now() - latest > self._patience:
                        raise LostError(f"it sent no pictures for {self._patience:g} s")
                raise LostError("it ended the stream")
            except FFmpegError as error:
                failures += 1
                if not isinstance(error, InvalidDataError) or now() - latest >= self._patience:
                    raise _lost(error, now() - latest, self._patience) from error
        raise LostError("what it sends is no video, or damaged")

    def _rate(self) -> Fraction:
        rate = self._stream.average_rate or self._stream.guessed_rate
        return rate if rate and rate <= _FASTEST else _USUAL_RATE
