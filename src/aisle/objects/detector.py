"""What a detector is, and what it is given to run its network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image as Canvas

from aisle.core import UsageError
from aisle.core.boxes import Boxes, Floats
from aisle.core.detections import Detections, Numbers
from aisle.core.video import Image
from aisle.core.weights import WeightsSource

Network = Callable[[npt.NDArray[Any]], list[Floats]]
"""One array of pictures in, of the numbers that the network reads; its answers out."""


class Load(Protocol):
    """Opens published weights for pictures of one `shape`.

    `outputs` names the tensors to answer with, in their order; () are the network's own.
    """

    def __call__(self, weights: WeightsSource, shape: tuple[int, ...], outputs: tuple[str, ...] = ()) -> Network: ...


def no_networks(weights: WeightsSource, shape: tuple[int, ...], outputs: tuple[str, ...] = ()) -> Network:
    """A Load for where no network is needed. Raises UsageError."""
    del shape, outputs
    raise UsageError(
        "this needs a published network, and nothing opens it",
        got=f"{weights.name} was asked for",
        do="give a load, such as aisle.deploy.detectors.Networks()",
    )


class Detector(Protocol):
    """Boxes in pixels of an RGB picture (H, W, 3), uint8."""

    def __call__(self, image: Image) -> Boxes: ...


class ObjectDetector(Protocol):
    """What is in RGB pictures (H, W, 3), uint8, of any sizes: one answer each, in their order, with boxes in pixels of
    that picture. Several pictures in one call are quicker than one by one, and the answers are the same. Threads may
    share it.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """All that it can call a thing, in the order of its network."""

    def __call__(self, images: Sequence[Image]) -> list[Detections]: ...


def resized(image: Image, width: int, height: int) -> Floats:
    """(height, width, 3) float32, 0 to 255; where it shrinks, every pixel counts."""
    return np.asarray(Canvas.fromarray(image).resize((width, height), Canvas.Resampling.BILINEAR), np.float32)


def sampled(image: npt.NDArray[Any], width: int, height: int) -> npt.NDArray[Any]:
    """(height, width, ...) of bytes or float32: each pixel is mixed of the four around its place, where the picture
    shrinks too, as OpenCV does it and torch's interpolation.
    """
    steps = image.shape[1] / width, image.shape[0] / height
    placed = (steps[0], 0, 0, 0, steps[1], 0)
    canvas = Canvas.fromarray(image)
    return np.asarray(canvas.transform((width, height), Canvas.Transform.AFFINE, placed, Canvas.Resampling.BILINEAR))


def corners_of(middles: Floats) -> Floats:
    """(N, 4) left, top, right, bottom of middle x, y, width, height."""
    middle, half = middles[:, :2], middles[:, 2:] / 2
    return np.concatenate([middle - half, middle + half], axis=1)


def sigmoid(logits: Floats) -> Floats:
    """Each as a share, 0 to 1."""
    share: Floats = (1 / (1 + np.exp(-np.clip(logits, -80, 80)))).astype(np.float32)
    return share


def without_doubles(boxes: Boxes, overlap: float) -> Boxes:
    """The best first; of two whose intersection over union is above `overlap` the better (greedy suppression)."""
    kept = singles(boxes, overlap)
    return Boxes(boxes.corners[kept], boxes.scores[kept])


def singles(boxes: Boxes, overlap: float, classes: Numbers | None = None) -> npt.NDArray[np.intp]:
    """Which of the boxes `without_doubles` leaves, the best first; where `classes` (N,) are given, boxes of two of them
    are never doubles.
    """
    order = np.argsort(-boxes.scores, kind="stable")
    corners = boxes.corners[order]
    kinds = np.zeros(len(order), np.int64) if classes is None else classes[order]
    size = np.maximum(corners[:, 2:] - corners[:, :2], 0).prod(axis=1)
    left = np.ones(len(order), bool)
    for best in range(len(order)):
        if left[best]:
            low = np.maximum(corners[best, :2], corners[best + 1 :, :2])
            high = np.minimum(corners[best, 2:], corners[best + 1 :, 2:])
            shared: npt.NDArray[np.float32] = np.maximum(high - low, 0).prod(axis=1)
            apart = shared <= overlap * (size[best] + size[best + 1 :] - shared)
            left[best + 1 :] &= apart | (kinds[best + 1 :] != kinds[best])
    return order[left]
