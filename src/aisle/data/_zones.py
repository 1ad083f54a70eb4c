"""A rendered shop as a site: its shelves and ways in, as polygons in the camera's picture."""

from __future__ import annotations

import numpy as np

from aisle.core.site import Site, Zone, ZoneKind
from aisle.data._camera import Camera
from aisle.data._random import Floats
from aisle.data._shop import DEPTH, REACHED, Shelf, Shop

_PLACES = 17
"""So many places along each edge are projected: the lens bends straight edges."""

_DOOR = 0.12
"""How far into the picture a way in reaches, as a share of its height."""


def site_of(shop: Shop, camera: Camera, name: str) -> Site:
    """Each shelf from the front edge of its lowest board to the back of its highest; the ends of the aisle that no
    shelf closes are entrances.
    """
    shelves = tuple(
        Zone(f"shelf {number}", ZoneKind.SHELF, _polygon(camera, _outline(shelf)))
        for number, shelf in enumerate(shop.shelves)
    )
    near = _door(camera, shop, -REACHED, (1 - _DOOR, 1.0), "entrance")
    far = [_door(camera, shop, REACHED, (0.0, _DOOR), "far entrance")] if len(shop.shelves) < 3 else []
    return Site(name, (*shelves, near, *far))


def _outline(shelf: Shelf) -> Floats:
    """(2 n, 3) points of the room: along the front and back along the rear."""
    along = np.linspace(-shelf.half, shelf.half, _PLACES)
    low, high = shelf.boards[0], shelf.boards[-1]
    front = np.column_stack([np.full(_PLACES, low.back), along, np.full(_PLACES, low.height)])
    rear = np.column_stack([np.full(_PLACES, high.back + DEPTH), along[::-1], np.full(_PLACES, high.height)])
    return shelf.outside(np.concatenate([front, rear]))


def _polygon(camera: Camera, points: Floats) -> tuple[tuple[float, float], ...]:
    """Their places in the picture in shares, held within it, without those on a straight line between others: along the
    picture's edge such a line would run back on itself.
    """
    shares = np.clip(camera.project(points)[0] / (camera.width, camera.height), 0, 1).round(4)
    corners = [(x, y) for x, y in shares.tolist()]
    at = 0
    while at < len(corners) and len(corners) > 3:
        (x, y), (left, top), (right, bottom) = corners[at], corners[at - 1], corners[(at + 1) % len(corners)]
        if (x - left) * (bottom - y) == (y - top) * (right - x):
            corners.pop(at)
            at = max(at - 2, 0)
        else:
            at += 1
    return tuple(corners)


def _door(camera: Camera, shop: Shop, along: float, rows: tuple[float, float], name: str) -> Zone:
    """The strip of the picture between `rows` that lies between the side shelves at their end `along` the aisle."""
    ends = [[shelf.middle[0], along, shelf.boards[0].height] for shelf in shop.shelves[:2]]
    pixels = camera.project(np.array(ends))[0]
    left, right = sorted(np.clip(pixels[:, 0] / camera.width, 0, 1).round(4).tolist())
    top, bottom = rows
    return Zone(name, ZoneKind.ENTRANCE, ((left, top), (right, top), (right, bottom), (left, bottom)))
