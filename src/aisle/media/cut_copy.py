"""A shorter copy of a video whose pictures are not encoded anew: the stretches begin and end at key frames."""

from __future__ import annotations

import contextlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from aisle.core import InputError, Progress, silent
from aisle.core.time_map import Stretch, TimeMap, joined
from aisle.media._open import open_container, packets, picture_stream
from aisle.media._sound import Sound
from aisle.media._source import Source
from aisle.media.annotate import check_copy
from aisle.media.limits import UNLIMITED, Limits
from aisle.media.write import whole_mp4

_FIT_MP4 = frozenset({"h264", "hevc", "av1", "mpeg4", "vp9", "mjpeg", "mpeg2video", "mpeg1video"})
_NEED_HEADERS = frozenset({"h264", "hevc"})  # in front of the pictures, which players want to know first
_DO = "leave out --copy or --split"


def cut_copy(
    source: str | Path,
    times: TimeMap,
    out: str | Path,
    *,
    progress: Progress = silent,
    limits: Limits = UNLIMITED,
) -> TimeMap:
    """As `cut`, with the pictures as they are: a stretch begins at the key frame before and ends at the one behind, and
    the map that comes of that is returned. The sound is encoded, so that it is in step.

    Raises InputError for a codec that MP4 cannot hold, and where the times of the packets do not go with their order.
    """
    check_copy(source, out)
    with Source(source, limits) as opened:
        origin, has_sound = opened.origin, opened.info.has_audio
    keys, end = _key_frames(source, origin, limits)
    longer = TimeMap(joined(_snapped(each, keys, end) for each in times.kept))
    total = float(longer.lasts)
    with whole_mp4(Path(out)) as output, contextlib.closing(open_container(source, limits)) as container:
        stream = picture_stream(container, source)
        to = _added(output, stream, source)
        with contextlib.ExitStack() as opened_sound:
            sound = None
            if has_sound:
                sound = opened_sound.enter_context(contextlib.closing(Sound(source, output, limits, longer)))
            for time, packet in _moved(packets(container, stream), longer, origin, to, str(source)):
                if sound is not None:
                    output.mux(list(sound.until(time)))
                output.mux(packet)
                progress(float(time), total)
            if sound is not None:
                output.mux(list(sound.until(None)))
    progress(total, total)
    return longer


def _key_frames(source: str | Path, origin: Fraction, limits: Limits) -> tuple[list[Fraction], Fraction]:
    """When they come on screen, in order, and when the last picture goes."""
    keys, end = set[Fraction](), Fraction(0)
    with contextlib.closing(open_container(source, limits)) as container:
        stream = picture_stream(container, source)
        for packet in packets(container, stream):
            if packet.pts is None:
                continue
            time = packet.pts * packet.time_base - origin
            end = max(end, time + (packet.duration or 0) * packet.time_base)
            if packet.is_keyframe and not packet.is_discard:
                keys.add(time)
    if not keys:
        raise InputError("the video has no key frame to cut at", got=source, do=_DO)
    return sorted(keys), end


def _snapped(stretch: Stretch, keys: list[Fraction], end: Fraction) -> Stretch:
    before = keys[max(bisect_right(keys, stretch.start) - 1, 0)]
    behind = bisect_left(keys, stretch.end)
    return Stretch(max(before, Fraction(0)), keys[behind] if behind < len(keys) else max(end, stretch.end))


def _added(output: OutputContainer, stream: VideoStream, source: str | Path) -> VideoStream:
    codec = stream.codec_context.codec.canonical_name
    if codec not in _FIT_MP4:
        raise InputError("MP4 cannot hold these pictures as they are", got=f"{source}: {codec}", do=_DO)
    if not (stream.codec_context.width and (stream.codec_context.extradata or codec not in _NEED_HEADERS)):
        got = f"{source}: {codec} whose size stands among the pictures, as in MPEG-TS"
        raise InputError("MP4 cannot hold these pictures as they are", got=got, do=_DO)
    try:
        return output.add_stream_from_template(stream)
    except (FFmpegError, ValueError) as error:
        raise InputError("the pictures cannot be copied as they are", got=f"{source}: {error}", do=_DO) from error


def _moved(
    found: Iterator[Packet[Stream]], times: TimeMap, origin: Fraction, to: VideoStream, source: str
) -> Iterator[tuple[Fraction, Packet[Stream]]]:
    """The packets of the kept pictures with their times in the short video, and those times in seconds."""
    last: int | None = None
    whole = False  # whether the key frame that the packets hang on is kept; some before it on screen come behind it
    for packet in found:
        if packet.pts is None or packet.dts is None or packet.is_discard:
            continue
        time = packet.pts * packet.time_base - origin
        if packet.is_keyframe and time >= times.kept[-1].end:
            return  # whatever comes behind a key frame in the file is shown behind it, or hangs on it
        here = times.shortened(time)
        whole = here is not None if packet.is_keyframe else whole
        if here is None or not whole:
            continue
        shift = round((here - time - origin) / packet.time_base)
        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
        if last is not None and packet.dts <= last:
            packet.dts = last + 1
        if packet.dts > packet.pts:
            raise InputError("the pictures cannot be cut without encoding them", got=source, do=_DO)
        last, packet.stream = packet.dts, to
        yield here, packet
