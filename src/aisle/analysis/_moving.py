"""How much of each picture is busy, from small pictures of a camera that stands still; nothing is known of people."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.core.video import Image
from aisle.objects.motion import CELL, SHORT, Cells, Place, Small, flicker, small

Counts = npt.NDArray[np.int64]

__all__ = ["CELL", "SHORT", "Moving"]

_STRETCH = 60
"""Seconds of which the usual look is taken."""

_LINGER = 1
"""Seconds before and after it moved during which what looks strange counts."""

_LEAP, _MUCH = 16, 0.4  # of 255, and of the pixels: another scene, or the light went on or off

_WINDOW, _TICKS = 10, 4  # seconds, and how often a cell changes in them where a clock is burnt in
_MOST, _FEWEST = 0.8, 3  # of the windows, and how many there must be to say so
_BAND = 0.2  # of the height, at the upper and at the lower edge, where cameras write
_BESIDE = 4  # cells: the minutes and hours beside the seconds


class Moving:
    """Takes the pictures of `rate` looks a second as they come; keeps a minute of them, and some bits of the others."""

    def __init__(self, rate: Fraction) -> None:
        self._rate = rate
        self._waiting: list[Small] = []
        self._last: Small | None = None  # before those that wait
        self._before: Place | None = None
        self._bits: list[npt.NDArray[np.uint8]] = []
        self._shape = 0, 0
        self._clock = _Clock(int(_WINDOW * rate))

    @property
    def cells(self) -> int:
        """Of a picture."""
        return self._shape[0] * self._shape[1]

    def push(self, image: Image) -> None:
        """The next look, RGB of any size."""
        picture = small(image)
        self._shape = picture.shape[0] // CELL, picture.shape[1] // CELL
        newest = self._waiting[-1] if self._waiting else self._last
        if newest is not None and _is_another(newest, picture):
            self._judge()
            self._before = self._last = None
        self._waiting.append(picture)
        if len(self._waiting) >= _STRETCH * self._rate:
            self._judge()

    def finish(self) -> Counts:
        """(N,) how many cells of each look are busy, without those in which a clock runs."""
        self._judge()
        return np.array([count for counts in self._counts() for count in counts], np.int64)

    def _counts(self) -> Iterator[Counts]:
        seen = ~self._clock.cells(self._shape)
        for packed in self._bits:
            busy = np.unpackbits(packed, axis=1, count=self.cells).reshape(-1, *self._shape)
            yield (busy.astype(bool) & seen).sum(axis=(1, 2))

    def _judge(self) -> None:
        """What waits is compared with what the place looks like, in this minute and in the one before."""
        if not self._waiting:
            return
        place = Place(self._waiting, flicker)
        pairs = zip([self._last, *self._waiting], self._waiting, strict=False)
        moved = np.stack([_unmoved(self._shape) if a is None else place.changed(a, b) for a, b in pairs])
        strange = np.stack([self._strange(place, picture) for picture in self._waiting])
        self._clock.push(moved)
        alive = _lasting(_spread(_together(moved), 1, 1), int(_LINGER * self._rate))
        busy = strange & alive
        self._bits.append(np.packbits(busy.reshape(len(busy), -1), axis=1))
        self._before, self._last, self._waiting = place, self._waiting[-1], []

    def _strange(self, place: Place, picture: Small) -> Cells:
        strange = place.strange(picture)
        return strange if self._before is None else strange | self._before.strange(picture)


class _Clock:
    """Finds cells at the upper and lower edge that never rest, as where a camera writes its time."""

    def __init__(self, window: int) -> None:
        self._window, self._windows = window, 0
        self._restless: npt.NDArray[np.int64] | int = 0

    def push(self, moved: Cells) -> None:
        """(N, rows, columns), of looks in a row; what is left over of the last window is not counted."""
        for first in range(0, len(moved) - self._window + 1, self._window):
            self._windows += 1
            self._restless = self._restless + (moved[first : first + self._window].sum(axis=0) >= _TICKS)

    def cells(self, shape: tuple[int, int]) -> Cells:
        found = np.zeros(shape, bool)
        if self._windows < _FEWEST:
            return found
        band = max(round(shape[0] * _BAND), 1)
        restless = np.asarray(self._restless) >= _MOST * self._windows
        found[:band], found[-band:] = restless[:band], restless[-band:]
        wide: Cells = _spread(found[np.newaxis], 1, _BESIDE)[0]
        return wide


def _is_another(before: Small, picture: Small) -> bool:
    change = picture - before
    return bool((np.abs(change - np.median(change)) > _LEAP).any(axis=2).mean() > _MUCH)


def _unmoved(shape: tuple[int, int]) -> Cells:
    return np.zeros(shape, bool)


def _together(moved: Cells) -> Cells:
    """(N, rows, columns), without cells that moved alone: next to none, in this look and in those beside it."""
    padded = np.pad(moved, 1)
    count, rows, columns = moved.shape
    near = np.zeros(moved.shape, np.uint8)
    for look in range(3):
        for y in range(3):
            for x in range(3):
                near += padded[look : look + count, y : y + rows, x : x + columns]
    together: Cells = moved & (near > 1)
    return together


def _spread(cells: Cells, down: int, across: int) -> Cells:
    """(N, rows, columns), with so many more cells on each side of those that are set."""
    padded = np.pad(cells, ((0, 0), (down, down), (across, across)))
    rows, columns = cells.shape[1:]
    wide = np.zeros_like(cells)
    for y in range(2 * down + 1):
        for x in range(2 * across + 1):
            wide |= padded[:, y : y + rows, x : x + columns]
    return wide


def _lasting(cells: Cells, looks: int) -> Cells:
    """As in any of so many looks before and after."""
    padded = np.pad(cells, ((looks, looks), (0, 0), (0, 0)))
    held = np.zeros_like(cells)
    for shift in range(2 * looks + 1):
        held |= padded[shift : shift + len(cells)]
    return held
