"""What covers parts of a video for good, over time: what was seen now and then is covered all the while."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from aisle.core import DamagedError, Frame
from aisle.core.video import Image
from aisle.media._tracks import Corners, Track, grown, linked

HOLD = Fraction(1)
"""Seconds before the first and after the last sighting of something during which its place stays covered."""

CELLS = 4
"""Averages along the shorter side of what is covered: too few to know a face by."""

_MARGIN, _DRIFT = 0.1, 0.3  # of a box's size, on each side: always, and for each second since the nearest sighting


class Cover:
    """Where and when a video is to be covered. Boxes are in shares of width and height, so that any size of it fits.

    After `until`, to which the video was gone through, whole pictures are covered: nobody has looked at them.
    """

    def __init__(self, tracks: Iterable[Track], until: Fraction) -> None:
        self.tracks, self.until = tuple(tracks), until
        self._by_second: dict[int, list[Track]] = defaultdict(list)
        for track in self.tracks:
            first, last = math.floor(track.times[0] - HOLD), math.floor(track.times[-1] + HOLD)
            for second in range(first, last + 1):
                self._by_second[second].append(track)

    @classmethod
    def over(cls, samples: Iterable[tuple[float, Corners]], until: Fraction) -> Self:
        """From the boxes (N, 4) that were found at some times, rising, in seconds."""
        return cls(linked(samples, float(HOLD)), until)

    def regions(self, time: Fraction) -> Corners:
        """(N, 4), left, top, right and bottom as shares of width and height, of what is covered at `time` seconds."""
        if time >= self.until:
            return np.array([[0.0, 0.0, 1.0, 1.0]])
        near = self._by_second.get(math.floor(time), [])
        boxes = [track.at(float(time)) for track in near]
        held = [(box, away) for box, away in boxes if away <= HOLD]
        corners = np.array([box for box, _ in held]).reshape(-1, 4)
        return grown(corners, _MARGIN + _DRIFT * np.array([away for _, away in held]).reshape(-1, 1))

    def draw(self, frame: Frame) -> Frame:
        """A copy of `frame` in which what is covered at its time cannot be recognised."""
        height, width, _ = frame.image.shape
        return Frame(frame.time, pixelated(frame.image, self.regions(frame.time) * [width, height, width, height]))

    def draw_on(self, planes: Image, time: Fraction) -> None:
        """As `draw`, in place, on a picture as `Writer.write_planes` takes it."""
        regions = self.regions(time)
        if not len(regions):
            return
        rows, width = planes.shape
        height, colours = rows * 2 // 3, planes[rows * 2 // 3 :].reshape(2, rows // 3, width // 2)
        for plane in (planes[:height], *colours):
            tall, wide = plane.shape
            plane[:] = pixelated(plane[..., np.newaxis], regions * [wide, tall, wide, tall])[..., 0]

    def to_json(self) -> dict[str, Any]:
        """Plain types only; `from_json` is its inverse."""
        tracks = [
            {"times": track.times, "boxes": [[round(side, 5) for side in box.tolist()] for box in track.boxes]}
            for track in self.tracks
        ]
        return {"until": str(self.until), "tracks": tracks}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """Raises DamagedError for anything that `to_json` does not write."""
        try:
            tracks = [
                Track([float(time) for time in track["times"]], list(np.array(track["boxes"], float).reshape(-1, 4)))
                for track in plain["tracks"]
            ]
            until = Fraction(plain["until"])
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedError("this is not what a video is covered with", got=f"{type(error).__name__}") from error
        for track in tracks:
            if not 0 < len(track.times) == len(track.boxes):
                got = f"{len(track.times)} times, {len(track.boxes)} boxes"
                raise DamagedError("this is not what a video is covered with", got=got, allowed="a box for each time")
        return cls(tracks, until)


def pixelated(image: Image, corners: Corners) -> Image:
    """A copy of `image` (H, W, C) in which each box of `corners` (N, 4), in pixels, is a few large cells.

    A cell is the average of its pixels, so that nothing else of them is left in the copy. Where boxes overlap the
    larger cells are seen.
    """
    covered = image.copy()
    bounds = np.tile(image.shape[1::-1], 2)
    cells = np.maximum((corners[:, 2:] - corners[:, :2]).min(axis=1) / CELLS, 1)
    for number in np.argsort(cells):
        box = np.concatenate([np.floor(corners[number, :2]), np.ceil(corners[number, 2:])])
        left, top, right, bottom = np.clip(box, 0, bounds).astype(int)
        if left < right and top < bottom:
            covered[top:bottom, left:right] = _mosaic(image[top:bottom, left:right], float(cells[number]))
    return covered


def _mosaic(image: Image, cell: float) -> Image:
    height, width, _ = image.shape
    rows, columns = _edges(height, cell), _edges(width, cell)
    sums = np.add.reduceat(np.add.reduceat(image, rows[:-1], axis=0, dtype=np.uint32), columns[:-1], axis=1)
    heights, widths = np.diff(rows), np.diff(columns)
    averages = (sums // (heights[:, np.newaxis] * widths)[..., np.newaxis]).astype(np.uint8)
    cells: Image = averages.repeat(heights, axis=0).repeat(widths, axis=1)
    return cells


def _edges(length: int, cell: float) -> npt.NDArray[np.int64]:
    return np.linspace(0, length, max(int(length / cell), 1) + 1).round().astype(np.int64)
