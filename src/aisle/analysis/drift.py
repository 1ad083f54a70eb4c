"""What becomes of the camera itself, seen against what it showed before: covered, dark, moved or frozen.

Twice a second a picture is made small and grey. Its edges, in 8 x 6 blocks, are compared with those of a background
that is learnt slowly: people who pass hide some of them, light that changes leaves most, an emptied shelf takes a few;
a cover takes nearly all, and a camera that has moved shows them elsewhere, or others instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np
from PIL import Image as Canvas

from aisle.core import Frame
from aisle.core.features import Floats
from aisle.core.video import Image

COVERED, DARK, MOVED, FROZEN = "camera covered", "camera dark", "camera moved", "camera frozen"
KINDS = (COVERED, DARK, MOVED, FROZEN)

LOOK = Fraction(1, 2)
"""Seconds from one look to the next."""

WIDTH, HEIGHT, BLOCK = 96, 72, 12
"""Pixels of the small picture, and of a block's side."""

_EDGE = 2.0  # grey levels a pixel, on average over a block: what has less is bare
_FEW = 6  # blocks with edges, of 48: with fewer nothing can be told
_SEEN, _HIDDEN = 0.35, 0.35  # correlation of a block with its background; and what is left of its edges
_GONE = 0.6  # of the blocks with edges
_SUSPECT, _BETTER, _ALIKE = 0.3, 1.5, 0.4  # what is looked into; how much better another place fits, and how well
_BLACK, _DIMMED = 24.0, 0.4  # grey level, and share of the usual one
_LEARN, _SETTLE, _SURE, _LOST = 6, 10, 4, 20  # looks: to know a place, to know a new one, to say so, to give up
_SLOW = 1 / 120  # the background's share of a new look, once it is known: a minute
_OFFSET = 16.0  # grey levels, so that edges of dark pictures do not weigh too much
_FROZEN_AFTER, _ALIVE = 20, 0.95  # looks that a camera is known for, and how many of them were new

SHIFTS = tuple(product((-1, 0, 1), repeat=2))


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """`slopes` (2, H, W) of a small picture, down and across; `edges` (6, 8) their size in each block; `light` is its
    mean grey level.
    """

    slopes: Floats
    edges: Floats
    light: float

    @classmethod
    def of(cls, grey: Floats) -> _View:
        slopes = np.zeros((2, *grey.shape), np.float32)
        slopes[0, 1:-1], slopes[1, :, 1:-1] = (grey[2:] - grey[:-2]) / 2, (grey[:, 2:] - grey[:, :-2]) / 2
        return cls(slopes, np.sqrt(_blocks((slopes**2).sum(axis=0))), float(grey.mean()))


class _Background:
    """What a camera usually shows: the mean of what it was shown."""

    def __init__(self, first: _View) -> None:
        self._slopes, self._edges, self.light = first.slopes.copy(), first.edges.copy(), first.light
        self.looks = 1

    def take(self, view: _View) -> None:
        """Learns from one more look: at first as much as from each before it, later slowly."""
        self.looks += 1
        share = np.float32(max(1 / self.looks, _SLOW))
        self._slopes += share * (view.slopes - self._slopes)
        self._edges += share * (view.edges - self._edges)
        self.light += float(share) * (view.light - self.light)

    def compare(self, view: _View) -> tuple[float, float] | None:
        """Of its blocks with edges, the shares that lost them, and that have others now; None where it is bare."""
        lasting = np.sqrt(_blocks((self._slopes**2).sum(axis=0)))
        bordered = lasting > _EDGE
        if bordered.sum() < _FEW:
            return None
        likeness = np.max([_blocks((self._slopes * _shifted(view.slopes, *by)).sum(axis=0)) for by in SHIFTS], axis=0)
        likeness = likeness / (lasting * view.edges + 1e-6)
        weaker = view.edges / (view.light + _OFFSET) < _HIDDEN * self._edges / (self.light + _OFFSET)
        return float(weaker[bordered].mean()), float((likeness < _SEEN)[bordered].mean())

    def has_shifted(self, view: _View) -> bool:
        """Whether the same edges are there, but two pixels or more away."""
        spectra = np.fft.rfft2(self._slopes) * np.fft.rfft2(view.slopes).conj()
        fits = np.fft.irfft2(spectra.sum(axis=0), (HEIGHT, WIDTH))
        size = float(np.sqrt((self._slopes**2).sum() * (view.slopes**2).sum()))
        near = max(float(fits[by]) for by in SHIFTS)
        best = float(fits.max())
        return best >= _ALIKE * size and best >= _BETTER * near


class Drift:
    """Takes pictures of one camera and says, look by look, how much each of `KINDS` seems to be so, 0 to 1.

    Nothing is said before a place is known, which takes three seconds of a camera that stands still. After a move to a
    place that stays, that is learnt anew.
    """

    def __init__(self) -> None:
        self._known: _Background | None = None
        self._other: _Background | None = None  # what is seen instead
        self._lost = 0  # looks at something else than what is known
        self._due: Fraction | None = None
        self._last: Image | None = None
        self._looks = self._new = 0

    def push(self, frame: Frame) -> Mapping[str, float] | None:
        """None between two looks."""
        if self._due is not None and frame.time < self._due:
            return None
        self._due = frame.time + LOOK
        return self._look(_View.of(small(frame.image))) | {FROZEN: self._stands_still(frame.image)}

    def _look(self, view: _View) -> dict[str, float]:
        calm = dict.fromkeys(KINDS, 0.0)
        found = None if self._known is None else self._known.compare(view)
        if self._known is None or found is None:
            self._known = self._settled(view, _LEARN)
            return calm
        hidden, other = found
        if view.light < min(_BLACK, _DIMMED * self._known.light):
            return calm | {DARK: 1.0}
        if hidden >= _GONE:
            return calm | {COVERED: hidden}
        shifted = other >= _SUSPECT and self._known.has_shifted(view)
        if other < _GONE and not shifted:
            self._other, self._lost = None, 0
            self._known.take(view)
            return calm
        self._lost += 1
        settled = self._settled(view, _SETTLE)
        if settled is not None:
            self._known, self._other, self._lost = settled, None, 0
            return calm
        sure = shifted or self._lost >= _LOST or (self._other is not None and self._other.looks >= _SURE)
        return calm | {MOVED: float(sure)}

    def _settled(self, view: _View, looks: int) -> _Background | None:
        """What is seen instead of what is known, once `looks` in a row have shown the same."""
        found = None if self._other is None else self._other.compare(view)
        if self._other is None or found is None or found[1] >= _GONE / 2:
            self._other = _Background(view)
            return None
        self._other.take(view)
        return self._other if self._other.looks >= looks else None

    def _stands_still(self, image: Image) -> float:
        """1 where the very same picture comes again from a camera whose pictures always differed."""
        part = image[::4, ::4].copy()
        same = self._last is not None and np.array_equal(part, self._last)
        self._last = part
        if same and self._looks >= _FROZEN_AFTER and self._new >= _ALIVE * self._looks:
            return 1.0
        self._looks, self._new = self._looks + 1, self._new + (not same)
        return 0.0


def small(image: Image) -> Floats:
    """(72, 96) grey levels, 0 to 255."""
    grey = Canvas.fromarray(image).resize((WIDTH, HEIGHT), Canvas.Resampling.BOX).convert("L")
    return np.asarray(grey, np.float32)


def _blocks(values: Floats) -> Floats:
    """(6, 8): the mean of each block."""
    means: Floats = values.reshape(HEIGHT // BLOCK, BLOCK, WIDTH // BLOCK, BLOCK).mean(axis=(1, 3))
    return means


def _shifted(slopes: Floats, down: int, right: int) -> Floats:
    moved: Floats = np.roll(slopes, (down, right), (1, 2))
    return moved
