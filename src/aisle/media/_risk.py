"""The risk at a moment, as a small gauge."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from PIL import Image as Canvas
from PIL import ImageDraw

from aisle.core.colour import Colour
from aisle.core.features import Floats
from aisle.core.time import Grid
from aisle.media._letters import GROUND, QUIET, WHITE, plain_font
from aisle.media._places import Spot
from aisle.media._sprite import Sprite
from aisle.media._surface import Surface

_LOW, _RAISED, _HIGH = (88, 214, 141), (245, 177, 76), (255, 107, 94)
_BEHIND = (70, 74, 82)
_WIDE = 7.5  # times the size of its letters


@dataclass(frozen=True, slots=True, eq=False)
class Risk:
    """`values` (N,), 0 to 1, one a cell of `grid`; it is warned of from `threshold` on."""

    values: Floats
    grid: Grid
    threshold: float


class Gauge:
    """Stands in the upper right corner of pictures of one width; letters of `text` pixels."""

    def __init__(self, risk: Risk, width: int, text: int) -> None:
        self._risk, self._text = risk, text
        self._size = (min(round(text * _WIDE), width), round(text * 2.15))
        self._made: dict[int, Sprite] = {}
        edge = text // 2
        self._corner = max(width - self._size[0] - edge, 0), edge

    @property
    def spot(self) -> Spot:
        """Where no label is to be."""
        left, top = self._corner
        return left, top, left + self._size[0], top + self._size[1]

    def draw(self, surface: Surface, time: Fraction) -> None:
        """As it is at `time` seconds."""
        grid = self._risk.grid
        if not grid.count:
            return
        share = float(self._risk.values[grid.index(time)])
        percent = round(100 * min(max(share, 0.0), 1.0))
        if percent not in self._made:
            self._made[percent] = self._drawn(percent)
        surface.stamp(self._made[percent], *self._corner)

    def _drawn(self, percent: int) -> Sprite:
        (width, height), text = self._size, self._text
        pad, bar = round(text * 0.4), max(round(text * 0.22), 2)
        canvas = Canvas.new("RGBA", (width, height), GROUND)
        pen, font, base = ImageDraw.Draw(canvas), plain_font(text), round(text * 1.15)
        pen.text((pad, base), "risk", font=font, fill=QUIET, anchor="ls")
        pen.text((width - pad, base), f"{percent}%", font=font, fill=WHITE, anchor="rs")
        left, right, top = pad, width - pad, height - pad - bar
        pen.rectangle((left, top, right - 1, top + bar - 1), fill=_BEHIND)
        reach = left + (right - left) * percent / 100
        if percent:
            pen.rectangle((left, top, max(reach - 1, left), top + bar - 1), fill=self._colour(percent / 100))
        mark = left + (right - left) * self._risk.threshold
        half = max(bar // 4, 1) / 2
        pen.rectangle((mark - half, top - bar // 2, mark + half, top + bar + bar // 2 - 1), fill=WHITE)
        return Sprite.of(canvas)

    def _colour(self, share: float) -> Colour:
        threshold = self._risk.threshold
        return _HIGH if share >= threshold else _RAISED if share >= threshold / 2 else _LOW
