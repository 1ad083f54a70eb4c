"""Who is followed where no detector tells: the largest group of what moves before a camera that does not.

Background subtraction (OpenCV's MOG2: Zivkovic, ICPR 2004) on a small copy of each picture. It is told what a picture
shows and never what comes, so a file and a camera give the same. Knows no people: a trolley on its own is followed too.
Whatever else follows somebody takes the place of `Follower`: it has `push`, from pictures to one square for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.media.opencv import opencv

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.uint8]
Corners = npt.NDArray[np.int64]
Box = npt.NDArray[np.float64]

_SHORT = 96  # pixels of the short side of what is compared; all lengths below are of these
_HISTORY = 1500  # pictures after which what stands still is part of the place
_CHANGE = 12  # of 255: a pixel that differs by more from the picture before has moved
_MEMORY = 0.9  # of having moved, from picture to picture
_LATELY = 0.05  # a group with less motion than this is what somebody left behind: furniture, or where they stood
_APART = 17  # parts of one person are nearer to one another than this
_LEAST = 0.002  # share of the picture that a person covers
_FAITH = 3.0  # how many times as large a group counts that lies where the last one was
_GROWS, _SHRINKS = 0.3, 0.15  # of the way to a side of the new box that lies outside, or inside, of the last one
_MARGIN = 0.15  # of the box, around it, on each side


@dataclass(frozen=True, slots=True)
class _Group:
    """`box` is left, top, right and bottom; `moved` how much of it moved lately, 0 to 1."""

    box: Box
    pixels: int
    moved: float


class Follower:
    """One a video: takes its pictures as they come, in stretches of any lengths. Raises MissingPartError without
    OpenCV.
    """

    def __init__(self) -> None:
        self._cv2: Any = opencv("following a person")
        self._place = self._cv2.createBackgroundSubtractorMOG2(history=_HISTORY, detectShadows=False)
        self._last: Bytes | None = None
        self._moved = np.zeros((0, 0), np.float32)
        self._box: Box | None = None
        self._found = 0

    def push(self, frames: Bytes) -> Corners:
        """(T, H, W, 3) RGB, all of one size, to (T, 4): left, top, right and bottom of a square, half-open, within the
        picture. It is the whole picture until somebody moves, and stays where it is while nobody does.
        """
        return np.array([self._after(frame) for frame in frames], np.int64).reshape(-1, 4)

    def _after(self, frame: Bytes) -> Corners:
        height, width = frame.shape[:2]
        scale = _SHORT / min(height, width)
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        groups = self._groups(self._cv2.resize(frame, size, interpolation=self._cv2.INTER_AREA))
        if groups:
            self._box = self._nearer(max(groups, key=self._weight).box)
        if self._box is None:
            return np.array([0, 0, width, height])
        return square(self._box / scale, width, height)

    def _groups(self, small: Bytes) -> list[_Group]:
        self._remember_motion(small)
        foreign = self._cv2.morphologyEx(self._place.apply(small), self._cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        reach = self._cv2.getStructuringElement(self._cv2.MORPH_ELLIPSE, (_APART, _APART))
        count, numbers = self._cv2.connectedComponents(self._cv2.dilate(foreign, reach))
        numbers[foreign == 0] = 0
        groups = (self._group(numbers == number) for number in range(1, count))
        return [group for group in groups if group.pixels >= _LEAST * foreign.size and group.moved >= _LATELY]

    def _remember_motion(self, small: Bytes) -> None:
        before, self._last = self._last, small
        if before is None:
            self._moved = np.zeros(small.shape[:2], np.float32)
        else:
            changed = self._cv2.absdiff(small, before).max(axis=2) > _CHANGE
            self._moved = np.maximum(self._moved * np.float32(_MEMORY), changed)

    def _group(self, mask: npt.NDArray[np.bool_]) -> _Group:
        rows, columns = np.nonzero(mask)
        box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], np.float64)
        return _Group(box, len(rows), float(self._moved[mask].mean()))

    def _weight(self, group: _Group) -> float:
        faith = 1.0 if self._box is None else 1 + (_FAITH - 1) * _share_within(group.box, self._box)
        return group.pixels * group.moved * faith

    def _nearer(self, box: Box) -> Box:
        """The box on its way to `box`: out to a hand at once, back slowly, and hardly at all to what is much smaller,
        which is a part of the person. The first ones are averaged.
        """
        self._found += 1
        if self._box is None:
            return box
        further = (box - self._box) * np.array([-1, -1, 1, 1]) > 0
        alike = min(_area(box) / _area(self._box), 1.0)
        pace = np.where(further, _GROWS, _SHRINKS * alike**2)
        nearer: Box = self._box + np.maximum(pace, 1 / self._found) * (box - self._box)
        return nearer


def square(box: Box, width: int, height: int) -> Corners:
    """(4,), the square around `box` with a margin, moved into a picture of this size, and no larger than that."""
    sides = box[2:] - box[:2]
    side = min(max(round(float(sides.max()) * (1 + 2 * _MARGIN)), 1), width, height)
    corner = np.rint((box[:2] + box[2:] - side) / 2).astype(np.int64).clip(0, [width - side, height - side])
    return np.concatenate([corner, corner + side])


def cut_out(pictures: Bytes, corners: Corners, side: int) -> Bytes:
    """(T, H, W, C) and (T, 4) to (T, side, side, C): what is inside, scaled."""
    cv2: Any = opencv("cutting out a person")
    cut = np.empty((len(pictures), side, side, pictures.shape[3]), np.uint8)
    for place, (picture, (left, top, right, bottom)) in enumerate(zip(pictures, corners, strict=True)):
        way = cv2.INTER_AREA if min(right - left, bottom - top) > side else cv2.INTER_LINEAR
        cut[place] = cv2.resize(picture[top:bottom, left:right], (side, side), interpolation=way)
    return cut


def _area(box: Box) -> float:
    return float((box[2:] - box[:2]).prod())


def _share_within(box: Box, other: Box) -> float:
    """Of `box`, how much lies in `other`."""
    shared = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
    return float(shared.clip(0).prod()) / _area(box)
