"""The answers of networks that guess a fixed number of things, each with a box and a logit for each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aisle.core import UsageError
from aisle.core.boxes import Boxes, Floats
from aisle.core.detections import Numbers
from aisle.core.video import Image
from aisle.objects.detector import corners_of, sigmoid
from aisle.objects.family import Wanted


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """N of the guesses, the surest first: their `rows`, `classes` and `scores`, each (N,)."""

    rows: npt.NDArray[np.intp]
    classes: Numbers
    scores: Floats

    def boxes(self, shares: Floats, image: Image) -> Boxes:
        """Of all guesses (Q, 4), middle x, y, width and height as shares of the picture's, theirs in its pixels."""
        corners = corners_of(shares[self.rows]) * np.tile(np.array(image.shape[1::-1], np.float32), 2)
        return Boxes(corners.astype(np.float32), self.scores)


def best_guesses(logits: Floats, *, score: float, wanted: Wanted) -> Best:
    """Of `logits` (Q, C) the Q best pairs of guess and class, and of these what has at least `score` and is of a class
    that `wanted` (C,) marks. As the publishers do it, one guess may count for two classes. Raises UsageError where
    there are not as many classes as `wanted` has.
    """
    if logits.shape[1] != len(wanted):
        raise UsageError(
            "a detector has a name for each class", got=f"{len(wanted)} names", allowed=str(logits.shape[1])
        )
    scores = sigmoid(logits)
    rows, classes = np.nonzero(scores >= score)
    found = scores[rows, classes].astype(np.float32)
    order = np.argsort(-found, kind="stable")[: len(logits)]
    order = order[wanted[classes[order]]]
    return Best(rows[order], classes[order], found[order])
