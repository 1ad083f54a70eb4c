"""Where people stand, as their boxes say."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from aisle.events.walks import from_above, walks
from shops import AT_MILK, FAR, gone, still, watched


def test_people_seen_from_the_side_stand_on_their_feet() -> None:
    observed = watched(still(AT_MILK, 2))
    [walk] = walks(observed)
    assert not from_above(observed)
    assert walk.places.tolist() == [pytest.approx([0.25, 0.35])] * 10
    assert walk.breadths.tolist() == pytest.approx([0.1] * 10)
    assert (walk.seen, walk.aspect) == (2, 2)


def test_people_seen_from_above_stand_in_their_middle() -> None:
    observed = watched(still(AT_MILK, 1), above=True)
    assert from_above(observed)
    assert walks(observed)[0].places[0].tolist() == pytest.approx([0.25, 0.35])


def test_only_the_time_in_which_somebody_is_seen_counts() -> None:
    [first, second] = walks(watched([*still(FAR, 1), *gone(3), *still(FAR, 1)], still(FAR, 4)))
    assert (first.seen, second.seen) == (2, 4)
    assert first.spans == (Fraction(1, 5),) * 10


def test_a_video_without_people_has_no_walks() -> None:
    empty = watched(gone(3))
    assert walks(empty) == ()
    assert not from_above(empty)
    assert walks(watched()) == ()


def test_a_hand_that_is_hidden_is_nowhere() -> None:
    observed = watched(still(AT_MILK, 1), hands={1: still((50, 20), 1)})
    assert walks(observed)[0].hands[0] == ((0.25, 0.2),)
    hidden = (
        replace(look, hands=tuple(replace(hand, score=0.05) for hand in look.hands)) for look in observed.observations
    )
    assert walks(replace(observed, observations=tuple(hidden)))[0].hands == ((),) * 5
