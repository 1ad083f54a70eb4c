"""Scores on a grid to segments: when does which action hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby

import numpy as np
import numpy.typing as npt

from aisle.analysis.backbone import Answers
from aisle.core import QUIET, Scores, Segment, Skipped

Floats = npt.NDArray[np.float32]


def segment(
    scores: Scores,
    *,
    until: Fraction,
    answers: Answers,
    skipped: Iterable[Skipped] = (),
) -> tuple[Segment, ...]:
    """Runs of the answer, in order, cut at `until` and without the skipped stretches.

    `answers` says how scores are read. Classes in which nothing is to be found, and runs that are not sure enough, are
    left out, as gaps.
    """
    step = scores.grid.step
    if scores.grid.count == 0:
        return ()
    half = round(answers.smooth / step) // 2
    smoothed = (_smooth(scores.values, half, rows) for rows in _blocks(scores.grid.count))
    won = np.concatenate([winners(rows, answers.threshold) for rows in smoothed])
    found = []
    for first, last, label in _merge_short(_runs(won), scores.values, round(answers.shortest / step)):
        score = float(scores.values[first:last, label].mean())
        if score >= answers.surest and scores.labels[label].lower() not in QUIET:
            start, end = scores.grid.start + first * step, min(scores.grid.start + last * step, until)
            found += [Segment(a, b, scores.labels[label], min(score, 1.0)) for a, b in without(start, end, skipped)]
    return tuple(found)


def winners(rows: Floats, threshold: float | None) -> npt.NDArray[np.intp]:
    """The likeliest class of each row; with a threshold, the second of two where it reaches that."""
    return rows.argmax(1) if threshold is None else (rows[:, 1] >= threshold).astype(np.intp)


def without(start: Fraction, end: Fraction, skipped: Iterable[Skipped]) -> Iterator[tuple[Fraction, Fraction]]:
    """What is left of [start, end) outside the skipped stretches."""
    for lost in sorted(skipped, key=lambda one: one.start):
        if lost.end <= start:
            continue
        if lost.start >= end:
            break
        if start < lost.start:
            yield start, lost.start
        start = lost.end
    if start < end:
        yield start, end


def _blocks(count: int, size: int = 2048) -> Iterator[slice]:
    return (slice(first, min(first + size, count)) for first in range(0, count, size))


Run = tuple[int, int, int]


def _smooth(values: Floats, half: int, rows: slice) -> Floats:
    """`rows` of the running mean over `half` rows before and after, fewer at the edges."""
    before = max(rows.start - half, 0)
    near = values[before : rows.stop + half]
    sums = np.zeros((len(near) + 1, values.shape[1]), np.float64)
    np.cumsum(near, axis=0, out=sums[1:])
    index = np.arange(rows.start, rows.stop) - before
    first, last = np.maximum(index - half, 0), np.minimum(index + half + 1, len(near))
    mean: Floats = ((sums[last] - sums[first]) / (last - first)[:, None]).astype(np.float32)
    return mean


def _runs(winners: npt.NDArray[np.intp]) -> list[Run]:
    found, first = [], 0
    for label, group in groupby(winners.tolist()):
        last = first + len(list(group))
        found.append((first, last, label))
        first = last
    return found


def _merge_short(runs: Sequence[Run], values: Floats, shortest: int) -> list[Run]:
    """The shortest go first, each to the neighbour whose label is likelier during it."""
    merged = list(runs)
    for length in range(1, shortest):
        while len(merged) > 1 and any(last - first <= length for first, last, _ in merged):
            merged = _give_away(merged, values, length)  # once may not do: a neighbour can be given away in its turn
    return merged


def _give_away(runs: Sequence[Run], values: Floats, length: int) -> list[Run]:
    given = list(runs)
    for at, (first, last, _) in enumerate(given):
        if last - first <= length:
            beside = [given[i][2] for i in (at - 1, at + 1) if 0 <= i < len(given)]
            mass = values[first:last].sum(0)
            given[at] = (first, last, max(beside, key=lambda label: float(mass[label])))
    return _joined(given)


def _joined(runs: Iterable[Run]) -> list[Run]:
    groups = (list(group) for _, group in groupby(runs, key=lambda run: run[2]))
    return [(group[0][0], group[-1][1], group[0][2]) for group in groups]
