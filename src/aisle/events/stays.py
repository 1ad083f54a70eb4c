"""Who stood at which shelf, from when to when.

A person is at the nearest zone within `ENTER` breadths of the body, and stays there until it is `LEAVE` away or another
is nearer by `NEARER`: two shelves side by side do not take turns with every step. Nobody is at two zones at once, so
that the seconds at all zones never exceed the seconds in which a person was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from aisle.core.interaction import Interaction
from aisle.core.polygon import away
from aisle.core.site import Zone
from aisle.events.walks import Numbers, Walk

ENTER, LEAVE, NEARER = 1.0, 1.5, 0.5
"""In breadths of the body: an arm's length is about one and a half."""

HOLD = Fraction(1)
"""Seconds for which somebody may be away, or not be seen, and still be at the same visit."""

SHORTEST = Fraction(1)
"""Seconds at a zone that make a visit; who passes by in less has not visited it."""

_STILL = 0.5
"""Breadths that somebody who stands moves in a second at most."""


@dataclass(frozen=True, slots=True)
class Stay:
    """The person `track` was at `zone` on [start, end) seconds: seen there for `dwell` of them, and standing still for
    `stood` of these. `hand` says that a hand was seen inside the zone.
    """

    track: int
    zone: str
    start: Fraction
    end: Fraction
    dwell: Fraction
    stood: Fraction
    hand: bool = False


def stays(walk: Walk, zones: Sequence[Zone], interactions: Iterable[Interaction] = ()) -> tuple[Stay, ...]:
    """In order of their start.

    While one of `interactions` is going on the person is at its zone, and that visit counts however short it is.
    """
    if not zones:
        return ()
    told = [each for each in interactions if each.track == walk.track]
    at = _zones_by_look(walk, zones, told)
    found: dict[int, Stay] = {}
    kept: list[Stay] = []
    for look, zone in enumerate(at):
        if zone is None:
            continue
        one = _at_one_look(walk, look, zones[zone])
        before = found.get(zone)
        if before is not None and one.start - before.end < HOLD:
            found[zone] = _joined(before, one)
        else:
            kept += [before] if before else []
            found[zone] = one
    kept += found.values()
    lasting = (one for one in kept if one.dwell >= SHORTEST or any(_during(one, each) for each in told))
    return tuple(sorted(lasting, key=lambda one: (one.start, one.zone)))


def _zones_by_look(walk: Walk, zones: Sequence[Zone], told: Sequence[Interaction]) -> Iterator[int | None]:
    """The index of the zone at each look."""
    names = {zone.name: number for number, zone in enumerate(zones)}
    breadths = np.maximum(walk.breadths, 1e-6)
    far = np.stack([away(zone, walk.places, walk.aspect) / breadths for zone in zones], axis=1)
    at: int | None = None
    for time, distances in zip(walk.times, far, strict=True):
        at = _next(at, distances)
        doing = (names[each.zone] for each in told if each.start <= time < each.end and each.zone in names)
        at = next(doing, at)
        yield at


def _next(at: int | None, distances: Numbers) -> int | None:
    nearest = int(distances.argmin())
    if at is not None and distances[at] <= min(LEAVE, distances[nearest] + NEARER):
        return at
    return nearest if distances[nearest] <= ENTER else None


def _at_one_look(walk: Walk, look: int, zone: Zone) -> Stay:
    start, span = walk.times[look], walk.spans[look]
    hands = np.array(walk.hands[look]).reshape(-1, 2)
    stood = span if _stands(walk, look) else Fraction(0)
    return Stay(walk.track, zone.name, start, start + span, span, stood, bool(zone.contains(hands).any()))


def _stands(walk: Walk, look: int) -> bool:
    """Whether the person moves slowly between the look before and the look after."""
    first, last = max(look - 1, 0), min(look + 1, len(walk.times) - 1)
    took = float(walk.times[last] - walk.times[first])
    way = float(np.hypot(*((walk.places[last] - walk.places[first]) * [walk.aspect, 1])))
    return bool(way <= _STILL * walk.breadths[look] * took)


def _joined(one: Stay, after: Stay) -> Stay:
    return replace(
        one,
        end=after.end,
        dwell=one.dwell + after.dwell,
        stood=one.stood + after.stood,
        hand=one.hand or after.hand,
    )


def _during(stay: Stay, each: Interaction) -> bool:
    return each.zone == stay.zone and each.start < stay.end and each.end > stay.start
