"""What a shopper does where: habits become acts, with places to stand, products to take and ways of the hand."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

import numpy as np

from aisle.data._habits import RATE, Habit, Label, habits
from aisle.data._person import Person
from aisle.data._random import Floats, stream
from aisle.data._rig import stretch
from aisle.data._shop import Product, Shop

APART = 0.44
"""How far from the front edge of the lowest board a shopper's middle is, about."""

REACHABLE = 0.42
"""How far aside of where they stand people take things, in metres along the shelf."""

AISLE = 0.5
"""How far from the middle of the aisle people step at most while they look at a shelf."""

LOWEST = 0.35
"""Boards below this height are left alone."""

TURNS, LEAVES, STOWING, UNHURRIED = 20, 75, 45, 40
"""Frames that are enough to turn round and to walk to another place, that putting away takes, and for any turn."""

HIDES = 0.25
"""How often someone with a basket hides a product all the same; without one there is no other place for it."""


class Place(Enum):
    """Where the acting hand is; fists strike with both."""

    SIDE = "side"
    SHELF = "shelf"
    CHEST = "chest"
    CARRY = "carry"
    BAG = "bag"
    BASKET = "basket"
    FIST = "fist"


class Gaze(Enum):
    """Where the head turns."""

    AHEAD = "ahead"
    SHELF = "shelf"
    HAND = "hand"
    ROUND = "round"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where on the floor someone is, and `heading` in radians from +y to +x."""

    x: float
    y: float
    heading: float


ORIGIN = Spot(0.0, -2.6, 0.0)
"""Where shoppers come from, just out of the picture."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a shopper does on [start, end) seconds and how it ends: the acting hand at `place`, the feet at `spot`.

    `product` is the number of what is in the hand all the while. `grasp` is where the palm goes in the shelf. `by` is a
    place that is passed half-way. `both` hands hold the product. `hesitates`: the hand stops half-way. `stowed` are the
    numbers of the products in the basket, `gone` of those hidden under clothes or in a bag; `theft`: that happens now.
    `lies` is how much of the way to the floor the body has gone by then: 1 on its face, -1 on its back.
    """

    start: Fraction
    end: Fraction
    label: Label
    place: Place
    spot: Spot
    gaze: Gaze
    arm: int
    product: int | None = None
    grasp: tuple[float, float, float] | None = None
    by: Spot | None = None
    both: bool = False
    hesitates: bool = False
    stowed: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()
    theft: bool = False
    lies: float = 0.0


@dataclass(frozen=True, slots=True)
class Drop:
    """A large bag that is carried in the acting hand until `time` seconds and from then on lies on the floor."""

    time: Fraction
    spot: Spot


@dataclass(frozen=True, slots=True)
class Shopper:
    """A person with a plan. `basket`: one hangs from the hand that does not act. `drop` is what they leave behind."""

    person: Person
    origin: Spot
    acts: tuple[Act, ...]
    basket: bool
    drop: Drop | None = None

    def number(self, time: Fraction) -> int | None:
        """The number of the act at `time`; None before the first and after the last."""
        number = bisect_right(self.acts, time, key=lambda act: act.start) - 1
        return number if number >= 0 and time < self.acts[number].end else None

    def taken(self, number: int) -> frozenset[int]:
        """The products off the shelf during act `number`."""
        act = self.acts[number]
        return frozenset([*act.stowed, *act.gone, *([] if act.product is None else [act.product])])


def shopper(shop: Shop, who: Person, frames: int, day: int, *, hides: float | None = None) -> Shopper:
    """`who` in `shop` on the day number `day`, with acts that cover at least `frames` thirtieths of a second.

    With `hides` they have a basket, and that is how often they hide a product all the same.
    """
    rng = stream(day, 10)
    basket = bool(rng.uniform() < 0.4) or hides is not None
    planner = _Planner(rng, shop, who, basket=basket, hides=HIDES if hides is None else hides)
    return Shopper(who, ORIGIN, tuple(planner.acts(list(habits(stream(day, 11), frames)))), basket)


class _Planner:
    """Goes through the habits in order and remembers where the shopper is and what is in the hand."""

    def __init__(self, rng: np.random.Generator, shop: Shop, who: Person, *, basket: bool, hides: float) -> None:
        self._rng, self._shop, self._who, self._basket, self._hides = rng, shop, who, basket, hides
        near, far = self._stretch = stretch(shop)
        self._front = [
            number
            for number, item in enumerate(shop.products)
            if item.row < 2
            and shop.shelves[item.shelf].boards[item.level].height > LOWEST
            and (shop.shelves[item.shelf].outward[1] or near - 0.1 < shop.place(item)[1] < far + 0.1)
        ]
        self._where = np.array([shop.place(shop.products[number])[:2] for number in self._front])
        self._time, self._arm = Fraction(0), who.hand
        self._home = self._stand()
        self._spot = ORIGIN
        self._held: int | None = None
        self._aim: int | None = None
        self._stowed: tuple[int, ...] = ()
        self._gone: tuple[int, ...] = ()
        self._place, self._gaze, self._both = Place.SIDE, Gaze.AHEAD, False

    def acts(self, runs: list[Habit]) -> Iterator[Act]:
        for number, run in enumerate(runs):
            later = [later.label for later in runs[number + 1 :] if later.label is not Label.NOTHING]
            yield from self._acts(run, later[0] if later else Label.SHELF)

    def _acts(self, run: Habit, later: Label) -> Iterator[Act]:
        end = Fraction(run.end, RATE)
        if run.label is Label.NOTHING:
            yield from self._pause(run)
        elif run.label is Label.REACH:
            yield self._reach(end)
        elif run.label is Label.HAND_IN:
            yield self._act(end, run.label)
        elif run.label is Label.RETRACT:
            yield self._retract(run, later)
        elif run.label is Label.PRODUCT:
            self._both = bool(self._rng.uniform() < 0.6) and not self._basket
            haste = min((run.end - run.start) / UNHURRIED, 1.0)
            self._turn(0, 0.9 * haste, back=self._rng.uniform(0.03, 0.03 + 0.25 * haste))
            yield self._act(end, run.label, Place.CHEST, Gaze.HAND)
        else:
            self._shift((run.end - run.start) / RATE)
            place = Place.SIDE if self._held is None else Place.CARRY
            yield self._act(end, run.label, place, Gaze.SHELF)

    def _reach(self, end: Fraction) -> Act:
        """Towards a product near where the shopper stands, or with the one in the hand back to its place."""
        if self._held is None:
            if self._place is not Place.SHELF and not self._basket:
                self._arm = self._who.hand * (1 if self._rng.uniform() < 0.8 else -1)
            self._aim = self._choose(self._home)
        else:
            self._aim = self._held
        product = self._shop.products[self._aim]
        self._home = self._before(product, self._rng.uniform(-0.25, 0.25) + 0.12 * self._arm)
        self._spot = self._home
        act = self._act(end, Label.REACH, Place.SHELF, Gaze.SHELF)
        return replace(act, hesitates=bool(self._rng.uniform() < 0.15))

    def _retract(self, run: Habit, later: Label) -> Act:
        """The hand comes back with what it took, or empty; what it brought back stays."""
        self._held = self._aim if run.holds else None
        place = Place.SIDE
        if self._held is not None:
            place = Place.CHEST if later is Label.PRODUCT else Place.CARRY
        return self._act(Fraction(run.end, RATE), Label.RETRACT, place, Gaze.HAND if run.holds else Gaze.SHELF)

    def _pause(self, run: Habit) -> Iterator[Act]:
        """Background: nothing new if short; else the product is put away, or the shopper turns, or walks."""
        end, frames = Fraction(run.end, RATE), run.end - run.start
        if run.stows and self._held is not None:
            hidden = not self._basket or self._rng.uniform() < self._hides
            yield from self._stow(min(self._time + Fraction(STOWING, RATE), end), hidden=hidden)
            frames = int((end - self._time) * RATE)
        if frames >= LEAVES and self._held is None:
            yield self._walk(end)
        elif frames >= TURNS and self._place is not Place.SHELF:
            self._turn(0.5, 1.6, back=self._rng.uniform(0, 0.25))
            place = Place.SIDE if self._held is None else Place.CARRY
            yield self._act(end, Label.NOTHING, place, Gaze.ROUND)
        elif frames:
            yield self._act(end, Label.NOTHING)

    def _stow(self, end: Fraction, *, hidden: bool) -> Iterator[Act]:
        """Puts the product into the basket, or hides it: the hand goes there with it and comes back without."""
        middle = self._time + Fraction(round((end - self._time) * RATE * 3 / 5), RATE)
        if hidden:
            self._turn(0.2, 1.5, back=0.1)
        place = Place.BAG if hidden else Place.BASKET
        yield replace(self._act(middle, Label.NOTHING, place, Gaze.ROUND if hidden else Gaze.HAND), theft=hidden)
        if self._held is not None and hidden:
            self._gone += (self._held,)
        elif self._held is not None:
            self._stowed += (self._held,)
        self._held = None
        yield self._act(end, Label.NOTHING, Place.SIDE, Gaze.AHEAD)

    def _walk(self, end: Fraction) -> Act:
        """To another place, by a way about as long as there is time."""
        seconds = float(end - self._time)
        start, self._home = self._spot, self._stand()
        way = max(self._who.pace * min(seconds - 1, 9), 0.3) / 2
        far = min((shelf.middle[1] - 0.5 for shelf in self._shop.shelves[2:]), default=-ORIGIN.y)
        y = float(np.clip(start.y + self._rng.choice([-1, 1]) * way, ORIGIN.y, far))
        by = Spot(self._rng.uniform(-0.2, 0.2), y, 0.0)
        direct = math.hypot(self._home.x - start.x, self._home.y - start.y)
        self._spot = self._home
        act = self._act(end, Label.NOTHING, Place.SIDE, Gaze.AHEAD)
        return replace(act, by=by) if direct < way else act

    def _shift(self, seconds: float) -> None:
        """A few steps along the shelf while looking at it, and a little nearer or farther."""
        ahead, aside = _directions(self._home.heading)
        reach = min(0.25 * seconds, 0.4)
        step = self._rng.uniform(-reach, reach) * aside - self._rng.uniform(-0.04, 0.1) * ahead
        x = float(np.clip(self._home.x + step[0], -AISLE, AISLE))
        self._home = replace(self._home, x=x, y=float(np.clip(self._home.y + step[1], *self._stretch)))
        self._spot = replace(self._home, heading=self._home.heading + self._rng.uniform(-0.3, 0.3))

    def _turn(self, least: float, most: float, *, back: float) -> None:
        """Away from the shelf by some angle to either side, a step `back`."""
        ahead, _ = _directions(self._home.heading)
        x, y = np.array([self._home.x, self._home.y]) - back * ahead
        angle = self._rng.choice([-1, 1]) * self._rng.uniform(least, most)
        self._spot = Spot(float(x), float(y), self._home.heading + float(angle))

    def _stand(self) -> Spot:
        """A place at a shelf within the picture."""
        return self._before(self._shop.products[self._rng.choice(self._front)], 0.0)

    def _before(self, product: Product, aside: float) -> Spot:
        """Where one stands before `product`, `aside` to its left as one looks at it."""
        shelf = self._shop.shelves[product.shelf]
        along = float(np.clip(product.along + aside, -shelf.half + 0.25, shelf.half - 0.25))
        apart = APART * self._who.build + 0.08 * (self._who.girth - 1)
        x, y, _ = shelf.outside(np.array([-apart, along, 0.0]))
        return Spot(float(x), float(np.clip(y, *self._stretch)), math.atan2(*shelf.outward))

    def _choose(self, spot: Spot) -> int:
        """A product not yet taken, before someone who stands at `spot`; the nearest if none is within reach."""
        ahead, aside = _directions(spot.heading)
        away = self._where - (spot.x, spot.y)
        free = ~np.isin(self._front, [*self._stowed, *self._gone])
        near = free & (np.abs(away @ aside) < REACHABLE) & (away @ ahead > 0) & (away @ ahead < 1.1)
        nearest = np.argmin((away**2).sum(axis=1) + 100 * ~free)
        return int(self._rng.choice(np.array(self._front)[near])) if near.any() else self._front[nearest]

    def _act(self, end: Fraction, label: Label, place: Place | None = None, gaze: Gaze | None = None) -> Act:
        """The next act, which goes on as before in all that is not told."""
        self._place, self._gaze = place or self._place, gaze or self._gaze
        self._both = self._both and self._place is Place.CHEST
        start, self._time = self._time, end
        grasp = None
        if self._place is Place.SHELF and self._aim is not None:
            grasp = _grasp(self._shop, self._shop.products[self._aim])
        return Act(
            start,
            end,
            label,
            self._place,
            self._spot,
            self._gaze,
            self._arm,
            self._held,
            grasp,
            both=self._both,
            stowed=self._stowed,
            gone=self._gone,
        )


def _grasp(shop: Shop, product: Product) -> tuple[float, float, float]:
    """Where the palm is when it holds the product on its board: on its upper part, from the front."""
    shelf = shop.shelves[product.shelf]
    board = shelf.boards[product.level]
    height = board.height + min(0.85 * product.height, board.clearance - 0.07)
    inset = max(board.back + product.inset - 0.3 * product.depth, board.back + 0.035)
    x, y, z = shelf.outside(np.array([inset, product.along, height]))
    return float(x), float(y), float(z)


def _directions(heading: float) -> tuple[Floats, Floats]:
    """Ahead and to the right (2,) of someone who looks along `heading`."""
    ahead = np.array([math.sin(heading), math.cos(heading)])
    return ahead, np.array([ahead[1], -ahead[0]])
