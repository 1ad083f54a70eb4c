"""A file or an address in, all that was seen in it out."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from pathlib import Path

from aisle.core import InputError, Progress, Skipped, VideoInfo, silent
from aisle.core.detections import Observation
from aisle.core.observed import Observed
from aisle.media.ahead import ahead
from aisle.media.read import Read, Reader
from aisle.objects.observer import Observer

LONGEST = 1920
"""Pixels of the long side of a picture that is looked at; a larger one is made smaller."""

_AHEAD = 8  # pictures decoded while the networks work; a bound on memory


def observe(
    video: str | Path,
    observer: Observer,
    *,
    masks: bool = False,
    progress: Progress = silent,
    read: Read = Reader,
) -> Observed:
    """One pass over the whole video, opened by `read`, with `observer`, who has seen nothing yet. `progress` counts
    seconds of video.

    Masks are kept where `masks` says so: they take as much memory as the pictures. Raises InputError when nothing of
    the video can be read; what could be read only in part is told in `skipped`.
    """
    looks: list[Observation] = []
    with read(video, size=_readable, rate=observer.rate) as reader, closing(ahead(reader, _AHEAD)) as frames:
        info = reader.info
        total = float(info.duration) if info.duration else None
        for frame in frames:
            looks += _kept(observer.push(frame, int(frame.time * info.rate)), info, masks)
            progress(float(frame.time), total)
        looks += _kept(observer.finish(), info, masks)
    if not looks:
        got = f"{len(reader.skipped)} damaged stretches"
        raise InputError(f"no picture of {info.path} could be read", got=got, do="copy it again")
    progress(float(reader.duration), float(reader.duration))
    seen = tuple(look for look in looks if not _missing(look.time, reader.skipped))
    return Observed(info, observer.rate, seen, reader.skipped, reader.duration)


def _readable(info: VideoInfo) -> tuple[int, int]:
    """(width, height) as displayed, or in proportion to that."""
    scale = min(Fraction(LONGEST, max(info.width, info.height)), Fraction(1))
    return max(round(info.width * scale), 1), max(round(info.height * scale), 1)


def _kept(looks: tuple[Observation, ...], info: VideoInfo, masks: bool) -> list[Observation]:
    scaled = (look.scaled(info.width, info.height) for look in looks)
    return [look if masks else look.without_masks() for look in scaled]


def _missing(time: Fraction, skipped: tuple[Skipped, ...]) -> bool:
    return any(gap.start <= time < gap.end for gap in skipped)
