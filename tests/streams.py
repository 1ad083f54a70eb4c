"""Streams of pictures for tests of networks, and how far two answers are from each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aisle.analysis.backbone import Backbone
from aisle.data.rendered import textures

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def clip(frames: int, height: int = 32, width: int = 32, seed: int = 9) -> Bytes:
    """(T, H, W, 3), smooth pictures that move."""
    return next(textures(count=1, frames=frames, width=width, height=height, seed=seed))


def answers(model: Backbone, frames: Bytes, lengths: Sequence[int]) -> tuple[Floats, Floats]:
    """Features and logits of every step of `frames`, given in pieces of these lengths."""
    stream = model.stream(height=frames.shape[1], width=frames.shape[2])
    pieces = np.split(frames, np.cumsum(lengths)[:-1])
    told = [stream.push(piece, last=index == len(pieces)) for index, piece in enumerate(pieces, 1)]
    return np.concatenate([features for features, _ in told]), np.concatenate([logits for _, logits in told])


def difference(got: npt.NDArray[np.floating], wanted: npt.NDArray[np.floating]) -> float:
    """The length of the difference relative to that of what is wanted, in the row where it is greatest."""
    assert got.shape == wanted.shape
    return float((np.linalg.norm(got - wanted, axis=1) / np.linalg.norm(wanted, axis=1)).max())
