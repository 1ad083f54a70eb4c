"""What people had beside what was sold: hints, whose sale is whose, and a till whose clock is off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from aisle.core.interaction import Visit
from aisle.core.sale import Sale
from aisle.events.unpaid import Leaving, compare, likely_shift

NINE = datetime(2026, 11, 30, 9, tzinfo=UTC)


def minutes(count: float) -> datetime:
    return NINE + timedelta(minutes=count)


def left(at: float, items: int, *, paying: tuple[float, float] | None = None, track: int = 1) -> Leaving:
    stood = None if paying is None else (minutes(paying[0]), minutes(paying[1]))
    return Leaving("shop", Visit(track, Fraction(0), Fraction(300), items), minutes(at - 5), minutes(at), stood)


def sold(at: float, quantity: int = 1, receipt: str = "") -> Sale:
    return Sale(minutes(at), "tea", quantity, receipt)


def test_who_paid_for_all_gives_no_hint() -> None:
    found = compare([left(10, 2)], [sold(9, 2)])
    assert (found.hints, found.agreeing, found.unknown) == ((), 1, 0)


def test_more_products_than_were_sold_are_a_hint() -> None:
    found = compare([left(10, 3), left(30, 0)], [sold(9, 2), sold(40)])
    [hint] = found.hints
    assert (hint.sold, hint.more, hint.shared, found.agreeing) == (2, 1, False, 1)


def test_a_sale_is_one_persons() -> None:
    found = compare([left(10, 1, track=1), left(11, 1, track=2)], [sold(9.8)])
    [hint] = found.hints
    assert (hint.leaving.visit.track, hint.sold, hint.shared) == (2, 0, True)


def test_who_stood_at_the_till_paid() -> None:
    people = [left(10, 1, track=1), left(12, 1, paying=(9, 10), track=2)]
    [hint] = compare(people, [sold(9.8)]).hints
    assert hint.leaving.visit.track == 1


def test_who_had_nothing_does_not_take_anothers_receipt() -> None:
    assert compare([left(10, 0, track=1), left(12, 1, track=2)], [sold(9.8)]).hints == ()


def test_lines_of_one_customer_are_one_receipt() -> None:
    assert compare([left(10, 3)], [sold(9), sold(9.2), sold(9.4)]).hints == ()
    apart = [sold(8, receipt="a"), sold(8.1, 2, receipt="b")]
    assert compare([left(10, 3)], apart).hints[0].sold == 2


def test_lines_of_two_tills_take_turns() -> None:
    turns = [sold(8, receipt="a"), sold(8.1, receipt="b"), sold(8.2, receipt="a"), sold(8.3, receipt="b")]
    assert compare([left(9, 2, track=1), left(9, 2, track=2)], turns).hints == ()


def test_a_number_that_comes_again_is_another_customers() -> None:
    again = [sold(8, receipt="a"), sold(8 + 24 * 60, receipt="a")]
    [hint] = compare([left(9, 2)], again).hints
    assert hint.sold == 1


def test_a_till_may_print_late_but_not_for_long() -> None:
    assert compare([left(10, 1)], [sold(11.9)]).hints == ()
    assert compare([left(10, 1)], [sold(12.1)]).hints[0].sold == 0


def test_nothing_is_said_of_times_of_which_the_till_says_nothing() -> None:
    found = compare([left(10, 3), left(200, 3)], [sold(9, 3), sold(12)])
    assert (found.hints, found.agreeing, found.unknown) == ((), 1, 1)
    assert compare([left(10, 3)], []).unknown == 1


@pytest.mark.parametrize("ahead", [-60, 7, 60, 345])
def test_a_clock_that_is_off_shows(ahead: float) -> None:
    people = [left(at, 1) for at in (10, 23, 41, 77, 113, 149)]
    sales = [sold(at - 1 + ahead) for at in (10, 23, 41, 77, 113, 149)]
    found = likely_shift(people, sales)
    assert found is not None
    assert abs(found / timedelta(minutes=1) - ahead) <= 4
    assert compare(people, [Sale(sale.time - found, "tea", 1) for sale in sales]).hints == ()


def test_a_clock_that_is_right_shows_nothing() -> None:
    times = (10, 23, 41, 77, 113, 149)
    assert likely_shift([left(at, 1) for at in times], [sold(at - 1) for at in times]) is None
    assert likely_shift([left(at, 1) for at in times], []) is None
    assert likely_shift([], [sold(1)]) is None
    assert likely_shift([left(10, 1)], [sold(300)]) is None  # one sale proves nothing
