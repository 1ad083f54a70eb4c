"""How things move: of each patch of motion in which directions its parts go, how fast, how unsteadily, how large it is.

The velocities of AI-VAD (Reiss and Hoshen 2022), with patches of motion in place of detected objects. Its first number
is one of its own: people who fight move every which way at once, whatever their size in the picture.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.analysis.cue import Bytes, Floats, joined
from aisle.core.sightings import Sightings
from aisle.media.opencv import opencv

SIDE = 112
"""Pixels of the short side of the pictures in which motion is measured: half of what the backbone sees."""

COARSE = 2
"""Every so manieth pixel of the motion is looked at: it is computed no finer."""

FLOWS = 12
"""Motions a second, about: each between two pictures that lie so far apart."""

MOVING = 0.04
"""Heights of the picture a second: what moves slower is noise."""

SMALLEST, MOST = 30, 24
"""Pixels of a patch, of those that are looked at, and how many patches of a step, the largest first."""

DIRECTIONS = 8

CALM = 2.0
"""Speeds in heights a second, summed over pixels and pictures, that are taken to go in each direction anyway: a small
patch does not seem in turmoil for a few pixels of noise.
"""

GAIN = 20
"""Speeds v in heights a second become log(1 + GAIN * v), so that a run differs from a walk as a walk from standing."""

COLUMNS = 7


class VelocityCue:
    """See aisle.analysis.cue.Cue. Raises MissingPartError without OpenCV."""

    name = "velocity"

    def start(self, stride: int, rate: Fraction) -> VelocityLook:
        """See aisle.analysis.cue.Cue."""
        return VelocityLook(stride, rate)


class VelocityLook:
    """Each row: entropy of directions in nats; how fast in all, sideways and down; how unsteadily; width, height."""

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
        firsts = range(0, len(frames), self._stride)
        return joined([self._step(frames[first : first + self._stride]) for first in firsts])

    def _step(self, frames: Bytes) -> Sightings:
        smalls = [self._small(frame) for frame in frames[self._hop - 1 :: self._hop]]
        flows = np.stack([self._moved(small) for small in smalls])
        flows -= np.median(flows.reshape(len(flows), -1, 2), axis=1)[:, None, None]  # of a camera that shakes
        before = np.stack([flows[0] if self._last is None else self._last, *flows[:-1]])
        self._last = flows[-1]
        speed = np.sqrt(np.square(flows).sum(-1))
        mask = self._cv2.dilate((speed.max(0) > MOVING).astype(np.uint8), np.ones((3, 3), np.uint8))
        _, labels, boxes, _ = self._cv2.connectedComponentsWithStats(mask)
        large = 1 + np.argsort(-boxes[1:, 4], kind="stable")[:MOST]
        large = large[boxes[large, 4] >= SMALLEST]
        values = _described(flows, before, speed, labels, boxes[:, 2:4] / flows.shape[1])[large]
        left, top, width, height = boxes[large, :4].T
        size = np.array([flows.shape[2], flows.shape[1]] * 2, np.float32)
        places = (np.stack([left, top, left + width, top + height], axis=1) / size).astype(np.float32)
        return Sightings(values, np.zeros(len(large), np.int64), places, 1)

    def _moved(self, now: Bytes) -> Floats:
        """(h, w, 2): motion since the picture before in heights a second."""
        before, self._before = self._before, now
        if before is None:
            return np.zeros((*now[::COARSE, ::COARSE].shape, 2), np.float32)
        pace = np.float32(self._pace / now.shape[0])
        found: Floats = self._search.calc(before, now, None)[::COARSE, ::COARSE] * pace
        return found

    def _small(self, frame: Bytes) -> Bytes:
        height, width = frame.shape[:2]
        scale = min(SIDE / min(height, width), 1.0)
        size = max(round(width * scale), 12), max(round(height * scale), 12)
        shrunk = self._cv2.resize(frame, size, interpolation=self._cv2.INTER_AREA)
        small: Bytes = self._cv2.cvtColor(shrunk, self._cv2.COLOR_RGB2GRAY)
        return small


def _described(flows: Floats, before: Floats, speed: Floats, labels: npt.NDArray[np.int32], sizes: Floats) -> Floats:
    """(K, COLUMNS) of the K patches that `labels` (h, w) number in flows (F, h, w, 2); `sizes` (K, 2) are widths and
    heights of them in heights of the picture.
    """
    count = len(sizes)
    number = np.broadcast_to(labels, speed.shape).ravel().astype(np.intp)

    def mean(values: Floats) -> npt.NDArray[np.float64]:
        return np.bincount(number, values.ravel(), count) / pixels

    pixels = np.maximum(np.bincount(number, minlength=count), 1)
    unsteady = np.sqrt(np.square(flows - before).sum(-1))
    down = mean(flows[..., 1])
    columns = [
        _turmoil(flows, speed, number, count),
        _log(np.sqrt(mean(np.square(speed)))),
        _log(np.abs(mean(flows[..., 0]))),
        np.sign(down) * _log(np.abs(down)),
        _log(mean(unsteady)),
        *np.log(np.maximum(sizes, 1e-3)).T,
    ]
    described: Floats = np.stack(columns, axis=1).astype(np.float32)
    return described


def _turmoil(flows: Floats, speed: Floats, number: npt.NDArray[np.intp], count: int) -> npt.NDArray[np.float64]:
    """(K,): the entropy of the directions in which a patch moves, faster parts counting more, in nats, log(DIRECTIONS)
    at most; that a little goes in one direction anyway makes small motions calm.
    """
    turn = np.arctan2(flows[..., 1], flows[..., 0]) * np.float32(DIRECTIONS / (2 * np.pi))
    sector = np.floor(turn).astype(np.int64) % DIRECTIONS
    moved = np.bincount(number * DIRECTIONS + sector.ravel(), speed.ravel(), count * DIRECTIONS).reshape(count, -1)
    shares = (moved + CALM) / (moved + CALM).sum(1, keepdims=True)
    entropy: npt.NDArray[np.float64] = -(shares * np.log(shares)).sum(1)
    return entropy


def _log(speeds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.log1p(GAIN * speeds)
