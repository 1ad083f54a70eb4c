"""From standing at a shelf to taking something: how far each visit went, and where shoppers turn away.

A visit goes up steps: visited, looked, reached, inspected, took. It counts for a step if that or a later one was seen,
so that no step counts more visits than the one before it: who takes has reached, whether the hand was seen or not.

What was seen comes from where people stand, from their hands, from what they did with products, and from a timeline of
actions. A timeline speaks of the whole picture; where people are at several shelves at once it does not say who it
means, and then it counts for nobody.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from aisle.core.interaction import Interaction, InteractionKind
from aisle.core.timeline import Segment
from aisle.events.stays import HOLD, Stay

LOOK = Fraction(2)
"""Seconds of standing at a shelf that count as looking at it."""

CARRIED = Fraction(5)
"""Seconds after a visit in which what is inspected is taken to come from there."""


class Step(IntEnum):
    VISITED = 0
    LOOKED = 1
    REACHED = 2
    INSPECTED = 3
    TOOK = 4


ACTIONS: Mapping[str, Step] = {
    "inspect_shelf": Step.LOOKED,
    "reach_to_shelf": Step.REACHED,
    "hand_in_shelf": Step.REACHED,
    "retract_from_shelf": Step.REACHED,
    "inspect_product": Step.INSPECTED,
}
"""What the actions of MERL's list say of a visit; others say nothing."""


@dataclass(frozen=True, slots=True)
class ShelfVisit:
    """`seen` are the steps for which there is evidence; `taken` and `returned` count products."""

    stay: Stay
    seen: frozenset[Step]
    taken: int = 0
    returned: int = 0

    @property
    def furthest(self) -> Step:
        return max(self.seen)


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits to shelves in order of time, and how many interactions and actions could not be laid to any of them."""

    visits: tuple[ShelfVisit, ...]
    lost_interactions: int = 0
    lost_actions: int = 0


@dataclass(frozen=True, slots=True)
class Rung:
    """`count` visits went as far as `step`, and `lost` of those that went as far as the step before did not."""

    step: Step
    count: int
    lost: int

    @property
    def drop(self) -> float:
        """Share of the step before, 0 to 1; NaN where nobody came so far."""
        before = self.count + self.lost
        return self.lost / before if before else math.nan


def shelf_visits(
    stays: Iterable[Stay], interactions: Iterable[Interaction] = (), actions: Iterable[Segment] = ()
) -> Visits:
    """What was done on each stay of one video; `interactions` are those of its people, `actions` its timeline."""
    ordered = sorted(stays, key=lambda one: (one.start, one.track, one.zone))
    seen = [_standing(stay) for stay in ordered]
    books = _Books(ordered)
    for each in sorted(interactions, key=lambda one: (one.start, one.end)):
        books.enter(each)
    for at, (handled, taken) in enumerate(zip(books.handled, books.taken(), strict=True)):
        seen[at] |= handled | ({Step.INSPECTED, Step.TOOK} if taken else set())
    lost_actions = 0
    for segment in actions:
        if (step := ACTIONS.get(segment.label)) is None:
            continue
        meant = _meant(segment, ordered, CARRIED if step is Step.INSPECTED else HOLD)
        if meant is None:
            lost_actions += 1
        else:
            seen[meant].add(step)
    visits = tuple(
        ShelfVisit(stay, frozenset(steps), taken, returned)
        for stay, steps, taken, returned in zip(ordered, seen, books.taken(), books.returned, strict=True)
    )
    return Visits(visits, books.lost, lost_actions)


def funnel(visits: Iterable[ShelfVisit]) -> tuple[Rung, ...]:
    """One rung a step, from the first to the last."""
    furthest = [visit.furthest for visit in visits]
    counts = [sum(far >= step for far in furthest) for step in Step]
    before = [counts[0], *counts[:-1]]
    return tuple(Rung(step, count, last - count) for step, count, last in zip(Step, counts, before, strict=True))


def _standing(stay: Stay) -> set[Step]:
    looked = {Step.LOOKED} if stay.stood >= LOOK else set()
    return {Step.VISITED} | looked | ({Step.REACHED} if stay.hand else set())


def _meant(segment: Segment, stays: Sequence[Stay], after: Fraction) -> int | None:
    """The one stay during which, or up to `after` seconds behind which, the action took place; None of several people,
    and of nobody.
    """
    shared = {
        at: min(stay.end + after, segment.end) - max(stay.start - HOLD, segment.start) for at, stay in enumerate(stays)
    }
    near = [at for at, time in shared.items() if time > 0]
    if len({stays[at].track for at in near}) != 1:
        return None
    return max(near, key=lambda at: (_overlap(segment, stays[at]), shared[at]))


def _overlap(segment: Segment, stay: Stay) -> Fraction:
    return max(min(stay.end, segment.end) - max(stay.start, segment.start), Fraction(0))


@dataclass(slots=True)
class _Item:
    """A product that a person has, from the stay numbered `stay`, None where that is not known. Once `safe` it is in a
    basket or hidden, and once `gone` it has left the picture.
    """

    stay: int | None
    product: str
    safe: bool = False
    gone: bool = False


class _Books:
    """What each person has, product by product, kept as it comes and goes."""

    def __init__(self, stays: Sequence[Stay]) -> None:
        self._stays = stays
        self._has: dict[int, list[_Item]] = {}
        self.handled: list[set[Step]] = [set() for _ in stays]
        self.returned = [0] * len(stays)
        self.lost = 0

    def enter(self, each: Interaction) -> None:
        at, has = self._stay_of(each), self._has.setdefault(each.track, [])
        if each.kind is InteractionKind.PICKED_UP:
            has.append(_Item(at, each.product))
            self._handle(at, {Step.REACHED, Step.INSPECTED})
        elif each.kind is InteractionKind.PUT_BACK:
            self._put_back(each, at, has)
        else:
            self._keep(each, at, has, left=each.kind is InteractionKind.TOOK_AWAY)

    def taken(self) -> list[int]:
        """Products that each stay's person took there and did not put back."""
        counts = [0] * len(self._stays)
        for items in self._has.values():
            for item in items:
                if item.stay is not None:
                    counts[item.stay] += 1
        return counts

    def _handle(self, at: int | None, steps: set[Step]) -> None:
        if at is None:
            self.lost += 1
        else:
            self.handled[at] |= steps

    def _put_back(self, each: Interaction, at: int | None, has: list[_Item]) -> None:
        """Counts where the product had come from; where nobody saw it taken, where it was put."""
        item = _choose(has, each.product, lambda one: not one.safe) or _choose(
            has, each.product, lambda one: not one.gone
        )
        if item is not None:
            has.remove(item)
        came_from = at if item is None or item.stay is None else item.stay
        if came_from is not None:
            self.returned[came_from] += 1
        self._handle(at, {Step.REACHED, Step.INSPECTED})

    def _keep(self, each: Interaction, at: int | None, has: list[_Item], *, left: bool) -> None:
        """What is stowed or carried off was taken, also where the hand at the shelf was not seen."""
        item = _choose(has, each.product, lambda one: not one.gone if left else not one.safe)
        if item is None:
            item = _Item(at, each.product)
            has.append(item)
            self.lost += at is None
        item.safe, item.gone = True, left

    def _stay_of(self, each: Interaction) -> int | None:
        """The stay of the same person, at that shelf where one is told, that is nearest in time and less than HOLD
        away.
        """
        apart = {
            at: max(stay.start - each.end, each.start - stay.end, Fraction(0))
            for at, stay in enumerate(self._stays)
            if stay.track == each.track and each.zone in ("", stay.zone)
        }
        nearest = min(apart, key=lambda at: apart[at], default=None)
        return nearest if nearest is not None and apart[nearest] < HOLD else None


def _choose(has: Sequence[_Item], product: str, fits: Callable[[_Item], bool]) -> _Item | None:
    """The last one taken of those that fit, and of the same product where there is one."""
    fitting = [item for item in has if fits(item)]
    same = [item for item in fitting if product and item.product == product]
    found = same or fitting
    return found[-1] if found else None
