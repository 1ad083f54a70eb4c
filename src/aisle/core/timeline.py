"""The answer about one video: who did what from when to when, and what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from aisle.core.errors import UsageError


def _check_span(start: Fraction, end: Fraction) -> None:
    if not 0 <= start < end:
        raise UsageError("a stretch of time starts at or after 0 and ends later", got=f"[{start}, {end}) s")


@dataclass(frozen=True, slots=True)
class Segment:
    """`label` holds on [start, end) seconds; `score` is its mean probability there, 0 to 1."""

    start: Fraction
    end: Fraction
    label: str
    score: float

    def __post_init__(self) -> None:
        _check_span(self.start, self.end)
        if not 0 <= self.score <= 1:
            raise UsageError("a score is a probability", got=self.score, allowed="0 to 1")


@dataclass(frozen=True, slots=True)
class Skipped:
    """[start, end) seconds could not be analysed, for `reason`."""

    start: Fraction
    end: Fraction
    reason: str

    def __post_init__(self) -> None:
        _check_span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Timeline:
    """`segments` are sorted by start and do not overlap; gaps between them are stretches without an answer."""

    duration: Fraction
    segments: tuple[Segment, ...]
    skipped: tuple[Skipped, ...] = field(default=())

    def __post_init__(self) -> None:
        for before, after in zip(self.segments, self.segments[1:], strict=False):
            if after.start < before.end:
                raise UsageError("segments overlap or are not sorted", got=f"{before} then {after}")

    def at(self, time: Fraction) -> Segment | None:
        """The segment that covers `time` seconds, or None in a gap."""
        return next((segment for segment in self.segments if segment.start <= time < segment.end), None)
