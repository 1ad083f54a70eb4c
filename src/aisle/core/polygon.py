"""Polygons in a picture: how large, whether they cross themselves, how far away a place is, how much two share.

A polygon is its corners in order, x and y, in shares of the picture or in pixels; the last is joined with the first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aisle.core.site import Places, Zone

Corner = tuple[float, float]

_ACROSS = 256
"""Places along each side of the picture at which two zones are compared."""


def area(polygon: Sequence[Corner]) -> float:
    """In the square of the corners' unit, 0 or more (shoelace formula)."""
    x, y = np.array(polygon, np.float64).T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def crossing(polygon: Sequence[Corner]) -> tuple[int, int] | None:
    """The first two sides that cross or touch, from 0, side i joining corner i with the next; None of a simple polygon.

    Neighbouring sides share a corner and nothing else: one that runs back along the other counts.
    """
    count = len(polygon)
    sides = [(polygon[at], polygon[(at + 1) % count]) for at in range(count)]
    for first in range(count):
        for second in range(first + 1, count):
            if second == first + 1 or (first == 0 and second == count - 1):
                before, after = (first, second) if second == first + 1 else (second, first)
                touching = _runs_back(*sides[before], sides[after][1])
            else:
                touching = _meet(sides[first], sides[second])
            if touching:
                return first, second
    return None


def _turn(a: Corner, b: Corner, c: Corner) -> float:
    """Above 0 where a, b, c turn one way, below 0 the other, 0 on one line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _runs_back(a: Corner, b: Corner, c: Corner) -> bool:
    ahead = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])
    return a == b or b == c or (_turn(a, b, c) == 0 and ahead < 0)


def _meet(one: tuple[Corner, Corner], other: tuple[Corner, Corner]) -> bool:
    (a, b), (c, d) = one, other
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = zip(turns, (c, d, a, b), (one, one, other, other), strict=True)
    return any(turn == 0 and _between(end, *side) for turn, end, side in ends)


def _between(place: Corner, start: Corner, end: Corner) -> bool:
    return all(min(start[k], end[k]) <= place[k] <= max(start[k], end[k]) for k in (0, 1))


def away(zone: Zone, places: Places, aspect: float = 1.0) -> Places:
    """(N,) how far each of `places` (N, 2), in shares, is from the zone, 0 inside, in shares of the picture's height.

    `aspect` is the picture's width over its height.
    """
    scale = np.array([aspect, 1.0])
    corners, points = np.array(zone.polygon) * scale, places * scale
    along = np.roll(corners, -1, axis=0) - corners
    reach = points[:, None] - corners
    share = np.clip((reach * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12), 0, 1)
    nearest: Places = np.hypot(*np.moveaxis(reach - share[..., None] * along, -1, 0)).min(axis=1)
    return np.where(zone.contains(places), 0.0, nearest)


def shared(one: Zone, other: Zone) -> float:
    """How much of the smaller of two zones lies in the other as well, 0 to 1, to about a hundredth."""
    at = (np.arange(_ACROSS) + 0.5) / _ACROSS
    low = np.minimum(*(np.array(zone.polygon).min(axis=0) for zone in (one, other)))
    high = np.maximum(*(np.array(zone.polygon).max(axis=0) for zone in (one, other)))
    across, down = (low[k] + at * (high[k] - low[k]) for k in (0, 1))
    places = np.stack([axis.ravel() for axis in np.meshgrid(across, down)], axis=1)
    inside = [zone.contains(places) for zone in (one, other)]
    smaller = min(int(each.sum()) for each in inside)
    return float((inside[0] & inside[1]).sum() / smaller) if smaller else 0.0
