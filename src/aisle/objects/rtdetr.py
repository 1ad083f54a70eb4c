"""RT-DETR and D-FINE: a few hundred guesses, each of which is one thing, so that none has to be taken out again.

Zhao et al., arXiv:2304.08069; Peng et al., arXiv:2410.13842; both Apache-2.0. Two exports of them are read, each as its
publisher reads it, from a picture that is stretched to what the network takes, 0 to 1:

transformers       answers `logits` (pictures, guesses, classes) and `pred_boxes`, middle and size as shares
the authors' own   also reads `orig_target_sizes` (pictures, 2), width and height, and answers `labels`, `boxes` in
                   pixels and `scores`
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aisle.core import UsageError
from aisle.core.boxes import Boxes
from aisle.core.video import Image
from aisle.objects.coco import COCO
from aisle.objects.detector import resized
from aisle.objects.family import Array, Found, Reader, Signature, Wanted
from aisle.objects.guesses import best_guesses

TITLE = "RT-DETR, D-FINE: logits, pred_boxes; or labels, boxes, scores for images, orig_target_sizes"
SCORE = 0.5

_RAW = {"logits", "pred_boxes"}
_DECODED, _READ = {"labels", "boxes", "scores"}, {"images", "orig_target_sizes"}
_SIDES = 640, 640  # height, width, of a network that leaves them open


def claims(signature: Signature) -> bool:
    """By the names of what it answers, of which transformers adds others."""
    reads, answers = ({port.name for port in ports} for ports in (signature.inputs, signature.outputs))
    return (len(reads) == 1 and answers >= _RAW) or (reads == _READ and answers >= _DECODED)


def reader(signature: Signature, size: tuple[int, int] | None) -> Reader:
    answers = {port.name for port in signature.outputs}
    if answers >= _RAW:
        return Guessing(signature, signature.sides() or size or _SIDES)
    return Deciding(signature, signature.sides("images") or size or _SIDES)


class Guessing:
    """A Reader of transformers' export; `sides` are (height, width)."""

    def __init__(self, signature: Signature, sides: tuple[int, int]) -> None:
        self._logits, self._boxes = signature.answer("logits"), signature.answer("pred_boxes")
        self._sides = sides
        self.classes = signature.outputs[self._logits].shape[-1]
        self.names = COCO if self.classes == len(COCO) else ()
        self.shapes = ((3, *sides),)

    def prepared(self, image: Image) -> tuple[Array, ...]:
        """(3, height, width) float32, 0 to 1."""
        return (_stretched(image, self._sides),)

    def found(self, answers: Sequence[Array], image: Image, *, score: float, wanted: Wanted) -> Found:
        """See Reader."""
        best = best_guesses(answers[self._logits], score=score, wanted=wanted)
        return Found(best.boxes(answers[self._boxes], image), best.classes)


class Deciding:
    """A Reader of the authors' own export, which decodes; `sides` are (height, width). It does not show how many
    classes it tells apart: unless they are named they are taken for COCO's.
    """

    def __init__(self, signature: Signature, sides: tuple[int, int]) -> None:
        self._reads = [port.name for port in signature.inputs]
        self._labels, self._boxes, self._scores = (signature.answer(name) for name in ("labels", "boxes", "scores"))
        self._sides = sides
        self.classes = None
        self.names = COCO
        shapes: dict[str, tuple[int, ...]] = {"images": (3, *sides), "orig_target_sizes": (2,)}
        self.shapes = tuple(shapes[name] for name in self._reads)

    def prepared(self, image: Image) -> tuple[Array, ...]:
        """(3, height, width) float32, 0 to 1, and the picture's width and height, in the network's order."""
        pixels, size = _stretched(image, self._sides), np.array(image.shape[1::-1], np.int64)
        return tuple(pixels if name == "images" else size for name in self._reads)

    def found(self, answers: Sequence[Array], image: Image, *, score: float, wanted: Wanted) -> Found:
        """See Reader. Raises UsageError where the network tells a class that has no name."""
        del image  # the network was told its size
        labels, scores = answers[self._labels].astype(np.int64), answers[self._scores]
        sure = np.flatnonzero(scores >= score)
        sure = sure[np.argsort(-scores[sure], kind="stable")]
        if len(sure) and not 0 <= labels[sure].min() <= labels[sure].max() < len(wanted):
            raise UsageError(
                "the network tells a class that has no name",
                got=f"class {labels[sure].max()}, counted from 0",
                allowed=f"{len(wanted)} classes",
                do="name all of its classes, in its order",
            )
        sure = sure[wanted[labels[sure]]]
        boxes = Boxes(answers[self._boxes][sure].astype(np.float32), scores[sure].astype(np.float32))
        return Found(boxes, labels[sure])


def _stretched(image: Image, sides: tuple[int, int]) -> Array:
    return resized(image, sides[1], sides[0]).transpose(2, 0, 1) / np.float32(255)
