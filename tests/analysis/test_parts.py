"""Which parts a video is searched by."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.analysis.parts import STEP, WINDOW, parts, windows
from aisle.core import UsageError
from aisle.core.shots import Change, Shots
from aisle.core.time_map import Stretch


@given(st.fractions(0, 100), st.fractions(Fraction(1, 100), 100))
def test_windows_cover_a_stretch_without_a_gap(start: Fraction, lasts: Fraction) -> None:
    whole = Stretch(start, start + lasts)
    found = windows(whole)
    assert (found[0].start, found[-1].end) == (whole.start, whole.end)
    assert all(one.lasts == min(WINDOW, whole.lasts) for one in found)
    assert all(before.start < after.start <= before.end for before, after in pairwise(found))
    assert all(after.start - before.start <= STEP for before, after in pairwise(found))


def test_shots_are_parts_without_what_goes_over() -> None:
    changes = (Change(Fraction(2), Fraction(2)), Change(Fraction(5), Fraction(6)))
    found = parts("a", Fraction(8), shots=Shots("a", Fraction(8), Fraction(25), changes, "by hand"))
    assert [(one.start, one.end, one.is_whole) for one in found] == [
        (0, 8, True),
        (0, 2, False),
        (2, 5, False),
        (6, 8, False),
    ]


def test_windows_that_leave_gaps_are_refused() -> None:
    with pytest.raises(UsageError, match="gap"):
        windows(Stretch(Fraction(0), Fraction(9)), window=Fraction(1), step=Fraction(2))
