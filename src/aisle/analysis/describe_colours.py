"""Stretches of a video by their colours: what any search must beat.

Shapes: N stretches, P pictures, B bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.analysis.describe import averaged, moved, span
from aisle.analysis.frame_labels import RATE
from aisle.core import Features, Grid, InputError, Progress, silent
from aisle.core.time_map import Stretch
from aisle.core.video import Image
from aisle.media.read import Read, Reader
from aisle.search.records import Recipe
from aisle.search.space import Block

Floats = npt.NDArray[np.float32]

NAME = "colours"
HUES, SATURATIONS, VALUES = 12, 4, 4
"""Bins of each."""

SIDE = 64
"""Pixels of both sides of the pictures that are counted."""


class Colours:
    """See aisle.analysis.describe.Describer: roots of histograms over hue, saturation and value, whose dot product is
    the Bhattacharyya coefficient.
    """

    def __init__(self) -> None:
        width = HUES * SATURATIONS * VALUES
        producer = f"hsv-{HUES}-{SATURATIONS}-{VALUES}-{SIDE}px-{RATE}fps"
        self._recipe = Recipe(NAME, producer, (Block(NAME, width, "features"),))

    @property
    def recipe(self) -> Recipe:
        return self._recipe

    def rows(
        self, video: Path, stretches: Sequence[Stretch], *, progress: Progress = silent, read: Read = Reader
    ) -> Floats:
        """See aisle.analysis.describe.Describer."""
        whole, counted = span(stretches), []
        with read(video, size=(SIDE, SIDE), rate=RATE, start=whole.start, end=whole.end) as reader:
            total = float(reader.info.duration) if reader.info.duration else None
            for frame in reader:
                counted.append(histogram(frame.image))
                progress(float(frame.time), total)
        if not counted:
            raise InputError(f"no picture of {video} could be read", got="none", do="check it, or copy it again")
        grid = Grid(whole.start * 0, 1 / RATE, 1 / RATE, len(counted))
        features = Features(np.stack(counted), grid, self.recipe.producer)
        roots: Floats = np.sqrt(averaged(features, moved(stretches, whole.start)))
        return roots


def histogram(image: Image) -> Floats:
    """(B,) shares of the pixels of a picture (H, W, 3), RGB uint8."""
    rgb = image.reshape(-1, 3).astype(np.float32) / 255
    value, least = rgb.max(1), rgb.min(1)
    spread = value - least
    saturation = np.divide(spread, value, out=np.zeros_like(value), where=value > 0)
    safe = np.where(spread > 0, spread, 1)
    red, green, blue = rgb.T
    sixths = np.select(
        [value == red, value == green],
        [((green - blue) / safe) % 6, (blue - red) / safe + 2],
        (red - green) / safe + 4,
    )
    hue = np.where(spread > 0, sixths / 6, 0)
    bins = (_bin(hue, HUES) * SATURATIONS + _bin(saturation, SATURATIONS)) * VALUES + _bin(value, VALUES)
    counts = np.bincount(bins, minlength=HUES * SATURATIONS * VALUES)
    shares: Floats = (counts / len(rgb)).astype(np.float32)
    return shares


def _bin(share: Floats, count: int) -> npt.NDArray[np.int64]:
    """Of numbers from 0 to 1, the last of which belongs to the bin before."""
    return np.minimum((share * count).astype(np.int64), count - 1)
