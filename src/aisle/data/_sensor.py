"""What the camera makes of light: exposure, vignetting, night and infra-red, and noise; pictures are planes of YUV.

A picture is I420 as codecs take it: an array (1.5 H, W) of H rows of brightness and then both colours at half the size,
BT.709, limited range. H and W are even.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from aisle.data._camera import Window
from aisle.data._random import Floats, stream

Plane = npt.NDArray[np.uint8]

BT709 = np.array([[0.2126, 0.7152, 0.0722], [-0.1146, -0.3854, 0.5], [0.5, -0.4542, -0.0458]], np.float32)
SCALES, OFFSETS = np.array([219, 224, 224], np.float32), np.array([16, 128, 128], np.float32)

CONTRAST = 0.6
"""How much of an S the camera's curve has: darker shadows and clearer lights than the square root alone gives."""

LOUDEST = 15
"""Levels keep this far from 0 and 255, so that adding noise never wraps round."""

FIELDS, SLACK = 5, 64
"""Noise is drawn once, as a few fields larger than the picture; each frame gets some part of one of them."""


@dataclass(frozen=True, slots=True)
class Look:
    """`exposure` multiplies light; `colour` is what is left of the colours; `vignette` what the corners lose.

    `noise` is the deviation of brightness in levels, `chroma` that of colour.
    """

    name: str
    exposure: float
    colour: float
    vignette: float
    noise: float
    chroma: float


def look(seed: int) -> Look:
    """By day in 7 of 10 shops, else by night with little light, or with infra-red lamps round the lens."""
    rng = stream(seed, 5)
    name = str(rng.choice(["day", "night", "infra-red"], p=[0.7, 0.15, 0.15]))
    if name == "day":
        return Look(
            name, rng.uniform(0.9, 1.6), rng.uniform(0.75, 1.15), rng.uniform(0.05, 0.25), rng.uniform(0.4, 2), 0.8
        )
    if name == "night":
        return Look(
            name, rng.uniform(0.28, 0.5), rng.uniform(0.3, 0.7), rng.uniform(0.1, 0.35), rng.uniform(2.5, 4), 2.2
        )
    return Look(name, rng.uniform(1.2, 1.9), 0.0, rng.uniform(0.35, 0.6), rng.uniform(1.5, 3), 0.0)


class Planes:
    """Views of one picture's memory (1.5 H, W): `bright` (H, W), `blue` and `red` (H/2, W/2)."""

    def __init__(self, picture: Plane) -> None:
        rows, width = picture.shape
        height = rows * 2 // 3
        self.picture, flat, count = picture, picture.reshape(-1), height * width
        self.bright = picture[:height]
        self.blue = flat[count : count + count // 4].reshape(height // 2, width // 2)
        self.red = flat[count + count // 4 :].reshape(height // 2, width // 2)


class Sensor:
    """`develop` turns light to levels, `record` adds what every frame has of its own."""

    def __init__(self, width: int, height: int, look: Look, seed: int) -> None:
        self._seed, self._look = seed, look
        down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        self._exposure = look.exposure * (1 - look.vignette * (across**2 + down**2) / 1.4)
        self._matrix = BT709 * np.array([1, look.colour, look.colour], np.float32)[:, None] * SCALES[:, None]
        rng = stream(seed, 6)
        self._noise = [_noise(rng, width + SLACK, height + SLACK, look) for _ in range(FIELDS)]

    def develop(self, light: Floats, window: Window, scale: int) -> Floats:
        """Levels (3, h, w) of brightness, blue and red of the linear `light` (3, h, w) that falls on `window`.

        `window` is told in pixels of a picture that is `scale` times smaller.
        """
        rows, columns = (slice(part.start * scale, part.stop * scale, scale) for part in window)
        value = np.sqrt(np.minimum(light * self._exposure[rows, columns], 1))
        shown = value * (1 - CONTRAST + CONTRAST * value * (3 - 2 * value))
        levels: Floats = np.einsum("kj,jhw->khw", self._matrix, shown) + OFFSETS[:, None, None]
        return levels

    def record(self, picture: Plane, number: int) -> Plane:
        """A copy of `picture` as frame `number` is stored, with noise."""
        rng = stream(self._seed, 7, number)
        across, down = (2 * rng.integers(SLACK // 2, size=2)).tolist()
        field, stored = self._noise[rng.integers(FIELDS)], np.empty_like(picture)
        clean, noisy = Planes(picture), Planes(stored)
        for plane, noise, out, half in [
            (clean.bright, field.bright, noisy.bright, 1),
            (clean.blue, field.blue, noisy.blue, 2),
            (clean.red, field.red, noisy.red, 2),
        ]:
            top, left = down // half, across // half
            np.add(plane, noise[top : top + plane.shape[0], left : left + plane.shape[1]], out=out)
        return stored


def put(planes: Planes, window: Window, levels: Floats) -> None:
    """Writes the levels (3, h, w) of a window whose edges are even."""
    rows, columns = window
    half = slice(rows.start // 2, rows.stop // 2), slice(columns.start // 2, columns.stop // 2)
    _, height, width = levels.shape
    planes.bright[window] = levels[0] + 0.5
    planes.blue[half], planes.red[half] = levels[1:].reshape(2, height // 2, 2, width // 2, 2).mean(axis=(2, 4)) + 0.5


def _noise(rng: np.random.Generator, width: int, height: int, look: Look) -> Planes:
    """A picture to be added modulo 256: fine noise in brightness, coarser noise in colour."""
    planes = Planes(np.empty((height * 3 // 2, width), np.uint8))
    for plane, deviation in [(planes.bright, look.noise), (planes.blue, look.chroma), (planes.red, look.chroma)]:
        field = rng.standard_normal(plane.shape, np.float32)
        soft = np.asarray(Pillow.fromarray(field[::2, ::2]).resize(field.shape[::-1], Pillow.Resampling.BILINEAR))
        mixed = deviation * (0.75 * field + 0.75 * soft)
        plane[:] = np.clip(np.rint(mixed), -LOUDEST, LOUDEST).astype(np.int8).view(np.uint8)
    return planes
