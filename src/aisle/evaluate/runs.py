"""Runs of one label along the samples of a video.

Everything is counted on runs rather than on samples, so an hour costs the same at 2 and at 30 samples a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from aisle.core import BACKGROUND, LabelSet, Timeline
from aisle.evaluate.figures import Bools, Floats, Ints

_Run = tuple[int, int, int, float]


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Run k covers samples `starts[k]` to `ends[k] - 1`, with the class index `labels[k]` and the score `scores[k]`.

    Each array is (K,), int64, scores float64. Runs are sorted and do not overlap.
    """

    starts: Ints
    ends: Ints
    labels: Ints
    scores: Floats

    def __len__(self) -> int:
        return len(self.starts)

    def only(self, chosen: Bools) -> Runs:
        """The runs where `chosen` (K,) is true."""
        return Runs(self.starts[chosen], self.ends[chosen], self.labels[chosen], self.scores[chosen])


def runs_of(labels: Ints, scores: Floats) -> Runs:
    """From class indices (N,), one a sample; a run's score is the highest of `scores` (N,) inside it."""
    first = np.arange(len(labels), dtype=np.int64)
    return _joined(Runs(first, first + 1, np.asarray(labels, np.int64), np.asarray(scores, np.float64)))


def sampled(timeline: Timeline, rate: Fraction, labels: LabelSet, *, until: Fraction) -> tuple[Runs, int]:
    """The runs of `timeline` from 0 to `until` seconds, `rate` samples a second, and how many segments hold no sample.

    Sample i is taken in the middle of its cell, at (i + 1/2) / rate seconds, so a border between segments moves to the
    nearest border of cells. Tables give times in decimals, and 5/2.4 s is written as 2.083333: sampled at i / rate, a
    border that was rounded up would lose the sample it stands on, while here it may be off by half a sample.
    Gaps are background, with score 0. Raises UnknownNameError for a label that is not in `labels`.
    """
    background = labels.index(BACKGROUND)
    index = {name: number for number, name in enumerate(labels)}
    runs: list[_Run] = []
    at = lost = 0
    for segment in timeline.segments:
        first, last = _nearest(segment.start * rate), _nearest(segment.end * rate)
        if first == last:
            lost += 1
            continue
        label = index[segment.label] if segment.label in index else labels.index(segment.label)
        runs += [(at, first, background, 0.0), (first, last, label, segment.score)]
        at = last
    runs.append((at, max(at, _nearest(until * rate)), background, 0.0))
    return _from_list([run for run in runs if run[0] < run[1]]), lost


def concatenated(videos: Sequence[Runs]) -> Runs:
    """One video behind the other; a run goes on across the border where the next video begins with its label."""
    counts = [int(video.ends[-1]) if len(video) else 0 for video in videos]
    offsets = np.cumsum([0, *counts])[:-1]
    return _joined(
        Runs(
            np.concatenate([video.starts + offset for video, offset in zip(videos, offsets, strict=True)]),
            np.concatenate([video.ends + offset for video, offset in zip(videos, offsets, strict=True)]),
            np.concatenate([video.labels for video in videos]),
            np.concatenate([video.scores for video in videos]),
        )
    )


def _nearest(samples: Fraction) -> int:
    """How many cells have their middle before `samples` cells."""
    return math.ceil(samples - Fraction(1, 2))


def _from_list(runs: Sequence[_Run]) -> Runs:
    starts, ends, labels, scores = zip(*runs, strict=True) if runs else ((), (), (), ())
    first, end, label = (np.array(column, np.int64) for column in (starts, ends, labels))
    return _joined(Runs(first, end, label, np.array(scores, np.float64)))


def _joined(runs: Runs) -> Runs:
    """Neighbours of one label as one run, for runs without gaps."""
    changes = runs.labels[1:] != runs.labels[:-1]
    first = np.flatnonzero(np.append(True, changes)[: len(runs)])
    last = np.flatnonzero(np.append(changes, True)[: len(runs)])
    return Runs(runs.starts[first], runs.ends[last], runs.labels[first], np.maximum.reduceat(runs.scores, first))
