"""Whose joints are whose: poses found in a whole picture are given to the people who are followed, and their hands.

MoveNet marks six people at most, and nobody below a sixth of the picture's height: these are the largest people.
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from aisle.core.boxes import Floats, intersection_over_union
from aisle.core.detections import PERSON, Detections, Hand, Pose
from aisle.core.video import Image
from aisle.objects.movenet import FindPoses

_WRISTS: tuple[tuple[Literal["left", "right"], int], ...] = (("left", 9), ("right", 10))
_SURE = 0.2  # a joint's confidence from which it is taken to be where it says
_LEAST = 4  # joints that are sure, for a pose to be of somebody
_WITHIN = 0.7  # share of a pose's sure joints that lie in the box of whose it is
_AROUND = 0.15  # of its size, on each side, that count as the box: arms reach out of it
_OVERLAP = 0.2  # of the box around the sure joints with the person's


class FindHands(Protocol):
    """Hands of people in an RGB picture (H, W, 3), uint8, in its pixels; `found` is all that is there, with tracks."""

    def __call__(self, image: Image, found: Detections) -> tuple[Hand, ...]: ...


def poses_of(find: FindPoses, image: Image, found: Detections) -> tuple[Pose, ...]:
    """The poses of those of `found` who are people and have one, in the order of `found`; none without people."""
    people = found.labelled(PERSON)
    if not len(people):
        return ()
    joints = find(image) * np.array([image.shape[1], image.shape[0], 1], np.float32)
    fits = np.array([_fits(each, people.boxes.corners) for each in joints]).reshape(len(joints), len(people))
    return tuple(
        Pose(int(people.tracks[person]), joints[pose].astype(np.float32)) for person, pose in sorted(_pairs(fits))
    )


def hands_of(poses: tuple[Pose, ...]) -> tuple[Hand, ...]:
    """A hand at each wrist that is sure."""
    wrists = [(pose.track, side, pose.joints[joint]) for pose in poses for side, joint in _WRISTS]
    return tuple(
        Hand(track, side, float(x), float(y), min(float(score), 1.0))
        for track, side, (x, y, score) in wrists
        if score >= _SURE
    )


def _fits(joints: Floats, corners: Floats) -> npt.NDArray[np.float64]:
    """(N,) how well a pose (17, 3) fits each box, 0 to 1; 0 for one that it is not of."""
    sure = joints[joints[:, 2] >= _SURE]
    if len(sure) < _LEAST:
        return np.zeros(len(corners))
    places = sure[:, np.newaxis, :2]
    reach = (corners[:, 2:] - corners[:, :2]) * _AROUND
    within = ((places >= corners[:, :2] - reach) & (places <= corners[:, 2:] + reach)).all(axis=2).mean(axis=0)
    around = np.concatenate([sure[:, :2].min(axis=0), sure[:, :2].max(axis=0)])[np.newaxis]
    overlap = intersection_over_union(around, corners)[0]
    fits: npt.NDArray[np.float64] = np.where((within >= _WITHIN) & (overlap >= _OVERLAP), within * overlap, 0)
    return fits


def _pairs(fits: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """(person, pose), the best pair first, each in one pair at most."""
    pairs: list[tuple[int, int]] = []
    left = fits.copy()
    while left.size and left.max() > 0:
        pose, person = (int(place) for place in np.unravel_index(left.argmax(), left.shape))
        pairs.append((person, pose))
        left[pose], left[:, person] = 0, 0
    return pairs
