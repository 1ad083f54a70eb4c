"""Optical flow: how far each pixel moved since the picture before. OpenCV computes; knows no networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.core import UnknownNameError, UsageError
from aisle.core.clip import FASTEST
from aisle.media.opencv import opencv

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Method = Callable[[Bytes, Bytes], Floats]

SMALLEST = 12  # pixels of a side that both methods can work on

HALF = 127.5
"""The byte, between two bytes, that stands for no motion."""


def _dis(cv2: Any) -> Method:
    """Dense inverse search (Kroeger et al., ECCV 2016), with the finer of OpenCV's presets."""
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return lambda before, after: search.calc(before, after, None)


def _farneback(cv2: Any) -> Method:
    """Polynomial expansion (Farneback, SCIA 2003), over four halvings of the picture."""
    scaling = {"pyr_scale": 0.5, "levels": 4, "winsize": 15, "iterations": 3}
    around = {"poly_n": 5, "poly_sigma": 1.1, "flags": 0}
    return lambda before, after: cv2.calcOpticalFlowFarneback(before, after, None, **scaling, **around)


METHODS: Mapping[str, Callable[[Any], Method]] = {"dis": _dis, "farneback": _farneback}


class Flow:
    """One a video: takes its pictures as they come, in stretches of any lengths, and remembers the last.

    Raises UnknownNameError for a method that is not in METHODS, MissingPartError without OpenCV.
    """

    def __init__(self, method: str = "dis") -> None:
        if method not in METHODS:
            raise UnknownNameError("way to compute flow", method, METHODS)
        self._cv2: Any = opencv("computing optical flow")
        self._between = METHODS[method](self._cv2)
        self._last: Bytes | None = None

    def push(self, frames: Bytes) -> Bytes:
        """(T, H, W, 3) RGB, all of one size, to (T, H, W, 2) bytes, motion as aisle.core.clip stores it. Raises
        UsageError for pictures that are too small.
        """
        height, width = frames.shape[1:3]
        if min(height, width) < SMALLEST:
            raise UsageError(
                "the pictures are too small to see motion in",
                got=f"{width}x{height}",
                allowed=f"at least {SMALLEST} pixels each way",
            )
        motion = np.empty((*frames.shape[:3], 2), np.uint8)
        for place, frame in enumerate(frames):
            motion[place] = stored(self._since_the_last(self._cv2.cvtColor(frame, self._cv2.COLOR_RGB2GRAY)))
        return motion

    def _since_the_last(self, grey: Bytes) -> Floats:
        before, self._last = self._last, grey
        return np.zeros((*grey.shape, 2), np.float32) if before is None else self._between(before, grey)


def stored(pixels: Floats) -> Bytes:
    """Motion in pixels, any shape, as bytes: to the nearest of 256 steps, cut at FASTEST."""
    steps: Bytes = np.rint(np.clip(pixels / FASTEST, -1, 1) * HALF + HALF).astype(np.uint8)
    return steps
