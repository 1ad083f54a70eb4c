"""Shoppers on the picture: soft shadows, then limbs as the camera sees them, hidden where the shop is nearer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as Pillow

from aisle.core.video import Image
from aisle.data._backdrop import Backdrop
from aisle.data._body import UP, Limb, Stuff
from aisle.data._camera import Camera, Window
from aisle.data._cloth import TILE
from aisle.data._motion import Vector
from aisle.data._random import Floats
from aisle.data._sensor import BLACK, Sensor

SOFT = 0.02
"""Metres over which the surfaces of touching limbs flow into one another."""

COARSE = 8
"""Shadows are soft, so they are worked out at every eighth pixel."""

LEVEL_LIGHT, TOP_LIGHT = 0.5, 0.45
"""Light on an upright surface, and what one that faces the lamps has more."""

CORNERS = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
CASTS = {Stuff.TOP, Stuff.TROUSERS, Stuff.SHOES}


@dataclass(frozen=True, slots=True)
class _Seen:
    """A limb on the picture: the middles of its ends (2, 2) and their radii (2,) in pixels, depths (2,) in metres."""

    limb: Limb
    ends: Floats
    radii: Floats
    depths: Floats


class Canvas:
    """One frame in the making: a copy of the developed backdrop on which shoppers are drawn, the farthest first."""

    def __init__(self, camera: Camera, sensor: Sensor, backdrop: Backdrop, developed: Image, phase: int) -> None:
        self._camera, self._sensor, self._backdrop, self._phase = camera, sensor, backdrop, phase
        self.picture = developed.copy()

    def people(self, bodies: Sequence[tuple[Sequence[Limb], Floats]]) -> None:
        """Draws bodies, each its limbs and the tiles (stuff, 64, 64, 3) of its surfaces, all shadows before them."""
        for limbs, _ in bodies:
            self._shade(limbs)
        for limbs, tiles in sorted(bodies, key=lambda body: -self._camera.project(body[0][0].start[None])[1][0]):
            self._draw(limbs, tiles)

    def _shade(self, limbs: Sequence[Limb]) -> None:
        """Darkens what lies straight below `limbs`: close to them sharply, farther down softly."""
        casting = [limb for limb in limbs if limb.stuff in CASTS]
        middles = np.stack([(limb.start + limb.end) / 2 for limb in casting]).astype(np.float32)
        spread = 0.05 + 0.15 * middles[:, 2]
        window = self._camera.around(_ground(middles, 2.5 * spread), margin=COARSE)
        lower = self._backdrop.points[window][::COARSE, ::COARSE]
        if lower.size:
            away = lower[..., None, :2] - middles[:, :2]
            dark = np.exp(-0.5 * (away**2).sum(axis=-1) / spread**2) * (lower[..., None, 2] < middles[:, 2])
            left = np.exp(-(dark * (0.03 / spread)).sum(axis=-1))
            rows, columns = (part.stop - part.start for part in window)
            smooth = np.asarray(Pillow.fromarray(left).resize((columns, rows), Pillow.Resampling.BILINEAR))
            level = self.picture[window].astype(np.float32) - BLACK
            self.picture[window] = level * np.sqrt(smooth)[..., None] + (BLACK + 0.5)

    def _draw(self, limbs: Sequence[Limb], tiles: Floats) -> None:
        """Draws one shopper's `limbs`, with their surfaces from `tiles` (stuff, 64, 64, 3)."""
        window = self._camera.around(_round(limbs), margin=2)
        rows, columns = window
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        seen = self._project(limbs)
        middle = float(np.mean([part.depths for part in seen]))
        form = _Form(window, middle, self._camera.axes @ UP.astype(np.float32))
        for part in seen:
            form.press(part, tiles[part.limb.stuff])
        light, depth, cover = form.surface()
        colour = self._sensor.develop(light, window, self._phase)
        share = (cover * (depth < self._backdrop.depth[window]))[..., None]
        below = self.picture[window]
        self.picture[window] = below + share * (colour - below) + 0.5

    def _project(self, limbs: Sequence[Limb]) -> list[_Seen]:
        pixels, depths = self._camera.project(_ends(limbs))
        depths = depths.reshape(-1, 2)
        radii = self._camera.focal * np.array([limb.radii for limb in limbs], np.float32) / depths
        return list(map(_Seen, limbs, pixels.reshape(-1, 2, 2), radii, depths))


class _Form:
    """The surface of a body in a window: what limbs press into it, weighted so that the nearest shows.

    Weights fall by e for each `SOFT` metres of depth. Their sum is then both a soft union of the limbs and a mean of
    their colours, and the order in which they come does not matter.
    """

    def __init__(self, window: Window, middle: float, up: Floats) -> None:
        self._rows, self._columns = window
        shape = self._rows.stop - self._rows.start, self._columns.stop - self._columns.start
        self._middle, self._up = middle, up
        self._sums = np.zeros((*shape, 4), np.float32)
        self._cover = np.zeros(shape, np.float32)

    def press(self, seen: _Seen, tile: Floats) -> None:
        """Adds a limb as a tapered, rounded rod of the surface `tile` (64, 64, 3), lit from above."""
        x, y, here = self._grid(seen)
        way = seen.ends[1] - seen.ends[0]
        length = max(float(np.hypot(*way)), 1e-3)
        along = np.clip((x * way[0] + y * way[1]) / length**2, 0, 1)
        radius = seen.radii[0] + along * (seen.radii[1] - seen.radii[0])
        right, down = (x - along * way[0]) / radius, (y - along * way[1]) / radius
        off = right**2 + down**2
        near = np.sqrt(np.maximum(1 - off, 0))
        cover = np.clip((1 - np.sqrt(off)) * radius + 0.5, 0, 1)
        girth = seen.limb.radii[0] + along * (seen.limb.radii[1] - seen.limb.radii[0])
        depth = seen.depths[0] + along * (seen.depths[1] - seen.depths[0]) - near * girth
        weight = cover * np.exp(np.clip((self._middle - depth) / SOFT, -60, 60))
        colour = self._pattern(seen.limb, tile, along, (right * way[1] - down * way[0]) / length * girth)
        slant = right * self._up[0] + down * self._up[1] - near * self._up[2]
        lit = LEVEL_LIGHT + TOP_LIGHT * np.clip(slant, -1, 1)
        self._sums[here][..., :3] += colour * (weight * lit * _sunk(seen.limb, along))[..., None]
        self._sums[here][..., 3] += weight
        self._cover[here] = np.maximum(self._cover[here], cover)

    def surface(self) -> tuple[Floats, Floats, Floats]:
        """Light (h, w, 3), depth (h, w) in metres, and the share of each pixel that is covered (h, w)."""
        total = np.maximum(self._sums[..., 3], 1e-36)
        return self._sums[..., :3] / total[..., None], self._middle - SOFT * np.log(total), self._cover

    def _grid(self, seen: _Seen) -> tuple[Floats, Floats, Window]:
        """Columns (1, w) and rows (h, 1) from the limb's start, and where in the window they lie."""
        low = (seen.ends - seen.radii[:, None] - 1).min(axis=0)
        high = (seen.ends + seen.radii[:, None] + 2).max(axis=0)
        left, top = max(int(low[0]), self._columns.start), max(int(low[1]), self._rows.start)
        right, bottom = max(min(int(high[0]), self._columns.stop), left), max(min(int(high[1]), self._rows.stop), top)
        x = np.arange(left, right, dtype=np.float32)[None, :] + 0.5 - seen.ends[0, 0]
        y = np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5 - seen.ends[0, 1]
        first_row, first_column = self._rows.start, self._columns.start
        return x, y, (slice(top - first_row, bottom - first_row), slice(left - first_column, right - first_column))

    @staticmethod
    def _pattern(limb: Limb, tile: Floats, along: Floats, aside: Floats) -> Floats:
        """Colours (h, w, 3) at places `along` the limb, 0 to 1, and `aside` from its middle line in metres."""
        scale = TILE / limb.tile
        rows = (along * (scale * float(np.linalg.norm(limb.end - limb.start)))).astype(np.int32) & (TILE - 1)
        columns = (aside * (1.25 * scale) + TILE / 2).astype(np.int32) & (TILE - 1)
        return tile.reshape(-1, 3).take(rows * TILE + columns, axis=0)


def _sunk(limb: Limb, along: Floats) -> Floats:
    """How much light reaches a height: the body above takes half of it from the feet."""
    first, last = (0.5 + 0.5 * min(float(end[2]) / 1.25, 1.0) for end in (limb.start, limb.end))
    return first + along * np.float32(last - first)


def _ends(limbs: Sequence[Limb]) -> Vector:
    """The ends (2 x limbs, 3) of all limbs, each start before its end."""
    return np.stack([end for limb in limbs for end in (limb.start, limb.end)])


def _round(limbs: Sequence[Limb]) -> Vector:
    """Corners (N, 3) of boxes round the limbs' ends."""
    widest = max(max(limb.radii) for limb in limbs)
    return np.concatenate([_ends(limbs) + np.array(corner) * widest for corner in CORNERS])


def _ground(middles: Floats, reach: Floats) -> Vector:
    """Points (N, 3) on the floor round the feet of `middles` (n, 3), `reach` (n,) from them."""
    return np.concatenate([middles * (1, 1, 0) + np.array([x, y, 0]) * reach[:, None] for x, y, z in CORNERS if z > 0])
