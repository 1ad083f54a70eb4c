"""What parent and child tell each other, as JSON: exact times, what a video is, timelines, limits, errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

from aisle.core import (
    AisleError,
    DamagedError,
    InputError,
    OutputError,
    Segment,
    Skipped,
    Timeline,
    UnreachableError,
    UsageError,
    VideoInfo,
)
from aisle.core.address import is_address
from aisle.media.limits import Limits

Json = Any
"""What `json` writes and reads."""

_ERRORS = {kind.__name__: kind for kind in (UsageError, InputError, OutputError, DamagedError, UnreachableError)}


def from_time(time: Fraction | None) -> Json:
    return None if time is None else [time.numerator, time.denominator]


def to_time(pair: Json) -> Fraction:
    numerator, denominator = map(int, pair)
    return Fraction(numerator, denominator)


def to_end(pair: Json) -> Fraction | None:
    return None if pair is None else to_time(pair)


def from_path(path: str | Path) -> Json:
    return [str(path), is_address(path)]


def to_path(pair: Json) -> str | Path:
    text, address = pair
    return str(text) if address else Path(text)


def from_info(info: VideoInfo) -> Json:
    return asdict(info) | {"rate": from_time(info.rate), "duration": from_time(info.duration)}


def to_info(told: Json) -> VideoInfo:
    return VideoInfo(**{**told, "rate": to_time(told["rate"]), "duration": to_end(told["duration"])})


def from_limits(limits: Limits) -> Json:
    return asdict(limits) | {"duration": from_time(limits.duration)}


def to_limits(told: Json) -> Limits:
    return Limits(**{**told, "duration": to_end(told["duration"])})


def from_skipped(skipped: Sequence[Skipped]) -> Json:
    return [[from_time(lost.start), from_time(lost.end), lost.reason] for lost in skipped]


def to_skipped(told: Json) -> tuple[Skipped, ...]:
    return tuple(Skipped(to_time(start), to_time(end), str(reason)) for start, end, reason in told)


def from_timeline(timeline: Timeline) -> Json:
    segments = [[from_time(s.start), from_time(s.end), s.label, float(s.score)] for s in timeline.segments]
    return [from_time(timeline.duration), segments, from_skipped(timeline.skipped)]


def to_timeline(told: Json) -> Timeline:
    duration, segments, skipped = told
    parts = (Segment(to_time(start), to_time(end), label, score) for start, end, label, score in segments)
    return Timeline(to_time(duration), tuple(parts), to_skipped(skipped))


def from_error(error: AisleError) -> Json:
    got = None if error.got is None else str(error.got)
    return [type(error).__name__, error.what, got, error.allowed, error.do]


def to_error(told: Json) -> AisleError:
    """The same text; the same class, or InputError for one that no video is the reason of."""
    name, what, got, allowed, do = told
    kind = _ERRORS.get(name, InputError)
    return kind(str(what), got=got, allowed=str(allowed), do=str(do))
