"""Stretches of a video that were kept and joined: which moment of the short video is which moment of the long one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, pairwise

from aisle.core.errors import UsageError


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """[start, end) seconds of a video."""

    start: Fraction
    end: Fraction

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise UsageError("a stretch of time starts at or after 0 and ends later", got=f"[{self.start}, {self.end})")

    @property
    def lasts(self) -> Fraction:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class TimeMap:
    """`kept` stretches of the long video, in order, which touch at most; the short video is all of them in a row.

    The short video is [0, `lasts`). Both ways a moment keeps its order, and each is the inverse of the other.
    """

    kept: tuple[Stretch, ...]
    _begins: tuple[Fraction, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for before, after in pairwise(self.kept):
            if after.start < before.end:
                raise UsageError("stretches overlap or are not sorted", got=f"{before} then {after}")
        begins = accumulate((each.lasts for each in self.kept), initial=Fraction(0))
        object.__setattr__(self, "_begins", tuple(begins))

    @property
    def lasts(self) -> Fraction:
        """Seconds of the short video."""
        return self._begins[-1]

    @property
    def pairs(self) -> tuple[tuple[Stretch, Stretch], ...]:
        """Each stretch of the long video with where it lies in the short one."""
        return tuple((each, Stretch(*there)) for each, there in zip(self.kept, pairwise(self._begins), strict=True))

    def original(self, time: Fraction) -> Fraction:
        """What moment of the long video is shown at `time` of the short one. Raises UsageError outside of it."""
        if not 0 <= time < self.lasts:
            raise UsageError("the short video has no such moment", got=f"{time} s", allowed=f"[0, {self.lasts}) s")
        piece = bisect_right(self._begins, time) - 1
        return self.kept[piece].start + (time - self._begins[piece])

    def shortened(self, time: Fraction) -> Fraction | None:
        """Where `time` of the long video lies in the short one; None where it was left out."""
        piece = bisect_right(self.kept, time, key=lambda each: each.start) - 1
        if piece < 0 or time >= self.kept[piece].end:
            return None
        return self._begins[piece] + (time - self.kept[piece].start)

    def reached(self, time: Fraction) -> Fraction:
        """How much of the short video comes before `time` of the long one, kept or not."""
        piece = bisect_right(self.kept, time, key=lambda each: each.start) - 1
        if piece < 0:
            return Fraction(0)
        return self._begins[piece] + min(time - self.kept[piece].start, self.kept[piece].lasts)


def joined(stretches: Iterable[Stretch], *, within: Fraction = Fraction(0)) -> tuple[Stretch, ...]:
    """In order, and one where they overlap, touch, or lie at most `within` seconds apart."""
    together: list[Stretch] = []
    for each in sorted(stretches):
        if together and each.start <= together[-1].end + within:
            last = together.pop()
            each = Stretch(last.start, max(last.end, each.end))
        together.append(each)
    return tuple(together)


def widened(stretches: Iterable[Stretch], margin: Fraction, duration: Fraction) -> tuple[Stretch, ...]:
    """Each with `margin` seconds more on both sides, within [0, `duration`), joined where they meet."""
    wide = ((max(each.start - margin, Fraction(0)), min(each.end + margin, duration)) for each in stretches)
    return joined(Stretch(start, end) for start, end in wide if start < end)


def without(stretches: Iterable[Stretch], duration: Fraction) -> tuple[Stretch, ...]:
    """What is left of [0, `duration`) without `stretches`, which are in order and do not overlap."""
    edges = [Fraction(0), *(edge for each in stretches for edge in (each.start, each.end)), duration]
    return tuple(Stretch(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end)
