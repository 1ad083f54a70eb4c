"""How a shopper moves: where the body is at a moment, which way it faces, and how far the hand is on its way.

Hands, head and trunk move from place to place with minimum jerk, as people's do (Flash and Hogan 1985).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.data._shopper import INSPECT_SHELF, WALK_AWAY, WALK_IN, WALK_PAST, Place, Shopper

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Way:
    """Where on the floor someone is, and `heading` in radians from along the aisle to the right.

    They have `walked` so many metres on this way, with strides of so much `vigour`, 0 to 1.
    """

    x: float
    y: float
    heading: float
    walked: float = 0.0
    vigour: float = 0.0


@dataclass(frozen=True, slots=True)
class Stance:
    """A body on its way at a moment. The hand is at the shelf by the share `reach` and before the chest by `lift`.

    `scan` is where the head is turned, -1 left to 1 right. `clock` drives what never rests.
    """

    ground: Vector
    ahead: Vector
    way: Way
    reach: float
    lift: float
    scan: float
    clock: float

    @property
    def right(self) -> Vector:
        """The level direction (3,) to the body's right."""
        return np.array([self.ahead[1], -self.ahead[0], 0.0])


def ease(share: float, start: float = 0.0, end: float = 0.0) -> float:
    """Minimum jerk from 0 to 1 over `share` 0 to 1, with the given speeds at its ends (1 is the mean speed)."""
    u = min(max(share, 0.0), 1.0)
    cubic, quartic, quintic = 10 - 6 * start - 4 * end, -15 + 8 * start + 7 * end, 6 - 3 * start - 3 * end
    return start * u + cubic * u**3 + quartic * u**4 + quintic * u**5


def stand(shopper: Shopper, number: int, time: Fraction) -> Stance:
    """How `shopper` stands at `time`, which lies in their act `number`."""
    act = shopper.acts[number]
    before = shopper.acts[number - 1].hand if number else Place.SIDE
    share = float((time - act.start) / (act.end - act.start))
    moved = ease(share)

    def at(place: Place) -> float:
        return (before is place) * (1 - moved) + (act.hand is place) * moved

    clock = float(time) + shopper.quirk
    way = _way(shopper, act.name, share)
    return Stance(
        ground=np.array([way.x + 0.012 * math.sin(0.9 * clock), way.y + 0.012 * math.sin(1.3 * clock), 0.0]),
        ahead=np.array([math.sin(way.heading), math.cos(way.heading), 0.0]),
        way=way,
        reach=at(Place.SHELF),
        lift=at(Place.CHEST),
        scan=math.sin(1.3 * clock) * math.sin(math.pi * share) if act.name == INSPECT_SHELF else 0.0,
        clock=clock,
    )


def _way(shopper: Shopper, name: str, share: float) -> Way:
    (x, y), lane = shopper.stand, 0.4 * shopper.stand[0]
    shelf = math.copysign(math.pi / 2, x)
    if name == WALK_PAST:
        way = shopper.goal - shopper.origin
        return Way(x, shopper.origin + share * way, _along(way, shelf), abs(way) * share, 1.0)
    if name == WALK_IN:
        way, gone, turn = y - shopper.origin, ease(share, start=1.25), ease((share - 0.7) / 0.3)
        heading = _along(way, shelf) * (1 - turn) + shelf * turn
        return Way(_between(lane, x, gone), y - way * (1 - gone), heading, abs(way) * gone, min(3 * (1 - share), 1.0))
    if name == WALK_AWAY:
        way, gone, turn = shopper.goal - y, ease(share, end=1.25), ease(share / 0.3)
        heading = shelf * (1 - turn) + _along(way, shelf) * turn
        return Way(_between(x, lane, gone), y + way * gone, heading, abs(way) * gone, min(3 * share, 1.0))
    return Way(x, y, shelf)


def _along(way: float, shelf: float) -> float:
    """The heading of a way along the aisle, told so that the shelf is a quarter turn from it."""
    return 0.0 if way > 0 else 2 * shelf


def _between(first: float, last: float, gone: float) -> float:
    return first + (last - first) * ease(gone)
