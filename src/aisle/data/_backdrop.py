"""The empty shop as the camera sees it: every pixel's ray is followed to the floor, a board or a product."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from aisle.data._camera import Camera, Window
from aisle.data._goods import Looks, shelve
from aisle.data._random import Floats, pink, stream
from aisle.data._shop import DEPTH, Product, Shop

LIP = 0.035
"""Height of the price strip along a board's front."""

LEVEL = -0.02
"""Rays that fall less than this are taken to fall by it, so that all of them end."""

CEILING = 3.4
SHIFTS = ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25))


@dataclass(frozen=True, slots=True)
class Backdrop:
    """`light` (H, W, 3) is linear, `depth` (H, W) metres along the camera's axis, `points` (H, W, 3) in the room."""

    light: Floats
    depth: Floats
    points: Floats


def view(shop: Shop, camera: Camera, window: Window) -> Backdrop:
    """What `camera` sees of the empty shop in `window`: light as a mean over each pixel, the rest near its middle."""
    stage = _Stage(shop, camera)
    samples = [stage.cast(camera.rays(window, shift)) for shift in SHIFTS]
    light = np.mean([light for _, light in samples], axis=0) * np.asarray(shop.lamp, np.float32)
    depth = samples[0][0]
    points = np.asarray(camera.position, np.float32) + camera.rays(window, SHIFTS[0]) * depth[..., None]
    return Backdrop(light, depth, points)


def without(full: Backdrop, shop: Shop, product: Product, camera: Camera) -> Backdrop:
    """The same view with `product` taken away; only where it was seen is looked at again."""
    window = camera.around(_corners(shop, product), margin=3)
    rest = replace(shop, products=tuple(item for item in shop.products if item is not product))
    part = view(rest, camera, window)
    light, depth, points = full.light.copy(), full.depth.copy(), full.points.copy()
    light[window], depth[window], points[window] = part.light, part.depth, part.points
    return Backdrop(light, depth, points)


def _corners(shop: Shop, product: Product) -> Floats:
    """The corners (8, 3) of a box round the product."""
    half = np.array([product.depth / 2, product.width / 2, product.height])
    signs = np.stack(np.meshgrid([-1, 1], [-1, 1], [0, 1]), axis=-1).reshape(-1, 3)
    corners: Floats = np.asarray(shop.place(product)) + signs * half
    return corners


class _Stage:
    """A shop made ready for rays from one camera. Inside, rays are (N, 3), distances (N,) in ray lengths."""

    def __init__(self, shop: Shop, camera: Camera) -> None:
        self._shop, self._origin = shop, np.asarray(camera.position, np.float32)
        self._looks = Looks(shop)
        self._goods = {(s, k): shelve(shop, s, k) for s in (-1, 1) for k in range(len(shop.boards))}
        self._marble = pink(stream(shop.seed, 1), 512, 512)
        self._tones = stream(shop.seed, 2).normal(1, 0.03, (64, 64)).astype(np.float32)

    def cast(self, picture: Floats) -> tuple[Floats, Floats]:
        """Distances (h, w) and light (h, w, 3) of the rays of a picture (h, w, 3)."""
        rays = picture.reshape(-1, 3)
        distance = -self._origin[2] / np.minimum(rays[:, 2], LEVEL)
        light = np.empty_like(rays)
        on_floor = np.ones(len(rays), np.bool_)
        for side in (-1, 1):
            mirror = np.array([side, 1, 1], np.float32)
            falling = np.flatnonzero(rays[:, 0] * side > 1e-3)
            for level in reversed(range(len(self._shop.boards))):
                met, seen = self._board(side, level, self._origin * mirror, rays[falling] * mirror)
                hit = np.isfinite(met)
                distance[falling[hit]], light[falling[hit]] = met[hit], seen[hit]
                on_floor[falling[hit]] = False
                falling = falling[~hit]
        light[on_floor] = self._floor(rays[on_floor], distance[on_floor])
        return distance.reshape(picture.shape[:2]), light.reshape(picture.shape)

    def _floor(self, rays: Floats, distance: Floats) -> Floats:
        """Tiles with joints and dirt, darker beside the shelves, and the lamps' reflection in them."""
        points = self._origin + rays * distance[:, None]
        places = points[:, :2] / self._shop.tile + 100
        tile, inside = np.divmod(places, 1)
        joint = (np.minimum(inside, 1 - inside).min(axis=1) * self._shop.tile) < 0.003
        tone = self._tones[tile[:, 0].astype(np.intp) % 64, tile[:, 1].astype(np.intp) % 64]
        tone = tone * (1 + 0.035 * self._stains(points, 350) + 0.05 * self._stains(points, 40))
        tone = np.where(joint, 0.6, tone)
        gap = np.maximum(self._shop.boards[0].front - np.abs(points[:, 0]), 0)
        shade = 0.62 * (1 - 0.55 * np.exp(-gap / 0.13))
        mirrored = points[:, :2] - rays[:, :2] * (CEILING / np.minimum(rays[:, 2], LEVEL))[:, None]
        tube = np.exp(-((np.abs(mirrored[:, 0]) / 0.3) ** 2)) * (0.5 + 0.5 * np.tanh(4 * np.cos(mirrored[:, 1] * 2.6)))
        light: Floats = (np.asarray(self._shop.floor, np.float32) + 0.1 * tube[:, None]) * (tone * shade)[:, None]
        return light

    def _stains(self, points: Floats, scale: float) -> Floats:
        size = len(self._marble)
        cells = (points[:, :2] * scale).astype(np.intp) % size
        return self._marble[cells[:, 0], cells[:, 1]]

    def _board(self, side: int, level: int, origin: Floats, rays: Floats) -> tuple[Floats, Floats]:
        """Distances and light where rays meet a board, its lip, its goods or its back; infinite where they do not."""
        board = self._shop.boards[level]
        start = origin - np.array([board.front, 0, board.height], np.float32)
        enter, back = -start[0] / rays[:, 0], (DEPTH - start[0]) / rays[:, 0]
        falls = np.minimum(rays[:, 2], LEVEL)
        top, foot = (board.clearance - start[2]) / falls, -start[2] / falls
        distance, light = np.full(len(rays), np.inf, np.float32), np.zeros((len(rays), 3), np.float32)

        height = start[2] + enter * falls
        lip = np.flatnonzero((height < 0) & (height >= (-LIP if level else -board.height)))
        distance[lip], light[lip] = enter[lip], self._lip(start[1] + enter[lip] * rays[lip, 1], height[lip])

        first, last = np.maximum(enter, top), np.minimum(foot, back)
        through = np.flatnonzero(first < last)
        goods = self._goods[side, level]
        met = goods.meet(start, rays[through], first[through], last[through])
        end = np.minimum(met, last[through])
        points = start + end[:, None] * rays[through]
        metal = np.asarray(self._shop.metal, np.float32)
        seen = np.where(np.isfinite(met)[:, None], self._looks.light(goods, points), 0.8 * metal)
        distance[through], light[through] = end, seen * (self._shade(level, points) * goods.sunk(points))[:, None]
        return distance, light

    def _shade(self, level: int, points: Floats) -> Floats:
        """How much light comes under the board above, (N,), at points given as (inset, y, height above the board)."""
        board = self._shop.boards[level]
        depth: Floats = np.exp(-np.maximum(points[:, 0] - 0.04, 0) / 0.35)
        if level + 1 == len(self._shop.boards):
            return depth
        gap = np.maximum(board.clearance - points[:, 2], 0.01)
        under = np.maximum(points[:, 0] + board.front - self._shop.boards[level + 1].front, 0)
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
