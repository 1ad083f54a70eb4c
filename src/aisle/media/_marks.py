"""Marks on pictures, drawn in place on a few pixels: frames around things, and dots."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PIL import Image as Canvas
from PIL import ImageDraw

from aisle.core.colour import Colour
from aisle.media._sprite import Sprite
from aisle.media._surface import Surface

_DARK = (10, 12, 16)
_SHADE, _LINE = 110, 205  # of 256: how strong the edge around a frame is, and its thin line
_CORNER = 0.22  # of a side: how long the thick ends of a frame are, at most
_FINE = 4
_EDGED = 2.5  # pixels of radius


def frame(surface: Surface, box: Sequence[float], colour: Colour, line: int, *, corners: bool = True) -> None:
    """A frame around `box`, left, top, right and bottom in pixels: a thin line of `line` pixels, thicker at its
    `corners`, with a dark edge so that it shows on any ground. What lies outside of the picture is left out.
    """
    left, top, right, bottom = (round(float(side)) for side in box)
    _edges(surface, (left - 1, top - 1, right + 1, bottom + 1), line + 2, _DARK, _SHADE)
    _edges(surface, (left, top, right, bottom), line, colour, 256 if not corners else _LINE)
    if corners:
        ends = [max(min(round(side * _CORNER), 14 * line), line + 1) for side in (right - left, bottom - top)]
        _ends(surface, (left, top, right, bottom), (ends[0], ends[1]), max(line * 2, 2), colour)


def _edges(surface: Surface, box: tuple[int, int, int, int], line: int, colour: Colour, weight: int) -> None:
    left, top, right, bottom = box
    line = max(min(line, (right - left) // 2, (bottom - top) // 2), 1)
    surface.fill((left, top, right, top + line), colour, weight)
    surface.fill((left, bottom - line, right, bottom), colour, weight)
    surface.fill((left, top + line, left + line, bottom - line), colour, weight)
    surface.fill((right - line, top + line, right, bottom - line), colour, weight)


def _ends(surface: Surface, box: tuple[int, int, int, int], size: tuple[int, int], line: int, colour: Colour) -> None:
    left, top, right, bottom = box
    wide, high = size
    for x1, x2 in ((left, left + wide), (right - wide, right)):
        surface.fill((x1, top, x2, top + line), colour)
        surface.fill((x1, bottom - line, x2, bottom), colour)
    for y1, y2 in ((top, top + high), (bottom - high, bottom)):
        surface.fill((left, y1, left + line, y2), colour)
        surface.fill((right - line, y1, right, y2), colour)


def dot(surface: Surface, x: float, y: float, radius: float, colour: Colour, *, ring: bool = False) -> None:
    """A disc around `x`, `y`, with a white edge where it is large enough; a `ring` is open in its middle. `radius` is
    in pixels.
    """
    sprite = _dot(round(radius * 2) / 2, colour, ring=ring)
    surface.stamp(sprite, round(x - sprite.width / 2), round(y - sprite.height / 2))


@lru_cache(maxsize=256)
def _dot(radius: float, colour: Colour, *, ring: bool) -> Sprite:
    side = int(2 * radius) + 5
    middle, reach, edge = side * _FINE / 2, radius * _FINE, max(radius * 0.3, 1) * _FINE
    canvas = Canvas.new("RGBA", (side * _FINE, side * _FINE), (*_DARK, 0))
    pen = ImageDraw.Draw(canvas)

    def disc(size: float, colour: tuple[int, int, int, int]) -> None:
        pen.ellipse((middle - size, middle - size, middle + size - 1, middle + size - 1), fill=colour)

    disc(reach + _FINE, (*_DARK, 150))
    disc(reach, (255, 255, 255, 255))
    disc(reach - (edge if radius >= _EDGED else 0), (*colour, 255))
    if ring:
        disc(max((reach - edge) * 0.5, _FINE), (*_DARK, 0))
    return Sprite.of(canvas.resize((side, side), Canvas.Resampling.BOX))
