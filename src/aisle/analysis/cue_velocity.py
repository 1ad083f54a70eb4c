"""How things move: for each part of the picture in which something does, how fast, in which directions, how unsteadily
and how much apart. The velocities of AI-VAD (Reiss and Hoshen 2022), with cells in place of detected objects.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from aisle.analysis.cue import Bytes, Floats, cells
from aisle.core.sightings import Sightings
from aisle.media.opencv import opencv

SIDE = 112
"""Pixels of the short side of the pictures in which motion is measured: half of what the backbone sees."""

COARSE = 2
"""Every so manieth pixel of the motion is looked at: it is computed no finer."""

FLOWS = 12
"""Motions a second, about: each between two pictures that lie so far apart."""

ROWS = 6
"""Cells from top to bottom; they are about as wide as high."""

DIRECTIONS = 8

STILL = 0.03
"""Heights of the picture a second: what moves slower is noise."""

GAIN = 20
"""Speeds v in heights a second become log(1 + GAIN * v), so that a run differs from a walk as a walk from standing."""


class VelocityCue:
    """See aisle.analysis.cue.Cue. Raises MissingPartError without OpenCV."""

    name = "velocity"

    def start(self, stride: int, rate: Fraction) -> VelocityLook:
        """See aisle.analysis.cue.Cue."""
        return VelocityLook(stride, rate)


class VelocityLook:
    def __init__(self, stride: int, rate: Fraction) -> None:
        self._cv2: Any = opencv("measuring motion")
        self._search = self._cv2.DISOpticalFlow_create(self._cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._stride, self._hop = stride, min(max(round(rate / FLOWS), 1), stride)
        self._pace = float(rate / self._hop)
        self._before: Bytes | None = None
        self._last: Floats | None = None

    def push(self, frames: Bytes, features: Floats, *, last: bool) -> Sightings:
        """See aisle.analysis.cue.Look."""
        del features, last
        rows, columns = _grid(*frames.shape[1:3])
        count, places = len(frames) // self._stride, cells(rows, columns)
        seen = [self._step(frames[step * self._stride : (step + 1) * self._stride]) for step in range(count)]
        values = np.stack([_described(flows, before, rows, columns) for flows, before in seen])
        steps, moving = np.nonzero(values[:, :, 0] > np.log1p(GAIN * STILL))
        return Sightings(values[steps, moving], steps, places[moving], count)

    def _step(self, frames: Bytes) -> tuple[Floats, Floats]:
        """The motions (F, h, w, 2) of a step in heights a second, and each one's predecessor."""
        flows = []
        for frame in frames[self._hop - 1 :: self._hop]:
            small = self._small(frame)
            before, self._before = self._before, small
            flows.append(
                np.zeros((*small[::COARSE, ::COARSE].shape, 2), np.float32)
                if before is None
                else self._moved(before, small)
            )
        first = flows[0] if self._last is None else self._last
        self._last = flows[-1]
        return np.stack(flows), np.stack([first, *flows[:-1]])

    def _moved(self, before: Bytes, now: Bytes) -> Floats:
        found: Floats = self._search.calc(before, now, None)[::COARSE, ::COARSE] * (self._pace / now.shape[0])
        return found

    def _small(self, frame: Bytes) -> Bytes:
        height, width = frame.shape[:2]
        scale = min(SIDE / min(height, width), 1.0)
        size = max(round(width * scale), 12), max(round(height * scale), 12)
        small: Bytes = self._cv2.cvtColor(
            self._cv2.resize(frame, size, interpolation=self._cv2.INTER_AREA), self._cv2.COLOR_RGB2GRAY
        )
        return small


def _grid(height: int, width: int) -> tuple[int, int]:
    return ROWS, min(max(round(ROWS * width / height), 1), 4 * ROWS)


def _described(flows: Floats, before: Floats, rows: int, columns: int) -> Floats:
    """(rows * columns, 3 + DIRECTIONS): of each cell how fast its fastest tenth is, how fast its motion changes from
    one picture to the next, how far apart its parts move, and how much moves in each direction.
    """
    speed = np.linalg.norm(flows, axis=-1)
    change = np.linalg.norm(flows - before, axis=-1)
    angle = np.arctan2(flows[..., 1], flows[..., 0])
    sector = np.floor((angle / (2 * np.pi)) % 1 * DIRECTIONS).astype(np.int64) % DIRECTIONS
    shares = [np.where(sector == one, speed, 0) for one in range(DIRECTIONS)]
    parts = _cut(np.stack([speed, change, *shares], axis=-1), rows, columns)
    moved = _cut(flows, rows, columns)
    apart = np.linalg.norm(moved - moved.mean(1, keepdims=True), axis=-1).mean(1)
    pixels = parts.shape[1]
    top = np.partition(parts[:, :, 0], pixels - max(pixels // 10, 1), axis=1)[:, pixels - max(pixels // 10, 1) :]
    columns_of = [top.mean(1), parts[:, :, 1].mean(1), apart, *parts[:, :, 2:].mean(1).T]
    described: Floats = np.log1p(GAIN * np.stack(columns_of, axis=1)).astype(np.float32)
    return described


def _cut(pictures: Floats, rows: int, columns: int) -> Floats:
    """(F, h, w, C) to (rows * columns, pixels of a cell, C), of all pictures; what does not divide evenly is left out."""
    count, height, width, channels = pictures.shape
    high, wide = height // rows, width // columns
    cut = pictures[:, : high * rows, : wide * columns].reshape(count, rows, high, columns, wide, channels)
    return cut.transpose(1, 3, 0, 2, 4, 5).reshape(rows * columns, -1, channels)
