"""What was done on a visit, and the funnel: books kept by hand, and what holds of every shop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import Segment
from aisle.core.interaction import Interaction, InteractionKind
from aisle.events.funnel import ShelfVisit, Step, funnel, shelf_visits
from aisle.events.stays import Stay

UP, BACK, STOWED, HIDDEN, AWAY = InteractionKind


def stay(track: int, zone: str, start: float, end: float, *, stood: float = 0, hand: bool = False) -> Stay:
    first, last = Fraction(start), Fraction(end)
    return Stay(track, zone, first, last, last - first, Fraction(stood), hand)


def did(kind: InteractionKind, at: float, track: int = 1, zone: str = "milk", product: str = "") -> Interaction:
    return Interaction(kind, Fraction(at), Fraction(at) + 1, track, zone, product)


def said(label: str, start: float, end: float) -> Segment:
    return Segment(Fraction(start), Fraction(end), label, 1.0)


MILK, BREAD = stay(1, "milk", 0, 10), stay(1, "bread", 12, 20)
OTHER = stay(2, "bread", 0, 10)


@pytest.mark.parametrize(
    ("visit", "furthest"),
    [
        (stay(1, "milk", 0, 1), Step.VISITED),
        (stay(1, "milk", 0, 5, stood=1.9), Step.VISITED),
        (stay(1, "milk", 0, 5, stood=2), Step.LOOKED),
        (stay(1, "milk", 0, 1, hand=True), Step.REACHED),
    ],
)
def test_standing_and_hands(visit: Stay, furthest: Step) -> None:
    assert shelf_visits([visit]).visits[0].furthest is furthest


@pytest.mark.parametrize(
    ("done", "taken", "returned"),
    [
        ([did(UP, 1)], (1, 0), (0, 0)),
        ([did(UP, 1), did(BACK, 3)], (0, 0), (1, 0)),
        ([did(UP, 1), did(BACK, 13, zone="bread")], (0, 0), (1, 0)),  # back elsewhere: it had come from the milk
        ([did(UP, 1), did(UP, 2), did(BACK, 3)], (1, 0), (1, 0)),
        (
            [did(UP, 1, product="a"), did(UP, 13, zone="bread", product="b"), did(BACK, 15, zone="bread", product="a")],
            (0, 1),
            (1, 0),
        ),
        ([did(UP, 1), did(STOWED, 2), did(AWAY, 19, zone="")], (1, 0), (0, 0)),  # one product, told three times
        ([did(STOWED, 2)], (1, 0), (0, 0)),  # the hand at the shelf was not seen
        ([did(HIDDEN, 2), did(HIDDEN, 4)], (2, 0), (0, 0)),
        ([did(UP, 1), did(STOWED, 2), did(BACK, 5)], (0, 0), (1, 0)),  # out of the basket again
        ([did(BACK, 3)], (0, 0), (1, 0)),  # nobody saw it taken
        ([did(UP, 1), did(UP, 13, zone="bread"), did(AWAY, 19, zone=""), did(AWAY, 19, zone="")], (1, 1), (0, 0)),
    ],
)
def test_products_are_kept_account_of(
    done: list[Interaction], taken: tuple[int, int], returned: tuple[int, int]
) -> None:
    found = shelf_visits([MILK, BREAD], done).visits
    assert (tuple(one.taken for one in found), tuple(one.returned for one in found)) == (taken, returned)
    assert [one.furthest is Step.TOOK for one in found] == [count > 0 for count in taken]


def test_another_persons_hands_are_not_mine() -> None:
    found = shelf_visits([MILK, OTHER], [did(UP, 1, track=2, zone="bread")]).visits
    assert [one.taken for one in found] == [0, 1]


@pytest.mark.parametrize("lost", [did(UP, 1, zone="tea"), did(UP, 30), did(UP, 1, track=7), did(AWAY, 30, zone="")])
def test_what_belongs_to_no_visit_is_counted(lost: Interaction) -> None:
    found = shelf_visits([MILK], [lost])
    assert (found.lost_interactions, found.visits[0].taken) == (1, 0)


@pytest.mark.parametrize(
    ("action", "furthest"),
    [
        (said("inspect_shelf", 2, 4), (Step.LOOKED, Step.VISITED)),
        (said("hand_in_shelf", 2, 4), (Step.REACHED, Step.VISITED)),
        (said("reach_to_shelf", 13, 14), (Step.VISITED, Step.REACHED)),
        (said("inspect_product", 10.5, 11.5), (Step.INSPECTED, Step.VISITED)),  # carried from the milk
        (said("inspect_product", 9, 16), (Step.VISITED, Step.INSPECTED)),  # more of it lies at the bread
        (said("inspect_product", 22, 24), (Step.VISITED, Step.INSPECTED)),
        (said("inspect_product", 26, 28), (Step.VISITED, Step.VISITED)),
        (said("playing cards", 2, 4), (Step.VISITED, Step.VISITED)),
    ],
)
def test_actions_are_laid_to_the_visit_in_which_they_happen(action: Segment, furthest: tuple[Step, Step]) -> None:
    found = shelf_visits([MILK, BREAD], actions=[action])
    assert tuple(one.furthest for one in found.visits) == furthest
    assert found.lost_actions == (action.start == 26)


def test_an_action_that_may_be_anybodys_is_nobodys() -> None:
    found = shelf_visits([MILK, OTHER], actions=[said("inspect_product", 2, 4)])
    assert [one.furthest for one in found.visits] == [Step.VISITED] * 2
    assert found.lost_actions == 1


def test_the_funnel_counts_and_drops() -> None:
    four = [stay(4, "milk", 0, 9), stay(1, "milk", 0, 5, stood=2), stay(2, "milk", 0, 5)]
    four.append(stay(3, "milk", 0, 5, hand=True))
    found = funnel(shelf_visits(four, [did(UP, 1, track=4), did(UP, 2, track=3), did(BACK, 4, track=3)]).visits)
    assert [rung.count for rung in found] == [4, 3, 2, 2, 1]
    assert [rung.lost for rung in found] == [0, 1, 1, 0, 1]
    assert [rung.drop for rung in found] == [0, 0.25, pytest.approx(1 / 3), 0, 0.5]


def test_the_funnel_of_nobody_is_empty() -> None:
    assert [rung.count for rung in funnel([])] == [0] * 5
    assert all(math.isnan(rung.drop) for rung in funnel([]))


stays = st.builds(
    lambda track, zone, start, length, stood: stay(track, zone, start, start + length, stood=min(stood, length)),
    st.integers(1, 3),
    st.sampled_from(["milk", "bread"]),
    st.integers(0, 40),
    st.integers(1, 9),
    st.integers(0, 4),
)
interactions = st.builds(
    did, st.sampled_from(InteractionKind), st.integers(0, 50), st.integers(1, 3), st.sampled_from(["milk", "bread", ""])
)
actions = st.builds(
    lambda label, start: said(label, start, start + 2),
    st.sampled_from(["inspect_shelf", "hand_in_shelf", "inspect_product", "other"]),
    st.integers(0, 50),
)


@given(st.lists(stays, max_size=6), st.lists(interactions, max_size=8), st.lists(actions, max_size=4))
def test_no_step_counts_more_than_the_one_before(
    stays: Sequence[Stay], interactions: Sequence[Interaction], actions: Sequence[Segment]
) -> None:
    found = shelf_visits(stays, interactions, actions)
    rungs = funnel(found.visits)
    assert len(found.visits) == len(stays) == rungs[0].count
    assert all(
        after.count <= before.count and after.lost == before.count - after.count for before, after in pairwise(rungs)
    )
    assert _products(found.visits) <= len(interactions)
    assert all((one.taken > 0) == (Step.TOOK in one.seen) for one in found.visits)
    assert all(Step.INSPECTED in one.seen for one in found.visits if Step.TOOK in one.seen)


def _products(visits: Sequence[ShelfVisit]) -> int:
    return sum(one.taken for one in visits)
