"""What the camera makes of light: exposure, vignetting, the lamps' flicker, noise, and the clock in the corner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from aisle.core.video import Image
from aisle.data._camera import Window
from aisle.data._random import Floats, stream

EXPOSURE = 1.5
BLACK, WHITE = 14, 240
"""Levels that leave room for noise on both sides, so that adding it never wraps round."""

CONTRAST = 0.6
"""How much of an S the camera's curve has: darker shadows and clearer lights than the square root alone gives."""

LOUDEST = 13
FIELDS, SLACK = 5, 64
"""Noise is drawn once, as a few fields larger than the picture; each frame gets some part of one of them."""

LAMPS, PHASES = 100, 6
"""Lamps on alternating current of 50 Hz flicker 100 times a second; this many moments of a flicker are told apart."""

INK, OUTLINE = (235, 235, 235), (25, 25, 25)


class Sensor:
    """A sensor and its recorder: `develop` turns light to levels, `record` adds what every frame has of its own."""

    def __init__(self, width: int, height: int, flicker: float, seed: int) -> None:
        self._seed, self._flicker, self._size = seed, flicker, (width, height)
        self._start = datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(seconds=seed * 7919 % 36_000)
        down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        self._vignette = (EXPOSURE * (1 - 0.17 * (across**2 + down**2)))[..., None]
        rng = stream(seed, 5)
        self._noise = [_noise(rng, width + SLACK, height + SLACK) for _ in range(FIELDS)]

    def phase(self, time: Fraction) -> int:
        """Which of `PHASES` moments of the lamps' flicker is the one at `time`."""
        return int(time * LAMPS % 1 * PHASES)

    def develop(self, light: Floats, window: Window, phase: int) -> Floats:
        """Levels (h, w, 3), `BLACK` to `WHITE`, of the linear `light` (h, w, 3) that falls on `window`."""
        rows = np.arange(window[0].start, window[0].stop) / self._size[1]
        flicker = 1 + self._flicker * np.sin(2 * np.pi * (rows + phase / PHASES))
        value = np.sqrt(np.minimum(light * (self._vignette[window] * flicker.astype(np.float32)[:, None, None]), 1))
        levels: Floats = BLACK + (WHITE - BLACK) * value * (1 - CONTRAST + CONTRAST * value * (3 - 2 * value))
        return levels

    def phases(self, light: Floats) -> list[Image]:
        """The whole picture of `light` (H, W, 3) at each phase of the flicker, as levels."""
        window = slice(0, self._size[1]), slice(0, self._size[0])
        return [(self.develop(light, window, phase) + 0.5).astype(np.uint8) for phase in range(PHASES)]

    def record(self, picture: Image, number: int, time: Fraction) -> Image:
        """The picture (H, W, 3) of frame `number` as it is stored: with noise, and the time of day in the corner."""
        rng = stream(self._seed, 6, number)
        left, top = rng.integers(SLACK, size=2)
        field = self._noise[rng.integers(FIELDS)]
        width, height = self._size
        stored = picture + field[top : top + height, left : left + width]
        size = max(height // 34, 5)
        corner = slice(0, min(2 * size, height)), slice(0, min(20 * size, width))
        stored[corner] = _stamped(stored[corner], self._start + timedelta(seconds=int(time)), size)
        return stored


def _stamped(picture: Image, moment: datetime, size: int) -> Image:
    """The corner of a picture (h, w, 3) with the camera's name and the time, in letters of `size` pixels."""
    label = Pillow.fromarray(picture)
    text, font = moment.strftime("CAM 03   %Y-%m-%d   %H:%M:%S"), ImageFont.load_default(size)
    place, edge = (0.6 * size, 0.4 * size), max(size // 12, 1)
    ImageDraw.Draw(label).text(place, text, INK, font, stroke_width=edge, stroke_fill=OUTLINE)
    return np.asarray(label)


def _noise(rng: np.random.Generator, width: int, height: int) -> Image:
    """A field (height, width, 3) to be added modulo 256: fine noise in brightness, coarser noise in colour."""
    bright = rng.normal(0, 1.7, (height, width, 1))
    coarse = rng.normal(0, 1.2, ((height + 1) // 2, (width + 1) // 2, 3))
    colour = coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return np.clip(np.rint(bright + colour), -LOUDEST, LOUDEST).astype(np.int8).view(np.uint8)
