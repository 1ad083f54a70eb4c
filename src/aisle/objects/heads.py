"""Heads to be made unrecognisable: around every face, and the upper part of every person, whichever way they look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from aisle.core import Frame
from aisle.core.boxes import Boxes
from aisle.objects.detector import Detector

_AROUND_FACE = 0.5  # of its width and height, on each side: from hair to collar
_HIGHEST, _LOWEST = 0.28, 0.5  # of a person's height, from the top: standing, and crouching or cut off below
_SIDES, _ABOVE = 0.1, 0.06  # of a person's width and height


class Heads:
    """Where the heads are, frame by frame; rather too much than too little, as this is for privacy."""

    def __init__(self, *, faces: Detector, people: Detector) -> None:
        self._faces, self._people = faces, people

    def __call__(self, frames: Iterable[Frame]) -> Iterator[Boxes]:
        """One answer a frame."""
        for frame in frames:
            yield Boxes.joined(around_faces(self._faces(frame.image)), upper_parts(self._people(frame.image)))


def around_faces(faces: Boxes) -> Boxes:
    """The heads that these faces belong to."""
    size = faces.corners[:, 2:] - faces.corners[:, :2]
    more = np.concatenate([-size, size], axis=1) * np.float32(_AROUND_FACE)
    return Boxes(faces.corners + more, faces.scores)


def upper_parts(people: Boxes) -> Boxes:
    """Where the heads of these people are.

    The wider a person is for the height, the more of it: who bends or crouches has the head lower, and of who is cut
    off by the picture the head is the larger part.
    """
    left, top, right, bottom = people.corners.T
    width, height = right - left, bottom - top
    depth = np.clip(width * np.float32(0.8), height * np.float32(_HIGHEST), height * np.float32(_LOWEST))
    aside, above = width * np.float32(_SIDES), height * np.float32(_ABOVE)
    return Boxes(np.stack([left - aside, top - above, right + aside, top + depth], axis=1), people.scores)
