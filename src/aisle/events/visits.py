"""What each person had when last seen: taken and not put back, in the hand, in a basket or hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from aisle.core.detections import NOBODY, PERSON, Observation
from aisle.core.interaction import Interaction, InteractionKind, Visit
from aisle.core.polygon import away
from aisle.core.site import Site, ZoneKind

GONE = Fraction(1)
"""Seconds before the last look: who was not seen since then has left, others are still there."""

DOOR = 0.1
"""So near to an entrance, in shares of the picture, somebody is who leaves by it."""


def visits(observations: Sequence[Observation], interactions: Iterable[Interaction]) -> tuple[Visit, ...]:
    """One for each person who was followed, by number, from the first look at them to the end of the last.

    What is put back without having been seen taken does not count; what is stowed or hidden counts all the same.
    """
    seen: dict[int, list[Fraction]] = {}
    for observation in observations:
        for track, label in zip(observation.found.tracks.tolist(), observation.found.labels, strict=True):
            if track != NOBODY and label == PERSON:
                seen.setdefault(track, []).append(observation.time)
    step = _step(observations)
    done: dict[int, list[Interaction]] = {track: [] for track in seen}
    for each in sorted(interactions, key=lambda each: each.start):
        done.setdefault(each.track, []).append(each)
    return tuple(
        replace(_counted(track, done[track]), start=times[0], end=times[-1] + step)
        for track, times in sorted(seen.items())
    )


def taken_away(
    observations: Sequence[Observation], visits: Iterable[Visit], site: Site, interactions: Iterable[Interaction]
) -> tuple[Interaction, ...]:
    """`TOOK_AWAY` for each of the visits that ended with products: the person was last seen more than `GONE` seconds
    before the video's end, and at an entrance where the site has one. It is as sure as the surest of the person's
    `interactions` by which they came to a product.
    """
    if not observations:
        return ()
    over, step = observations[-1].time - GONE, _step(observations)
    sure: dict[int, float] = {}
    for each in interactions:
        if each.kind not in (InteractionKind.PUT_BACK, InteractionKind.TOOK_AWAY):
            sure[each.track] = max(sure.get(each.track, 0.0), each.confidence)
    return tuple(
        Interaction(
            InteractionKind.TOOK_AWAY,
            max(visit.end - step, visit.start),
            visit.end,
            visit.track,
            confidence=sure[visit.track],
        )
        for visit in visits
        if visit.items and visit.end < over and _at_entrance(observations, visit.track, site)
    )


def _step(observations: Sequence[Observation]) -> Fraction:
    """Seconds from one look to the next, as a rule."""
    steps = sorted(after.time - before.time for before, after in pairwise(observations))
    return steps[len(steps) // 2] if steps else Fraction(1, 5)


def _counted(track: int, done: Iterable[Interaction]) -> Visit:
    hand = kept = concealed = 0
    for each in done:
        if each.kind is InteractionKind.PICKED_UP:
            hand += 1
        elif each.kind is not InteractionKind.TOOK_AWAY:
            hand = max(hand - 1, 0)
            kept += each.kind is not InteractionKind.PUT_BACK
            concealed += each.kind is InteractionKind.CONCEALED
    return Visit(track, Fraction(0), Fraction(0), hand + kept, concealed)


def _at_entrance(observations: Sequence[Observation], track: int, site: Site) -> bool:
    entrances = site.of_kind(ZoneKind.ENTRANCE)
    last = next(each for each in reversed(observations) if track in each.found.tracks)
    corners = last.found.boxes.corners[last.found.tracks == track][0] / np.tile([last.width, last.height], 2)
    left, top, right, bottom = corners.tolist()
    x, y = np.meshgrid(np.linspace(left, right, 9), np.linspace(top, bottom, 9))
    places = np.column_stack([x.ravel(), y.ravel()])
    return not entrances or any(bool((away(zone, places) <= DOOR).any()) for zone in entrances)
