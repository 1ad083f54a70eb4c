"""Others who come through the aisle while someone shops: they walk by, or stop for a look, and keep their distance."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from aisle.data._habits import RATE, Label
from aisle.data._motion import stand
from aisle.data._person import Person, person
from aisle.data._plan import ORIGIN, Act, Gaze, Place, Shopper, Spot
from aisle.data._random import derive, stream
from aisle.data._shop import Shop

APART = 0.55
"""Metres between the middles of two people at least."""

TRIES = 12
CHECKS = 24
"""So many moments of a walk are looked at."""


OFTEN = 0.35
"""The share of visits in which others come at all."""


def passers(shop: Shop, shopper: Shopper, seconds: Fraction, day: int, *, often: float = OFTEN) -> Iterator[Shopper]:
    """Up to three in some of the visits, never two at once; who finds no time to pass stays away."""
    rng = stream(day, 8)
    wanted = int(rng.integers(1, 4)) if rng.uniform() < often else 0
    free = Fraction(0)
    for number in range(wanted):
        who = person(derive(day, 8, number))
        for _ in range(TRIES):
            start = free + Fraction(int(rng.integers(0, max(int((seconds - free) * RATE), 1))), RATE)
            passer = _passer(rng, shop, who, start)
            if _keeps_apart(shopper, passer):
                yield passer
                free = passer.acts[-1].end
                break


def _passer(rng: np.random.Generator, shop: Shop, who: Person, start: Fraction) -> Shopper:
    """Along one side and on, or back where there is a shelf at the end; half of them stop."""
    side = int(rng.integers(2))
    x, back = shop.shelves[side].middle[0] * rng.uniform(0.4, 0.55), len(shop.shelves) > 2
    there = Spot(x, rng.uniform(-0.6, 0.4), 0.0)
    origin, goal = Spot(x, ORIGIN.y, 0.0), Spot(x, ORIGIN.y if back else -ORIGIN.y, 0.0)
    if not back and rng.uniform() < 0.5:
        origin, goal = goal, origin
    stops = back or rng.uniform() < 0.5
    shelf = Spot(x, there.y, float(np.arctan2(*shop.shelves[side].outward)))
    spots = [(shelf, abs(there.y - origin.y)), (shelf, 0.0), (goal, abs(goal.y - there.y))] if stops else [(goal, 5.2)]
    acts, time = [], start
    for spot, way in spots:
        end = time + Fraction(round(RATE * (1.2 * way / who.pace if way else rng.uniform(2, 9))), RATE)
        acts.append(Act(time, end, Label.NOTHING, Place.SIDE, spot, Gaze.AHEAD if way else Gaze.SHELF, who.hand))
        time = end
    return Shopper(who, origin, tuple(acts), basket=False)


def _keeps_apart(shopper: Shopper, passer: Shopper) -> bool:
    first, last = passer.acts[0].start, passer.acts[-1].end
    times = [first + (last - first) * check / CHECKS for check in range(CHECKS)]
    numbers = [(shopper.number(time), passer.number(time), time) for time in times]
    return all(
        np.linalg.norm(stand(shopper, one, time).ground - stand(passer, other, time).ground) > APART
        for one, other, time in numbers
        if one is not None and other is not None
    )
