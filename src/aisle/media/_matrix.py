"""From red, green and blue to brightness and two colours, as videos keep them: 8 bits, limited range (ITU-T H.273)."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from aisle.core.colour import Colour

Weights = npt.NDArray[np.uint16]

_BLACK, _MIDDLE, _LUMA, _CHROMA = 16, 128, 219 / 255, 224 / 255
_SHARES = {1: (0.2126, 0.7152, 0.0722), 6: (0.299, 0.587, 0.114)}


class Matrix(IntEnum):
    """By its number in H.273: of HD, and of older video."""

    BT709 = 1
    BT601 = 6

    def rows(self) -> npt.NDArray[np.float32]:
        """(3, 3): brightness, blue and red, of red, green and blue."""
        return _rows(int(self))

    def of(self, colour: Colour) -> Weights:
        """(3,) of one colour, 0 to 255."""
        return _of(int(self), colour)


@lru_cache(maxsize=4)
def _rows(number: int) -> npt.NDArray[np.float32]:
    red, _, blue = shares = np.array(_SHARES[number])
    return np.array(
        [
            shares * _LUMA,
            (np.array([0, 0, 1]) - shares) / (2 * (1 - blue)) * _CHROMA,
            (np.array([1, 0, 0]) - shares) / (2 * (1 - red)) * _CHROMA,
        ],
        np.float32,
    )


@lru_cache(maxsize=1024)
def _of(number: int, colour: Colour) -> Weights:
    planes: Weights = np.rint(_rows(number) @ np.array(colour) + (_BLACK, _MIDDLE, _MIDDLE)).astype(np.uint16)
    return planes


def weighted_planes(colour: Weights, weight: Weights, matrix: Matrix) -> tuple[Weights, Weights, Weights]:
    """Three planes (H, W) of `colour` (H, W, 3), which is already multiplied by `weight` (H, W), 0 to 256."""
    planes = np.rint(np.tensordot(matrix.rows(), colour.astype(np.float32), (1, 2)))
    offset = np.array([_BLACK, _MIDDLE, _MIDDLE], np.float32)[:, np.newaxis, np.newaxis] * weight
    luma, blue, red = np.clip(planes + offset, 0, 255 * 256).astype(np.uint16)
    return luma, blue, red


def halved(plane: Weights) -> Weights:
    """(H / 2, W / 2): the mean of each four."""
    height, width = plane.shape
    four = plane.astype(np.uint32).reshape(height // 2, 2, width // 2, 2)
    means: Weights = ((four.sum(axis=(1, 3)) + 2) >> 2).astype(np.uint16)
    return means
