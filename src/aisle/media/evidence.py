"""A stretch of what a camera sent, as an MP4: packets copied as they came, or encoded where browsers cannot play those.

A copy begins with the key picture at or before its start, as what follows cannot be shown without it, and ends with
the pictures that the last one needs. It has no sound: recording that is unlawful in many places, and nothing here
listens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from aisle.core import Frame, InputError
from aisle.core.address import without_password
from aisle.media._display import Converter, display_of
from aisle.media._open import open_container, packets, picture_stream
from aisle.media._ring import Group, Kept, Track
from aisle.media._source import Source
from aisle.media.limits import UNLIMITED, Limits
from aisle.media.read import Reader
from aisle.media.write import Writer, whole_mp4

COPIED = frozenset({"h264", "hevc", "av1", "vp9"})
"""Codecs that are copied. Every browser plays H.264; H.265 plays where the machine has a decoder for it."""

Span = tuple[Fraction, Fraction]
_USUAL_RATE = Fraction(25)
_DEEPEST = 16  # pictures that a codec may put off before it shows them


def write_groups(groups: Sequence[Group], end: Fraction, out: Path) -> Span:
    """Writes what `groups` show before `end` seconds, and returns what of the camera's axis that is.

    Where the coding changes, or time goes back, only the longest part of one kind is written. A time without pictures
    stays in: the last one before it stands. Motion JPEG and raw pictures, as webcams send them, are encoded to H.264.
    Raises InputError where there is nothing to write, OutputError where it cannot be written.
    """
    part = _longest(groups)
    if not part:
        raise InputError(
            "no pictures of this time are kept",
            got=f"what ends at {float(end):.3f} s",
            do="ask sooner, or keep more seconds of this camera",
        )
    track = part[0].track
    shown = _until(chain.from_iterable(group.packets for group in part), part[0].packets[0].shown, end / track.clock)
    if track.codec in COPIED:
        _copy(track, shown, out)
    else:
        _encode(track, shown, out)
    return shown[0].shown * track.clock, max(packet.shown + packet.duration for packet in shown) * track.clock


def write_file(path: str | Path, start: Fraction, end: Fraction, out: Path, limits: Limits = UNLIMITED) -> Span:
    """The stretch [start, end) of a file or address, in seconds from its first picture; as `write_groups` otherwise.

    Raises InputError if `path` cannot be read or holds nothing of that stretch.
    """
    with Source(path, limits) as source:
        info, origin = source.info, source.origin
    with contextlib.closing(open_container(path, limits)) as container:
        # AVI has stamps of decoding alone, which say nothing of the order of showing.
        if info.codec in COPIED and container.format.name != "avi":
            stream = picture_stream(container, path)
            return write_groups(_groups_of(container, stream, origin, 1 / info.rate, start, end), end, out)
    return _recode(path, start, end, out, limits)


def _groups_of(
    container: InputContainer, stream: VideoStream, origin: Fraction, step: Fraction, start: Fraction, end: Fraction
) -> list[Group]:
    """What [start, end) needs of a file whose first picture is at `origin` on its own clock."""
    track = Track(stream, stream.time_base or Fraction(1, av.time_base))
    zero, usual = round(origin / track.clock), round(step / track.clock)
    groups: list[Group] = []
    for earlier in _further_back(start):
        with contextlib.suppress(FFmpegError):
            container.seek(zero + int(earlier / track.clock), stream=stream)
        coming = (_kept(packet, zero, usual) for packet in packets(container, stream))
        groups = _needed(track, coming, start, end)
        if groups and groups[0].start <= start:
            break
    return groups


def _further_back(start: Fraction) -> Iterator[Fraction]:
    """Where to look for the key picture before `start`: without an index, libav may jump to one behind it."""
    back = Fraction(0)
    while back < start:
        yield start - back
        back = back * 2 + 1
    yield Fraction(0)


def _longest(groups: Sequence[Group]) -> list[Group]:
    """The longest stretch of groups that one stream can hold, in order of time."""
    parts = [list(groups[:1])]
    for before, group in pairwise(groups):
        if (
            group.track.coding == before.track.coding
            and group.start > max(packet.shown for packet in before.packets) * before.track.clock
        ):
            parts[-1].append(group)
        else:
            parts.append([group])
    return max(parts, key=lambda part: part[-1].end - part[0].start if part else 0)


def _until(coming: Iterable[Kept], first: int, end: Fraction) -> list[Kept]:
    """Packets in order of decoding up to the last that is shown before `end` ticks.

    Those shown before the first key picture need what came before it, and are left out.
    """
    held = [packet for packet in coming if packet.shown >= first]
    last = max((place for place, packet in enumerate(held) if packet.shown < end), default=0)
    return held[: last + 1]


def _copy(track: Track, shown: Sequence[Kept], out: Path) -> None:
    with whole_mp4(out) as output:
        stream = track.add_to(output)
        for packet in _packets(track, shown):
            packet.stream = stream
            output.mux(packet)


def _packets(track: Track, shown: Sequence[Kept]) -> Iterator[Packet[Stream]]:
    """Packets in order of decoding, the first shown at 0; a second one for the same moment is left out.

    Their stamps of decoding are the stamps of showing in order, as much earlier as reordering needs: containers and
    networks do not always tell them.
    """
    once = list({kept.shown: kept for kept in reversed(shown)}.values())[::-1]
    in_order = sorted(kept.shown for kept in once)
    early = max(due - kept.shown for due, kept in zip(in_order, once, strict=True))
    for due, kept in zip(in_order, once, strict=True):
        packet = Packet(kept.data)
        packet.time_base, packet.duration, packet.is_keyframe = track.clock, kept.duration, kept.is_key
        packet.pts, packet.dts = kept.shown - in_order[0], due - early - in_order[0]
        yield packet


def _encode(track: Track, shown: Sequence[Kept], out: Path) -> None:
    frames = _decoded(track, shown)
    first = next(frames, None)
    if first is None:
        raise InputError("the pictures cannot be decoded", got=track.codec, do="set the camera to H.264")
    height, width, _ = first.image.shape
    length = (shown[-1].shown - shown[0].shown) * track.clock
    rate = (len(shown) - 1) / length if length else _USUAL_RATE
    with Writer(out, width, height, rate) as writer:
        for frame in chain([first], frames):
            writer.write(frame)


def _decoded(track: Track, shown: Sequence[Kept]) -> Iterator[Frame]:
    decoder, converter, last = track.decoder(), None, Fraction(-1)
    for packet in chain(_packets(track, shown), [None]):
        decoded = []
        with contextlib.suppress(FFmpegError):  # one damaged picture is no reason to lose the others
            decoded = decoder.decode(packet)
        for frame in decoded:
            if converter is None:
                display = display_of(frame, None)
                converter = Converter(display, (display.width, display.height))
            time = (frame.pts or 0) * track.clock
            if time > last:
                last = time
                yield Frame(time, converter.image(frame))


def _kept(packet: Packet[Stream], zero: int, usual: int) -> Kept:
    shown = packet.dts if packet.pts is None else packet.pts
    return Kept(bytes(packet), (shown or 0) - zero, packet.duration or usual, packet.is_keyframe)


def _needed(track: Track, coming: Iterable[Kept], start: Fraction, end: Fraction) -> list[Group]:
    """The groups of a file that [start, end) needs."""
    groups: list[Group] = []
    behind = 0
    for packet in coming:
        behind = behind + 1 if packet.shown * track.clock >= end else 0
        if behind > _DEEPEST:
            break
        if packet.is_key:
            if packet.shown * track.clock <= start:
                groups.clear()
            groups.append(Group(track))
        if groups:
            groups[-1].packets.append(packet)
    return [group for group in groups if group.end > start]


def _recode(path: str | Path, start: Fraction, end: Fraction, out: Path, limits: Limits) -> Span:
    with Reader(path, start=start, end=end, limits=limits) as reader:
        frames = iter(reader)
        first = next(frames, None)
        if first is None:
            raise InputError(
                "the video has no pictures of this time",
                got=f"{without_password(path)}: [{float(start):.3f}, {float(end):.3f}) s",
                do="ask for a stretch within its length",
            )
        with Writer(out, reader.info.width, reader.info.height, reader.info.rate) as writer:
            for frame in chain([first], frames):
                writer.write(Frame(frame.time - first.time, frame.image))
        return first.time, min(reader.duration, end)
