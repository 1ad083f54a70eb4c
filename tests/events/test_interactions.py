"""Rules on hand-made observations: one person, looks five times a second, one shelf at the left of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.core.boxes import Boxes
from aisle.core.detections import NOBODY, PERSON, Detections, Hand, Handling, Observation
from aisle.core.interaction import InteractionKind
from aisle.core.site import Site, Zone, ZoneKind
from aisle.core.timeline import Segment, Timeline
from aisle.events.interactions import interactions
from aisle.events.visits import visits

PICKED, BACK = InteractionKind.PICKED_UP, InteractionKind.PUT_BACK
STOWED, CONCEALED = InteractionKind.STOWED, InteractionKind.CONCEALED

SHELF = Zone("cans", ZoneKind.SHELF, ((0, 0), (0.3, 0), (0.3, 1), (0, 1)))
SITE, EMPTY_SITE = Site("shop", (SHELF,)), Site("shop", ())

IN_SHELF, OUTSIDE = (20, 50), (60, 50)
"""Where a hand is, in a picture of 100 x 100 pixels with a person in the middle."""

Things = Sequence[tuple[str, tuple[int, int, int, int]]]


def look(
    number: int, hand: tuple[int, int] | None, holds: float = float("nan"), *, track: int = 1, things: Things = ()
) -> Observation:
    boxes = [(40, 30, 80, 70), *(box for _, box in things)]
    found = Detections(
        Boxes(np.array(boxes, np.float32), np.ones(len(boxes), np.float32)),
        (PERSON, *(label for label, _ in things)),
        np.array([track] + [NOBODY] * len(things), np.int64),
    )
    hands = () if hand is None else (Hand(track, "right", float(hand[0]), float(hand[1]), 0.9, holds),)
    return Observation(Fraction(number, 5), 6 * number, 100, 100, found, hands=hands)


def story(*parts: tuple[int, tuple[int, int], float], things: Things = ()) -> list[Observation]:
    """Each part for so many looks: the hand there, holding with this probability."""
    looks: list[Observation] = []
    for count, hand, holds in parts:
        looks += [look(len(looks) + at, hand, holds, things=things) for at in range(count)]
    return looks


TAKEN = (10, OUTSIDE, 0.05), (5, IN_SHELF, 0.5), (15, OUTSIDE, 0.95)


def test_a_hand_that_comes_out_of_a_shelf_with_a_product_picked_it_up_there() -> None:
    (found,) = interactions(story(*TAKEN), SITE)
    assert (found.kind, found.track, found.zone) == (PICKED, 1, "cans")
    assert Fraction(9, 5) <= (found.start + found.end) / 2 <= Fraction(17, 5)


def test_what_goes_back_into_the_shelf_was_put_back() -> None:
    found = interactions(story(*TAKEN, (5, IN_SHELF, 0.5), (15, OUTSIDE, 0.05)), SITE)
    assert [each.kind for each in found] == [PICKED, BACK]
    assert [each.zone for each in found] == ["cans", "cans"]


def test_what_leaves_the_hand_at_a_basket_was_stowed() -> None:
    basket = [("basket", (55, 55, 75, 75))]
    looks = story(*TAKEN) + [
        look(30 + at, OUTSIDE, 0.9 if at < 5 else 0.05, things=basket if at < 10 else ()) for at in range(25)
    ]
    assert [each.kind for each in interactions(looks, SITE)] == [PICKED, STOWED]


def test_what_leaves_the_hand_far_from_shelf_and_basket_was_hidden() -> None:
    found = interactions(story(*TAKEN, (20, OUTSIDE, 0.05)), SITE)
    assert [each.kind for each in found] == [PICKED, CONCEALED]
    assert found[1].zone == ""


def test_products_near_the_hand_tell_what_it_holds_and_how_that_is_called() -> None:
    nan = float("nan")
    looks = story((10, OUTSIDE, nan), (5, IN_SHELF, nan)) + [
        look(15 + at, OUTSIDE, things=[("oat milk", (58, 48, 64, 54))]) for at in range(20)
    ]
    (found,) = interactions(looks, SITE)
    assert (found.kind, found.product) == (PICKED, "oat milk")


@pytest.mark.parametrize("thing", [("dining table", (58, 48, 64, 54)), ("oat milk", (30, 20, 90, 90))])
def test_furniture_and_what_is_larger_than_goods_is_not_picked_up(thing: tuple[str, tuple[int, int, int, int]]) -> None:
    nan = float("nan")
    looks = story((10, OUTSIDE, nan), (5, IN_SHELF, nan))
    looks += [look(15 + at, OUTSIDE, things=[thing]) for at in range(20)]
    assert interactions(looks, SITE) == ()


def test_the_timeline_is_evidence() -> None:
    looks = story((10, OUTSIDE, float("nan")), (5, IN_SHELF, float("nan")), (20, OUTSIDE, float("nan")))
    timeline = Timeline(Fraction(7), (Segment(Fraction(17, 5), Fraction(7), "inspect_product", 0.9),))
    assert interactions(looks, SITE) == ()
    assert [each.kind for each in interactions(looks, SITE, timeline)] == [PICKED]


def test_a_network_that_follows_hands_is_believed() -> None:
    chances = {10: (0.6, 0.9, 0.0, 0.0, 0.0), 30: (0.4, 0.0, 0.1, 0.0, 0.9)}
    looks = [
        Observation(
            Fraction(at, 5),
            6 * at,
            100,
            100,
            look(at, None).found,
            handling=(Handling(1, *chances.get(at, (0.95 if 10 < at < 30 else 0.05, 0.01, 0.01, 0.01, 0.01))),),
        )
        for at in range(45)
    ]
    found = interactions(looks, SITE)
    assert [each.kind for each in found] == [PICKED, CONCEALED]
    assert [float(each.start + each.end) / 2 for each in found] == pytest.approx([2, 6], abs=0.1)


def test_without_shelves_nobody_is_told_to_hide_anything() -> None:
    found = interactions(story(*TAKEN, (20, OUTSIDE, 0.05)), EMPTY_SITE)
    assert [(each.kind, each.zone) for each in found] == [(PICKED, ""), (BACK, "")]


def test_a_track_that_is_switched_brings_the_product_along() -> None:
    looks = [look(at, OUTSIDE, 0.95, track=2) for at in range(15)]
    looks += [look(15 + at, IN_SHELF, 0.5, track=2) for at in range(5)]
    looks += [look(20 + at, OUTSIDE, 0.05, track=2) for at in range(15)]
    found = interactions(looks, SITE)
    assert [each.kind for each in found] == [BACK]
    assert [visit.items for visit in visits(looks, found)] == [0]


@pytest.mark.parametrize(
    "looks",
    [
        [],
        [look(at, None) for at in range(9)],
        [look(at, OUTSIDE, 0.9, track=NOBODY) for at in range(9)],
        [Observation(Fraction(0), 0, 100, 100, Detections.none())],
        [look(0, OUTSIDE, 0.9)],
    ],
)
def test_nobody_or_no_hands_is_no_interaction(looks: list[Observation]) -> None:
    assert interactions(looks, SITE) == ()


shares = st.floats(0, 1)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from([IN_SHELF, OUTSIDE]), shares, st.sampled_from([1, 2]), st.booleans()), max_size=60
    )
)
def test_what_is_told_always_fits_together(moments: list[tuple[tuple[int, int], float, int, bool]]) -> None:
    looks = [
        look(at, hand, holds, track=track, things=[("basket", (55, 55, 75, 75))] if basket else ())
        for at, (hand, holds, track, basket) in enumerate(moments)
    ]
    found = interactions(looks, SITE)
    assert [each.start for each in found] == sorted(each.start for each in found)
    for track in (1, 2):
        kinds = [each.kind for each in found if each.track == track]
        for before, after in pairwise(kinds):
            assert (before is PICKED) != (after is PICKED)
    for visit in visits(looks, found):
        own = [each.kind for each in found if each.track == visit.track]
        assert 0 <= visit.concealed <= visit.items <= own.count(PICKED) + 1
        assert visit.start < visit.end
