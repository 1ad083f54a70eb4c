"""Shoppers before anyone draws them: how they look, where they go, and what they do when.

A visit follows what people do in the MERL Shopping videos: its five actions have the names that are labelled there, and
durations near the medians of its training timelines (reach 1.1 s, hand in shelf 1.2 s, inspect shelf 3 s, ...).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import numpy as np

from aisle.data._random import stream
from aisle.data._shop import ROUND, Colour, Product, Shop, linear

WALK_IN, WALK_AWAY, WALK_PAST = "walk in", "walk away", "walk past"
REACH, RETRACT, IN_SHELF = "reach to shelf", "retract from shelf", "hand in shelf"
INSPECT_PRODUCT, INSPECT_SHELF = "inspect product", "inspect shelf"

WITHIN_REACH = (2, 3, 4)
"""Boards from which a standing person takes something."""

ENDS = (-0.8, 5.6)
"""Places along the aisle that are just out of the picture, at the camera's foot and beyond its view."""

PACE = 1.2
"""Metres per second."""


class Place(Enum):
    """Where the acting hand is."""

    SIDE = "side"
    SHELF = "shelf"
    CHEST = "chest"


@dataclass(frozen=True, slots=True)
class Act:
    """What a shopper does during [start, end); the acting hand ends at `hand`, and a product may be in it."""

    start: Fraction
    end: Fraction
    name: str
    hand: Place = Place.SIDE
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Clothes:
    """`weave` numbers the pattern of the top, in the colours `top` and `trim`."""

    top: Colour
    trim: Colour
    trousers: Colour
    shoes: Colour
    weave: int
    long_sleeves: bool


@dataclass(frozen=True, slots=True)
class Shopper:
    """One person's looks and plan. They come along the aisle from `origin`, stop at `stand` (x, y) and leave to `goal`.

    `product` is what they take; without one they walk past. `build` is their height as a share of 1.75 m.
    """

    acts: tuple[Act, ...]
    product: Product | None
    origin: float
    stand: tuple[float, float]
    goal: float
    build: float
    hand: int
    skin: Colour
    hair: Colour
    long_hair: bool
    clothes: Clothes
    quirk: float

    def act(self, time: Fraction) -> int | None:
        """The number of the act at `time`; None before the first and after the last."""
        return next((number for number, act in enumerate(self.acts) if act.start <= time < act.end), None)

    def holding(self, time: Fraction) -> Product | None:
        """What is off the shelf at `time`, in this shopper's hand."""
        number = self.act(time)
        return None if number is None or not self.acts[number].holds else self.product


def send(shop: Shop, seconds: Fraction) -> tuple[Shopper, ...]:
    """Who comes into the shop within `seconds`: one visit after another, and during each someone who walks past."""
    rng = stream(shop.seed, 3)
    return tuple(shopper for shopper in _visits(rng, shop, seconds) if shopper.acts[0].start < seconds)


def _visits(rng: np.random.Generator, shop: Shop, seconds: Fraction) -> Iterator[Shopper]:
    start = Fraction(0)
    while start < seconds:
        visitor = _visitor(rng, shop, start)
        yield visitor
        yield _passer(rng, visitor)
        start = visitor.acts[-1].start + Fraction(2)


def _visitor(rng: np.random.Generator, shop: Shop, start: Fraction) -> Shopper:
    product = _choose(rng, shop)
    _, y, _ = shop.place(product)
    stand = product.side * (shop.boards[0].front - 0.46), y + rng.uniform(-0.12, 0.12)
    origin, goal = (ENDS[index] for index in rng.integers(2, size=2))
    acts = tuple(_plan(rng, start, abs(stand[1] - origin) / PACE, abs(goal - stand[1]) / PACE))
    return _person(rng, acts, product, origin, stand, goal)


def _plan(rng: np.random.Generator, start: Fraction, way_in: float, way_out: float) -> Iterator[Act]:
    """One visit: look, take, inspect, put back. Ends are at hundredths of a second, so that they are exact."""
    for name, usual, hand, holds in [
        (WALK_IN, way_in + 0.7, Place.SIDE, False),
        (INSPECT_SHELF, 2.7, Place.SIDE, False),
        (REACH, 1.1, Place.SHELF, False),
        (IN_SHELF, 0.8, Place.SHELF, False),
        (RETRACT, 1.2, Place.CHEST, True),
        (INSPECT_PRODUCT, 3.2, Place.CHEST, True),
        (REACH, 1.1, Place.SHELF, True),
        (IN_SHELF, 0.8, Place.SHELF, False),
        (RETRACT, 1.2, Place.SIDE, False),
        (WALK_AWAY, way_out + 0.7, Place.SIDE, False),
    ]:
        end = start + Fraction(round(100 * usual * rng.uniform(0.9, 1.15)), 100)
        yield Act(start, end, name, hand, holds)
        start = end


def _passer(rng: np.random.Generator, visitor: Shopper) -> Shopper:
    """Someone who walks by on the other side of the aisle while the visitor stands at the shelf."""
    start = visitor.acts[0].end + Fraction(int(rng.integers(600)), 100)
    end = start + Fraction(round(100 * (ENDS[1] - ENDS[0]) / (PACE * rng.uniform(0.85, 1.1))), 100)
    origin, goal = ENDS if rng.uniform() < 0.5 else ENDS[::-1]
    lane = -0.36 if visitor.stand[0] > 0 else 0.36
    return _person(rng, (Act(start, end, WALK_PAST),), None, origin, (lane, visitor.stand[1]), goal)


def _choose(rng: np.random.Generator, shop: Shop) -> Product:
    """A can or bottle in the front row, on the side that the camera sees better."""
    side, wanted = (-1 if shop.camera[0] > 0 else 1), rng.uniform(0.5, 1.2)
    front = (item for item in shop.products if item.side == side and item.level in WITHIN_REACH and item.row == 0)
    large = (item for item in front if item.shape in ROUND and item.width > 0.08)
    return min(large, key=lambda item: abs(item.y - wanted))


def _person(
    rng: np.random.Generator,
    acts: tuple[Act, ...],
    product: Product | None,
    origin: float,
    stand: tuple[float, float],
    goal: float,
) -> Shopper:
    tan = rng.uniform()
    hair = (0.08, 0.6) if rng.uniform() < 0.15 else (rng.uniform(0.3, 0.6), rng.choice([0.12, 0.16, 0.28, 0.45]))
    return Shopper(
        acts=acts,
        product=product,
        origin=origin,
        stand=stand,
        goal=goal,
        build=rng.uniform(0.93, 1.06),
        hand=1 if rng.uniform() < 0.85 else -1,
        skin=linear(0.065 - 0.01 * tan, 0.36 + 0.25 * tan, 0.86 - 0.5 * tan),
        hair=linear(0.07, *hair),
        long_hair=bool(rng.uniform() < 0.4),
        clothes=_clothes(rng),
        quirk=rng.uniform(0, 100),
    )


def _clothes(rng: np.random.Generator) -> Clothes:
    hue = rng.uniform()
    return Clothes(
        top=linear(hue, rng.uniform(0.05, 0.6), rng.uniform(0.15, 0.75)),
        trim=linear(hue + rng.choice([0.0, 0.5]), rng.uniform(0, 0.4), rng.uniform(0.2, 0.9)),
        trousers=linear(rng.choice([0.6, 0.62, 0.09]), rng.uniform(0.1, 0.5), rng.uniform(0.15, 0.45)),
        shoes=linear(0.08, rng.uniform(0, 0.3), rng.choice([0.12, 0.25, 0.8])),
        weave=int(rng.integers(4)),
        long_sleeves=bool(rng.uniform() < 0.55),
    )
