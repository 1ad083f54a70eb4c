"""Words in pictures: one font at one size, names it has no letters for, and labels on a dark ground."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image as Canvas
from PIL import ImageDraw, ImageFont

from aisle.core.colour import Colour
from aisle.media._sprite import Sprite

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

WHITE, QUIET, WARN = (255, 255, 255), (205, 209, 216), (255, 150, 120)
GROUND = (10, 12, 16, 190)
"""Dark enough for white letters over a white wall."""

_OTHERS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "Arial.ttf", "LiberationSans-Regular.ttf")
_ALONE = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "œ": "oe"})
_FINE = 4  # rounded corners are drawn so much larger, and then made small
_KEPT = 1024  # labels, each a few kB


@lru_cache(maxsize=16)
def plain_font(size: int) -> Font:
    """The one that Pillow bundles: Latin letters without accents. `size` is in pixels."""
    return ImageFont.load_default(size)


@lru_cache(maxsize=16)
def _wide_font(size: int) -> Font | None:
    """One of the system's, with more letters; None where there is none."""
    for name in _OTHERS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return None


def fitting(words: str, size: int) -> tuple[str, Font]:
    """`words` and a font that has their letters; where the system has none, accents are left out."""
    if words.isascii():
        return words, plain_font(size)
    wide = _wide_font(size)
    if wide is not None:
        return words, wide
    bare = unicodedata.normalize("NFKD", words.translate(_ALONE))
    return "".join(sign for sign in bare if not unicodedata.combining(sign)), plain_font(size)


def shortened(words: str, font: Font, room: float) -> str:
    """As much of `words` as has `room`, in pixels, with dots behind; "" where not even those have."""
    if font.getlength(words) <= room:
        return words
    lengths = [length for length in range(len(words)) if font.getlength(words[:length] + "...") <= room]
    return words[: lengths[-1]].rstrip() + "..." if lengths else ""


@dataclass(frozen=True, slots=True)
class Words:
    text: str
    colour: Colour = WHITE


Line = tuple[Words, ...]


class Labels:
    """Labels with letters of one `size` in pixels, no wider than `widest`; each is drawn once."""

    def __init__(self, size: int, widest: int) -> None:
        self.size, self._widest = size, widest
        self._made: dict[tuple[Sequence[Line], Colour], Sprite] = {}

    @property
    def row(self) -> int:
        """Pixels from one line to the next."""
        return round(self.size * 1.3)

    def of(self, lines: tuple[Line, ...], colour: Colour) -> Sprite:
        """`lines` below each other on a dark ground, behind a stripe of `colour`."""
        known = lines, colour
        if known not in self._made:
            if len(self._made) >= _KEPT:
                del self._made[next(iter(self._made))]
            self._made[known] = self._drawn(lines, colour)
        return self._made[known]

    def _drawn(self, lines: tuple[Line, ...], colour: Colour) -> Sprite:
        pad, gap, stripe = max(round(self.size * 0.34), 2), round(self.size * 0.45), max(round(self.size * 0.2), 2)
        left = stripe + pad
        placed: list[tuple[float, int, str, Font, Colour]] = []
        width = 0.0
        for number, line in enumerate(lines):
            x = float(left)
            for words in line:
                text, font = fitting(words.text, self.size)
                text = shortened(text, font, self._widest - x - pad)
                placed.append((x, number, text, font, words.colour))
                width = max(width, x + font.getlength(text))
                x += font.getlength(text) + gap
        high = self.row * len(lines) + 2 * round(self.size * 0.14)
        canvas = _ground(int(width + pad + 0.5), high, stripe, colour, round(self.size * 0.25))
        pen = ImageDraw.Draw(canvas)
        for x, number, text, font, fill in placed:
            base = round(self.size * 0.14) + self.row * number + round((self.row + self.size * 0.72) / 2)
            pen.text((x, base), text, font=font, fill=fill, anchor="ls")
        return Sprite.of(canvas)


def _ground(width: int, height: int, stripe: int, colour: Colour, radius: int) -> Canvas.Image:
    large = Canvas.new("RGBA", (width * _FINE, height * _FINE), (*GROUND[:3], 0))
    pen = ImageDraw.Draw(large)
    box = (0, 0, width * _FINE - 1, height * _FINE - 1)
    pen.rounded_rectangle(box, radius * _FINE, fill=GROUND)
    mask = Canvas.new("L", large.size)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius * _FINE, fill=255)
    side = Canvas.new("RGBA", (stripe * _FINE, height * _FINE), (*colour, 255))
    large.paste(side, (0, 0), mask.crop((0, 0, stripe * _FINE, height * _FINE)))
    return large.resize((width, height), Canvas.Resampling.BOX)
