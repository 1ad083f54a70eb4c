"""Where something is unusual, drawn into a video: the hot parts of the picture glow, and a frame is around the hottest.

The colours are those of plasma (Smith and van der Walt, CC0), which grow brighter all the way, so that they can be read
without telling red from green.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from PIL import Image as Canvas

from aisle.core.colour import Colour
from aisle.core.features import Floats
from aisle.core.heat import HOT, place_of
from aisle.core.unusual import Unusual
from aisle.media import _marks
from aisle.media._sprite import Sprite
from aisle.media._surface import Surface

FRAME: Colour = (248, 149, 64)
_PLASMA = ((13, 8, 135), (126, 3, 168), (204, 71, 120), (248, 149, 64), (240, 249, 33))
_COOL = HOT / 2  # of the hottest: what is cooler is left as it is
_DENSE = 0.6
"""How much of the picture the hottest part hides."""

_LINE = 0.0035  # of the shorter side


class HeatMap:
    """Draws on pictures of one size, in place. Nothing is drawn where the risk is low."""

    def __init__(self, unusual: Unusual, width: int, height: int) -> None:
        self._unusual, self._width, self._height = unusual, width, height
        self._line = max(round(min(width, height) * _LINE), 1)
        self._step: int | None = None
        self._glow: tuple[Sprite, int, int] | None = None
        self._frame = (0, 0, 0, 0)

    def draw_on(self, surface: Surface, time: Fraction) -> None:
        """What is known of `time`, on a picture of this size."""
        step = self._unusual.step(time)
        if step is None:
            return
        if step != self._step:
            self._step = step
            self._prepare(self._unusual.heat.values[step])  # kept until the next step
        if self._glow is not None:
            surface.stamp(*self._glow)
            _marks.frame(surface, self._frame, FRAME, self._line, corners=False)

    def _prepare(self, heat: Floats) -> None:
        hottest = float(heat.max())
        self._glow = None
        if hottest > 0:
            self._glow = self._glowing(heat / hottest)
            scale = np.array([self._width, self._height] * 2)
            left, top, right, bottom = np.rint(np.array(place_of(heat)) * scale).astype(int).tolist()
            self._frame = (left, top, right, bottom)

    def _glowing(self, shares: Floats) -> tuple[Sprite, int, int]:
        """The part of the picture that is not cool, and where it lies; `shares` (h, w) are of the hottest."""
        rows, columns = shares.shape
        left, right = _reach(shares.max(axis=0))
        top, bottom = _reach(shares.max(axis=1))
        x, y = self._width / columns, self._height / rows
        box = (int(left * x), int(top * y), round(right * x), round(bottom * y))
        cells = Canvas.fromarray(np.rint(shares * 255).astype(np.uint8))
        size = (max(box[2] - box[0], 1), max(box[3] - box[1], 1))
        smooth = cells.resize(size, Canvas.Resampling.BILINEAR, (left, top, right, bottom))
        smooth.putpalette(_PALETTE, "RGBA")
        return Sprite.of(smooth), box[0], box[1]


def _reach(shares: Floats) -> tuple[int, int]:
    """The first and behind the last that glows, with a neighbour on each side, into which it fades."""
    found = np.flatnonzero(shares > _COOL)
    return max(int(found[0]) - 1, 0), min(int(found[-1]) + 2, len(shares))


def _palette() -> bytes:
    """Red, green, blue and opacity of each of 256 shares."""
    shares = np.linspace(0, 1, 256)
    stops = np.linspace(0, 1, len(_PLASMA))
    colours = [np.interp(shares, stops, channel) for channel in zip(*_PLASMA, strict=True)]
    dense = 255 * _DENSE * np.clip((shares - _COOL) / (1 - _COOL), 0, 1) ** 0.7
    return np.rint(np.stack([*colours, dense], axis=1)).astype(np.uint8).tobytes()


_PALETTE = _palette()
