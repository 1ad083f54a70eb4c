"""What is drawn on: pictures in red, green and blue, or the three planes in which videos keep them.

Drawing on the planes saves the way to colours and back, which takes as long as the encoder does.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

import numpy as np

from aisle.core.colour import Colour
from aisle.core.video import Image
from aisle.media._matrix import Matrix
from aisle.media._sprite import Scatter, Sprite, Weights

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels, half-open; it may reach beyond the picture."""


class Surface(Protocol):
    """Draws in place; what lies outside of the picture is left out."""

    def stamp(self, sprite: Sprite, left: int, top: int) -> None:
        """With the upper left corner of `sprite` there."""
        ...

    def scatter(self, scatter: Scatter) -> None: ...

    def fill(self, box: Box, colour: Colour, weight: int = 256) -> None:
        """`weight` is 0 to 256."""
        ...


class Pixels:
    """An `image` (H, W, 3), red, green and blue, which lies in memory as one piece."""

    def __init__(self, image: Image) -> None:
        self._image = image

    def stamp(self, sprite: Sprite, left: int, top: int) -> None:
        """See Surface."""
        _blend(self._image, sprite.colour, sprite.keep, left, top)

    def scatter(self, scatter: Scatter) -> None:
        """See Surface."""
        places, added, kept = scatter.pixels()
        _sprinkle(self._image, places, added, kept)

    def fill(self, box: Box, colour: Colour, weight: int = 256) -> None:
        """See Surface."""
        area = _part(self._image, box)
        if weight >= 256:
            area[:] = colour
        else:
            area[:] = (area * np.uint16(256 - weight) + _row(colour, weight, area.shape[1])) >> 8


class Planes:
    """A picture of `width` x `height`, both even, as I420: (1.5 height, width), limited range."""

    def __init__(self, planes: Image, matrix: Matrix) -> None:
        rows, width = planes.shape
        height, small = rows * 2 // 3, (rows // 3, width // 2)
        colours = planes[height:].reshape(2, *small)
        self._planes, self._matrix = (planes[:height], colours[0], colours[1]), matrix

    def stamp(self, sprite: Sprite, left: int, top: int) -> None:
        """See Surface."""
        scales = ((left // 2 * 2, top // 2 * 2), (left // 2, top // 2), (left // 2, top // 2))
        for plane, (added, kept), place in zip(
            self._planes, sprite.planes(self._matrix, left % 2, top % 2), scales, strict=True
        ):
            _blend(plane, added, kept, *place)

    def scatter(self, scatter: Scatter) -> None:
        """See Surface."""
        for number, plane in enumerate(self._planes):
            _sprinkle(plane, *scatter.plane(self._matrix, number))

    def fill(self, box: Box, colour: Colour, weight: int = 256) -> None:
        """See Surface."""
        for area, value in zip(self._parts(box), self._matrix.of(colour), strict=True):
            if weight >= 256:
                area[:] = value
            else:
                area[:] = (area * np.uint16(256 - weight) + value * np.uint16(weight)) >> 8

    def _parts(self, box: Box) -> Iterator[Image]:
        left, top, right, bottom = box
        yield _part(self._planes[0], box)
        small = (left // 2, top // 2, -(-right // 2), -(-bottom // 2))
        yield from (_part(plane, small) for plane in self._planes[1:])


def _blend(image: Image, added: Weights, kept: Weights, left: int, top: int) -> None:
    (height, width), (tall, wide) = image.shape[:2], added.shape[:2]
    first, last = max(0, -top), min(tall, height - top)
    start, stop = max(0, -left), min(wide, width - left)
    if first < last and start < stop:
        area = image[top + first : top + last, left + start : left + stop]
        area[:] = (area * kept[first:last, start:stop] + added[first:last, start:stop]) >> 8


def _sprinkle(image: Image, places: np.typing.NDArray[np.intp], added: Weights, kept: Weights) -> None:
    values = image.reshape(-1)
    values[places] = (values[places] * kept + added) >> 8


def _part(image: Image, box: Box) -> Image:
    left, top, right, bottom = box
    height, width = image.shape[:2]
    return image[max(top, 0) : min(max(bottom, 0), height), max(left, 0) : min(max(right, 0), width)]


@lru_cache(maxsize=4096)
def _row(colour: Colour, weight: int, width: int) -> Weights:
    """(width, 3): one row of it, as numpy is slow to spread three colours."""
    return np.tile(np.array(colour, np.uint16) * np.uint16(weight), (width, 1))
