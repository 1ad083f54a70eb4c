from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from aisle.core import Segment, Skipped, Timeline, UsageError


def part(start: float, end: float, score: float = 0.5) -> Segment:
    return Segment(Fraction(start), Fraction(end), "walking", score)


IMPOSSIBLE: dict[str, Callable[[], object]] = {
    "empty": lambda: part(1, 1),
    "backwards": lambda: part(2, 1),
    "before the start": lambda: part(-1, 1),
    "score over 1": lambda: part(0, 1, 1.01),
    "score under 0": lambda: part(0, 1, -0.01),
    "score that is no number": lambda: part(0, 1, float("nan")),
    "skipped, but empty": lambda: Skipped(Fraction(1), Fraction(1), "damaged"),
    "overlapping": lambda: Timeline(Fraction(9), (part(0, 2), part(1, 3))),
    "unsorted": lambda: Timeline(Fraction(9), (part(2, 3), part(0, 1))),
}


@pytest.mark.parametrize("make", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_stretches_of_time_that_cannot_be_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError, match="got: "):
        make()


def test_a_timeline_tells_what_holds_when() -> None:
    timeline = Timeline(Fraction(9), (part(0, 2), part(2, 3), part(5, 6)))
    found = [timeline.at(Fraction(time)) for time in (0, 1.999, 2, 3, 5.5, 6, 100)]
    first, second, third = timeline.segments
    assert found == [first, first, second, None, third, None, None]
