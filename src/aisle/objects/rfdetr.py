"""RF-DETR, and RF-DETR-Seg, which also tells which pixels are a thing's own.

Robinson et al., arXiv:2511.09554; Apache-2.0. As its own export answers: `dets` (pictures, guesses, 4), middle and size
as shares, `labels` (pictures, guesses, classes), logits, and `masks` (pictures, guesses, height, width), logits of a
coarse picture. It reads a picture that is stretched to what it takes, with ImageNet's mean and deviation. A network of
n classes has n + 1 outputs: of one that is not COCO's, the last is to be named "".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aisle.core.detections import Masks
from aisle.core.video import Image
from aisle.objects.coco import COCO_NUMBERED
from aisle.objects.detector import resized, sampled
from aisle.objects.family import Array, Found, Signature, Wanted
from aisle.objects.guesses import best_guesses

TITLE = "RF-DETR: dets, labels; with masks RF-DETR-Seg"
SCORE = 0.5

_SIDES = 560, 560  # height, width, of a network that leaves them open
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def claims(signature: Signature) -> bool:
    """By the names of what it answers."""
    return len(signature.inputs) == 1 and {port.name for port in signature.outputs} >= {"dets", "labels"}


def reader(signature: Signature, size: tuple[int, int] | None) -> RFDETR:
    return RFDETR(signature, signature.sides() or size or _SIDES)


class RFDETR:
    """A Reader; `sides` are (height, width)."""

    def __init__(self, signature: Signature, sides: tuple[int, int]) -> None:
        self._boxes, self._logits = signature.answer("dets"), signature.answer("labels")
        drawn = any(port.name == "masks" for port in signature.outputs)
        self._masks = signature.answer("masks") if drawn else None
        self._sides = sides
        self.classes = signature.outputs[self._logits].shape[-1]
        self.names = COCO_NUMBERED if self.classes == len(COCO_NUMBERED) else ()
        self.shapes = ((3, *sides),)

    def prepared(self, image: Image) -> tuple[Array, ...]:
        """(3, height, width) float32."""
        pixels = resized(image, self._sides[1], self._sides[0]) / np.float32(255)
        return (((pixels - _MEAN) / _DEVIATION).transpose(2, 0, 1),)

    def found(self, answers: Sequence[Array], image: Image, *, score: float, wanted: Wanted) -> Found:
        """See Reader."""
        best = best_guesses(answers[self._logits], score=score, wanted=wanted)
        masks = None if self._masks is None else _at_full_size(answers[self._masks][best.rows], image)
        return Found(best.boxes(answers[self._boxes], image), best.classes, masks)


def _at_full_size(logits: Array, image: Image) -> Masks:
    height, width = image.shape[:2]
    masks = np.zeros((len(logits), height, width), bool)
    for mask, coarse in zip(masks, logits, strict=True):
        mask[:] = sampled(coarse.astype(np.float32), width, height) > 0
    return masks
