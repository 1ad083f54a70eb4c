"""What is known, look by look, of a person's hands: from a network that reads people over time, or by rules."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.core.detections import NOBODY, PERSON, Hand, Handling, Observation
from aisle.core.interaction import InteractionKind
from aisle.core.site import Site, Zone, ZoneKind
from aisle.core.timeline import Timeline

Shares = npt.NDArray[np.float64]

KINDS = (
    InteractionKind.PICKED_UP,
    InteractionKind.PUT_BACK,
    InteractionKind.STOWED,
    InteractionKind.CONCEALED,
)

CONTAINERS = {"basket", "shopping basket", "trolley", "shopping cart", "cart"}
"""Labels of things into which a product is stowed."""

NO_GOODS = {
    *("bench", "chair", "couch", "potted plant", "bed", "dining table", "toilet", "tv", "microwave", "oven", "sink"),
    *("refrigerator", "backpack", "handbag", "suitcase", "umbrella", "tie", "cat", "dog", "horse"),
    *("bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat"),
    *("traffic light", "fire hydrant", "stop sign", "parking meter"),
}
"""What a general detector sees in shops and nobody takes from a shelf: furniture, vehicles, what people bring."""

LARGEST = 0.3
"""How much of a person's box that of a product in the hand fills at most."""

SURE = 0.2
"""Hands that were found with less are not looked at."""

REACH = 0.35
"""So near to a hand, in shares of the shorter side of the person's box, a product is held."""

LATELY = Fraction(3, 5)
"""Seconds for which a hand that left a shelf still comes from it."""

HOLDING, RETRACTING = {"inspect_product", "inspect product"}, {"retract_from_shelf", "retract from shelf"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at one person: `hands` that are sure, `shelves` the names of the zones these are in ("" for none),
    `products` the names of what is near them, `basket` whether a hand is at a container.
    """

    time: Fraction
    hands: tuple[Hand, ...]
    shelves: tuple[str, ...]
    products: tuple[str, ...]
    basket: bool
    handling: Handling | None


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """N looks at the person `track`: `holds` (N,) how likely a product is in a hand, `events` (N, 4) how likely it is
    that one of `KINDS` happens now, all 0 to 1.
    """

    track: int
    seen: tuple[Seen, ...]
    holds: Shares
    events: Shares


def evidence_of(
    observations: Sequence[Observation], site: Site, timeline: Timeline | None = None
) -> tuple[Evidence, ...]:
    """Of each person who is followed and of whose hands something is known."""
    looks: dict[int, list[Seen]] = {}
    shelves = site.of_kind(ZoneKind.SHELF)
    for observation in observations:
        people = np.array([label == PERSON for label in observation.found.labels], bool)
        handlings = {handling.track: handling for handling in observation.handling}
        for number in np.flatnonzero(people & (observation.found.tracks != NOBODY)):
            track = int(observation.found.tracks[number])
            seen = _seen(observation, int(number), shelves, handlings.get(track))
            if seen.hands or seen.handling is not None:
                looks.setdefault(track, []).append(seen)
    return tuple(_evidence(track, tuple(seen), shelves, timeline) for track, seen in sorted(looks.items()))


def _seen(observation: Observation, number: int, shelves: Sequence[Zone], handling: Handling | None) -> Seen:
    found, track = observation.found, int(observation.found.tracks[number])
    hands = tuple(hand for hand in observation.hands if hand.track == track and hand.score >= SURE)
    left, top, right, bottom = found.boxes.corners[number].tolist()
    near = REACH * min(right - left, bottom - top)
    largest = LARGEST * (right - left) * (bottom - top)
    touched = [
        label
        for label, corners in zip(found.labels, found.boxes.corners.astype(float), strict=True)
        if _carried(label, corners, largest) and any(_away(hand, corners) <= near for hand in hands)
    ]
    places = np.array([(hand.x / observation.width, hand.y / observation.height) for hand in hands]).reshape(-1, 2)
    return Seen(
        observation.time,
        hands,
        tuple(_name(place, shelves) for place in places),
        tuple(label for label in touched if label not in CONTAINERS),
        any(label in CONTAINERS for label in touched),
        handling,
    )


def _carried(label: str, corners: Shares, largest: float) -> bool:
    """Whether that may be a product, or a container."""
    left, top, right, bottom = corners.tolist()
    small = (right - left) * (bottom - top) <= largest
    return label in CONTAINERS or (small and label != PERSON and label not in NO_GOODS)


def _away(hand: Hand, corners: Shares) -> float:
    """Pixels from the hand to the rectangle, 0 within it."""
    left, top, right, bottom = corners.tolist()
    return math.hypot(max(left - hand.x, 0, hand.x - right), max(top - hand.y, 0, hand.y - bottom))


def _name(place: Shares, shelves: Iterable[Zone]) -> str:
    return next((zone.name for zone in shelves if zone.contains(place[np.newaxis])[0]), "")


def _evidence(track: int, seen: tuple[Seen, ...], shelves: Sequence[Zone], timeline: Timeline | None) -> Evidence:
    """What the network says where it says something, else the rules."""
    told = [look.handling for look in seen]
    if any(handling is not None for handling in told):
        rows = np.array([_row(handling) for handling in told])
        return Evidence(track, seen, rows[:, 0], rows[:, 1:])
    last: Fraction | None = None
    holds, events = [], []
    products = any(look.products for look in seen)
    for look in seen:
        last = look.time if any(look.shelves) else last
        at_shelf = last is not None and look.time - last <= LATELY
        segment = timeline.at(look.time) if timeline else None
        action = segment.label if segment else ""
        holds.append(_holds(look, action, products=products))
        events.append(_events(look, action, at_shelf=at_shelf, shelves=bool(shelves)))
    return Evidence(track, seen, np.array(holds), np.array(events))


def _row(handling: Handling | None) -> tuple[float, ...]:
    if handling is None:
        return 0.5, 0.0, 0.0, 0.0, 0.0
    return handling.holds, handling.picked_up, handling.put_back, handling.stowed, handling.concealed


def _holds(look: Seen, action: str, *, products: bool) -> float:
    """A hand in a shelf is near products that it does not hold, so only one outside tells by what is near it."""
    if action in HOLDING:
        return 0.9
    said = [hand.holds for hand in look.hands if not math.isnan(hand.holds)]
    if said:
        return max(said)
    if any(look.shelves) or not products:
        return 0.5
    return 0.85 if look.products else 0.2


def _events(look: Seen, action: str, *, at_shelf: bool, shelves: bool) -> tuple[float, float, float, float]:
    """Products come from shelves and go back there; what leaves the hand elsewhere was stowed, or hidden.

    Without a site nobody knows where the shelves are: then it was picked up or put back, wherever it happened.
    """
    shelf = 0.5 if at_shelf or action in RETRACTING else 0.01 if shelves else 0.3
    return shelf, shelf, 0.4 if look.basket else 0.01, 0.15 if shelves and not (look.basket or at_shelf) else 0.001
