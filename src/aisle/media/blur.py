"""Parts of pictures made unrecognisable for good, over time: what was found now and then is covered all the while.

A video is gone through twice: once to find what is to be covered, a few pictures a second, and once to write the copy.
So the seconds before something is found for the first time are covered as well. Which things are found is not known
here; whoever calls says so with a `Find`. Voices are not changed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from aisle.core import DamagedError, Frame, Progress, UsageError, VideoInfo, silent
from aisle.core.address import is_address, without_password
from aisle.core.boxes import Boxes
from aisle.core.video import Image
from aisle.media._tracks import Corners, Track, grown, linked
from aisle.media.ahead import ahead
from aisle.media.annotate import copied
from aisle.media.fit import fit
from aisle.media.limits import UNLIMITED, Limits
from aisle.media.read import Read, Reader

Find = Callable[[Iterable[Frame]], Iterator[Boxes]]
"""Boxes for each frame of a video, in order, such as `aisle.objects.heads.Heads`."""

RATE = Fraction(5)
"""Pictures a second in which things are looked for."""

HOLD = Fraction(1)
"""Seconds before the first and after the last sighting of something during which its place stays covered."""

CELLS = 4
"""Averages along the shorter side of what is covered: too few to know a face by."""

_LARGEST = 720  # pixels of the short side in which things are looked for
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
                Track(
                    [float(time) for time in track["times"]], list(np.array(track["boxes"], np.float64).reshape(-1, 4))
                )
                for track in plain["tracks"]
            ]
            if any(not track.times or len(track.times) != len(track.boxes) for track in tracks):
                raise ValueError("a track without times")
            return cls(tracks, Fraction(plain["until"]))
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedError("this is not what a video is covered with", got=f"{type(error).__name__}") from error


def find_cover(source: str | Path, find: Find, *, read: Read = Reader, progress: Progress = silent) -> Cover:
    """Goes through `source` once and remembers where `find` found something. `progress` is told seconds of video.

    Raises InputError for a video that cannot be read, UsageError for a camera, which cannot be gone through twice.
    """
    _check_lasting(source)
    with read(source, size=_looked_at, rate=RATE) as reader, closing(ahead(reader, depth=2)) as frames:
        total = None if reader.info.duration is None else float(reader.info.duration)
        width, height = _looked_at(reader.info)
        sizes = np.array([width, height, width, height])
        samples = []
        for number, boxes in enumerate(find(frames)):
            samples.append((float(number / RATE), boxes.corners / sizes))
            progress(float(number / RATE), total)
    progress(float(reader.duration), total)
    return Cover(linked(samples, float(HOLD)), reader.duration)


def blurred(
    source: str | Path, out: str | Path, cover: Cover, *, progress: Progress = silent, limits: Limits = UNLIMITED
) -> None:
    """Writes `source` to `out` as `copied` does, with `cover` over it.

    Raises InputError, OutputError, and UsageError if `out` is `source`.
    """
    copied(source, out, lambda _: cover.draw, progress=progress, limits=limits)


def pixelated(image: Image, corners: Corners) -> Image:
    """A copy of `image` (H, W, 3) in which each box of `corners` (N, 4), in pixels, is a few large cells.

    A cell is the average of its pixels, so that nothing else of them is left in the copy.
    """
    covered = image.copy()
    size = np.tile(image.shape[1::-1], 2)
    for box in corners:
        cell = max(min(box[2] - box[0], box[3] - box[1]) / CELLS, 1)
        left, top, right, bottom = np.clip(np.concatenate([np.floor(box[:2]), np.ceil(box[2:])]), 0, size).astype(int)
        if left < right and top < bottom:
            covered[top:bottom, left:right] = _mosaic(image[top:bottom, left:right], cell)
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


def _looked_at(info: VideoInfo) -> tuple[int, int]:
    return fit(info.width, info.height, short_side=min(info.width, info.height, _LARGEST), multiple=1)


def _check_lasting(source: str | Path) -> None:
    if is_address(source) and not str(source).lower().startswith(("http://", "https://")):
        do = "record it to a file first"
        raise UsageError("a camera cannot be gone through twice to blur it", got=without_password(source), do=do)
