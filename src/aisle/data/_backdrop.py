"""The shop without people as the camera sees it: every pixel's ray is followed to the floor, a board or a product."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from aisle.data._camera import Camera, Window
from aisle.data._goods import Looks, shelve
from aisle.data._random import Floats, pink, stream, turned
from aisle.data._shop import DEPTH, Shop

LIP = 0.035
"""Height of the price strip along a board's front."""

LEVEL = -0.02
"""Rays that fall less than this are taken to fall by it, so that all of them end."""

CEILING = 3.4
SHIFTS = ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25))
BAND = 32000
"""Pixels that are looked at together."""

SIGNS = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (0, 1)])


@dataclass(frozen=True, slots=True)
class View:
    """Of a window: `light` (3, h, w) is linear, a mean over each pixel; `depth` (h, w) metres along the axis."""

    light: Floats
    depth: Floats


class Scenery:
    """A shop before one camera, from which products are taken and to which they come back."""

    def __init__(self, shop: Shop, camera: Camera) -> None:
        self._shop, self._camera = shop, camera
        self._looks = Looks(shop)
        self._taken: frozenset[int] = frozenset()
        self._goods = {
            (number, level): shelve(shop, number, level)
            for number, shelf in enumerate(shop.shelves)
            for level in range(len(shelf.boards))
        }
        self._marble = pink(stream(shop.seed, 1), 512, 512)
        self._tones = stream(shop.seed, 2).normal(1, 0.03, (64, 64)).astype(np.float32)

    def take(self, taken: AbstractSet[int]) -> list[Window]:
        """Leaves exactly the products numbered `taken` away from now on, and says which windows look different."""
        changed = self._taken ^ taken
        self._taken = frozenset(taken)
        for shelf, level in {(item.shelf, item.level) for item in (self._shop.products[number] for number in changed)}:
            self._goods[shelf, level] = shelve(self._shop, shelf, level, self._taken)
        return [self._camera.around(self._corners(number), margin=3) for number in changed]

    def view(self, window: Window) -> View:
        """In bands, so that rays stay few enough for the processor's caches."""
        rows, columns = window
        band = max(BAND // max(columns.stop - columns.start, 1), 1)
        starts = range(rows.start, rows.stop, band)
        views = [self._band((slice(start, min(start + band, rows.stop)), columns)) for start in starts]
        light = np.concatenate([view.light for view in views], axis=1)
        return View(light, np.concatenate([view.depth for view in views]))

    def _band(self, window: Window) -> View:
        distance, light = self._cast(np.stack([self._camera.rays(window, shift) for shift in SHIFTS]))
        return View(
            np.moveaxis(light.mean(axis=0), 2, 0) * np.array(self._shop.lamp, np.float32)[:, None, None], distance[0]
        )

    def _corners(self, number: int) -> Floats:
        """The corners (8, 3) of a box round a product, with room for its shadow."""
        item = self._shop.products[number]
        shelf = self._shop.shelves[item.shelf]
        half = np.array([item.depth / 2 + 0.04, item.width / 2 + 0.04, item.height])
        corners: Floats = self._shop.place(item) + (SIGNS * half) @ shelf.axes
        return corners

    def _cast(self, pictures: Floats) -> tuple[Floats, Floats]:
        """Distances (n, h, w) and light (n, h, w, 3) of the rays of pictures (n, h, w, 3)."""
        rays = pictures.reshape(-1, 3)
        distance = -self._camera.position[2] / np.minimum(rays[:, 2], LEVEL)
        light = np.empty_like(rays)
        on_floor = np.ones(len(rays), np.bool_)
        for number, shelf in enumerate(self._shop.shelves):
            inside = turned(rays, shelf.axes)
            start = shelf.inside(self._camera.position)
            falling = np.flatnonzero(inside[:, 0] > 1e-3)
            for level in reversed(range(len(shelf.boards))):
                if not len(falling):
                    break
                met, seen = self._board(number, level, start, inside[falling])
                hit = np.isfinite(met)
                nearer = met < distance[falling]
                there = falling[nearer]
                distance[there], light[there], on_floor[there] = met[nearer], seen[nearer], False
                falling = falling[~hit]
        light[on_floor] = self._floor(rays[on_floor], distance[on_floor])
        return distance.reshape(pictures.shape[:3]), light.reshape(pictures.shape)

    def _floor(self, rays: Floats, distance: Floats) -> Floats:
        """Tiles with joints and dirt, darker beside the shelves, and the lamps' reflection in them."""
        points = self._camera.position + rays * distance[:, None]
        places = points[:, :2] / self._shop.tile + 100
        tile, inside = np.divmod(places, 1)
        joint = (np.minimum(inside, 1 - inside).min(axis=1) * self._shop.tile) < 0.003
        tone = self._tones[tile[:, 0].astype(np.intp) % 64, tile[:, 1].astype(np.intp) % 64]
        tone = tone * (1 + 0.035 * self._stains(points, 350) + 0.05 * self._stains(points, 40))
        tone = np.where(joint, 0.6, tone)
        gap = np.min([-shelf.inside(points)[:, 0] for shelf in self._shop.shelves], axis=0)
        shade = 0.62 * (1 - 0.55 * np.exp(-np.maximum(gap, 0) / 0.13))
        mirrored = points[:, :2] - rays[:, :2] * (CEILING / np.minimum(rays[:, 2], LEVEL))[:, None]
        tube = np.exp(-((np.abs(mirrored[:, 0] - 0.5) / 0.3) ** 2)) * (
            0.5 + 0.5 * np.tanh(4 * np.cos(mirrored[:, 1] * 2.6))
        )
        light: Floats = (np.asarray(self._shop.floor, np.float32) + 0.1 * tube[:, None]) * (tone * shade)[:, None]
        return light

    def _stains(self, points: Floats, scale: float) -> Floats:
        size = len(self._marble)
        cells = (points[:, :2] * scale).astype(np.intp) % size
        return self._marble[cells[:, 0], cells[:, 1]]

    def _board(self, number: int, level: int, origin: Floats, rays: Floats) -> tuple[Floats, Floats]:
        """Distances and light where rays meet a board, its lip, its goods or its back; infinite where they do not.

        `origin` (3,) and `rays` (N, 3) are those of the shelf.
        """
        shelf = self._shop.shelves[number]
        board = shelf.boards[level]
        start = origin - np.array([board.back, 0, board.height], np.float32)
        enter, back = -start[0] / rays[:, 0], (DEPTH - start[0]) / rays[:, 0]
        falls = np.minimum(rays[:, 2], LEVEL)
        top, foot = (board.clearance - start[2]) / falls, -start[2] / falls
        distance, light = np.full(len(rays), np.inf, np.float32), np.zeros((len(rays), 3), np.float32)

        height = start[2] + enter * falls
        along = np.abs(start[1] + enter * rays[:, 1]) < shelf.half
        lip = np.flatnonzero((height < 0) & (height >= (-LIP if level else -board.height)) & along)
        distance[lip], light[lip] = enter[lip], self._lip(start[1] + enter[lip] * rays[lip, 1], height[lip])

        first, last = np.maximum(enter, top), np.minimum(foot, back)
        through = np.flatnonzero((first < last) & along)
        goods = self._goods[number, level]
        met = goods.meet(start, rays[through], first[through], last[through])
        end = np.minimum(met, last[through])
        points = start + end[:, None] * rays[through]
        metal = np.asarray(self._shop.metal, np.float32)
        seen = np.where(np.isfinite(met)[:, None], self._looks.light(goods, points), 0.8 * metal)
        shade = self._shade(number, level, points) * goods.sunk(points)
        distance[through], light[through] = end, seen * shade[:, None]
        return distance, light

    def _shade(self, number: int, level: int, points: Floats) -> Floats:
        """How much light comes under the board above, (N,), at (inset, along, height above the board)."""
        boards = self._shop.shelves[number].boards
        depth: Floats = np.exp(-np.maximum(points[:, 0] - 0.04, 0) / 0.35)
        if level + 1 == len(boards):
            return depth
        gap = np.maximum(boards[level].clearance - points[:, 2], 0.01)
        under = np.maximum(points[:, 0] + boards[level].back - boards[level + 1].back, 0)
        light: Floats = (0.2 + 0.8 * gap / (gap + 1.3 * under)) * depth
        return light

    def _lip(self, along: Floats, height: Floats) -> Floats:
        """The price strip (N, 3): metal with paper tags, white and now and then yellow, and a line of print on each."""
        place, inside = np.divmod(along / 0.12 + 100, 1)
        middle = height / LIP + 0.5
        tag = (inside > 0.2) & (inside < 0.72) & (np.abs(middle) < 0.42)
        offer = np.sin(place * 12.9898) > 0.8
        paper = np.where(offer[:, None], np.array([0.8, 0.62, 0.05]), np.array([0.72, 0.72, 0.7]))
        words = tag & (np.abs(middle) < 0.16) & (inside > 0.28) & (inside < 0.6)
        strip = np.where(tag[:, None], paper, 0.55 * np.asarray(self._shop.metal))
        return np.where(words[:, None], 0.12, strip).astype(np.float32) * 0.75
