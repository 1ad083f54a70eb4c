"""Whole people to be made unrecognisable, from any side, from above too: who is detected, and whatever moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from aisle.core import Frame
from aisle.core.boxes import Boxes
from aisle.objects.detector import Detector
from aisle.objects.motion import Place, boxes_of, small

_STRETCH = 300  # frames that are looked at together, to know what the place looks like without people
_AROUND = 0.1  # of a person's size, on each side


class People:
    """Where people or moving things are, frame by frame; for a camera that stands still."""

    def __init__(self, *, people: Detector) -> None:
        self._people = people

    def __call__(self, frames: Iterable[Frame]) -> Iterator[Boxes]:
        """One answer a frame, up to `_STRETCH` frames after it was taken. Memory does not grow with their number."""
        looked = ((self._people(frame.image), small(frame.image), frame.image.shape) for frame in frames)
        before: Place | None = None
        while stretch := list(islice(looked, _STRETCH)):
            place = Place([picture for _, picture, _ in stretch])
            for people, picture, (height, width, _) in stretch:
                strange = place.strange(picture)
                if before is not None:  # who stands here all the time was perhaps not there a minute ago
                    strange |= before.strange(picture)
                yield Boxes.joined(_widened(people), boxes_of(strange, width, height))
            before = place


def _widened(people: Boxes) -> Boxes:
    size = people.corners[:, 2:] - people.corners[:, :2]
    more = np.concatenate([-size, size], axis=1) * np.float32(_AROUND)
    return Boxes(people.corners + more, people.scores)
