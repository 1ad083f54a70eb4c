"""Small pictures that are put over others: their colours already weighted, so that a stamp is one product and a sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from PIL import Image as Canvas

from aisle.core.video import Image

Weights = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """`colour` (H, W, 3) is already weighted, `keep` (H, W, 3) is the weight of what lies behind: 256 in all.

    Both are of one shape, as numpy is five times slower where one has to be spread over the other's colours.
    """

    colour: Weights
    keep: Weights

    @classmethod
    def of(cls, canvas: Canvas.Image) -> Self:
        """From red, green, blue and opacity."""
        pixels = np.asarray(canvas.convert("RGBA")).astype(np.uint16)
        weight = pixels[..., 3:] + (pixels[..., 3:] >> 7)
        return cls(pixels[..., :3] * weight, np.repeat(256 - weight, 3, axis=2))

    @property
    def width(self) -> int:
        return self.colour.shape[1]

    @property
    def height(self) -> int:
        return self.colour.shape[0]

    def stamp(self, image: Image, left: int, top: int) -> None:
        """Puts it over `image` (H, W, 3) in place, with its upper left corner there; what lies outside is left out."""
        height, width, _ = image.shape
        first, last = max(0, -top), min(self.height, height - top)
        start, stop = max(0, -left), min(self.width, width - left)
        if first < last and start < stop:
            area = image[top + first : top + last, left + start : left + stop]
            area[:] = (area * self.keep[first:last, start:stop] + self.colour[first:last, start:stop]) >> 8


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """A sprite of few pixels far apart, for pictures of one size: `places` (3N,) are the places of their reds, greens
    and blues in the picture's memory, `colour` and `keep` as a sprite's.
    """

    places: npt.NDArray[np.intp]
    colour: Weights
    keep: Weights

    @classmethod
    def of(cls, weights: npt.NDArray[np.uint8], left: int, top: int, width: int, colour: tuple[int, int, int]) -> Self:
        """Where `weights` (H, W), 0 to 255, is not 0; its corner lies at `left`, `top` in a picture that wide."""
        rows, columns = np.nonzero(weights)
        weight = weights[rows, columns].astype(np.uint16)
        weight += weight >> 7
        places = ((rows + top) * width + columns + left)[:, np.newaxis] * 3 + np.arange(3)
        weighted = np.array(colour, np.uint16) * weight[:, np.newaxis]
        return cls(places.ravel(), weighted.ravel(), (256 - weight).repeat(3))

    def stamp(self, image: Image) -> None:
        """Puts it over `image` (H, W, 3) in place, which lies in memory as one piece."""
        pixels = image.reshape(-1)
        pixels[self.places] = (pixels[self.places] * self.keep + self.colour) >> 8
