"""A shopper's body at a moment: tapered limbs in the room, with the product in the hand.

A foot on the floor stays where it is while the body passes over it; joints bend as far as the bones' lengths ask.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction

import numpy as np

from aisle.data._motion import Stance, Vector, ease, stand
from aisle.data._plan import Act, Place, Shopper
from aisle.data._shop import ROUND, Product, Shape, Shop

UP = np.array([0.0, 0.0, 1.0])
STRIDE = 1.36
"""Metres from one step of a foot to its next."""

WEAVE = 0.5
"""Metres of cloth that one tile of its pattern covers."""

ARM, HAND = 0.58, 0.07
"""Length of an arm as a share of the build's, and from the wrist to the palm in metres."""

BEATS = 2.1
"""Blows a second of each fist in a fight."""

LYING = 1.5
"""How far a body that lies is turned from upright, in radians; a little less than a right angle, for its thickness."""

LEANS = np.linspace(0.08, 1.1, 16)


class Stuff(IntEnum):
    """What a limb's surface is made of; numbers from `PACKS` on are products, see `pack`."""

    SKIN = 0
    HAIR = 1
    TOP = 2
    TROUSERS = 3
    SHOES = 4
    CAP = 5
    BAG = 6
    BASKET = 7
    PACKS = 8


def pack(product: int, *, lid: bool) -> int:
    """The number of the surface of product number `product`."""
    return Stuff.PACKS + 2 * product + lid


@dataclass(frozen=True, slots=True)
class Limb:
    """A tapered limb from `start` to `end` (3,), round at both, in metres; its pattern repeats after `tile` metres."""

    start: Vector
    end: Vector
    radii: tuple[float, float]
    stuff: int
    tile: float = WEAVE


@dataclass(frozen=True, slots=True)
class Figure:
    """All that is seen of a shopper, in no order, and where their left and right palms are."""

    limbs: tuple[Limb, ...]
    palms: tuple[Vector, Vector]


def figure(shopper: Shopper, shop: Shop, time: Fraction) -> Figure | None:
    """`shopper` at `time`; None before and after their acts."""
    number = shopper.number(time)
    if number is None:
        return None
    stance = stand(shopper, number, time)
    body = _Pose(shopper, shop, shopper.acts[number], stance).figure()
    if shopper.drop is not None and time < shopper.drop.time:
        palm = body.palms[(shopper.acts[number].arm + 1) // 2]
        body = replace(body, limbs=(*body.limbs, *_luggage(palm - UP * 0.14, stance.ahead)))
    return _laid(body, stance) if stance.lies else body


def left_behind(shopper: Shopper, time: Fraction) -> Figure | None:
    """The bag of `shopper` on the floor; None before they put it down, and where they have none."""
    drop = shopper.drop
    if drop is None or time < drop.time:
        return None
    ahead = np.array([math.sin(drop.spot.heading), math.cos(drop.spot.heading), 0.0])
    place = np.array([drop.spot.x, drop.spot.y, 0.26])
    return Figure(tuple(_luggage(place, ahead)), (place, place))


def _luggage(handle: Vector, ahead: Vector) -> Iterator[Limb]:
    """A sports bag that hangs from its `handle`."""
    long = 0.17 * ahead
    for down, radius in [(0.08, 0.1), (0.13, 0.115)]:
        middle = handle - UP * down
        yield Limb(middle - long, middle + long, (radius, radius), Stuff.BAG)
    yield Limb(handle - 0.5 * long - UP * 0.03, handle + UP * 0.04, (0.014, 0.014), Stuff.BASKET)
    yield Limb(handle + 0.5 * long - UP * 0.03, handle + UP * 0.04, (0.014, 0.014), Stuff.BASKET)


def _laid(body: Figure, stance: Stance) -> Figure:
    """The same body turned about its feet towards the floor, and no lower than on it."""
    sin, cos = math.sin(LYING * stance.lies), math.cos(LYING * stance.lies)

    def turned(point: Vector) -> Vector:
        away = point - stance.ground
        ahead, up = float(away @ stance.ahead), float(away @ UP)
        place: Vector = point + stance.ahead * (ahead * cos + up * sin - ahead) + UP * (up * cos - ahead * sin - up)
        return place

    limbs = [replace(limb, start=turned(limb.start), end=turned(limb.end)) for limb in body.limbs]
    sunk = min(min(limb.start[2] - limb.radii[0], limb.end[2] - limb.radii[1]) for limb in limbs)
    lift = UP * max(-sunk, 0.0)
    raised = (replace(limb, start=limb.start + lift, end=limb.end + lift) for limb in limbs)
    left, right = (turned(palm) + lift for palm in body.palms)
    return Figure(tuple(raised), (left, right))


class _Pose:
    """The joints of a body, from the hips upwards."""

    def __init__(self, shopper: Shopper, shop: Shop, act: Act, stance: Stance) -> None:
        self._person, self._shopper, self._shop, self._act, self._stance = shopper.person, shopper, shop, act, stance
        size = self._size = shopper.person.build
        vigour = stance.way.vigour
        dip = 0.012 * vigour * (1 + math.cos(4 * math.pi * stance.way.walked / STRIDE))
        reach, low = stance.at(Place.SHELF), max(0.9 - float(stance.grasp[2]), 0.0)
        crouch = reach * min(0.7 * low, 0.32)
        lean = 0.07 + 0.06 * vigour + 0.04 * stance.nod * (1 - reach)
        if reach:
            lean += reach * (self._lean(0.93 * size - min(0.7 * low, 0.32)) - 0.08)
        self._hip = stance.ground + UP * (0.93 * size - dip - crouch) - stance.ahead * 0.1 * math.sin(lean) * reach
        self._spine = UP * math.cos(lean) + stance.ahead * math.sin(lean)
        self._neck = self._hip + self._spine * 0.52 * size
        twist = -0.35 * reach * act.arm
        self._across = stance.right * math.cos(twist) - stance.ahead * math.sin(twist)

    def figure(self) -> Figure:
        parts = [*self._trunk(), *self._head(), *self._leg(-1), *self._leg(1)]
        palms = []
        for side in (-1, 1):
            shoulder = self._neck + (self._across * side * 0.185 * self._girth(0.5) - self._spine * 0.05) * self._size
            arm, palm = self._arm(side, shoulder, self._goal(side, shoulder))
            parts += arm
            palms.append(palm)
        parts += self._load(palms)
        return Figure(tuple(parts), (palms[0], palms[1]))

    def _girth(self, share: float) -> float:
        return 1 + share * (self._person.girth - 1)

    def _lean(self, hip: float) -> float:
        """The least that brings the acting shoulder within an arm's length of the grasp, at a height of the hips."""
        stance, size = self._stance, self._size
        away = stance.grasp - stance.ground
        ahead = float(away @ stance.ahead) - 0.47 * size * np.sin(LEANS) + 0.1 * np.sin(LEANS)
        aside = float(away @ stance.right) - 0.17 * self._act.arm * size
        above = away[2] - hip - 0.47 * size * np.cos(LEANS)
        far = np.sqrt(ahead**2 + aside**2 + above**2)
        near = np.flatnonzero(far < (ARM * size + HAND) * 0.97)
        return float(LEANS[near[0] if len(near) else np.argmin(far)])

    def _trunk(self) -> Iterator[Limb]:
        """Level rolls one above the other, from the hips to the shoulders."""
        right, wide = self._stance.right, self._girth(1)
        for share, axis, half, radius, stuff in [
            (-0.04, right, 0.075, 0.12, Stuff.TROUSERS),
            (0.25, right, 0.08, 0.125, Stuff.TOP),
            (0.66, self._across, 0.085, 0.115, Stuff.TOP),
            (0.82, self._across, 0.12, 0.09, Stuff.TOP),
            (0.92, self._across, 0.16, 0.07, Stuff.TOP),
        ]:
            middle, thick = self._hip + share * (self._neck - self._hip), radius * self._size * wide
            reach = axis * half * self._size * wide
            yield Limb(middle - reach, middle + reach, (thick, thick), stuff)

    def _head(self) -> Iterator[Limb]:
        size, stance, person = self._size, self._stance, self._person
        facing = stance.ahead * math.cos(stance.yaw) + stance.right * math.sin(stance.yaw)
        face = (facing * (1 - 0.35 * stance.nod) - UP * (0.2 + 0.5 * stance.nod)) * size
        up = (UP + facing * 0.5 * stance.nod) * size
        middle = self._neck + (0.13 * self._spine + (0.05 + 0.03 * stance.nod) * stance.ahead + 0.02 * UP) * size
        yield Limb(self._neck - 0.02 * self._spine, middle, (0.06 * size, 0.055 * size), Stuff.SKIN)
        yield Limb(middle + 0.03 * face - 0.04 * up, middle + 0.025 * face, (0.066 * size, 0.08 * size), Stuff.SKIN)
        yield Limb(middle + 0.1 * face, middle + 0.112 * face, (0.018 * size, 0.014 * size), Stuff.SKIN)
        crown = middle + 0.035 * up - 0.018 * face
        cover = Stuff.HAIR if person.cap is None else Stuff.CAP
        yield Limb(crown - 0.03 * face, crown + 0.012 * face, (0.094 * size, 0.09 * size), cover)
        if person.cap is not None:
            yield Limb(crown + 0.07 * face, crown + 0.14 * face, (0.06 * size, 0.05 * size), Stuff.CAP)
        if person.hair_length:
            back = middle - 0.05 * facing * size
            yield Limb(back, back - person.hair_length * up - 0.05 * facing, (0.085 * size, 0.06 * size), Stuff.HAIR)

    def _leg(self, side: int) -> Iterator[Limb]:
        size, stance = self._size, self._stance
        before, lift = _step(stance, side)
        ankle = (
            stance.ground
            + stance.right * side * 0.1 * size
            + stance.ahead * (before - 0.03 * side)
            + UP * (0.08 + lift)
        )
        top = self._hip + stance.right * side * 0.085 * size
        knee = _bend(top, ankle, 0.45 * size, 0.44 * size, stance.ahead)
        wide = self._girth(0.7)
        yield Limb(top, knee, (0.095 * size * wide, 0.062 * size * wide), Stuff.TROUSERS)
        yield Limb(knee, ankle, (0.06 * size * wide, 0.045 * size), Stuff.TROUSERS)
        heel = ankle - UP * 0.035
        yield Limb(heel - stance.ahead * 0.04, heel + stance.ahead * 0.17 * size, (0.045, 0.04), Stuff.SHOES)

    def _goal(self, side: int, shoulder: Vector) -> Vector:
        """Where a palm wants to be."""
        stance = self._stance
        if side == self._act.arm or Place.FIST in (stance.before, stance.after):
            first, then = self._at(stance.before, side, shoulder), self._at(stance.after, side, shoulder)
            arc = UP * 0.08 * math.sin(math.pi * stance.moved) * (Place.SHELF in (stance.before, stance.after))
            return first + stance.moved * (then - first) + arc * (stance.before is not stance.after)
        if self._shopper.basket:
            return self._handle(side, shoulder)
        side_, chest = self._at(Place.SIDE, side, shoulder), self._at(Place.CHEST, side, shoulder)
        return side_ + stance.both * (chest - 0.05 * UP - side_)

    def _at(self, place: Place, side: int, shoulder: Vector) -> Vector:
        """A palm hanging and swinging against the legs, in the shelf, before the chest, at the bag ..."""
        size, stance, aside = self._size, self._stance, self._stance.right * side
        if place is Place.SHELF:
            return stance.grasp
        if place is Place.CHEST:
            turn = 0.03 * math.sin(1.1 * stance.clock) * stance.right
            return (
                self._neck
                + (0.34 * stance.ahead - 0.02 * aside - UP * (0.22 + 0.02 * math.sin(1.9 * stance.clock))) * size
                + turn
            )
        if place is Place.CARRY:
            return shoulder + (0.22 * stance.ahead + 0.02 * aside - 0.4 * UP) * size
        if place is Place.BAG:
            return self._pocket(aside)
        if place is Place.BASKET:
            other = self._neck - self._across * side * 0.185 * size
            return self._handle(-side, other) - 0.06 * UP
        if place is Place.FIST:
            beat = max(math.sin(2 * math.pi * BEATS * stance.clock + side * 1.6), 0.0)
            return shoulder + ((0.2 + 0.4 * beat) * stance.ahead - 0.1 * aside - UP * (0.2 - 0.2 * beat)) * size
        swing, _ = _step(stance, -side)
        return shoulder + (0.06 * aside + (0.08 + 0.7 * swing) * stance.ahead - 0.61 * UP) * size

    def _pocket(self, aside: Vector) -> Vector:
        """The mouth of the bag, or of a pocket, or under the jacket."""
        size, stance = self._size, self._stance
        if self._person.bag is not None:
            return self._hip + (-0.2 * self._person.hand * stance.right + 0.12 * stance.ahead + 0.08 * UP) * size
        if int(self._person.quirk) % 2:
            return self._hip + (0.16 * aside + 0.08 * stance.ahead + 0.03 * UP) * size
        return self._hip + (0.06 * aside + 0.15 * stance.ahead + 0.25 * UP) * size

    def _handle(self, side: int, shoulder: Vector) -> Vector:
        """Where the hand that holds the basket is."""
        stance = self._stance
        return shoulder + (0.12 * side * stance.right + 0.16 * stance.ahead - 0.5 * UP) * self._size

    def _arm(self, side: int, shoulder: Vector, goal: Vector) -> tuple[list[Limb], Vector]:
        """Its limbs, and where the palm comes to be: as near to `goal` as the arm is long."""
        size, stance, aside = self._size, self._stance, self._stance.right * side
        span = goal - shoulder
        far = math.sqrt(span @ span) + 1e-6
        wrist = shoulder + span / far * min(max(far - HAND, 0.12), ARM * size)
        elbow = _bend(shoulder, wrist, 0.3 * size, 0.285 * size, 0.45 * aside - UP - stance.ahead)
        along = wrist - elbow
        along /= math.sqrt(along @ along)
        palm = wrist + HAND * along
        sleeve = Stuff.TOP if self._person.clothes.long_sleeves else Stuff.SKIN
        wide = self._girth(0.6)
        limbs = [
            Limb(shoulder, elbow, (0.064 * size * wide, 0.05 * size * wide), Stuff.TOP),
            Limb(elbow, wrist, (0.047 * size * wide, 0.034 * size), sleeve),
            Limb(wrist, palm, (0.031, 0.041), Stuff.SKIN),
            Limb(palm, palm + 0.07 * along - 0.01 * UP, (0.036, 0.022), Stuff.SKIN),
        ]
        return limbs, palm

    def _load(self, palms: list[Vector]) -> Iterator[Limb]:
        """The bags, the basket with what is in it, and the product in the hand."""
        size, stance, person = self._size, self._stance, self._person
        if person.bag is not None:
            top = self._hip + (-0.21 * person.hand * stance.right * self._girth(1) + 0.04 * stance.ahead) * size
            shoulder = self._neck + 0.12 * person.hand * self._across * size + 0.04 * self._spine
            yield Limb(top + 0.1 * stance.ahead, top - 0.1 * stance.ahead, (0.075, 0.075), Stuff.BAG)
            low = top - 0.16 * UP
            yield Limb(low + 0.1 * stance.ahead, low - 0.1 * stance.ahead, (0.08, 0.08), Stuff.BAG)
            yield Limb(shoulder + 0.07 * stance.ahead, top + 0.1 * stance.ahead, (0.022, 0.018), Stuff.BAG)
        if person.pack is not None:
            back = self._neck - stance.ahead * 0.15 * size - self._spine * 0.12
            yield Limb(back - 0.06 * stance.right, back + 0.06 * stance.right, (0.08, 0.08), Stuff.BAG)
            low = back - 0.2 * self._spine
            yield Limb(low - 0.07 * stance.right, low + 0.07 * stance.right, (0.09, 0.09), Stuff.BAG)
        if self._shopper.basket:
            yield from self._carried(palms[(1 - self._act.arm) // 2])
        if self._act.product is not None:
            yield from self._held(self._act.product, palms[(self._act.arm + 1) // 2])

    def _carried(self, palm: Vector) -> Iterator[Limb]:
        stance = self._stance
        rim = palm - UP * 0.16
        wide, long = 0.13 * stance.right, 0.2 * stance.ahead
        corners = [rim + wide + long, rim - wide + long, rim - wide - long, rim + wide - long]
        for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
            yield Limb(one, other, (0.016, 0.016), Stuff.BASKET)
        floor = rim - 0.16 * UP
        for middle in (floor - 0.6 * wide, floor + 0.6 * wide):
            yield Limb(middle - 0.7 * long, middle + 0.7 * long, (0.075, 0.075), Stuff.BASKET)
        for row, number in enumerate(self._act.stowed[-3:]):
            place, thick = floor + 0.07 * UP + (row - 1) * 0.6 * long, self._shop.products[number].width / 2
            yield Limb(place - 0.5 * wide, place + 0.5 * wide, (thick, thick), pack(number, lid=False))
        yield Limb(rim + wide, palm, (0.012, 0.012), Stuff.BASKET)
        yield Limb(rim - wide, palm, (0.012, 0.012), Stuff.BASKET)

    def _held(self, number: int, palm: Vector) -> Iterator[Limb]:
        """The product before the palm: upright at the shelf, tilted and turned to and fro before the chest."""
        stance, item = self._stance, self._shop.products[number]
        lift = stance.at(Place.CHEST)
        tilt = 0.3 * stance.at(Place.CARRY) + lift * (0.8 + 0.4 * math.sin(1.7 * stance.clock))
        roll = lift * 0.5 * math.sin(1.1 * stance.clock)
        axis = UP * math.cos(tilt) - stance.ahead * math.sin(tilt) + stance.right * math.sin(roll)
        axis /= math.sqrt(axis @ axis)
        middle = palm + stance.ahead * (0.5 * item.depth + 0.015) - axis * 0.15 * item.height
        if item.shape in ROUND:
            yield from _round(number, item, middle, axis)
        else:
            yield from _box(number, item, middle, axis, stance.right)


def _box(number: int, item: Product, middle: Vector, axis: Vector, right: Vector) -> Iterator[Limb]:
    """Rods side by side, which together are nearly a box."""
    thick = min(item.depth, item.width) / 2
    reach = max(item.width / 2 - thick, 0.01)
    for share in (-1.0, 0.0, 1.0):
        place, half = middle + share * reach * right, axis * max(item.height / 2 - 0.6 * thick, 0.01)
        yield Limb(place - half, place + half, (thick, thick), pack(number, lid=False), tile=1.3 * item.height)


def _round(number: int, item: Product, middle: Vector, axis: Vector) -> Iterator[Limb]:
    radius, height, bottle = item.width / 2, item.height, item.shape is Shape.BOTTLE
    foot, head = middle - axis * (0.5 * height - 0.6 * radius), middle + axis * (0.5 * height - 0.6 * radius)
    shoulder, narrow = (middle + axis * 0.14 * height, 0.4 * radius) if bottle else (head, 0.92 * radius)
    yield Limb(foot, shoulder, (radius, radius), pack(number, lid=False), tile=1.3 * height)
    yield Limb(shoulder + axis * 0.02, head + axis * 0.6 * (radius - narrow), (narrow, narrow), pack(number, lid=True))


def _step(stance: Stance, side: int) -> tuple[float, float]:
    """How far before the hip a foot is, and how high: half of the stride it stands still, half of it swings."""
    vigour = stance.way.vigour
    cycle = (stance.way.walked / STRIDE + 0.25 * (1 + side)) % 1
    if cycle < 0.5:
        return vigour * STRIDE * (0.25 - cycle), 0.0
    swing = 2 * cycle - 1
    return vigour * STRIDE * (0.5 * ease(swing) - 0.25), 0.1 * vigour * math.sin(math.pi * swing)


def _bend(start: Vector, end: Vector, upper: float, lower: float, hint: Vector) -> Vector:
    """The joint between two bones of given lengths, on the side of `hint`; between the ends if they barely reach."""
    span = end - start
    distance = math.sqrt(span @ span)
    along = span / distance
    share = min((distance**2 + upper**2 - lower**2) / (2 * distance), upper)
    aside = hint - along * (hint @ along)
    joint: Vector = (
        start + along * share + aside * (math.sqrt(max(upper**2 - share**2, 0.0)) / math.sqrt(aside @ aside))
    )
    return joint
