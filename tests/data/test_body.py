from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from aisle.data._body import Limb, Stuff, limbs
from aisle.data._shop import Shop, stock
from aisle.data._shopper import Shopper, send

STEP = Fraction(1, 50)


@pytest.fixture(scope="module", params=range(4))
def visit(request: pytest.FixtureRequest) -> tuple[Shop, Shopper]:
    shop = stock(request.param)
    return shop, send(shop, Fraction(1))[0]


def _tip(parts: tuple[Limb, ...], shopper: Shopper) -> np.ndarray:
    """The acting hand's knuckles; each arm ends in palm, fingers and thumb, and the left arm comes first."""
    palms = [limb for limb in parts if limb.stuff is Stuff.SKIN and limb.radii == (0.031, 0.04)]
    return palms[(shopper.hand + 1) // 2].end


def test_the_hand_is_at_the_product_while_it_is_in_the_shelf(visit: tuple[Shop, Shopper]) -> None:
    shop, shopper = visit
    assert shopper.product
    x, y, z = shop.place(shopper.product)
    inside = [act for act in shopper.acts if act.name == "hand in shelf"]
    assert len(inside) == 2
    for act in inside:
        away = _tip(limbs(shopper, shop, act.start), shopper) - (x, y, z + shopper.product.height / 2)
        assert np.linalg.norm(away) < 0.16


def test_nothing_jumps(visit: tuple[Shop, Shopper]) -> None:
    shop, shopper = visit
    first, last = shopper.acts[0].start, shopper.acts[-1].end
    times = [first + number * STEP for number in range(int((last - first) / STEP))]
    ends = np.array([[limb.end for limb in limbs(shopper, shop, time) if limb.stuff < Stuff.PACK] for time in times])
    fastest = np.linalg.norm(np.diff(ends, axis=0), axis=-1).max() / float(STEP)
    assert fastest < 6


def test_a_foot_on_the_floor_stays_there(visit: tuple[Shop, Shopper]) -> None:
    shop, shopper = visit
    times = [number * STEP for number in range(int(shopper.acts[0].end / STEP * Fraction(3, 5)))]
    shoes = np.array([[limb.end for limb in limbs(shopper, shop, time) if limb.stuff is Stuff.SHOES] for time in times])
    speed = np.linalg.norm(np.diff(shoes[..., :2], axis=0), axis=-1) / float(STEP)
    standing = shoes[1:, :, 2] == shoes[..., 2].min()
    assert 0.3 < standing.mean() < 0.7
    assert np.median(speed[standing]) < 0.15
    assert np.median(speed[~standing]) > 1


def test_the_product_is_in_the_hand_exactly_while_it_is_off_the_shelf(visit: tuple[Shop, Shopper]) -> None:
    shop, shopper = visit
    for act in shopper.acts:
        parts = limbs(shopper, shop, (act.start + act.end) / 2)
        assert any(limb.stuff is Stuff.PACK for limb in parts) == act.holds
        assert (shopper.holding(act.start) is shopper.product) == act.holds


def test_nobody_is_there_before_and_after_their_acts(visit: tuple[Shop, Shopper]) -> None:
    shop, shopper = visit
    assert limbs(shopper, shop, shopper.acts[-1].end) == ()
    assert limbs(shopper, shop, shopper.acts[0].start - STEP) == ()
