"""Who stood at which shelf: scenes worked out by hand, and what holds of every walk."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core.interaction import Interaction, InteractionKind
from aisle.core.observed import Observed
from aisle.events.stays import Stay, stays
from aisle.events.walks import walks
from shops import AT_BREAD, AT_MILK, BREAD, FAR, MILK, Place, gone, still, watched


def at(observed: Observed, *interactions: Interaction) -> list[Stay]:
    return [stay for walk in walks(observed) for stay in stays(walk, (MILK, BREAD), interactions)]


def told(found: Sequence[Stay]) -> list[tuple[str, float, float, float]]:
    return [(stay.zone, float(stay.start), float(stay.end), float(stay.dwell)) for stay in found]


def test_standing_at_a_shelf_is_a_visit_from_the_first_look_to_the_last() -> None:
    found = at(watched([*still(FAR, 1), *still(AT_MILK, 3), *still(FAR, 1)]))
    assert told(found) == [("milk", 1, 4, 3)]
    assert found[0].stood == pytest.approx(Fraction(13, 5), abs=0.01)  # at its first and last look it was moving


def test_passing_by_in_less_than_a_second_is_none() -> None:
    assert at(watched([*still(FAR, 1), *still(AT_MILK, 0.8), *still(FAR, 1)])) == []
    assert told(at(watched([*still(FAR, 1), *still(AT_MILK, 1), *still(FAR, 1)]))) == [("milk", 1, 2, 1)]


@pytest.mark.parametrize("away", [still(FAR, 0.8), gone(0.8)], ids=["away", "not seen"])
def test_a_short_absence_is_the_same_visit_and_no_dwell(away: list[Place | None]) -> None:
    found = at(watched([*still(AT_MILK, 2), *away, *still(AT_MILK, 2)]))
    assert told(found) == [("milk", 0, pytest.approx(4.8), 4)]


def test_a_long_absence_ends_it() -> None:
    found = at(watched([*still(AT_MILK, 2), *still(FAR, 1), *still(AT_MILK, 2)]))
    assert told(found) == [("milk", 0, 2, 2), ("milk", 3, 5, 2)]


def test_somebody_between_two_shelves_does_not_go_to_and_fro() -> None:
    left, right = (78.0, 35.0), (82.0, 35.0)  # two pixels on either side of where the shelves meet
    found = at(watched([*still(AT_MILK, 1), *[left, right] * 10]))
    assert told(found) == [("milk", 0, 5, 5)]


def test_who_walks_along_visits_one_shelf_after_the_other() -> None:
    found = at(watched([*still(AT_MILK, 2), *still(AT_BREAD, 2)]))
    assert told(found) == [("milk", 0, 2, 2), ("bread", 2, 4, 2)]


def test_a_zone_is_left_later_than_it_is_entered() -> None:
    near, between, far = (50.0, 39.0), (50.0, 43.0), (50.0, 47.0)  # 0.9, 1.3 and 1.7 bodies away
    assert at(watched(still(between, 3))) == []
    found = at(watched([*still(near, 1), *still(between, 2), *still(far, 2)]))
    assert told(found) == [("milk", 0, 3, 3)]


def test_what_somebody_does_at_a_shelf_is_a_visit_however_short_and_wherever_they_stand() -> None:
    reach = Interaction(InteractionKind.PICKED_UP, Fraction(2), Fraction(12, 5), 1, "milk")
    assert told(at(watched(still(FAR, 4)), reach)) == [("milk", 2, pytest.approx(2.4), pytest.approx(0.4))]
    other = Interaction(InteractionKind.PICKED_UP, Fraction(2), Fraction(12, 5), 2, "milk")
    assert at(watched(still(FAR, 4)), other) == []


def test_a_hand_in_the_zone_is_seen() -> None:
    hand: list[Place | None] = [*gone(1), (50.0, 20.0)]
    [stay] = at(watched(still(AT_MILK, 2), hands={1: hand}))
    assert stay.hand
    assert not at(watched(still(AT_MILK, 2), hands={1: [(50.0, 40.0)]}))[0].hand


def test_who_strolls_past_a_long_shelf_does_not_stand() -> None:
    stroll: list[Place | None] = [(20 + 2.0 * step, 35.0) for step in range(60)]  # ten pixels a second: one body
    assert {float(stay.stood) for stay in at(watched(stroll))} == {0}


places = st.one_of(st.none(), st.tuples(st.floats(0, 200), st.floats(0, 100)), st.sampled_from([AT_MILK, AT_BREAD]))


@given(st.lists(places, max_size=40), st.booleans())
def test_dwell_never_exceeds_the_time_in_which_somebody_was_seen(way: list[Place | None], above: bool) -> None:
    for walk in walks(watched(way, above=above)):
        found = stays(walk, (MILK, BREAD))
        assert sum(stay.dwell for stay in found) <= walk.seen
        for stay in found:
            assert 1 <= stay.dwell <= stay.end - stay.start
            assert 0 <= stay.stood <= stay.dwell
        for zone in ("milk", "bread"):
            own = [stay for stay in found if stay.zone == zone]
            assert all(after.start - before.end >= 1 for before, after in pairwise(own))
