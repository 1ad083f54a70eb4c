"""One label at a time: what a video shows where several labelled stretches cover the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from heapq import heappop, heappush
from itertools import pairwise

from aisle.core.timeline import Segment

RULE = (
    "where stretches overlap, the one that starts last holds; of two that start together the shorter one; of two that "
    "are the same stretch the one named first"
)


def overlaps(stretches: Sequence[Segment]) -> int:
    """How many of them begin before one that began earlier, or together with them, has ended."""
    count, until = 0, Fraction(0)
    for stretch in sorted(stretches, key=lambda stretch: stretch.start):
        count += stretch.start < until
        until = max(until, stretch.end)
    return count


def flatten(stretches: Sequence[Segment]) -> tuple[Segment, ...]:
    """The runs of one label that `RULE` leaves of stretches in any order: sorted, without overlap.

    A run of several stretches has the highest of their scores.
    """
    waiting = sorted(enumerate(stretches), key=lambda item: item[1].start, reverse=True)
    cuts = sorted({time for stretch in stretches for time in (stretch.start, stretch.end)})
    open_now: list[tuple[Fraction, Fraction, int]] = []
    runs: list[Segment] = []
    for start, end in pairwise(cuts):
        while waiting and waiting[-1][1].start <= start:
            number, stretch = waiting.pop()
            heappush(open_now, (-stretch.start, stretch.end, number))
        while open_now and open_now[0][1] <= start:
            heappop(open_now)
        if open_now:
            _extend(runs, start, end, stretches[open_now[0][2]])
    return tuple(runs)


def _extend(runs: list[Segment], start: Fraction, end: Fraction, stretch: Segment) -> None:
    goes_on = bool(runs) and runs[-1].label == stretch.label and runs[-1].end == start
    before = runs.pop() if goes_on else Segment(start, end, stretch.label, stretch.score)
    runs.append(Segment(before.start, end, stretch.label, max(before.score, stretch.score)))
