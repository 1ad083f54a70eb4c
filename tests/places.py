"""A place that a camera watches, through which a block walks now and then, as people do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image as Canvas
from PIL import ImageDraw, ImageFont

from videos import Picture, make_video

WIDTH, HEIGHT, RATE = 160, 120, Fraction(8)
WIDE, HIGH = 18, 40

Change = Callable[[Picture, float], Picture]


def empty() -> Picture:
    """Soft shapes, as shelves and floors are."""
    rough = np.random.default_rng(5).integers(40, 200, (6, 8, 3), np.uint8)
    return np.asarray(Canvas.fromarray(rough).resize((WIDTH, HEIGHT), Canvas.Resampling.BICUBIC), np.uint8)


def unchanged(picture: Picture, time: float) -> Picture:
    del time
    return picture


def pictures(
    seconds: float, walks: Sequence[tuple[float, float]] = (), change: Change = unchanged
) -> Iterator[Picture]:
    """Someone walks from the left to the right within each of `walks`, from second to second."""
    place = empty()
    for number in range(int(seconds * RATE)):
        time = number / float(RATE)
        picture = place.copy()
        for start, end in walks:
            if start <= time < end:
                left = int((time - start) / (end - start) * (WIDTH - WIDE))
                picture[60 : 60 + HIGH, left : left + WIDE] = (30, 20, 120)
        yield change(picture, time)


def make_place(
    path: Path, seconds: float, walks: Sequence[tuple[float, float]] = (), change: Change = unchanged, **how: str
) -> Path:
    """Writes `pictures`; `how` goes to `make_video`."""
    return make_video(path, pictures(seconds, walks, change), RATE, **how)  # type: ignore[arg-type]


def noisy(picture: Picture, time: float) -> Picture:
    noise = np.random.default_rng(int(time * 1000)).normal(0, 5, picture.shape)
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def clocked(picture: Picture, time: float) -> Picture:
    """A clock is burnt in, whose minute changes at 20 s."""
    canvas = Canvas.fromarray(picture)
    second = int(time) + 40
    text = f"08:{59 + second // 60 if second < 60 else 0:02}:{second % 60:02}"
    ImageDraw.Draw(canvas).text((4, 2), text, fill=(255, 255, 255), font=ImageFont.load_default(12))
    return np.asarray(canvas)


def switched(picture: Picture, time: float) -> Picture:
    """The light goes on at 15 s, more on the left than on the right, and drifts."""
    level = np.linspace(1.5, 1.1, WIDTH)[np.newaxis, :, np.newaxis] if time >= 15 else 1.0
    return np.asarray(np.clip(picture * level * (1 + 0.03 * np.sin(time / 4)), 0, 255), np.uint8)


def left_behind(picture: Picture, time: float) -> Picture:
    """A box lies there from 32.5 s on."""
    if time >= 32.5:
        picture[90:110, 100:125] = (200, 200, 30)
    return picture


def flashed(picture: Picture, time: float) -> Picture:
    """One picture, at 12 s, that the codec has spoilt."""
    if time == 12:
        picture[20:80, 30:120] = 255 - picture[20:80, 30:120]
    return picture
