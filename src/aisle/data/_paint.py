"""Shoppers on the picture: soft shadows, then limbs as the camera sees them, hidden where the shop is nearer.

Everything is drawn at half the picture's size, which is that of its colours, and its brightness is then enlarged: four
times less to draw, and no softer than a ceiling camera's lens and codec make it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from aisle.data._body import Limb, Stuff
from aisle.data._camera import Camera, Window
from aisle.data._cloth import TILE, Wardrobe
from aisle.data._random import Floats
from aisle.data._sensor import Plane, Planes, Sensor

SOFT = 0.02
"""Metres over which the surfaces of touching limbs flow into one another."""

COARSE = 8
"""Shadows are soft, so they are worked out at every eighth pixel of half the picture."""

LEVEL_LIGHT, TOP_LIGHT, SIDE_LIGHT = 0.5, 0.45, 0.1
"""Light on an upright surface, what one that faces the lamps has more, and one that faces the brighter side."""

CASTS = {Stuff.TOP, Stuff.TROUSERS, Stuff.BASKET}


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies behind people at half size: `depth` (h, w) along the axis and `points` (h, w, 3) in the room."""

    depth: Floats
    points: Floats


@dataclass(frozen=True, slots=True)
class Outline:
    """Limbs on half the picture: `pixels` (n, 2, 2) of their ends, `radii` (n, 2) there, `depths` (n, 2) in metres.

    `low` and `high` (n, 2) are the corners of boxes round them, `window` the part of the picture that they fill.
    """

    limbs: Sequence[Limb]
    pixels: Floats
    radii: Floats
    depths: Floats
    low: Floats
    high: Floats
    window: Window


class Painter:
    """Draws people on planes. `camera` sees pictures of half the size."""

    def __init__(self, camera: Camera, sensor: Sensor) -> None:
        self._camera, self._sensor = camera, sensor

    def outline(self, limbs: Sequence[Limb]) -> Outline:
        pixels, depths = self._camera.project(np.array([(limb.start, limb.end) for limb in limbs]).reshape(-1, 3))
        pixels, depths = pixels.reshape(-1, 2, 2), depths.reshape(-1, 2)
        radii = np.float32(self._camera.focal) * np.array([limb.radii for limb in limbs], np.float32) / depths
        low, high = (pixels - radii[..., None]).min(axis=1), (pixels + radii[..., None]).max(axis=1)
        window = self._camera.clip(low.min(axis=0) - 1, high.max(axis=0) + 2)
        return Outline(limbs, pixels, radii, depths, low, high, window)

    def people(self, planes: Planes, ground: Ground, bodies: Sequence[tuple[Outline, Wardrobe]]) -> None:
        """All shadows come before the bodies, each with its surfaces."""
        for outline, _ in bodies:
            self._shade(planes, ground, outline.limbs)
        for outline, wardrobe in bodies:
            self._draw(planes, ground, outline, wardrobe)

    def _shade(self, planes: Planes, ground: Ground, limbs: Sequence[Limb]) -> None:
        """Darkens what lies straight below `limbs`: close to them sharply, farther down softly."""
        middles = np.array([limb.start + limb.end for limb in limbs if limb.stuff in CASTS], np.float32) / 2
        spread = 0.05 + 0.15 * middles[:, 2]
        feet = middles * np.array([1, 1, 0], np.float32)
        pixels, depths = self._camera.project(feet)
        reach = (self._camera.focal * 2.2 * spread / depths)[:, None]
        window = self._camera.clip((pixels - reach).min(axis=0), (pixels + reach).max(axis=0))
        lower = ground.points[window][::COARSE, ::COARSE]
        if not lower.size:
            return
        across = lower[..., 0, None] - middles[:, 0]
        along = lower[..., 1, None] - middles[:, 1]
        dark = np.exp((across * across + along * along) * (-0.5 / spread**2)) * (lower[..., 2, None] < middles[:, 2])
        left = _sized(np.exp(np.einsum("ijn,n->ij", dark, -0.015 / spread)), planes.blue[window].shape)
        _dim(planes.bright[_double(window)], left.repeat(2, axis=0).repeat(2, axis=1), 16)
        _dim(planes.blue[window], left, 128)
        _dim(planes.red[window], left, 128)

    def _draw(self, planes: Planes, ground: Ground, outline: Outline, wardrobe: Wardrobe) -> None:
        window = outline.window
        rows, columns = window
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        form = _Form(window, float(outline.depths.min() + outline.depths.max()) / 2)
        for number, limb in enumerate(outline.limbs):
            form.press(limb, wardrobe.tile(limb.stuff), outline, number)
        light, depth, cover = form.surface()
        share = cover * (depth < ground.depth[window])
        bright, blue, red = self._sensor.develop(light, window, 2)
        whole = planes.bright[_double(window)]
        mixed = whole * (256 - _sized((255 * share).astype(np.uint8), whole.shape).astype(np.uint16))
        mixed >>= 8
        mixed += _sized((bright * share + np.float32(0.5)).astype(np.uint8), whole.shape)
        whole[:] = mixed
        for plane, colour in [(planes.blue[window], blue), (planes.red[window], red)]:
            plane[:] = plane + share * (colour - plane) + np.float32(0.5)


class _Form:
    """The surface of a body in a window: tapered, rounded rods, weighted so that the nearest shows.

    Weights fall by e for each `SOFT` metres of depth. Their sum is then both a soft union of the limbs and a mean of
    their colours, and the order in which they come does not matter. Most of the time of a video is spent here, so what
    is computed once is changed in place.
    """

    def __init__(self, window: Window, middle: float) -> None:
        rows, columns = window
        self._shape = rows.stop - rows.start, columns.stop - columns.start
        self._middle, self._corner = middle, (columns.start, rows.start)
        self._light = np.zeros((3, *self._shape), np.float32)
        self._total = np.full(self._shape, 1e-36, np.float32)
        self._cover = np.zeros(self._shape, np.float32)
        self._x = np.arange(columns.start, columns.stop, dtype=np.float32) + np.float32(0.5)
        self._y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + np.float32(0.5)

    def press(self, limb: Limb, tile: Floats, outline: Outline, number: int) -> None:
        """Adds limb `number` of `outline` with the surface `tile` (3, 4096), or (3, 1) if plain, lit from above."""
        here = self._around(outline.low[number].tolist(), outline.high[number].tolist())
        if here[0].start >= here[0].stop or here[1].start >= here[1].stop:
            return
        radii, depths = outline.radii[number].tolist(), outline.depths[number].tolist()
        start, end = outline.pixels[number].tolist()
        way = end[0] - start[0], end[1] - start[1]
        x, y = self._x[here[1]] - start[0], self._y[here[0]] - start[1]
        along, radius = _along(x, y, way, radii)
        across, down = (x - along * way[0]) / radius, (y - along * way[1]) / radius
        inside = 1 - (across * across + down * down)
        cover = _covered(inside, radius)
        near = np.sqrt(np.maximum(inside, 0, out=inside), out=inside)
        weight = near * radius
        weight *= limb.radii[0] / radii[0] / SOFT
        weight += (self._middle - depths[0]) / SOFT
        weight -= along * ((depths[1] - depths[0]) / SOFT)
        np.exp(weight, out=weight)
        weight *= cover
        light = near * TOP_LIGHT
        light += across * SIDE_LIGHT
        light += LEVEL_LIGHT
        light *= _sunk(limb)
        light *= weight
        self._light[:, *here] += _colours(limb, tile, along, across, down, way) * light
        self._total[here] += weight
        np.maximum(self._cover[here], cover, out=self._cover[here])

    def surface(self) -> tuple[Floats, Floats, Floats]:
        """Light (3, h, w), depth (h, w) in metres, and the share of each pixel that is covered (h, w)."""
        return self._light / self._total, self._middle - SOFT * np.log(self._total), self._cover

    def _around(self, low: tuple[float, float], high: tuple[float, float]) -> Window:
        """Where in the window the box from `low` to `high` (x, y) lies, and a pixel more; may be empty."""
        left, top = (max(int(place) - 1 - corner, 0) for place, corner in zip(low, self._corner, strict=True))
        right, bottom = (int(place) + 2 - corner for place, corner in zip(high, self._corner, strict=True))
        return slice(top, min(bottom, self._shape[0])), slice(left, min(right, self._shape[1]))


def _along(x: Floats, y: Floats, way: tuple[float, float], radii: tuple[float, float]) -> tuple[Floats, Floats]:
    """How far along its `way` pixels, told from a limb's start, are, 0 to 1, and its radius there."""
    square = max(way[0] * way[0] + way[1] * way[1], 1e-6)
    along = x * (way[0] / square) + y * (way[1] / square)
    np.maximum(along, 0, out=along)
    np.minimum(along, 1, out=along)
    radius = along * (radii[1] - radii[0])
    radius += radii[0]
    return along, radius


def _covered(inside: Floats, radius: Floats) -> Floats:
    """The share of each pixel that a limb covers, from 1 - (distance / radius)^2: half of it at the edge."""
    cover = inside * radius
    cover *= 0.5
    cover += 0.5
    np.maximum(cover, 0, out=cover)
    np.minimum(cover, 1, out=cover)
    return cover


def _colours(limb: Limb, tile: Floats, along: Floats, across: Floats, down: Floats, way: tuple[float, float]) -> Floats:
    """Colours (3, h, w) at places `along` the limb, 0 to 1, and off its middle line in radii; (3, 1, 1) if plain."""
    if tile.shape[1] == 1:
        return tile[..., None]
    scale, span = TILE / limb.tile, limb.end - limb.start
    girth = 1.25 * scale * limb.radii[0] / max(math.hypot(*way), 1e-3)
    columns = across * (way[1] * girth)
    columns -= down * (way[0] * girth)
    columns += TILE
    rows = (along * (scale * math.sqrt(span @ span))).astype(np.int32) & (TILE - 1)
    rows *= TILE
    rows += columns.astype(np.int32) & (TILE - 1)
    return tile.take(rows, axis=1)


def _sunk(limb: Limb) -> float:
    """How much light reaches a limb's height: the body above takes half of it from the feet."""
    return 0.45 + 0.55 * min(float(limb.start[2] + limb.end[2]) / 2.5, 1.0)


def _dim(plane: Plane, left: Floats, zero: int) -> None:
    """Leaves the share `left` (h, w) of a plane's levels above `zero`."""
    level = plane - np.float32(zero)
    level *= left
    level += np.float32(zero + 0.5)
    plane[:] = level


def _double(window: Window) -> Window:
    """A window of half the picture in pixels of the whole."""
    rows, columns = window
    return slice(2 * rows.start, 2 * rows.stop), slice(2 * columns.start, 2 * columns.stop)


def _sized(field: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """A field (h, w) brought smoothly to `shape` (H, W)."""
    return np.asarray(Pillow.fromarray(field).resize((shape[1], shape[0]), Pillow.Resampling.BILINEAR))
