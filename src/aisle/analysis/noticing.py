"""What is unusual in a video, and where: each cue's scores become surprises, and these one risk. Knows numpy only.

Shapes: N steps, M rows of a cue, h x w parts of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.analysis.cue import Bytes, Cue
from aisle.analysis.scorer import Scorer
from aisle.analysis.tail import Tail
from aisle.core.heat import EVERYWHERE
from aisle.core.sightings import Sightings

Floats = npt.NDArray[np.float32]

THRESHOLD = 0.5
"""The risk at which an alarm is raised."""

STEEP = 4
"""How fast a risk rises around it: a surprise twice as high as that of an alarm is a risk of 0.94, half of it 0.06."""

SHAPE = (9, 16)
"""Parts of the picture that heat is told of, from top to bottom and from left to right."""


@dataclass(frozen=True, slots=True)
class Part:
    """One cue with its scorer, and what the scores in a step mean: averaged over `half` steps before and after it they
    have the surprise that `tail` says, of which what is over `beyond` counts. Parts that share a cue look only once.
    """

    cue: Cue
    scorer: Scorer
    tail: Tail
    half: int = 0
    beyond: float = 0.0


def risk(surprise: Floats, knee: float) -> Floats:
    """0 to 1, any shape: s**4 / (s**4 + knee**4), so that it is `THRESHOLD` where the surprise is `knee`, and never
    falls where the surprise rises.
    """
    share = (np.maximum(surprise, 0) / np.float32(knee)) ** STEEP
    found: Floats = (1 - 1 / (1 + share)).astype(np.float32)
    return found


def fused(surprises: Floats, beyond: Sequence[float]) -> Floats:
    """(N,) of (N, P), those of P parts: the sum of what is over `beyond`, as if what they see were independent (Fisher
    1925). It never falls where one of them rises.
    """
    total: Floats = np.maximum(surprises - np.array(beyond, np.float32), 0).sum(1)
    return total


class Noticing:
    """One video as it comes: pictures and features in, surprises and where out."""

    def __init__(self, parts: Sequence[Part], stride: int, rate: Fraction) -> None:
        self._parts = parts
        self._looks = {id(part.cue): part.cue.start(stride, rate) for part in parts}
        self._queues = [_Queue(part) for part in parts]

    def push(self, frames: Bytes, features: Floats, *, last: bool) -> tuple[Floats, Floats]:
        """As a cue's `push`; returns surprises (n,) of the steps that all parts are sure of now, fused, and where (n,
        h, w): the highest surprise there of any part that knows places, 0 where nothing was seen.
        """
        seen = {key: look.push(frames, features, last=last) for key, look in self._looks.items()}
        for part, queue in zip(self._parts, self._queues, strict=True):
            queue.push(seen[id(part.cue)], last=last)
        sure = min(len(queue.surprises) for queue in self._queues)
        taken = [queue.take(sure) for queue in self._queues]
        surprises = np.stack([said for said, _ in taken], axis=1)
        where: Floats = np.max([where for _, where in taken], axis=0)
        return fused(surprises, [part.beyond for part in self._parts]), where


class _Queue:
    """What one part said and the others have not yet."""

    def __init__(self, part: Part) -> None:
        self._part, self._when, self._there = part, Smoothing(part.half), Smoothing(part.half)
        self.surprises, self._where = np.empty(0, np.float32), np.empty((0, *SHAPE), np.float32)

    def push(self, seen: Sightings, *, last: bool) -> None:
        scores = self._part.scorer.score(seen)
        smooth = self._when.push(seen.most(scores), last=last)
        self.surprises = np.append(self.surprises, self._part.tail.surprise(smooth))
        there = self._there.push(painted(seen, self._part.tail.surprise(scores)), last=last)
        self._where = np.concatenate([self._where, there])

    def take(self, count: int) -> tuple[Floats, Floats]:
        given = self.surprises[:count], self._where[:count]
        self.surprises, self._where = self.surprises[count:], self._where[count:]
        return given


def painted(seen: Sightings, values: Floats) -> Floats:
    """(N, h, w): in each part of the picture the highest of the `values` (M,), at least 0, of the rows that were seen
    there; rows that were seen everywhere say nothing.
    """
    rows, columns = SHAPE
    found = np.zeros((seen.count, rows, columns), np.float32)
    placed = np.flatnonzero((seen.places != np.array(EVERYWHERE, np.float32)).any(1))
    scaled = seen.places[placed] * np.array([columns, rows, columns, rows], np.float32)
    first = np.floor(scaled[:, :2] + 0.5).astype(np.int64)  # parts whose middle lies inside, one at least
    end = np.floor(scaled[:, 2:] + 0.5).astype(np.int64)
    first = np.clip(first, 0, [columns - 1, rows - 1])
    end = np.clip(np.maximum(end, first + 1), 1, [columns, rows])
    for row, (left, top), (right, bottom) in zip(placed, first, end, strict=True):
        part = found[seen.steps[row], top:bottom, left:right]
        np.maximum(part, values[row], out=part)
    return found


class Smoothing:
    """The mean of each step and those up to `half` before and after it, fewer at the ends of the video."""

    def __init__(self, half: int) -> None:
        self._half = half
        self._rows: Floats | None = None
        self._first = self._done = 0  # the steps of which row 0 and the next answer are

    def push(self, rows: Floats, *, last: bool) -> Floats:
        """Takes (n, ...), the steps that follow; returns those that are sure now."""
        self._rows = rows if self._rows is None else np.concatenate([self._rows, rows])
        seen, half = self._first + len(self._rows), self._half
        until = seen if last else max(seen - half, self._done)
        means = [
            self._rows[max(step - half, 0) - self._first : step + half + 1 - self._first].mean(0)
            for step in range(self._done, until)
        ]
        self._done = until
        spare = max(self._done - half - self._first, 0)
        self._rows, self._first = self._rows[spare:], self._first + spare
        return np.stack(means).astype(np.float32) if means else rows[:0]
