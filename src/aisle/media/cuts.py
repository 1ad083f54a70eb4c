"""Where edited video changes from one shot to the next, without a network: quick, and good at cuts.

A cut is where neighbouring pictures differ far more than those around them, and those after it stay different. A
gradual change is where pictures lie on the straight line between two that are unlike: a dissolve or a fade mixes them
so, whatever moves does not. A wipe is where every part of the picture changes once, one after the other from one side
to the opposite.

Shapes: T pictures of H x W pixels, D numbers a picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from aisle.media.colour_likeness import colour_counts

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

HEIGHT, WIDTH = 27, 48
"""Pixels of what is looked at."""

CONTEXT = 64
"""Pictures before and after one on which it depends."""

_CELL = 3  # pixels of a side that are averaged
_AROUND = 8  # pictures on either side that say how much moves anyway
_CUT = 0.08  # how unlike pictures must be, at least
_TIMES = 2.2  # how many times more than those around them
_SPANS = (6, 8, 11, 15, 20, 28, 38)  # pictures from before a gradual change to after it
_UNLIKE = 0.075  # how unlike its ends must be
_STRAIGHT = 0.22  # how far from the straight line what lies between may be, as a share of that
_WIPED = 0.06  # how unlike a place must have become
_SAME = 0.8  # from which correlation on two pictures show one pattern
_DRIFT = 2  # by how many cells a camera may have moved it
_FADED = 0.06  # the contrast below which a picture between two fades shows next to nothing
_FLAT = 0.02  # the contrast below which a picture shows nothing


def changes(pictures: Bytes) -> Floats:
    """(T, 2) of pictures (T, HEIGHT, WIDTH, 3), RGB: how surely a change has its middle at each, and goes on there, 0
    to 1. A picture before a cut is both.
    """
    if len(pictures) < 2:
        return np.zeros((len(pictures), 2), np.float32)
    cells = _cells(pictures)
    cuts = _cuts(cells, colour_counts(pictures))
    found = np.stack([cuts, cuts], axis=1)
    _mark(found, [*_mixed(cells, cuts), *_wiped(cells, cuts)])
    _join(found, cells)
    return found


def wipes(pictures: Bytes) -> Floats:
    """As `changes`, of wipes alone."""
    found = np.zeros((len(pictures), 2), np.float32)
    if len(pictures) > 1:
        cells = _cells(pictures)
        _mark(found, list(_wiped(cells, _cuts(cells, colour_counts(pictures)))))
    return found


@dataclass(frozen=True, slots=True)
class _Gradual:
    """Between the pictures `first` and `last` a change goes on. Of those that overlap, that of most `weight` holds."""

    first: int
    last: int
    sure: float
    weight: float


def _cells(pictures: Bytes) -> Floats:
    """(T, D): means of squares of the picture, 0 to 1."""
    count, height, width, _ = pictures.shape
    shape = (count, height // _CELL, _CELL, width // _CELL, _CELL, 3)
    cells: Floats = pictures.reshape(shape).mean((2, 4), dtype=np.float32).reshape(count, -1) / 255
    return cells


def _cuts(cells: Floats, colours: Floats) -> Floats:
    """(T,): how surely the shot changes right behind each picture."""
    apart = _apart(cells, colours, 1)
    steady = np.minimum.reduce(
        [_across(cells, colours, before, after) for before, after in ((0, 1), (1, 2), (0, 3), (2, 1))]
    )
    around = np.zeros_like(apart)
    for shift in range(2, _AROUND + 1):  # the step beside a cut may hold a part of it
        around[shift:] = np.maximum(around[shift:], apart[:-shift])
        around[:-shift] = np.maximum(around[:-shift], apart[shift:])
    beside = np.maximum(np.append(0, apart[:-1]), np.append(apart[1:], 0))
    least = np.minimum(apart, steady)
    wanted = np.maximum(_CUT, np.maximum(_TIMES * np.minimum(around, 0.15), 1.2 * np.minimum(beside, around + 0.02)))
    sure = np.clip(least / (2 * wanted), 0, 1)
    peak = (apart >= np.append(0, apart[:-1])) & (apart > np.append(apart[1:], 0))
    return np.append(np.where(peak, sure, 0), 0).astype(np.float32)


def _apart(cells: Floats, colours: Floats, step: int) -> Floats:
    """(T - step,): how unlike pictures so many steps apart are."""
    moved = np.abs(cells[step:] - cells[:-step]).mean(1)
    recoloured = 1 - (colours[step:] * colours[:-step]).sum(1)
    found: Floats = moved + 0.15 * recoloured
    return found


def _across(cells: Floats, colours: Floats, before: int, after: int) -> Floats:
    """(T - 1,): how unlike the picture `before` one is to that `after` it, held within the video."""
    count = len(cells)
    places = np.arange(count - 1)
    first, last = np.maximum(places - before, 0), np.minimum(places + after, count - 1)
    moved = np.abs(cells[last] - cells[first]).mean(1)
    recoloured = 1 - (colours[last] * colours[first]).sum(1)
    found: Floats = moved + 0.15 * recoloured
    return found


def _mark(found: Floats, gradual: list[_Gradual]) -> None:
    """Puts those that hold into `found` (T, 2)."""
    taken = np.zeros(len(found), bool)
    for one in sorted(gradual, key=lambda one: -one.weight):
        inside = slice(one.first + 1, one.last)
        if not taken[one.first : one.last + 1].any():
            taken[inside] = True
            found[inside, 1] = np.maximum(found[inside, 1], one.sure)
            middle = (one.first + one.last) // 2
            found[middle, 0] = max(found[middle, 0], one.sure)


def _join(found: Floats, cells: Floats) -> None:
    """A fade to one colour and a fade from it are one change: what shows nothing between them belongs to it."""
    nothing = cells.std(1) < _FADED
    inside = found[:, 1] > 0.5
    edges = np.flatnonzero(np.diff(np.concatenate([[True], inside, [True]]).astype(np.int8)))
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if first > 0 and after < len(found) and nothing[first:after].all():
            found[first:after, 1] = np.minimum(found[first - 1, 1], found[after, 1])


def _spans(count: int, cuts: Floats) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
    """Each span with where it can begin, (T - span,): without a cut in it."""
    before = np.concatenate([[0], np.cumsum(cuts > 0.5)])
    for span in _SPANS:
        if span < count:
            yield span, before[span:count] == before[: count - span]


def _mixed(cells: Floats, cuts: Floats) -> Iterator[_Gradual]:
    """Dissolves and fades."""
    count = len(cells)
    for span, possible in _spans(count, cuts):
        first, last = cells[:-span], cells[span:]
        ends = np.abs(last - first).mean(1)
        off = np.zeros(count - span, np.float32)
        for quarter in (1, 2, 3):
            at = round(span * quarter / 4)
            share = np.float32(at / span)
            off += np.abs(cells[at : count - span + at] - ((1 - share) * first + share * last)).mean(1)
        straight = 1 - off / 3 / np.maximum(ends, 1e-6) / (2 * _STRAIGHT)
        sure = np.where((ends > _UNLIKE) & possible & _another(first, last), np.clip(straight, 0, 1), 0)
        held = np.flatnonzero(sure > 0.5)
        for start in held[~_drifted(first[held], last[held])].tolist():
            yield _Gradual(start, start + span, float(sure[start]), float(sure[start] * ends[start]))


def _wiped(cells: Floats, cuts: Floats) -> Iterator[_Gradual]:
    """Wipes."""
    squares = cells.reshape(len(cells), -1, 3).mean(2)
    steps = np.abs(np.diff(squares, axis=0))
    for span, possible in _spans(len(cells), cuts):
        ends = np.abs(squares[span:] - squares[:-span])
        for start in np.flatnonzero((ends.mean(1) > _WIPED) & possible).tolist():
            sure = _swept(steps[start : start + span], ends[start])
            if sure > 0.5:
                yield _Gradual(start, start + span, sure, float(sure * ends[start].mean()))


def _swept(steps: Floats, ends: Floats) -> float:
    """How surely what changed, `ends` (D,), did so at one moment a place, and place after place; of `steps` (L, D)."""
    changed = ends > _WIPED
    if changed.mean() < 0.6:
        return 0.0
    two = steps[:-1] + steps[1:]  # an edge may need two pictures to cross a square
    once = two.max(0)[changed] > 0.7 * ends[changed]
    if once.mean() < 0.6:
        return 0.0
    rows, columns = np.divmod(np.flatnonzero(changed), WIDTH // _CELL)
    when = two.argmax(0)[changed]
    if np.ptp(when) < len(two) / 2:
        return 0.0
    alike = [abs(np.corrcoef(when, where)[0, 1]) for where in (rows, columns) if np.ptp(where)]
    return float(np.clip((max(alike, default=0.0) - 0.6) / 0.4, 0, 1))


def _drifted(first: Floats, last: Floats) -> npt.NDArray[np.bool_]:
    """Whether two pictures (K, D) are one that a slow camera has moved: what lies between is nearly a mix as well."""
    shape = (len(first), HEIGHT // _CELL, WIDTH // _CELL, 3)
    one, other = first.reshape(shape), last.reshape(shape)
    found = np.zeros(len(first), bool)
    for down, right in product(range(-_DRIFT, _DRIFT + 1), repeat=2):
        found |= _alike(_shifted(one, down, right), _shifted(other, -down, -right)) > _SAME
    return found


def _shifted(cells: Floats, down: int, right: int) -> Floats:
    """The cells (K, rows, columns, 3) that still lie within a picture moved so, (K, fewer)."""
    rows, columns = (slice(max(by, 0), min(by, 0) or None) for by in (down, right))
    kept = cells[:, rows, columns]
    return kept.reshape(len(kept), math.prod(kept.shape[1:]))


def _alike(first: Floats, last: Floats) -> Floats:
    """(K,): the correlation of two patterns (K, D), -1 to 1."""
    one, other = first - first.mean(1, keepdims=True), last - last.mean(1, keepdims=True)
    found: Floats = (one * other).mean(1) / np.maximum(one.std(1) * other.std(1), 1e-6)
    return found


def _another(first: Floats, last: Floats) -> npt.NDArray[np.bool_]:
    """Whether two pictures are not one that was lit up or dimmed: of another pattern, or one of them shows nothing."""
    nothing = (first.std(1) < _FLAT) != (last.std(1) < _FLAT)
    found: npt.NDArray[np.bool_] = nothing | (_alike(first, last) < _SAME)
    return found
