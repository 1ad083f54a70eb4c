"""A detector made of a network and of what reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aisle.core import InputError, UnknownNameError, UsageError
from aisle.core.detections import Detections
from aisle.core.video import Image
from aisle.objects.family import Array, Found, Reader

Run = Callable[[Sequence[Sequence[Array]]], list[list[Array]]]
"""The network on some runtime: of each picture what a Reader prepared in, of each picture the network's answers out."""

_SUREST = 1.01


class NetworkDetector:
    """An ObjectDetector: what has at least `score`, and is one of `only` unless that is empty, under the network's own
    names or under `names`, in the network's order ("" for an output that is not to be told).

    Raises UsageError for a score that is none and for names that are not as many as the network tells classes apart,
    UnknownNameError for one of `only` that it does not know.
    """

    def __init__(
        self, run: Run, reader: Reader, *, score: float, names: Sequence[str] = (), only: Sequence[str] = ()
    ) -> None:
        if not 0 < score < 1:
            raise UsageError("a score is a share", got=score, allowed="above 0 and below 1")
        self._run, self._reader, self._score = run, reader, score
        self._names = _names(reader, tuple(names))
        self.labels = tuple(name for name in self._names if name)
        for label in only:
            if label not in self.labels:
                raise UnknownNameError("thing to find", label, self.labels)
        self._wanted = np.array([bool(name) and (not only or name in only) for name in self._names], bool)

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        """See ObjectDetector. Raises UsageError for what is no picture, InputError for a network that does not answer
        as its kind does.
        """
        for image in images:
            _check(image)
        answers = self._run([self._reader.prepared(image) for image in images])
        return [self._told(answer, image) for answer, image in zip(answers, images, strict=True)]

    def _told(self, answers: Sequence[Array], image: Image) -> Detections:
        found = self._reader.found(answers, image, score=self._score, wanted=self._wanted)
        _check_answer(found)
        labels = tuple(self._names[number] for number in found.classes)
        return Detections.of(found.boxes, labels, found.masks)


def _names(reader: Reader, given: tuple[str, ...]) -> tuple[str, ...]:
    names, classes = given or reader.names, reader.classes
    if not names:
        known = "an unknown number of" if classes is None else classes
        raise UsageError(
            f"nothing says what this detector's {known} classes are called",
            got="no names",
            do="name them, in the network's order",
        )
    if classes is not None and len(names) != classes:
        raise UsageError("a detector has a name for each class", got=f"{len(names)} names", allowed=str(classes))
    told = [name for name in names if name]
    if not told or len(set(told)) < len(told):
        raise UsageError("a detector names what it finds, each once", got=names, allowed="different names")
    return names


def _check_answer(found: Found) -> None:
    """A score may be above 1 by what a rounding network adds."""
    corners, scores = found.boxes.corners, found.boxes.scores
    if not np.isfinite(corners).all() or (scores > _SUREST).any():
        raise InputError(
            "the network's answers are no boxes and scores",
            got=f"corners {corners.tolist()}, scores {scores.tolist()}",
            allowed="finite corners, and scores from 0 to 1",
            do="export the network as its publisher does, with its answers undecoded",
        )


def _check(image: Image) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise UsageError(
            "a detector looks at RGB pictures",
            got=f"{image.dtype} {image.shape}",
            allowed="uint8 (height, width, 3), not empty",
        )
