"""Small pictures that are put over others: their colours already weighted, so that a stamp is one product and a sum."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
from PIL import Image as Canvas

from aisle.core.colour import Colour
from aisle.media._matrix import Matrix, halved, weighted_planes

Weights = npt.NDArray[np.uint16]
Layer = tuple[Weights, Weights]
"""What is added to a plane, and by how much the plane is kept, of 256."""


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """`colour` (H, W, 3) is already weighted, `keep` (H, W, 3) is the weight of what lies behind: 256 in all.

    Both are of one shape, as numpy is five times slower where one has to be spread over the other's colours.
    """

    colour: Weights
    keep: Weights
    _planes: dict[tuple[Matrix, int, int], tuple[Layer, Layer, Layer]] = field(default_factory=dict)

    @classmethod
    def of(cls, canvas: Canvas.Image) -> Self:
        """From red, green, blue and opacity."""
        pixels = np.asarray(canvas.convert("RGBA")).astype(np.uint16)
        weight = pixels[..., 3:] + (pixels[..., 3:] >> 7)
        return cls(pixels[..., :3] * weight, np.repeat(256 - weight, 3, axis=2))

    @property
    def width(self) -> int:
        return int(self.colour.shape[1])

    @property
    def height(self) -> int:
        return int(self.colour.shape[0])

    def planes(self, matrix: Matrix, across: int, down: int) -> tuple[Layer, Layer, Layer]:
        """For brightness, and, at half the size, for blue and red; with so many clear columns and rows before it, and
        as many behind as an even size takes.
        """
        wanted = matrix, across, down
        if wanted not in self._planes:
            more = ((down, (self.height + down) % 2), (across, (self.width + across) % 2), (0, 0))
            colour, keep = np.pad(self.colour, more), np.pad(self.keep, more, constant_values=256)
            luma, blue, red = weighted_planes(colour, 256 - keep[..., 0], matrix)
            small = halved(keep[..., 0])
            self._planes[wanted] = (luma, keep[..., 0].copy()), (halved(blue), small), (halved(red), small)
        return self._planes[wanted]


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """A colour over few pixels far apart: `weights` (H, W), 0 to 255, with their corner at `left`, `top` in pictures
    that are `width` wide. What is needed of it is gathered once for each kind of picture.
    """

    weights: npt.NDArray[np.uint8]
    left: int
    top: int
    width: int
    colour: Colour
    _gathered: dict[tuple[Matrix | None, int], tuple[npt.NDArray[np.intp], Weights, Weights]] = field(
        default_factory=dict
    )

    def pixels(self) -> tuple[npt.NDArray[np.intp], Weights, Weights]:
        """(3N,) where the reds, greens and blues are in the memory of a picture, what is added, what is kept."""
        if (None, 0) not in self._gathered:
            places, weight = _gathered(_wide(self.weights), self.left, self.top, self.width)
            added = np.array(self.colour, np.uint16) * weight[:, np.newaxis]
            each = (places[:, np.newaxis] * 3 + np.arange(3)).ravel()
            self._gathered[None, 0] = each, added.ravel(), (256 - weight).repeat(3)
        return self._gathered[None, 0]

    def plane(self, matrix: Matrix, number: int) -> tuple[npt.NDArray[np.intp], Weights, Weights]:
        """As `pixels`, for the plane of brightness, 0, or, at half the size, of blue, 1, or red, 2."""
        if (matrix, number) not in self._gathered:
            wide, (left, top), width = _wide(self.weights), (self.left, self.top), self.width
            if number:
                odd = np.pad(wide, ((top % 2, 0), (left % 2, 0)))
                odd = np.pad(odd, ((0, odd.shape[0] % 2), (0, odd.shape[1] % 2)))
                wide, left, top, width = halved(odd), left // 2, top // 2, width // 2
            places, weight = _gathered(wide, left, top, width)
            self._gathered[matrix, number] = places, matrix.of(self.colour)[number] * weight, 256 - weight
        return self._gathered[matrix, number]


def _wide(weights: npt.NDArray[np.uint8]) -> Weights:
    """0 to 256."""
    wide: Weights = weights.astype(np.uint16)
    return wide + (wide >> 7)


def _gathered(weights: Weights, left: int, top: int, width: int) -> tuple[npt.NDArray[np.intp], Weights]:
    rows, columns = np.nonzero(weights)
    return (rows + top) * width + columns + left, weights[rows, columns]
