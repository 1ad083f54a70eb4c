"""Who picked up, put back, stowed or hid a product, when, and at which shelf.

A hand is empty or holds a product. Of all ways in which it could have been the likeliest is taken, over the whole time
that a person was seen (the Viterbi algorithm on two states), so what is told always fits together: nothing is put back
that was not held. The product that somebody brought along into the picture is held without having been picked up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.core.detections import Observation
from aisle.core.interaction import Interaction, InteractionKind
from aisle.core.site import Site
from aisle.core.timeline import Timeline
from aisle.events._evidence import KINDS, Evidence, Seen, Shares, evidence_of

HOLDS, EVENT, BROUGHT = 0.3, 1.5, 3.0
"""How much a look at the hand counts, and one at what happens; how rare hands are that hold something from the start.
The first is below 1, since looks that follow on each other are wrong together. Tuned on rendered shops.
"""

NEAR = 2
"""Looks to both sides that an event is spread over."""

MOMENT = Fraction(1, 10)
"""Seconds to both sides of a moment that an interaction is told to last."""


def interactions(
    observations: Sequence[Observation], site: Site, timeline: Timeline | None = None
) -> tuple[Interaction, ...]:
    """In order of time. Where a network followed the hands (`Observation.handling`) it is believed; else what decides
    is where hands are and what is in or near them (`Hand.holds`, boxes of products), with the actions of `timeline`,
    which are taken to be everyone's. Who is not followed, or whose hands nobody saw, does nothing.
    """
    found = [each for evidence in evidence_of(observations, site, timeline) for each in _told(evidence)]
    return tuple(sorted(found, key=lambda each: (each.start, each.track)))


def _told(evidence: Evidence) -> Iterator[Interaction]:
    full = likeliest(evidence.holds, evidence.events)
    before = bool(full[0])
    since = 0
    for look in range(1, len(full)):
        if full[look] != before:
            before = bool(full[look])
            kind = KINDS[0] if before else _ending(evidence.events, look)
            held = slice(look, None) if before else slice(since, look)
            since = look
            yield _interaction(evidence, look, kind, _product(evidence.seen[held], full[held]))


def likeliest(holds: Shares, events: Shares) -> npt.NDArray[np.bool_]:
    """(N,) whether the hand holds something, of `holds` (N,) and `events` (N, 4) as Evidence has them."""
    held = HOLDS * _logit(holds)
    switch = EVENT * _logit(events)
    taking, leaving = switch[:, 0], switch[:, 1:].max(axis=1)
    empty, full = 0.0, held[0] - BROUGHT
    came = np.zeros((len(holds), 2), bool)  # whether the best way to this look, empty or full, was full before
    for look in range(1, len(holds)):
        stays = full, empty
        came[look] = full + leaving[look] > empty, full >= empty + taking[look]
        empty = max(empty, full + leaving[look])
        full = max(stays[0], stays[1] + taking[look]) + held[look]
    path = np.empty(len(holds), bool)
    path[-1] = full > empty
    for look in range(len(holds) - 1, 0, -1):
        path[look - 1] = came[look, int(path[look])]
    return path


def _logit(shares: Shares) -> Shares:
    clipped = np.clip(shares, 1e-4, 1 - 1e-4)
    odds: Shares = np.log(clipped / (1 - clipped))
    return odds


def _around(look: int, count: int) -> slice:
    return slice(max(look - NEAR, 0), min(look + NEAR + 1, count))


def _ending(events: Shares, look: int) -> InteractionKind:
    around = events[_around(look, len(events)), 1:]
    return KINDS[1 + int(around.sum(axis=0).argmax())]


def _interaction(evidence: Evidence, look: int, kind: InteractionKind, product: str) -> Interaction:
    around = _around(look, len(evidence.seen))
    weights = evidence.events[around, KINDS.index(kind)]
    times = [seen.time for seen in evidence.seen[around]]
    moment = evidence.seen[look].time
    if weights.sum() > 0:
        shift = np.average([float(time - moment) for time in times], weights=weights)
        moment = max(moment + Fraction(float(shift)).limit_denominator(1000), Fraction(0))
    at_shelf = kind in (InteractionKind.PICKED_UP, InteractionKind.PUT_BACK)
    zone = _zone(evidence.seen[around]) if at_shelf else ""
    confidence = float(np.clip(weights.max(), 0, 1))
    return Interaction(
        kind, max(moment - MOMENT, Fraction(0)), moment + MOMENT, evidence.track, zone, product, confidence
    )


def _zone(seen: Sequence[Seen]) -> str:
    """The shelf that hands were in most often."""
    names = Counter(name for look in seen for name in look.shelves if name)
    return names.most_common(1)[0][0] if names else ""


def _product(seen: Sequence[Seen], full: npt.NDArray[np.bool_]) -> str:
    """The name of what was near the hands most often while they held it and were outside the shelf."""
    until = int(np.argmin(full)) if not full.all() else len(full)
    names = Counter(name for look in seen[:until] if not any(look.shelves) for name in look.products)
    return names.most_common(1)[0][0] if names else ""
