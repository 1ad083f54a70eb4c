"""A shopper's body at a moment: tapered limbs in the room, with the product in the hand.

A foot on the floor stays where it is while the body passes over it; joints bend as far as the bones' lengths ask.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

import numpy as np

from aisle.data._motion import Stance, Vector, ease, stand
from aisle.data._shop import Product, Shape, Shop
from aisle.data._shopper import Shopper

UP = np.array([0.0, 0.0, 1.0])
STRIDE = 1.36
"""Metres from one step of a foot to its next."""

WEAVE = 0.5
"""Metres of cloth that one tile of its pattern covers."""

GRIP = 0.03
"""From the middle of the palm to what it holds."""


class Stuff(IntEnum):
    """What a limb's surface is made of."""

    SKIN = 0
    HAIR = 1
    TOP = 2
    TROUSERS = 3
    SHOES = 4
    PACK = 5
    LID = 6


@dataclass(frozen=True, slots=True)
class Limb:
    """A tapered limb from `start` to `end` (3,), round at both, in metres; its pattern repeats after `tile` metres."""

    start: Vector
    end: Vector
    radii: tuple[float, float]
    stuff: Stuff
    tile: float = WEAVE


def limbs(shopper: Shopper, shop: Shop, time: Fraction) -> tuple[Limb, ...]:
    """All that is seen of `shopper` at `time`, in no order; nothing before and after their acts."""
    number = shopper.act(time)
    if number is None:
        return ()
    stance = stand(shopper, number, time)
    return tuple(_everything(shopper, shop, stance, holds=shopper.acts[number].holds))


def _everything(shopper: Shopper, shop: Shop, stance: Stance, *, holds: bool) -> Iterator[Limb]:
    size, right = shopper.build, stance.right
    dip = 0.012 * stance.way.vigour * (1 + math.cos(4 * math.pi * stance.way.walked / STRIDE))
    hip = stance.ground + UP * (0.93 * size - dip)
    grasp = _grasp(shopper.product, shop)
    spine = _spine(stance, hip, grasp, size)
    neck = hip + spine * 0.52 * size
    twist = 0.35 * stance.reach * shopper.hand
    across = right * math.cos(twist) + stance.ahead * math.sin(twist)
    yield from _trunk(hip, neck, right, across, size)
    yield from _head(shopper, stance, neck, spine)
    for side in (-1, 1):
        yield from _leg(shopper, stance, hip, side)
        shoulder = neck + (across * side * 0.185 - spine * 0.05) * size
        palm = _palm(shopper, stance, shoulder, neck, grasp, side)
        yield from _arm(shopper, shoulder, palm, right * side, stance.ahead)
        if holds and shopper.product and side == shopper.hand:
            yield from _held(shopper.product, palm, stance)


def _grasp(product: Product | None, shop: Shop) -> Vector:
    """Where the palm is when it holds the product on its board."""
    if product is None:
        return np.zeros(3)
    x, y, z = shop.place(product)
    return np.array([x - product.side * (product.width / 2 + GRIP), y, z + 0.55 * product.height])


def _spine(stance: Stance, hip: Vector, grasp: Vector, size: float) -> Vector:
    """The direction of the trunk: it leans as far as the arm is too short for what it reaches for."""
    missing = float(np.linalg.norm(grasp - hip - UP * 0.45 * size)) - 0.62 * size
    lean = 0.07 + 0.05 * stance.way.vigour + stance.reach * math.asin(min(max(missing, 0.05), 0.38) / 0.5)
    return UP * math.cos(lean) + stance.ahead * math.sin(lean)


def _trunk(hip: Vector, neck: Vector, right: Vector, across: Vector, size: float) -> Iterator[Limb]:
    """Level rolls one above the other, from the hips to the shoulders."""
    for share, axis, half, radius, stuff in [
        (-0.06, right, 0.07, 0.115, Stuff.TROUSERS),
        (0.06, right, 0.075, 0.123, Stuff.TOP),
        (0.28, right, 0.068, 0.12, Stuff.TOP),
        (0.48, across, 0.075, 0.118, Stuff.TOP),
        (0.66, across, 0.085, 0.115, Stuff.TOP),
        (0.8, across, 0.11, 0.09, Stuff.TOP),
        (0.9, across, 0.15, 0.068, Stuff.TOP),
    ]:
        middle, reach = hip + share * (neck - hip), axis * half * size
        yield Limb(middle - reach, middle + reach, (radius * size, radius * size), stuff)


def _head(shopper: Shopper, stance: Stance, neck: Vector, spine: Vector) -> Iterator[Limb]:
    size, yaw = shopper.build, 0.6 * stance.scan
    nod = UP * (0.25 + 0.35 * stance.lift + 0.2 * abs(stance.scan))
    face = (stance.ahead * math.cos(yaw) + stance.right * math.sin(yaw) - nod) * size
    up, middle = UP * size, neck + (0.13 * spine + 0.06 * stance.ahead + 0.02 * UP) * size
    brow, eye = middle + 0.085 * face, np.cross(face, UP) * 0.032
    yield Limb(neck - 0.02 * spine, middle, (0.06 * size, 0.055 * size), Stuff.SKIN)
    yield Limb(middle + 0.025 * face - 0.045 * up, middle + 0.02 * face, (0.066 * size, 0.08 * size), Stuff.SKIN)
    yield Limb(brow - 1.2 * eye, brow - 0.8 * eye, (0.009 * size, 0.009 * size), Stuff.HAIR)
    yield Limb(brow + 0.8 * eye, brow + 1.2 * eye, (0.009 * size, 0.009 * size), Stuff.HAIR)
    crown = middle + 0.035 * up - 0.015 * face
    yield Limb(crown - 0.03 * face, crown + 0.012 * face, (0.094 * size, 0.09 * size), Stuff.HAIR)
    if shopper.long_hair:
        back = middle - 0.06 * stance.ahead * size
        yield Limb(back, back - 0.22 * up - 0.03 * stance.ahead, (0.085 * size, 0.055 * size), Stuff.HAIR)


def _leg(shopper: Shopper, stance: Stance, hip: Vector, side: int) -> Iterator[Limb]:
    size, ahead = shopper.build, stance.ahead
    before, lift = _step(stance, side)
    ankle = stance.ground + stance.right * side * 0.1 * size + ahead * (before - 0.03 * side) + UP * (0.08 + lift)
    top = hip + stance.right * side * 0.085 * size
    knee = _bend(top, ankle, 0.45 * size, 0.44 * size, ahead)
    yield Limb(top, knee, (0.095 * size, 0.062 * size), Stuff.TROUSERS)
    yield Limb(knee, ankle, (0.06 * size, 0.045 * size), Stuff.TROUSERS)
    heel = ankle - UP * 0.035
    yield Limb(heel - ahead * 0.04, heel + ahead * 0.17 * size, (0.045, 0.04), Stuff.SHOES)


def _step(stance: Stance, side: int) -> tuple[float, float]:
    """How far before the hip a foot is, and how high: half of the stride it stands still, half of it swings."""
    vigour = stance.way.vigour
    cycle = (stance.way.walked / STRIDE + 0.25 * (1 + side)) % 1
    if cycle < 0.5:
        return vigour * STRIDE * (0.25 - cycle), 0.0
    swing = 2 * cycle - 1
    return vigour * STRIDE * (0.5 * ease(swing) - 0.25), 0.1 * vigour * math.sin(math.pi * swing)


def _palm(shopper: Shopper, stance: Stance, shoulder: Vector, neck: Vector, grasp: Vector, side: int) -> Vector:
    """Where a palm is: hanging, and swinging against the legs; or drawn to the shelf; or before the chest."""
    size, aside = shopper.build, stance.right * side
    swing, _ = _step(stance, -side)
    hang = shoulder + (0.06 * aside + (0.06 + 0.7 * swing) * stance.ahead - 0.61 * UP) * size
    chest = neck + 0.33 * stance.ahead + 0.06 * aside - UP * (0.2 + 0.015 * math.sin(1.9 * stance.clock))
    if side != shopper.hand:
        return hang + 0.9 * stance.lift * (chest - 0.05 * UP - hang)
    arc = UP * 0.1 * math.sin(math.pi * stance.reach) * (1 - stance.lift)
    return hang + stance.reach * (grasp - hang) + stance.lift * (chest - hang) + arc


def _arm(shopper: Shopper, shoulder: Vector, palm: Vector, aside: Vector, ahead: Vector) -> Iterator[Limb]:
    size, span = shopper.build, palm - shoulder
    far = float(np.linalg.norm(span))
    wrist = shoulder + span / far * min(far - 0.06, 0.57 * size)
    elbow = _bend(shoulder, wrist, 0.3 * size, 0.275 * size, 0.45 * aside - UP - ahead)
    along = (wrist - elbow) / np.linalg.norm(wrist - elbow)
    knuckles, thumb = wrist + 0.085 * along, wrist + 0.03 * along - 0.02 * aside
    yield Limb(shoulder, elbow, (0.062 * size, 0.05 * size), Stuff.TOP)
    sleeve = Stuff.TOP if shopper.clothes.long_sleeves else Stuff.SKIN
    yield Limb(elbow, wrist, (0.047 * size, 0.034 * size), sleeve)
    yield Limb(wrist, knuckles, (0.031, 0.04), Stuff.SKIN)
    yield Limb(knuckles, knuckles + 0.06 * along - 0.01 * UP, (0.034, 0.02), Stuff.SKIN)
    yield Limb(thumb, knuckles - 0.04 * aside, (0.018, 0.013), Stuff.SKIN)


def _bend(start: Vector, end: Vector, upper: float, lower: float, hint: Vector) -> Vector:
    """The joint between two bones of given lengths, on the side of `hint`; between the ends if they barely reach."""
    distance = float(np.linalg.norm(end - start))
    along = (end - start) / distance
    share = min((distance**2 + upper**2 - lower**2) / (2 * distance), upper)
    aside = hint - along * np.dot(hint, along)
    joint: Vector = start + along * share + aside / np.linalg.norm(aside) * math.sqrt(upper**2 - share**2)
    return joint


def _held(product: Product, palm: Vector, stance: Stance) -> Iterator[Limb]:
    """The product before the palm: upright at the shelf, tilted and turned to and fro before the chest."""
    tilt = stance.lift * (0.5 + 0.35 * math.sin(1.7 * stance.clock))
    roll = stance.lift * 0.4 * math.sin(1.1 * stance.clock)
    axis = UP * math.cos(tilt) - stance.ahead * math.sin(tilt) + stance.right * math.sin(roll)
    axis /= np.linalg.norm(axis)
    radius, height, bottle = product.width / 2, product.height, product.shape is Shape.BOTTLE
    middle = palm + stance.ahead * (radius + GRIP)
    foot, head = middle - axis * (0.55 * height - 0.6 * radius), middle + axis * (0.45 * height - 0.6 * radius)
    shoulder, narrow = (middle + axis * 0.14 * height, 0.4 * radius) if bottle else (head, 0.92 * radius)
    yield Limb(foot, shoulder, (radius, radius), Stuff.PACK, tile=1.3 * height)
    yield Limb(shoulder + axis * 0.02, head + axis * 0.6 * (radius - narrow), (narrow, narrow), Stuff.LID)
