"""Shops that tests make: people who walk where they are told, before shelves that are where they are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from aisle.core import VideoInfo
from aisle.core.boxes import Boxes
from aisle.core.detections import PERSON, Detections, Hand, Observation
from aisle.core.observed import Observed
from aisle.core.site import Site, Zone, ZoneKind

WIDTH, HEIGHT = 200, 100
RATE = Fraction(5)
BODY = 10
"""Pixels that a person's box is broad; seen from the side it is three times as high."""

Place = tuple[float, float]

MILK = Zone("milk", ZoneKind.SHELF, ((0.1, 0.1), (0.4, 0.1), (0.4, 0.3), (0.1, 0.3)))
BREAD = Zone("bread", ZoneKind.SHELF, ((0.4, 0.1), (0.7, 0.1), (0.7, 0.3), (0.4, 0.3)))
TILL = Zone("till", ZoneKind.TILL, ((0.8, 0.8), (1.0, 0.8), (1.0, 1.0), (0.8, 1.0)))
SITE = Site("corner shop", (MILK, BREAD, TILL))

AT_MILK, AT_BREAD, AT_TILL, FAR = (50.0, 35.0), (110.0, 35.0), (180.0, 90.0), (60.0, 95.0)
"""Pixels where feet stand: five below the shelves, which is half a body."""


def still(place: Place, seconds: float, rate: Fraction = RATE) -> list[Place | None]:
    """Somebody who stands at `place`, look by look."""
    return [place] * round(seconds * rate)


def gone(seconds: float, rate: Fraction = RATE) -> list[Place | None]:
    return [None] * round(seconds * rate)


def watched(
    *people: Sequence[Place | None],
    above: bool = False,
    hands: Mapping[int, Sequence[Place | None]] | None = None,
    path: str = "shop.mp4",
    rate: Fraction = RATE,
) -> Observed:
    """People numbered from 1, by where each stands at every look; `hands` by number, likewise."""
    looks = max(map(len, people), default=0)
    observations = []
    for at in range(looks):
        here = {n: person[at] for n, person in enumerate(people, 1) if at < len(person)}
        shown = {n: place for n, place in here.items() if place is not None}
        boxes = np.array([_box(place, above) for place in shown.values()], np.float32).reshape(-1, 4)
        found = Detections(
            Boxes(boxes, np.full(len(shown), 0.9, np.float32)), (PERSON,) * len(shown), np.array(list(shown), np.int64)
        )
        seen = {n: way[at] for n, way in (hands or {}).items() if at < len(way)}
        held = tuple(Hand(n, "right", *place, 0.9) for n, place in seen.items() if place is not None)
        observations.append(Observation(at / rate, at * 5, WIDTH, HEIGHT, found, hands=held))
    info = VideoInfo(path, WIDTH, HEIGHT, Fraction(25), looks / rate, None, "h264", "yuv420p")
    return Observed(info, rate, tuple(observations), duration=looks / rate)


def _box(feet: Place, above: bool) -> tuple[float, ...]:
    x, y = feet
    top, bottom = (y - BODY / 2, y + BODY / 2) if above else (y - 3 * BODY, y)
    return (x - BODY / 2, top, x + BODY / 2, bottom)
