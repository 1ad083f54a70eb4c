"""Boxes of successive pictures, linked to tracks, so that what was found only now and then is known in between."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Corners = npt.NDArray[np.float64]

_AROUND = 0.5  # of its size, on each side: how far a box may have moved until it is taken for another thing
_SIMILAR = 4  # times the area


@dataclass(slots=True, eq=False)
class Track:
    """One thing: `times` in seconds, rising, and its box at each, (4,): left, top, right, bottom."""

    times: list[float] = field(default_factory=list)
    boxes: list[Corners] = field(default_factory=list)

    def at(self, time: float) -> tuple[Corners, float]:
        """Its box at `time`, and how many seconds away it was seen; between two sightings it moves evenly."""
        after = bisect_right(self.times, time)
        if after in (0, len(self.times)):
            nearest = max(after - 1, 0)
            return self.boxes[nearest], abs(time - self.times[nearest])
        past, still = time - self.times[after - 1], self.times[after] - time
        share = past / (past + still)
        return self.boxes[after - 1] * (1 - share) + self.boxes[after] * share, min(past, still)


def linked(samples: Iterable[tuple[float, Corners]], gap: float) -> list[Track]:
    """Tracks through `samples`, each a time and the boxes (N, 4) found then; a track ends `gap` seconds after its last.

    The pairs that overlap most are linked first. A link that joins two things is no harm, as each box stays in a track.
    """
    ended: list[Track] = []
    going: list[Track] = []
    for time, corners in samples:
        ended += [track for track in going if time - track.times[-1] > gap]
        going = [track for track in going if time - track.times[-1] <= gap]
        last = np.array([track.boxes[-1] for track in going]).reshape(-1, 4)
        known = dict(_pairs(last, corners))
        for number, box in enumerate(corners):
            if number not in known:
                going.append(Track())
            track = going[known.get(number, -1)]
            track.times.append(time)
            track.boxes.append(box)
    return ended + going


def grown(corners: Corners, share: Corners | float) -> Corners:
    """(N, 4) boxes, larger by `share` (N, 1) of their width and height on each side."""
    more = (corners[:, 2:] - corners[:, :2]) * share
    larger: Corners = corners + np.concatenate([-more, more], axis=1)
    return larger


def _pairs(before: Corners, now: Corners) -> list[tuple[int, int]]:
    """(index in `now`, index in `before`), each index at most once."""
    overlap = _overlap(grown(before, _AROUND), grown(now, _AROUND))
    size, after = _area(before)[:, np.newaxis], _area(now)
    overlap[(size > after * _SIMILAR) | (after > size * _SIMILAR)] = 0
    pairs = []
    while overlap.size and overlap.max() > 0:
        old, new = np.unravel_index(overlap.argmax(), overlap.shape)
        pairs.append((int(new), int(old)))
        overlap[old], overlap[:, new] = 0, 0
    return pairs


def _overlap(ones: Corners, others: Corners) -> Corners:
    """(N, M), intersection over union."""
    low = np.maximum(ones[:, np.newaxis, :2], others[:, :2])
    high = np.minimum(ones[:, np.newaxis, 2:], others[:, 2:])
    shared: Corners = np.maximum(high - low, 0).prod(axis=2)
    return shared / np.maximum(_area(ones)[:, np.newaxis] + _area(others) - shared, 1e-12)


def _area(corners: Corners) -> Corners:
    area: Corners = (corners[:, 2:] - corners[:, :2]).prod(axis=1)
    return area
