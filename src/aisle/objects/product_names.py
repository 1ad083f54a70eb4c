"""Names of products for things that a detector found: each box is cut out of the picture and recognised."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from aisle.core import Prediction
from aisle.core.detections import Detections
from aisle.core.video import Image

GOODS = ("bottle", "box", "cup", "can", "product", "apple", "orange", "banana", "carrot", "broccoli")
"""What detectors call things that may be products."""

_SMALLEST = 12
"""Pixels of a side under which nothing can be recognised."""


class Recognise(Protocol):
    """Of each picture the products it may show, best first."""

    def __call__(self, images: Sequence[Image]) -> list[tuple[Prediction, ...]]: ...


def named(
    image: Image, found: Detections, recognise: Recognise, labels: Collection[str] = GOODS, *, unknown: str = "unknown"
) -> Detections:
    """`found` with the products' names where things are called one of `labels`.

    What is small, and what the recogniser calls `unknown`, keeps the detector's name.
    """
    rows = [row for row, label in enumerate(found.labels) if label in labels]
    squares = {row: square for row in rows if (square := _square(image, found.boxes.corners[row])) is not None}
    if not squares:
        return found
    said = dict(zip(squares, (answer[0].label for answer in recognise(list(squares.values()))), strict=True))
    names = [said.get(row, label) for row, label in enumerate(found.labels)]
    kept = [label if name == unknown else name for name, label in zip(names, found.labels, strict=True)]
    return replace(found, labels=tuple(kept))


def _square(image: Image, corners: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Image | None:
    """The picture in and beside a box, as wide as it is high where the picture is large enough; None of a small box."""
    height, width = image.shape[:2]
    left, top, right, bottom = np.clip(corners, 0, (width, height, width, height))
    if min(right - left, bottom - top) < _SMALLEST:
        return None
    side = max(right - left, bottom - top)
    across, down = _span((left + right) / 2, side, width), _span((top + bottom) / 2, side, height)
    return image[down[0] : down[1], across[0] : across[1]]


def _span(middle: float, side: float, limit: int) -> tuple[int, int]:
    """A stretch of `side` pixels round `middle`, moved into the picture where it reaches beyond."""
    size = min(round(side), limit)
    begin = min(max(round(middle - size / 2), 0), limit - size)
    return begin, begin + size
