"""What was kept of a video, and the way between its moments and those of the whole one."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import UsageError
from aisle.core.time_map import Stretch, TimeMap, joined, widened, without

moments = st.fractions(min_value=0, max_value=50, max_denominator=1001)
stretches = st.lists(st.tuples(moments, moments).filter(lambda pair: pair[0] != pair[1]), max_size=8).map(
    lambda pairs: [Stretch(min(pair), max(pair)) for pair in pairs]
)
maps = stretches.map(lambda found: TimeMap(joined(found)))


@given(maps, moments)
def test_the_way_back_is_the_inverse(times: TimeMap, moment: Fraction) -> None:
    here = times.shortened(moment)
    assert (here is None) == (not any(each.start <= moment < each.end for each in times.kept))
    if here is not None:
        assert 0 <= here < times.lasts
        assert times.original(here) == moment
    if moment < times.lasts:
        assert times.shortened(times.original(moment)) == moment


@given(maps, st.lists(moments, min_size=2))
def test_both_ways_keep_the_order(times: TimeMap, some: list[Fraction]) -> None:
    for ways in (times.shortened, lambda each: times.original(each) if each < times.lasts else None):
        there = [(moment, here) for moment in sorted(set(some)) if (here := ways(moment)) is not None]
        assert all(before[1] < after[1] for before, after in pairwise(there))


@given(maps, moments)
def test_what_comes_before_a_moment_is_counted(times: TimeMap, moment: Fraction) -> None:
    before = sum(min(each.end, moment) - each.start for each in times.kept if each.start < moment)
    assert times.reached(moment) == before
    if (here := times.shortened(moment)) is not None:
        assert here == before


@given(maps)
def test_stretches_are_half_open(times: TimeMap) -> None:
    assert times.lasts == sum((each.lasts for each in times.kept), Fraction(0))
    for there, here in times.pairs:
        assert times.shortened(there.start) == here.start
        assert times.shortened(there.end) is None
        assert times.original(here.start) == there.start
        assert here.lasts == there.lasts


@given(stretches, moments)
def test_joined_holds_what_its_parts_do(found: list[Stretch], moment: Fraction) -> None:
    together = joined(found)
    inside = any(each.start <= moment < each.end for each in found)
    assert inside == any(each.start <= moment < each.end for each in together)
    assert all(before.end < after.start for before, after in pairwise(together))


@given(stretches, moments)
def test_what_is_left_out_is_the_rest(found: list[Stretch], moment: Fraction) -> None:
    duration = Fraction(60)
    kept = joined(found)
    rest = without(kept, duration)
    assert sum((each.lasts for each in (*kept, *rest)), Fraction(0)) == duration
    assert any(each.start <= moment < each.end for each in kept) != any(
        each.start <= moment < each.end for each in rest
    )


def test_margins_stay_within_the_video() -> None:
    some = [Stretch(Fraction(0), Fraction(1)), Stretch(Fraction(4), Fraction(5)), Stretch(Fraction(9), Fraction(10))]
    assert widened(some, Fraction(2), Fraction(10)) == (Stretch(Fraction(0), Fraction(10)),)
    assert widened(some, Fraction(1), Fraction(10)) == (
        Stretch(Fraction(0), Fraction(2)),
        Stretch(Fraction(3), Fraction(6)),
        Stretch(Fraction(8), Fraction(10)),
    )


def test_small_gaps_are_closed() -> None:
    some = [Stretch(Fraction(0), Fraction(1)), Stretch(Fraction(2), Fraction(3)), Stretch(Fraction(5), Fraction(6))]
    assert joined(some, within=Fraction(1)) == (Stretch(Fraction(0), Fraction(3)), Stretch(Fraction(5), Fraction(6)))


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (1, 1), (2, 1)])
def test_a_stretch_starts_before_it_ends(start: int, end: int) -> None:
    with pytest.raises(UsageError, match="ends later"):
        Stretch(Fraction(start), Fraction(end))


def test_a_map_is_in_order_and_has_an_end() -> None:
    with pytest.raises(UsageError, match="overlap"):
        TimeMap((Stretch(Fraction(1), Fraction(3)), Stretch(Fraction(2), Fraction(4))))
    assert TimeMap(()).lasts == 0
    with pytest.raises(UsageError, match="no such moment"):
        TimeMap(()).original(Fraction(0))
