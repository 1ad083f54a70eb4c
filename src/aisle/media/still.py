"""Single pictures of a video: what is on screen at a moment, and the place itself without who walks through it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image as Canvas

from aisle.core import InputError
from aisle.core.video import Image
from aisle.media.read import Reader

_INSTANT = Fraction(1, 1000)
LOOKS = 9
"""Pictures of which the middle value is taken: who is at one spot in fewer than half of them is not seen."""


def still(video: str | Path, time: Fraction, size: tuple[int, int] | None = None) -> Image:
    """What is on screen at `time` seconds: the last picture that begins at or before it. `size` is width, height.

    Raises InputError where there is none.
    """
    with Reader(video, size=size, rate=1 / _INSTANT, start=time, end=time + _INSTANT) as reader:
        frame = next(iter(reader), None)
    if frame is None:
        do = "choose a moment before its end"
        raise InputError(f"{video} has no picture there", got=f"{float(time):.2f} s", do=do)
    return frame.image


def place(video: str | Path, times: Sequence[Fraction], size: tuple[int, int] | None = None) -> Image:
    """The middle value of pictures at `LOOKS` of `times`, in seconds, pixel by pixel: a camera that stands still sees
    the place without most of the people. `size` is width, height. Raises InputError where not one can be had.
    """
    shown = []
    missing: InputError | None = None
    for number in range(min(LOOKS, len(times))):
        try:
            shown.append(still(video, times[(2 * number + 1) * len(times) // (2 * min(LOOKS, len(times)))], size))
        except InputError as error:
            missing = error
    if not shown:
        raise missing or InputError(f"{video} has no picture", got="no times", do="name a video with pictures")
    middle: Image = np.median(np.stack(shown), axis=0).astype(np.uint8)
    return middle


def jpeg(image: Image, quality: int = 85) -> bytes:
    """`image` (H, W, 3) as a JPEG."""
    written = io.BytesIO()
    Canvas.fromarray(image).save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()
