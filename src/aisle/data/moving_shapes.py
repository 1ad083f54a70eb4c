"""Two shapes that move and bounce, for judging who predicts pictures.

After the protocol of Moving MNIST (Srivastava et al.: Unsupervised Learning of Video Representations using LSTMs. ICML
2015, section 5.1):

64 x 64 pixels, two white shapes of at most 28 pixels on black, each going straight on at 3.6 pixels a picture and back
from the edges; 10 pictures are seen and 10 predicted; 10,000 sequences to judge on. All is drawn here from numbers: no
digit of anybody's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]

SIDE, GLYPH, SHAPES = 64, 28, 2
SEEN, AHEAD = 10, 10
"""Pictures that are shown, and that are predicted."""

SEQUENCES, JUDGED = 10_000, 0
"""So many sequences are judged on, of this seed; learn from other seeds."""

PACE = 0.1
"""From picture to picture, as a share of the way from one edge to the other."""


def moving_shapes(count: int = SEQUENCES, *, frames: int = SEEN + AHEAD, seed: int = JUDGED) -> Iterator[Bytes]:
    """Sequences (frames, 64, 64, 3), one after the other; the n-th of a seed is always the same."""
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        canvas = np.zeros((frames, SIDE, SIDE))
        for _ in range(SHAPES):
            glyph = drawn_shape(rng)
            for picture, (left, top) in zip(canvas, _way(frames, rng), strict=True):
                part = picture[top : top + GLYPH, left : left + GLYPH]
                np.maximum(part, glyph, out=part)
        yield np.repeat(np.rint(255 * canvas).astype(np.uint8)[..., None], 3, axis=3)


def _way(frames: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """(frames, 2): left and top of a shape that bounces."""
    angle = rng.uniform(0, 2 * math.pi)
    step = PACE * np.array([math.cos(angle), math.sin(angle)])
    straight = rng.uniform(0, 1, 2) + step * np.arange(frames)[:, None]
    folded = 1 - np.abs(straight % 2 - 1)  # going back from an edge is going on in a mirror
    places: npt.NDArray[np.int64] = np.rint(folded * (SIDE - GLYPH)).astype(np.int64)
    return places


def drawn_shape(rng: np.random.Generator) -> Numbers:
    """(28, 28) in [0, 1]: one of the `OUTLINES`, turned and of any size from two thirds on, soft at its edge."""
    outline = OUTLINES[rng.integers(len(OUTLINES))]
    radius, angle = GLYPH / 2 * rng.uniform(0.65, 1), rng.uniform(0, 2 * math.pi)
    y, x = (np.mgrid[:GLYPH, :GLYPH] - (GLYPH - 1) / 2) / radius
    right, down = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    drawn: Numbers = np.clip(0.5 - outline(right, down) * radius, 0, 1)
    return drawn


def _disc(x: Numbers, y: Numbers) -> Numbers:
    return np.hypot(x, y) - 1


def _ring(x: Numbers, y: Numbers) -> Numbers:
    return np.abs(np.hypot(x, y) - 0.75) - 0.2


def _square(x: Numbers, y: Numbers) -> Numbers:
    return np.maximum(np.abs(x), np.abs(y)) - 0.7


def _frame(x: Numbers, y: Numbers) -> Numbers:
    return np.abs(np.maximum(np.abs(x), np.abs(y)) - 0.55) - 0.15


def _bar(x: Numbers, y: Numbers) -> Numbers:
    return np.maximum(np.abs(x) - 0.95, np.abs(y) - 0.2)


def _triangle(x: Numbers, y: Numbers) -> Numbers:
    slanted = math.sqrt(3) / 2
    return np.maximum(np.maximum(slanted * x + y / 2, -slanted * x + y / 2), -y) - 0.5


def _cross(x: Numbers, y: Numbers) -> Numbers:
    return np.minimum(_bar(x, y), _bar(y, x))


def _hook(x: Numbers, y: Numbers) -> Numbers:
    return np.minimum(_bar(x, y - 0.6), _bar(y, x - 0.6))


def _half(x: Numbers, y: Numbers) -> Numbers:
    return np.maximum(_disc(x, y), -y)


def _star(x: Numbers, y: Numbers) -> Numbers:
    pointed: Numbers = np.hypot(x, y) - 0.65 - 0.3 * np.cos(5 * np.arctan2(y, x))
    return pointed


OUTLINES: tuple[Callable[[Numbers, Numbers], Numbers], ...] = (
    _disc,
    _ring,
    _square,
    _frame,
    _bar,
    _triangle,
    _cross,
    _hook,
    _half,
    _star,
)
"""Of x and y, where the shape reaches out to 1: below 0 inside, about the distance to the edge outside."""
