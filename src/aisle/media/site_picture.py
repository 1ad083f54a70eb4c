"""A picture of a place with its zones, and with a grid by which corners of new ones are read off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image as Canvas
from PIL import ImageDraw

from aisle.core.colour import Colour
from aisle.core.site import Site
from aisle.core.video import Image
from aisle.media._letters import fitting, plain_font
from aisle.media._zones import COLOURS

_NARROWEST, _WIDEST = 1000, 1600
"""Pixels of width within which a picture is shown: letters and lines need some, and 4K fits no screen."""

_HIGHEST = 4000
"""Pixels of height: a strip of a picture would otherwise take gigabytes."""

_PAPER, _INK, _SOFT = (250, 249, 246), (28, 30, 33), (120, 124, 130)
_FINE = 2


def grid(image: Image, site: Site | None = None) -> Image:
    """`image` (H, W, 3) with a line at every tenth of its width and height: shares and pixels stand beside the lines.

    What comes back is larger than `image`, with a margin around the picture.
    """
    height, width, _ = image.shape
    shown = zoned(_scaled(image), site)
    margin = _Margin.around(shown)
    canvas = Canvas.new("RGB", (shown.shape[1] + 2 * margin.left, shown.shape[0] + 2 * margin.top), _PAPER)
    canvas.paste(Canvas.fromarray(_ruled(shown)), (margin.left, margin.top))
    pen = ImageDraw.Draw(canvas)
    for tenth in range(11):
        x, y = (round(tenth * side / 10) for side in (shown.shape[1], shown.shape[0]))
        across, down = (
            (f"{tenth / 10:g}", f"{round(tenth * width / 10)}"),
            (f"{tenth / 10:g}", f"{round(tenth * height / 10)}"),
        )
        for edge in (0, margin.top + shown.shape[0]):
            _number(pen, (margin.left + x, edge + margin.top / 2), across, margin.size, "mm")
        _number(pen, (margin.left - margin.size, margin.top + y), down, margin.size, "rm")
        _number(pen, (margin.left + shown.shape[1] + margin.size, margin.top + y), down, margin.size, "lm")
    return np.asarray(canvas)


def zoned(image: Image, site: Site | None, *, names: bool = True) -> Image:
    """A copy of `image` (H, W, 3) with the zones of `site` outlined, each with its name."""
    if site is None:
        return image.copy()
    height, width, _ = image.shape
    large = Canvas.new("RGBA", (width * _FINE, height * _FINE))
    pen = ImageDraw.Draw(large)
    line = max(round(min(width, height) / 200), 1) * _FINE
    for zone in site.zones:
        corners = [(x * width * _FINE, y * height * _FINE) for x, y in zone.polygon]
        pen.polygon(corners, fill=(*COLOURS[zone.kind], 28))
        pen.line([*corners, corners[0], corners[1]], fill=(10, 12, 16, 150), width=2 * line, joint="curve")
        pen.line([*corners, corners[0], corners[1]], fill=(*COLOURS[zone.kind], 255), width=line, joint="curve")
    canvas = Canvas.fromarray(image).convert("RGBA")
    canvas.alpha_composite(large.resize((width, height), Canvas.Resampling.BOX))
    if names:
        pen = ImageDraw.Draw(canvas, "RGBA")
        for zone in site.zones:
            _name(
                pen, zone.name, COLOURS[zone.kind], [(x * width, y * height) for x, y in zone.polygon], (width, height)
            )
    return np.asarray(canvas.convert("RGB"))


def _name(
    pen: ImageDraw.ImageDraw, name: str, colour: Colour, corners: list[tuple[float, float]], size: tuple[int, int]
) -> None:
    """Beside the zone's highest corner, inside the picture."""
    letters = max(round(min(size) / 30), 10)
    words, font = fitting(name, letters)
    wide, pad = font.getlength(words), letters * 0.4
    x, y = min(corners, key=lambda corner: (corner[1], corner[0]))
    x = min(max(x, 2), max(size[0] - wide - 2 * pad - 2, 2))
    y = min(max(y, 2), size[1] - 1.6 * letters - 2)
    pen.rounded_rectangle((x, y, x + wide + 2 * pad, y + 1.5 * letters), letters * 0.3, fill=(10, 12, 16, 205))
    pen.text((x + pad, y + 0.75 * letters), words, font=font, fill=colour, anchor="lm")


@dataclass(frozen=True, slots=True)
class _Margin:
    """In pixels; `size` is that of the letters."""

    left: int
    top: int
    size: int

    @classmethod
    def around(cls, image: Image) -> _Margin:
        size = max(round(image.shape[1] / 75), 13)
        return cls(left=5 * size, top=3 * size, size=size)


def _number(
    pen: ImageDraw.ImageDraw, place: tuple[float, float], told: tuple[str, str], size: int, anchor: str
) -> None:
    """The share, and below it the pixel in grey."""
    share, pixel = told
    x, y = place
    pen.text((x, y - size * 0.58), share, font=plain_font(size), fill=_INK, anchor=anchor)
    pen.text((x, y + size * 0.58), pixel, font=plain_font(size), fill=_SOFT, anchor=anchor)


def _ruled(image: Image) -> Image:
    """With a light line between two dark ones at every tenth, seen on any ground."""
    height, width, _ = image.shape
    lines = Canvas.new("RGBA", (width, height))
    pen = ImageDraw.Draw(lines)
    for tenth in range(1, 10):
        x, y = round(tenth * width / 10), round(tenth * height / 10)
        for shift, fill in ((-1, (0, 0, 0, 70)), (1, (0, 0, 0, 70)), (0, (255, 255, 255, 150))):
            pen.line((x + shift, 0, x + shift, height), fill=fill)
            pen.line((0, y + shift, width, y + shift), fill=fill)
    canvas = Canvas.fromarray(image).convert("RGBA")
    canvas.alpha_composite(lines)
    return np.asarray(canvas.convert("RGB"))


def _scaled(image: Image) -> Image:
    height, width, _ = image.shape
    wanted = max(min(max(width, _NARROWEST), _WIDEST, _HIGHEST * width // height), 1)
    if wanted == width:
        return image
    size = (wanted, max(round(height * wanted / width), 1))
    return np.asarray(Canvas.fromarray(image).resize(size, Canvas.Resampling.LANCZOS))
