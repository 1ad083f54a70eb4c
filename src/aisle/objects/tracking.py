"""Who is who from look to look: things are followed by where they are and how they move.

ByteTrack (Zhang et al., ECCV 2022) of the package `trackers`, one for each label. At a few looks a second somebody who
walks may not overlap with where they were, so boxes are compared with half of their size around them, as in C-BIoU
(Yang et al., WACV 2023). Knows no pictures, and so never who comes back after the time for which they are remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from aisle.core import MissingPartError
from aisle.core.detections import NOBODY, Detections, Numbers
from aisle.core.video import Image

SURE = 0.4
"""A score that counts; below, a thing only goes on being followed."""

_AROUND = 0.5  # of a box's size, on each side, in comparing it with others
_ALIKE = 0.1  # intersection over union, of boxes with what is around them, from which they may be of one thing
_LOOKS = 2  # at which a thing is to be seen, one after the other, before it is followed
_REMEMBERED = Fraction(2)  # seconds
_THEIRS = 30  # looks a second in which `trackers` counts how long it remembers


class Track(Protocol):
    """Follows what is found from picture to picture of one video."""

    def push(self, time: Fraction, image: Image, found: Detections) -> Detections:
        """What was `found` at `time` seconds, in its order, with tracks; the picture is RGB (H, W, 3), uint8."""


class Tracker:
    """One a video: takes its looks in order of time, at about `rate` a second.

    A thing gets a number at the second of two looks that see it with a score of `sure`; numbers count from 1, in the
    order of giving, whatever the label. Whoever is not seen is remembered for two seconds. A file and a camera give the
    same. Raises MissingPartError without the packages `trackers` and `supervision`.
    """

    def __init__(self, rate: Fraction = Fraction(5), *, sure: float = SURE) -> None:
        self._new, self._boxes = _makers(rate, sure)
        self._of_label: dict[str, Any] = {}
        self._numbers: dict[tuple[str, int], int] = {}

    def push(self, time: Fraction, image: Image, found: Detections) -> Detections:
        """As Track; does not look at `image`."""
        del image
        tracks = np.full(len(found), NOBODY, np.int64)
        for label in sorted({*self._of_label, *found.labels}):
            chosen = np.flatnonzero([each == label for each in found.labels])
            tracks[chosen] = self._followed(label, time, found, chosen)
        return Detections(found.boxes, found.labels, tracks, found.masks)

    def _followed(self, label: str, time: Fraction, found: Detections, chosen: Numbers) -> list[int]:
        if label not in self._of_label:
            self._of_label[label] = self._new()
        said = self._of_label[label].update(
            self._boxes(
                xyxy=found.boxes.corners[chosen].astype(np.float64),
                confidence=found.boxes.scores[chosen].astype(np.float64),
                data={"place": np.arange(len(chosen))},
            ),
            timestamp=float(time),
        )
        theirs = dict(zip(said.data.get("place", ()), said.tracker_id, strict=True)) if len(said) else {}
        return [self._number(label, int(theirs.get(place, NOBODY))) for place in range(len(chosen))]

    def _number(self, label: str, theirs: int) -> int:
        return NOBODY if theirs == NOBODY else self._numbers.setdefault((label, theirs), len(self._numbers) + 1)


def _makers(rate: Fraction, sure: float) -> tuple[Callable[[], Any], Any]:
    """What makes a tracker, and the boxes that it takes."""
    try:
        from supervision import Detections as Theirs
        from trackers import BIoU, ByteTrackTracker
    except ModuleNotFoundError as error:
        raise MissingPartError("following things", name=error.name or "trackers", extra="objects") from None

    def new() -> Any:
        return ByteTrackTracker(
            frame_rate=float(rate),
            lost_track_buffer=int(_REMEMBERED * _THEIRS),
            track_activation_threshold=sure,
            high_conf_det_threshold=sure,
            minimum_consecutive_frames=_LOOKS,
            minimum_iou_threshold=_ALIKE,
            iou=BIoU(_AROUND),
        )

    return new, Theirs
