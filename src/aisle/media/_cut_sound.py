"""A stream of sound of which some stretches are kept and joined, to the sample."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from aisle.core.time_map import TimeMap

Samples = npt.NDArray[np.float32]

_AAC_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000})
_AAC_LAYOUTS = {1: "mono", 6: "5.1"}  # by number of channels, since PCM often leaves their order open; else stereo
_BEFORE = Fraction(1, 2)  # seconds that a decoder is given before what is kept of it
_PIECE = 1024


def encoder(stream: AudioStream, output: OutputContainer) -> AudioStream:
    """A stream of AAC in `output`, as near to `stream` as AAC can be."""
    made = output.add_stream("aac", rate=stream.rate if stream.rate in _AAC_RATES else 48000)
    made.layout = _AAC_LAYOUTS.get(stream.channels, "stereo")
    return made


class CutTrack:
    """Decodes what `kept` holds of a stream whose video begins at `origin`; what is missing of it is silence."""

    def __init__(self, stream: AudioStream, to: AudioStream, origin: Fraction, kept: TimeMap) -> None:
        self._from, self._to, self._origin, self._pairs = stream, to, origin, kept.pairs
        self._kept, self._lasts = kept, kept.lasts
        self._rate = to.rate
        self._resample = AudioResampler(format="fltp", layout=to.layout, rate=to.rate)
        self._channels = len(to.layout.channels)
        self._written = 0
        self._piece = 0

    def carry(self, packet: Packet[Stream]) -> list[Packet[Stream]]:
        """The packets that come of one of the stream."""
        if packet.pts is None or not self._is_near(packet):
            return []
        try:
            frames = self._from.codec_context.decode(packet)
        except FFmpegError:
            return []
        return [encoded for frame in frames for encoded in self._cut(frame)]

    def rest(self) -> list[Packet[Stream]]:
        """What is still due at the end: the sound may end before the pictures."""
        try:
            frames = self._from.codec_context.decode(None)
        except FFmpegError:
            frames = []
        carried = [encoded for frame in frames for encoded in self._cut(frame)]
        carried += self._silence(round(self._lasts * self._rate))
        return carried + list(self._to.encode(None))

    def _is_near(self, packet: Packet[Stream]) -> bool:
        start = (packet.pts or 0) * packet.time_base - self._origin
        end = start + (packet.duration or 0) * packet.time_base
        return any(each.start - _BEFORE < end and start < each.end for each, _ in self._pairs[self._piece :][:2])

    def _cut(self, frame: AudioFrame) -> list[Packet[Stream]]:
        if frame.pts is None:
            return []
        time = frame.pts * (frame.time_base or Fraction(1, frame.sample_rate)) - self._origin
        frame.pts = None
        pieces = [each.to_ndarray() for each in self._resample.resample(frame)]
        samples = np.concatenate([self._none(0), *pieces], axis=1)
        carried: list[Packet[Stream]] = []
        while self._piece < len(self._pairs):
            carried += self._placed(time, samples)
            if time + Fraction(samples.shape[1], self._rate) < self._pairs[self._piece][0].end:
                break
            self._piece += 1
        return carried

    def _placed(self, time: Fraction, samples: Samples) -> list[Packet[Stream]]:
        """What the piece holds of `samples` that begin at `time`, behind silence where some are missing."""
        there, here = self._pairs[self._piece]
        begin = round((here.start + time - there.start) * self._rate)
        first = max(round(here.start * self._rate), self._written, begin)
        after = min(round(here.end * self._rate), begin + samples.shape[1])
        if first >= after:
            return []
        return self._silence(first) + self._encoded(samples[:, first - begin : after - begin])

    def _silence(self, until: int) -> list[Packet[Stream]]:
        """Up to sample number `until` of the short video."""
        carried: list[Packet[Stream]] = []
        while self._written < until:
            carried += self._encoded(self._none(min(until - self._written, _PIECE)))
        return carried

    def _encoded(self, samples: Samples) -> list[Packet[Stream]]:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=self._to.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._written, Fraction(1, self._rate)
        self._written += samples.shape[1]
        return list(self._to.encode(frame))

    def _none(self, samples: int) -> Samples:
        return np.zeros((self._channels, samples), np.float32)
