"""The sound of one file, carried over beside new pictures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from aisle.core import InputError
from aisle.core.address import without_password
from aisle.core.time_map import TimeMap
from aisle.media._cut_sound import CutTrack, encoder
from aisle.media._open import open_container, packets
from aisle.media._source import Source
from aisle.media.limits import UNLIMITED, Limits

_FIT_MP4 = frozenset({"aac", "ac3", "alac", "eac3", "flac", "mp3", "opus"})


class Sound:
    """All streams of sound in `path`, for `output`, whose time 0 is the first picture of `path`.

    Packets are copied where MP4 can hold their codec, and encoded to AAC otherwise; what is damaged is silence then.
    With `kept` it is what is heard in the short video of that map, to the sample, and always encoded.

    Raises InputError if `path` cannot be read, or for a codec that MP4 cannot hold and libav cannot decode.
    """

    def __init__(
        self,
        path: str | Path,
        output: OutputContainer,
        limits: Limits = UNLIMITED,
        kept: TimeMap | None = None,
    ) -> None:
        with Source(path, limits) as source:
            self._origin = source.origin
        self._kept = kept
        self._container = open_container(path, limits)
        try:
            streams = self._container.streams.audio
            self._tracks = {stream.index: _track(path, stream, output, self._origin, kept) for stream in streams}
        except BaseException:
            self.close()
            raise
        self._carried = self._carry()
        self._next = next(self._carried, None)

    def close(self) -> None:
        self._container.close()

    def until(self, time: Fraction | None) -> Iterator[Packet[Stream]]:
        """Packets for `output` that begin before `time` seconds, from where the last call ended; all for None."""
        while self._next is not None and (time is None or self._next[0] < time):
            yield self._next[1]
            self._next = next(self._carried, None)

    def _carry(self) -> Iterator[tuple[Fraction, Packet[Stream]]]:
        begin = Fraction(0)
        for packet in packets(self._container) if self._tracks else ():
            if packet.stream_index in self._tracks:
                begin = self._placed((packet.dts or 0) * packet.time_base - self._origin)
                yield from ((begin, carried) for carried in self._tracks[packet.stream_index].carry(packet))
        for track in self._tracks.values():
            yield from ((begin, carried) for carried in track.rest())

    def _placed(self, time: Fraction) -> Fraction:
        return time if self._kept is None else self._kept.reached(time)


class _Track(Protocol):
    """One stream on its way: the packets that one packet becomes, and those that are still due at the end."""

    def carry(self, packet: Packet[Stream]) -> list[Packet[Stream]]: ...

    def rest(self) -> list[Packet[Stream]]: ...


def _track(
    path: str | Path, stream: AudioStream, output: OutputContainer, origin: Fraction, kept: TimeMap | None
) -> _Track:
    codec: object = stream.codec_context  # None without a decoder, whatever the stubs say
    if codec is None:
        raise InputError(
            "the codec of the sound is unknown", got=without_password(path), do="convert the sound to AAC first"
        )
    if kept is not None:
        return CutTrack(stream, encoder(stream, output), origin, kept)
    shift = round(origin / (stream.time_base or 1))
    fits = stream.codec_context.codec.canonical_name in _FIT_MP4
    return _Copied(stream, output, shift) if fits else _Encoded(stream, output, shift)


class _Copied:
    def __init__(self, stream: AudioStream, output: OutputContainer, shift: int) -> None:
        self._stream = output.add_stream_from_template(stream)
        self._shift = shift
        self._last: int | None = None

    def carry(self, packet: Packet[Stream]) -> list[Packet[Stream]]:
        if packet.dts is None or packet.pts is None or (self._last is not None and packet.dts <= self._last):
            return []  # MP4 has no place for a packet without a time, nor for one that damage puts back in time
        self._last = packet.dts
        packet.pts, packet.dts = packet.pts - self._shift, packet.dts - self._shift
        packet.stream = self._stream
        return [packet]

    def rest(self) -> list[Packet[Stream]]:
        return []


class _Encoded:
    def __init__(self, stream: AudioStream, output: OutputContainer, shift: int) -> None:
        self._from = stream
        self._to = encoder(stream, output)
        self._shift = shift

    def carry(self, packet: Packet[Stream]) -> list[Packet[Stream]]:
        try:
            frames = self._from.codec_context.decode(packet)
        except FFmpegError:
            return []
        return [encoded for frame in frames for encoded in self._encode(frame)]

    def rest(self) -> list[Packet[Stream]]:
        frames = self._from.codec_context.decode(None)
        return [encoded for frame in [*frames, None] for encoded in self._encode(frame)]

    def _encode(self, frame: AudioFrame | None) -> list[Packet[Stream]]:
        if frame is not None and frame.pts is not None:
            frame.pts -= self._shift
        return list(self._to.encode(frame))
