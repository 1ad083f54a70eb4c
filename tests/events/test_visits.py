from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core.boxes import Boxes
from aisle.core.detections import PERSON, Detections, Observation
from aisle.core.interaction import Interaction, InteractionKind, Visit
from aisle.core.site import Site, Zone, ZoneKind
from aisle.events.visits import taken_away, visits

KINDS = list(InteractionKind)
DOOR = Site("shop", (Zone("door", ZoneKind.ENTRANCE, ((0, 0.9), (1, 0.9), (1, 1), (0, 1))),))


def look(number: int, people: dict[int, tuple[int, int]]) -> Observation:
    """Somebody 20 pixels large at each place, in a picture of 100 x 100, five looks a second."""
    corners = np.array([(x - 10, y - 10, x + 10, y + 10) for x, y in people.values()], np.float32).reshape(-1, 4)
    found = Detections(
        Boxes(corners, np.ones(len(people), np.float32)), (PERSON,) * len(people), np.array([*people], np.int64)
    )
    return Observation(Fraction(number, 5), number, 100, 100, found)


def did(kind: InteractionKind, at: int, track: int = 1, confidence: float = 1.0) -> Interaction:
    return Interaction(kind, Fraction(at), at + Fraction(1, 5), track, confidence=confidence)


def left_with(looks: list[Observation], done: list[Interaction], site: Site = DOOR) -> tuple[Interaction, ...]:
    return taken_away(looks, visits(looks, done), site, done)


@pytest.mark.parametrize(
    ("done", "items", "concealed"),
    [
        ("", 0, 0),
        ("PICKED_UP", 1, 0),
        ("PICKED_UP PUT_BACK", 0, 0),
        ("PICKED_UP STOWED", 1, 0),
        ("PICKED_UP CONCEALED", 1, 1),
        ("PICKED_UP STOWED PICKED_UP PUT_BACK PICKED_UP", 2, 0),
        ("PUT_BACK PICKED_UP", 1, 0),
        ("PICKED_UP PICKED_UP PUT_BACK", 1, 0),
        ("CONCEALED", 1, 1),
        ("PICKED_UP TOOK_AWAY", 1, 0),
    ],
)
def test_items_are_what_was_taken_and_not_put_back(done: str, items: int, concealed: int) -> None:
    interactions = [did(InteractionKind[name], at) for at, name in enumerate(done.split())]
    looks = [look(at, {1: (50, 50)}) for at in range(10)]
    assert visits(looks, interactions) == (Visit(1, Fraction(0), Fraction(2), items, concealed),)


def test_each_who_is_followed_has_a_visit_and_who_is_not_has_none() -> None:
    looks = [look(0, {1: (50, 50)}), look(1, {1: (50, 50), 4: (20, 20)}), look(2, {-1: (50, 50), 4: (20, 20)})]
    assert [(visit.track, visit.start, visit.end) for visit in visits(looks, [])] == [
        (1, Fraction(0), Fraction(2, 5)),
        (4, Fraction(1, 5), Fraction(3, 5)),
    ]
    assert visits([], [did(InteractionKind.PICKED_UP, 0)]) == ()


def test_who_leaves_by_the_entrance_with_a_product_took_it_away() -> None:
    looks = [look(at, {1: (50, 50 + 4 * at)} if at < 10 else {}) for at in range(20)]
    done = [did(InteractionKind.PICKED_UP, 0)]
    (away,) = left_with(looks, done)
    assert (away.kind, away.track, away.end) == (InteractionKind.TOOK_AWAY, 1, Fraction(2))
    assert len(left_with(looks, done, Site("open", ()))) == 1


def test_it_is_no_surer_that_they_took_it_away_than_that_they_took_it() -> None:
    looks = [look(at, {1: (50, 50 + 4 * at)} if at < 10 else {}) for at in range(20)]
    taken = [did(InteractionKind.PICKED_UP, 0, confidence=0.3), did(InteractionKind.PICKED_UP, 1, confidence=0.4)]
    back = did(InteractionKind.PUT_BACK, 2, confidence=0.9)
    others = did(InteractionKind.PICKED_UP, 1, track=2, confidence=0.95)
    assert left_with(looks, [*taken, back, others])[0].confidence == 0.4


@pytest.mark.parametrize(("stays", "items"), [(20, 1), (10, 0)])
def test_who_is_still_there_or_has_nothing_took_nothing_away(stays: int, items: int) -> None:
    looks = [look(at, {1: (50, 90)} if at < stays else {}) for at in range(20)]
    assert left_with(looks, [did(InteractionKind.PICKED_UP, 0)] * items) == ()


def test_an_entrance_may_be_a_narrow_strip() -> None:
    strip = Site("shop", (Zone("door", ZoneKind.ENTRANCE, ((0, 0.97), (1, 0.97), (1, 0.975), (0, 0.975))),))
    for bottom in range(89, 101):
        looks = [look(at, {1: (50, bottom - 10)} if at < 10 else {}) for at in range(20)]
        assert len(left_with(looks, [did(InteractionKind.PICKED_UP, 0)], strip)) == 1


def test_who_was_lost_in_the_middle_of_the_shop_did_not_leave() -> None:
    looks = [look(at, {1: (50, 40)} if at < 10 else {}) for at in range(20)]
    assert left_with(looks, [did(InteractionKind.PICKED_UP, 0)]) == ()
    assert left_with([], []) == ()


@given(st.lists(st.sampled_from(KINDS), max_size=20))
def test_nobody_has_more_than_was_taken_nor_less_than_nothing(kinds: list[InteractionKind]) -> None:
    (visit,) = visits([look(0, {1: (50, 50)})], [did(kind, at) for at, kind in enumerate(kinds)])
    brought = kinds.count(InteractionKind.STOWED) + kinds.count(InteractionKind.CONCEALED)
    assert 0 <= visit.concealed <= visit.items <= kinds.count(InteractionKind.PICKED_UP) + brought
