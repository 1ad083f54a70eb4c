"""Where people were and which ways they took, drawn over a dimmed picture of the place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image as Canvas
from PIL import ImageDraw

from aisle.core.colour import PALETTE
from aisle.core.site import Places, Site
from aisle.core.video import Image
from aisle.media._letters import plain_font
from aisle.media.site_picture import zoned

Numbers = npt.NDArray[np.float64]

_RAMP = np.array(
    [(30, 14, 66), (98, 22, 122), (186, 44, 106), (243, 108, 58), (252, 190, 64), (255, 252, 196)], np.float64
)
"""From seldom to often: each is lighter than the one before, so that it reads without colours too."""

_CELLS = 180
"""Along the shorter side of the picture."""

_DIM, _GREY = 0.5, 0.75
_FINE = 2
_FEW, _MOST = 12, 60
"""Ways that are drawn with a broad line, and at all, the longest: more cover each other."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Somebody's `places` (N, 2), in shares of the picture; `spans` (N,) seconds spent at each; `breadths` (N,) of the
    body, in shares of the picture's height. After `broken` (N,) they were not seen for a while.
    """

    places: Places
    spans: Numbers
    breadths: Numbers
    broken: npt.NDArray[np.bool_]


def heat(image: Image, ways: Iterable[Way], site: Site | None = None) -> tuple[Image, float]:
    """`image` (H, W, 3) with where people stood, and how many seconds they spent within a body's breadth of the
    brightest place; 0 where nobody was.
    """
    height, width, _ = image.shape
    density = _density(ways, width, height)
    ground = _dimmed(image)
    highest = float(density.max(initial=0))
    if highest <= 0:
        return zoned(ground, site), 0.0
    strength = np.sqrt(density / highest)  # the root: a till must not hide everything else
    scaled = np.asarray(
        Canvas.fromarray(strength.astype(np.float32)).resize((width, height), Canvas.Resampling.BICUBIC)
    )
    level = np.clip(scaled, 0, 1)
    colours = np.stack([np.interp(level, np.linspace(0, 1, len(_RAMP)), channel) for channel in _RAMP.T], axis=-1)
    cover = np.clip(level * 1.6, 0, 0.92)[..., None]
    mixed = (ground * (1 - cover) + colours * cover).astype(np.uint8)
    return _legend(zoned(mixed, site)), highest


def paths(image: Image, ways: Sequence[Way], site: Site | None = None) -> tuple[Image, int]:
    """`image` (H, W, 3) with a line for each way, from a ring to a dot, and how many of `ways` are drawn."""
    height, width, _ = image.shape
    chosen = sorted(ways, key=_far, reverse=True)[:_MOST]
    large = Canvas.new("RGBA", (width * _FINE, height * _FINE))
    pen = ImageDraw.Draw(large)
    line = max(min(width, height) / (170 if len(chosen) <= _FEW else 300), 1.0) * _FINE
    for number, way in reversed(list(enumerate(chosen))):
        _draw(pen, way, PALETTE[number * 7 % len(PALETTE)], line, (width * _FINE, height * _FINE))
    canvas = Canvas.fromarray(_dimmed(image)).convert("RGBA")
    canvas.alpha_composite(large.resize((width, height), Canvas.Resampling.BOX))
    return zoned(np.asarray(canvas.convert("RGB")), site), len(chosen)


def _density(ways: Iterable[Way], width: int, height: int) -> Numbers:
    """Seconds within about a body's breadth of each cell, on a grid that has `_CELLS` along the shorter side."""
    scale = _CELLS / min(width, height)
    columns, rows = max(round(width * scale), 1), max(round(height * scale), 1)
    total = np.zeros((rows, columns))
    breadths: list[float] = []
    for way in ways:
        x = np.clip((way.places[:, 0] * columns).astype(int), 0, columns - 1)
        y = np.clip((way.places[:, 1] * rows).astype(int), 0, rows - 1)
        np.add.at(total, (y, x), way.spans)
        breadths += way.breadths.tolist()
    reach = float(np.median(breadths)) * rows / 2 if breadths else 1.0
    kernel = _kernel(max(reach, 1.0))
    for axis in (0, 1):
        total = np.apply_along_axis(_spread, axis, total, kernel)
    return total


def _spread(row: Numbers, kernel: Numbers) -> Numbers:
    half = len(kernel) // 2
    return np.convolve(row, kernel)[half : half + len(row)]


def _kernel(sigma: float) -> Numbers:
    """A bell whose height is 1, so that sums stay seconds."""
    reach = int(3 * sigma) + 1
    bell: Numbers = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return bell


def _dimmed(image: Image) -> Image:
    grey = image.mean(axis=2, keepdims=True)
    mixed: Image = (_DIM * (_GREY * grey + (1 - _GREY) * image)).astype(np.uint8)
    return mixed


def _legend(image: Image) -> Image:
    """With the ramp in the lower right corner."""
    height, width, _ = image.shape
    size = max(round(min(width, height) / 34), 9)
    font = plain_font(size)
    wide, high, pad = size * 9, round(size * 0.8), round(size * 0.6)
    words = [font.getlength(word) for word in ("seldom", "often")]
    box = int(wide + sum(words) + 4 * pad)
    if box + 2 * pad > width:
        return image
    canvas = Canvas.fromarray(image).convert("RGBA")
    ground = Canvas.new("RGBA", canvas.size)
    pen = ImageDraw.Draw(ground)
    left, top = width - box - pad, height - 2 * size - pad
    pen.rounded_rectangle((left, top, width - pad, height - pad), size * 0.3, fill=(10, 12, 16, 205))
    middle = top + size
    pen.text((left + pad, middle), "seldom", font=font, fill=(225, 228, 232), anchor="lm")
    start = left + 2 * pad + words[0]
    shades = np.linspace(0, 1, wide)
    ramp = np.stack([np.interp(shades, np.linspace(0, 1, len(_RAMP)), channel) for channel in _RAMP.T], axis=-1)
    strip = np.repeat(ramp[None].astype(np.uint8), high, axis=0)
    ground.paste(Canvas.fromarray(strip).convert("RGBA"), (round(start), round(middle - high / 2)))
    pen.text((start + wide + pad, middle), "often", font=font, fill=(225, 228, 232), anchor="lm")
    canvas.alpha_composite(ground)
    return np.asarray(canvas.convert("RGB"))


def _far(way: Way) -> float:
    return float(np.hypot(*np.diff(way.places, axis=0).T).sum()) if len(way.places) > 1 else 0.0


def _draw(pen: ImageDraw.ImageDraw, way: Way, colour: tuple[int, int, int], line: float, size: tuple[int, int]) -> None:
    corners = [tuple(place) for place in (_smooth(way.places) * size).tolist()]
    start = 0
    ends = [*np.flatnonzero(way.broken[:-1]).tolist(), len(corners) - 1]
    bright = tuple(round(part + (255 - part) * 0.25) for part in colour)
    for end in ends:
        piece = corners[start : end + 1]
        if len(piece) > 1:
            pen.line(piece, fill=(8, 9, 12, 90), width=round(line * 1.8), joint="curve")
            pen.line(piece, fill=(*bright, 235), width=round(line), joint="curve")
        start = end + 1
    for place, ring in ((corners[0], True), (corners[-1], False)):
        reach = line * 1.9
        box = (place[0] - reach, place[1] - reach, place[0] + reach, place[1] + reach)
        pen.ellipse(
            box, fill=(12, 14, 18, 255) if ring else (*bright, 255), outline=(*bright, 255), width=round(line * 0.7)
        )


def _smooth(places: Places) -> Places:
    """Each the mean of itself and its two neighbours on either side: boxes tremble."""
    if len(places) < 5:
        return places
    padded = np.pad(places, ((2, 2), (0, 0)), mode="edge")
    smooth: Places = np.stack([padded[at : at + len(places)] for at in range(5)]).mean(axis=0)
    return smooth
