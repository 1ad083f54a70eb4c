"""Small indexes for tests: videos of four numbers, two of them counts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import numpy as np

from aisle.core.collection import About, Part
from aisle.search.records import Described, Recipe
from aisle.search.space import Block

RECIPE = Recipe(
    "both",
    "made-by-hand-1",
    (Block("objects", 2, "counts"), Block("motion", 2, "features")),
    ("cup", "dog"),
)


def described(
    video: str,
    *rows: Sequence[float],
    category: str = "",
    camera: str = "",
    day: date | None = None,
    content: str = "",
) -> Described:
    """A video of two seconds a row but the first, which is that of the whole."""
    about = About(category, camera, day)
    duration = Fraction(2 * max(len(rows) - 1, 1))
    parts = [Part(video, Fraction(0), duration, is_whole=True, about=about)]
    parts += [Part(video, Fraction(2 * at), Fraction(2 * at + 2), about=about) for at in range(len(rows) - 1)]
    digest = content or hashlib.sha256(video.encode()).hexdigest()
    return Described(video, digest, duration, about, tuple(parts), np.array(rows, np.float32))
