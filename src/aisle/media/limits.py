"""What one video may cost whoever reads it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aisle.core import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """None is without a limit. The first two hold where a video is read apart, by `Apart`; the others everywhere.

    `seconds` is what one job may take of processor time, and of waiting for it. `megabytes` is the address space of the
    process, shared libraries included, which take about 350. `pixels` is width x height of one picture, whatever the
    file claims; `duration` is in seconds of video, claimed or read, whichever is found first; `streams` counts those
    of all kinds in one file.
    """

    seconds: float | None = None
    megabytes: int | None = None
    pixels: int | None = None
    duration: Fraction | None = None
    streams: int | None = None

    def __post_init__(self) -> None:
        given = (self.seconds, self.megabytes, self.pixels, self.duration, self.streams)
        if any(limit is not None and limit <= 0 for limit in given):
            raise UsageError("a limit is positive", got=self)


UNLIMITED = Limits()
