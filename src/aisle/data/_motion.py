"""How a shopper moves: where the body is at a moment, which way it faces, and how far the hand is on its way.

Hands, head and trunk move from place to place with minimum jerk, as people's do (Flash and Hogan 1985).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.data._habits import Label
from aisle.data._plan import Act, Gaze, Place, Shopper, Spot

Vector = npt.NDArray[np.float64]

TURN, CHANGE = 0.7, 0.8
"""Seconds in which a body turns, and in which a hand goes where it has time to."""

SIDESTEP = 0.35
"""Ways shorter than this are gone without turning."""

JERK, REEL = 0.07, 0.35
"""How far from their place those who fight are thrown, in metres, and how far they turn, in radians."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where someone is; they have `walked` so many metres on this way, with strides of so much `vigour`, 0 to 1."""

    spot: Spot
    walked: float = 0.0
    vigour: float = 0.0


@dataclass(frozen=True, slots=True)
class Stance:
    """A body on its way at a moment. The acting hand is at `before` by the share 1 - `moved`, at `after` by `moved`.

    `grasp` is where it goes in the shelf. The head is turned by `yaw` to the right of `ahead` and bent by `nod`, both
    about 0 to 1. `clock` drives what never rests; `stirs` is how much a hand in the shelf moves about, 0 to 1. `lies`
    is how far the body has gone to the floor, 1 on its face, -1 on its back.
    """

    ground: Vector
    ahead: Vector
    right: Vector
    way: Way
    before: Place
    after: Place
    moved: float
    both: float
    grasp: Vector
    yaw: float
    nod: float
    clock: float
    lies: float = 0.0

    def at(self, place: Place) -> float:
        """How much of the hand is at `place`, 0 to 1."""
        return (self.before is place) * (1 - self.moved) + (self.after is place) * self.moved


def ease(share: float) -> float:
    """Minimum jerk from 0 to 1 over `share` 0 to 1."""
    u = min(max(share, 0.0), 1.0)
    return u * u * u * (10 + u * (6 * u - 15))


def stand(shopper: Shopper, number: int, time: Fraction) -> Stance:
    """How `shopper` stands at `time`, which lies in their act `number`."""
    act = shopper.acts[number]
    last = shopper.acts[number - 1] if number else act
    gone, whole = float(time - act.start), float(act.end - act.start)
    clock = float(time) + shopper.person.quirk
    way = _way(shopper.acts[number - 1].spot if number else shopper.origin, act, gone, whole, shopper.person.pace)
    moved = _moved(act, gone, whole)
    turned = ease(gone / min(CHANGE, whole))
    yaw, nod = ((1 - turned) * a + turned * b for a, b in zip(_gaze(last, clock), _gaze(act, clock), strict=True))
    wild = (last.place is Place.FIST) * (1 - turned) + (act.place is Place.FIST) * turned
    heading = way.spot.heading + REEL * wild * math.sin(8.3 * clock)
    sin, cos = math.sin(heading), math.cos(heading)
    sway = (
        0.012 * math.sin(0.9 * clock) + JERK * wild * math.sin(11.3 * clock),
        0.012 * math.sin(1.3 * clock) + JERK * wild * math.sin(9.1 * clock),
    )
    return Stance(
        ground=np.array([way.spot.x + sway[0], way.spot.y + sway[1], 0.0]),
        ahead=np.array([sin, cos, 0.0]),
        right=np.array([cos, -sin, 0.0]),
        way=way,
        before=last.place,
        after=act.place,
        moved=moved,
        both=(1 - turned) * last.both + turned * act.both,
        grasp=_grasp(last, act, moved, clock, gone, whole),
        yaw=yaw,
        nod=nod,
        clock=clock,
        lies=_lies(last, act, gone / whole),
    )


def _lies(last: Act, act: Act, share: float) -> float:
    """One falls faster and faster, and gets up with care."""
    falls = abs(act.lies) > abs(last.lies)
    return last.lies + (act.lies - last.lies) * (share**2 if falls else ease(share))


def _moved(act: Act, gone: float, whole: float) -> float:
    """How far the hand is on its way. Reaching and retracting take the whole act, with a stop if one hesitates."""
    if act.label not in (Label.REACH, Label.RETRACT):
        return ease(gone / min(CHANGE, whole))
    share = gone / whole
    return 0.45 * ease(share / 0.4) + 0.55 * ease((share - 0.55) / 0.45) if act.hesitates else ease(share)


def _grasp(last: Act, act: Act, moved: float, clock: float, gone: float, whole: float) -> Vector:
    """Where the hand goes in the shelf: from one product to the next, and about while it stays there."""
    first, then = last.grasp or act.grasp, act.grasp or last.grasp
    if first is None or then is None:
        return np.zeros(3)
    place = np.array(first) * (1 - moved) + np.array(then) * moved
    if act.label is Label.HAND_IN:
        stir = min(1.0, 2 * gone, 2 * (whole - gone))
        deeper = (
            0.03 * (1 - math.cos(2.1 * clock)) * np.array([math.sin(act.spot.heading), math.cos(act.spot.heading), 0])
        )
        wander = [0.03 * math.sin(3.1 * clock), 0.03 * math.sin(2.3 * clock), 0.015 * math.sin(4.1 * clock)]
        place = place + stir * (deeper + np.array(wander) * (1 - np.abs(deeper) / 0.06))
    return place


def _gaze(act: Act, clock: float) -> tuple[float, float]:
    """How far the head is turned and bent."""
    if act.gaze is Gaze.SHELF:
        return 0.55 * math.sin(0.9 * clock) * math.sin(0.37 * clock), 0.45 + 0.2 * math.sin(0.6 * clock)
    if act.gaze is Gaze.HAND:
        return 0.15 * act.arm + 0.08 * math.sin(1.1 * clock), 0.8
    if act.gaze is Gaze.ROUND:
        return 0.9 * math.sin(1.2 * clock), 0.1
    return 0.1 * math.sin(0.7 * clock), 0.15


def _way(start: Spot, act: Act, gone: float, whole: float, pace: float) -> Way:
    """From `start` to where the act ends, straight or by a place where one waits if there is time."""
    if act.by is None:
        return _leg(start, act.spot, gone, whole, act.label)
    first, second = _distance(start, act.by), _distance(act.by, act.spot)
    haste = max(pace, 1.15 * (first + second) / whole)
    there, back = 1.15 * first / haste, whole - 1.15 * second / haste
    via = Spot(act.by.x, act.by.y, _bearing(act.by, act.spot))
    if gone < back:
        return _leg(start, via, min(gone, there), there, act.label)
    return _leg(via, act.spot, gone - back, whole - back, act.label)


def _leg(start: Spot, end: Spot, gone: float, whole: float, label: Label) -> Way:
    way = _distance(start, end)
    share = min(gone / max(whole, 1e-3), 1.0)
    moved = share * share * (3 - 2 * share) if label is Label.NOTHING else ease(share)
    x, y = start.x + moved * (end.x - start.x), start.y + moved * (end.y - start.y)
    vigour = min(1.0, 1.6 * way / max(whole, 0.3)) * min(1.0, 5 * share, 5 * (1 - share))
    turn = min(TURN, whole)
    if way < SIDESTEP or label is not Label.NOTHING:
        heading = start.heading + _between(start.heading, end.heading) * ease(gone / turn)
    else:
        along = _between(start.heading, _bearing(start, end))
        off = _between(start.heading + along, end.heading)
        heading = start.heading + along * ease(gone / turn) + off * ease((gone - whole + turn) / turn)
    return Way(Spot(x, y, heading), way * moved, vigour)


def _distance(one: Spot, other: Spot) -> float:
    return math.hypot(other.x - one.x, other.y - one.y)


def _bearing(one: Spot, other: Spot) -> float:
    return math.atan2(other.x - one.x, other.y - one.y)


def _between(one: float, other: float) -> float:
    """The turn from one heading to another, the short way round."""
    return (other - one + math.pi) % (2 * math.pi) - math.pi
