"""Whether the right part of the picture was pointed out. Boxes are left, top, right and bottom as shares of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aisle.evaluate.figures import Bools, Floats, mean


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """Of `steps` with a true box: the share whose hottest cell has its middle inside a box, and the mean overlap (IoU)
    of the predicted place with the best of the boxes; nan without any.
    """

    steps: int
    hit: float
    overlap: float


def place_figures(heats: Sequence[Floats], places: Sequence[Floats], boxes: Sequence[Floats]) -> PlaceFigures:
    """`heats` are (h, w), `places` (4,) what was told of each, by place_of of core.heat, `boxes` (K, 4) the true
    ones, K > 0; all as shares of the picture.
    """
    hits = [hottest_inside(heat, true) for heat, true in zip(heats, boxes, strict=True)]
    overlaps = [float(_iou(place, true).max()) for place, true in zip(places, boxes, strict=True)]
    return PlaceFigures(len(hits), mean(np.array(hits, np.float64)), mean(np.array(overlaps)))


def hottest_inside(heat: Floats, boxes: Floats) -> bool:
    """Whether the middle of the hottest cell of `heat` (h, w) lies in one of `boxes` (K, 4), shares of the picture. No
    heat at all hits nothing.
    """
    row, column = np.unravel_index(int(np.argmax(heat)), heat.shape)
    x, y = (column + 0.5) / heat.shape[1], (row + 0.5) / heat.shape[0]
    left, top, right, bottom = np.asarray(boxes, np.float64).reshape(-1, 4).T
    return bool(heat[row, column] > 0 and ((left <= x) & (x < right) & (top <= y) & (y < bottom)).any())


COVERED = 0.4
"""Of the unusual pixels of a frame, how much must be pointed out (Mahadevan et al., CVPR 2010)."""


def pixel_scores(heats: Sequence[Floats], masks: Sequence[Bools]) -> tuple[Floats, Bools]:
    """(N,) scores and kinds of frames by the pixel-level criterion: their curves, area and equal error rate are those
    in which an unusual frame is found where `COVERED` of its unusual pixels are at or above the threshold, and a normal
    one is a false alarm by a single pixel. `heats` and `masks` are (H, W) alike, a frame each.
    """
    scores = [
        float(np.sort(heat[mask])[::-1][math.ceil(COVERED * mask.sum()) - 1]) if mask.any() else float(heat.max())
        for heat, mask in zip(heats, masks, strict=True)
    ]
    return np.array(scores), np.array([bool(mask.any()) for mask in masks])


def _iou(place: Floats, boxes: Floats) -> Floats:
    """(K,): shared area over covered area of `place` (4,) with each of `boxes` (K, 4)."""
    one, others = np.asarray(place, np.float64), np.asarray(boxes, np.float64).reshape(-1, 4)
    shared = np.clip(np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2]), 0, None).prod(1)
    covered = (one[2:] - one[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(1) - shared
    overlaps: Floats = np.divide(shared, covered, out=np.zeros_like(shared), where=covered > 0)
    return overlaps
