"""Where edited video goes from one shot to the next: at once, or little by little."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from aisle.core.errors import UsageError
from aisle.core.time_map import Stretch


@dataclass(frozen=True, slots=True)
class Change:
    """From one shot to the next. A cut happens at `start`, when the first picture of the new shot comes on screen, and
    `end` is the same. A gradual one is [start, end): the pictures in which both shots, or neither, are seen.
    `score` is how sure it is, 0 to 1.
    """

    start: Fraction
    end: Fraction
    score: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise UsageError("a change ends when it starts, or later", got=f"[{self.start}, {self.end})")

    @property
    def is_cut(self) -> bool:
        return self.start == self.end

    @property
    def middle(self) -> Fraction:
        return (self.start + self.end) / 2


@dataclass(frozen=True, slots=True)
class Shots:
    """The shots of a video of `duration` seconds, by the `changes` between them, in order, which touch at most.

    `rate` is that of its pictures, for frame numbers; `method` says what found them.
    """

    video: str
    duration: Fraction
    rate: Fraction
    changes: tuple[Change, ...]
    method: str

    def __post_init__(self) -> None:
        if self.duration <= 0 or self.rate <= 0:
            got = f"{self.duration} s, {self.rate} a second"
            raise UsageError("a video has a length and a rate", got=got, allowed="more than 0")
        for before, after in pairwise(self.changes):
            if after.start < before.end or after.middle <= before.middle:
                raise UsageError("changes overlap or are not in order", got=f"{before} then {after}")
        if self.changes and not (self.changes[0].middle > 0 and self.changes[-1].end < self.duration):
            raise UsageError("changes lie within the video", got=f"{self.changes[0]} to {self.changes[-1]}")

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """One a shot, without a gap: a gradual change is parted in its middle."""
        edges = [Fraction(0), *(change.middle for change in self.changes), self.duration]
        return tuple(Stretch(start, end) for start, end in pairwise(edges))

    @property
    def clean(self) -> tuple[Stretch, ...]:
        """One a shot, without what belongs to gradual changes; as in `stretches` where nothing else would be left."""
        starts = [Fraction(0), *(change.end for change in self.changes)]
        ends = [*(change.start for change in self.changes), self.duration]
        return tuple(
            Stretch(start, end) if start < end else whole
            for start, end, whole in zip(starts, ends, self.stretches, strict=True)
        )
