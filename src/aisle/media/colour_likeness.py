"""How alike pictures are in their colours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

BINS = 512
"""Eight of each colour."""


def colour_counts(pictures: Bytes) -> Floats:
    """(T, BINS) of pictures (T, H, W, 3): how many pixels have each colour, with length 1."""
    high = pictures.reshape(len(pictures), -1, 3).astype(np.int64) >> 5
    bins = (high[..., 0] << 6) + (high[..., 1] << 3) + high[..., 2] + np.arange(len(pictures))[:, None] * BINS
    counts = np.bincount(bins.ravel(), minlength=BINS * len(pictures)).reshape(-1, BINS).astype(np.float32)
    unit: Floats = counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-12)
    return unit


def colour_likeness(pictures: Bytes, around: int) -> Floats:
    """(T, `around`): the cosine of each picture's colours with those of the pictures around it, itself in the middle; 0
    for those before the first and after the last.
    """
    counts = colour_counts(pictures)
    padded = np.pad(counts @ counts.T, ((0, 0), (around // 2, around // 2)))
    columns = np.arange(len(pictures))[:, None] + np.arange(around)[None]
    found: Floats = np.take_along_axis(padded, columns, 1)
    return found
