"""Looks: what a camera at night, a cheap one or a worn one would have made of the same scene, for training.

A look changes every picture of a video in the same way; which way follows from the look and the video's name.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from aisle.analysis.embed import Change
from aisle.core import UnknownNameError
from aisle.core.video import Image

Rng = np.random.Generator


def change(look: str, name: str) -> Change | None:
    """What `look` does to the pictures of the video called `name`; None for '', the video as it is.

    Raises UnknownNameError.
    """
    if not look:
        return None
    if look not in LOOKS:
        raise UnknownNameError("look", look, LOOKS)
    return LOOKS[look](np.random.default_rng(zlib.crc32(f"{look} {name}".encode())))


def _flip(rng: Rng) -> Change:
    del rng
    return lambda image: np.ascontiguousarray(image[:, ::-1])


def _turn(rng: Rng) -> Change:
    del rng
    return lambda image: np.ascontiguousarray(image[::-1, ::-1])


def _night(rng: Rng) -> Change:
    """Little light, and the noise of a sensor that is turned up."""
    light, noise = rng.uniform(0.15, 0.4), rng.uniform(6, 14)
    curve = 255 * (np.arange(256) / 255) ** rng.uniform(1.2, 1.8) * light

    def darken(image: Image) -> Image:
        noisy = curve[image] + rng.normal(0, noise, image.shape)
        return np.clip(noisy, 0, 255).astype(np.uint8)

    return darken


def _infrared(rng: Rng) -> Change:
    """Grey, lit from the camera: bright in the middle, dark in the corners."""
    gain, fall = rng.uniform(0.8, 1.2), rng.uniform(0.4, 0.9)
    weights = rng.dirichlet((4, 4, 2)).astype(np.float32)

    def lit(image: Image) -> Image:
        height, width, _ = image.shape
        y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
        grey = (image @ weights) * (gain * (1 - fall * (x**2 + y**2) / 2))
        return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)

    return lit


def _blur(rng: Rng) -> Change:
    """A lens out of focus."""
    from PIL import Image as Pictures
    from PIL import ImageFilter

    lens = ImageFilter.GaussianBlur(float(rng.uniform(1, 2.5)))
    return lambda image: np.asarray(Pictures.fromarray(image).filter(lens))


def _watermark(rng: Rng) -> Change:
    """A half transparent bar of print somewhere, as recorders write the time."""
    top, left = rng.uniform(0, 0.9), rng.uniform(0, 0.6)
    ink = rng.integers(0, 2, (8, 64)).repeat(2, 0) * 255

    def printed(image: Image) -> Image:
        height, width, _ = image.shape
        y, x = int(top * height), int(left * width)
        marked = image.copy()
        part = marked[y : y + ink.shape[0], x : x + ink.shape[1]]
        part[:] = (part.astype(np.uint16) + ink[: part.shape[0], : part.shape[1], None]) // 2
        return marked

    return printed


def _low_resolution(rng: Rng) -> Change:
    """A camera of a third to a half of the lines."""
    from PIL import Image as Pictures

    share = rng.uniform(0.3, 0.5)

    def coarse(image: Image) -> Image:
        height, width, _ = image.shape
        small = Pictures.fromarray(image).resize((int(width * share), int(height * share)), Pictures.Resampling.BOX)
        return np.asarray(small.resize((width, height), Pictures.Resampling.BILINEAR))

    return coarse


LOOKS: dict[str, Callable[[Rng], Change]] = {
    "flip": _flip,
    "turn": _turn,
    "night": _night,
    "infrared": _infrared,
    "blur": _blur,
    "watermark": _watermark,
    "low-resolution": _low_resolution,
}
"""`flip` mirrors left and right: wrong where those matter, as between two sides of a counter. `turn` is what a camera
in the ceiling would see that hangs the other way round.
"""
