from __future__ import annotations

from fractions import Fraction

import pytest

from aisle.core import UsageError
from aisle.core.interaction import Interaction, InteractionKind
from aisle.evaluate.interactions import Handled, Matches, evaluate_interactions

PICKED, BACK = InteractionKind.PICKED_UP, InteractionKind.PUT_BACK


def at(kind: InteractionKind, *seconds: str) -> tuple[Interaction, ...]:
    """Each lasts a fifth of a second around its moment."""
    tenth = Fraction(1, 10)
    return tuple(Interaction(kind, Fraction(each) - tenth, Fraction(each) + tenth, 1) for each in seconds)


def test_pairs_are_matched_by_kind_and_time_the_nearest_first() -> None:
    truth = at(PICKED, "2", "4", "8") + at(BACK, "6")
    found = at(PICKED, "2.2", "4.4", "4.6", "6") + at(BACK, "6.5")
    figures = evaluate_interactions([Handled(truth, found, 1, 1)])
    assert figures.kinds == {PICKED: Matches(2, 3, 4), BACK: Matches(1, 1, 1)}
    assert figures.pooled == Matches(3, 4, 5)
    assert figures.pooled.f1 == pytest.approx(6 / 9)
    assert (figures.pooled.precision, figures.pooled.recall) == (3 / 5, 3 / 4)


def test_one_is_matched_once() -> None:
    figures = evaluate_interactions([Handled(at(PICKED, "2", "2.4"), at(PICKED, "2.2"), 0, 0)])
    assert figures.pooled == Matches(1, 2, 1)


@pytest.mark.parametrize(("found", "matched"), [("2.5", 1), ("2.501", 0)])
def test_the_tolerance_is_the_most_that_is_forgiven(found: str, matched: int) -> None:
    figures = evaluate_interactions([Handled(at(PICKED, "2"), at(PICKED, found), 0, 0)])
    assert figures.pooled.matched == matched


def test_items_count_when_they_are_exact_whoever_did_what() -> None:
    nothing = Handled((), (), 0, 0)
    figures = evaluate_interactions([nothing, Handled((), (), 2, 1), Handled((), (), 3, 3), nothing])
    assert (figures.exact, figures.people) == (0.75, 4)
    assert (figures.pooled.f1, figures.kinds) == (1.0, {})


def test_people_are_not_mixed() -> None:
    one = Handled(at(PICKED, "2"), (), 1, 0)
    other = Handled((), at(PICKED, "2"), 0, 1)
    assert evaluate_interactions([one, other]).pooled == Matches(0, 1, 1)


def test_a_wrong_call_is_refused() -> None:
    with pytest.raises(UsageError, match="nobody"):
        evaluate_interactions([])
    with pytest.raises(UsageError, match="-1 s"):
        evaluate_interactions([Handled((), (), 0, 0)], Fraction(-1))
