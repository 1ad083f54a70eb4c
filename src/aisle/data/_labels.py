"""What is printed on the packs: one small label a brand, drawn flat and wrapped round the products by the backdrop."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from aisle.data._random import Floats
from aisle.data._shop import Brand, Colour, Shape

HEIGHT, WIDTH = 64, 40
Ink = tuple[int, int, int]


def ink(colour: Colour) -> Ink:
    """A colour of linear light as the value of a pixel."""
    red, green, blue = (round(255 * min(max(part, 0.0), 1.0) ** 0.5) for part in colour)
    return red, green, blue


def print_label(brand: Brand, shape: Shape) -> Floats:
    """Linear light (64, 40, 3) of what is printed on a brand's pack of that shape, the top row first."""
    pack = _pack(brand)
    label = _bottle(brand, pack) if shape is Shape.BOTTLE else pack
    return (np.asarray(label, dtype=np.float32) / 255) ** 2


def _pack(brand: Brand) -> Image.Image:
    rng = np.random.default_rng(brand.number)
    label = Image.new("RGB", (WIDTH, HEIGHT), ink(brand.pack))
    draw = ImageDraw.Draw(label)
    band, dark, light = ink(brand.band), ink((0.02, 0.02, 0.03)), ink((0.9, 0.9, 0.88))
    if brand.layout == 0:
        draw.rectangle((0, 18, WIDTH, 44), fill=band)
        draw.ellipse((8, 12, 32, 36), fill=light)
    elif brand.layout == 1:
        draw.polygon([(0, 40), (WIDTH, 18), (WIDTH, HEIGHT), (0, HEIGHT)], fill=band)
    elif brand.layout == 2:
        draw.rectangle((4, 6, 36, 30), fill=light)
        draw.ellipse((9, 34, 31, 58), fill=band)
    else:
        for x in range(0, WIDTH, 10):
            draw.rectangle((x, 0, x + 4, HEIGHT), fill=band)
        draw.rectangle((3, 16, 37, 42), fill=light)
    _letters(draw, rng, y=20, high=7, fill=dark if brand.layout else band)
    _letters(draw, rng, y=50, high=2, fill=light)
    _letters(draw, rng, y=55, high=2, fill=light)
    return label


def _letters(draw: ImageDraw.ImageDraw, rng: np.random.Generator, *, y: int, high: int, fill: Ink) -> None:
    """A row of strokes that reads as print from a camera's distance."""
    x = 6
    while x < WIDTH - 8:
        wide = int(rng.integers(1, 5))
        draw.rectangle((x, y, x + wide, y + high), fill=fill)
        x += wide + 2


def _bottle(brand: Brand, pack: Image.Image) -> Image.Image:
    """The pack's print on the lower part, bare bottle above it, the lid on top."""
    label = Image.new("RGB", (WIDTH, HEIGHT), ink((brand.pack[0] * 0.6, brand.pack[1] * 0.6, brand.pack[2] * 0.6)))
    label.paste(pack.resize((WIDTH, 36)), (0, 22))
    ImageDraw.Draw(label).rectangle((0, 0, WIDTH, 7), fill=ink(brand.lid))
    return label
