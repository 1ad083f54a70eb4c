"""Timelines as text, a letter a sample and a dot for background, so that a case can be worked out by eye."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby

import numpy as np

from aisle.core import BACKGROUND, LabelSet, Segment, Timeline

LABELS = LabelSet(("A", "B", "C", BACKGROUND))


def indices(text: str) -> np.ndarray:
    """Class indices along LABELS."""
    return np.array(["ABC.".index(letter) for letter in text], np.int64)


def timeline(text: str, scores: Sequence[float] = (), *, rate: Fraction = Fraction(1)) -> Timeline:
    """`scores` of the runs of letters, in order; 1 where none are given."""
    at, left, segments = 0, list(scores), []
    for letter, group in groupby(text):
        first, at = at, at + len(list(group))
        if letter != ".":
            segments.append(Segment(first / rate, at / rate, letter, left.pop(0) if left else 1.0))
    return Timeline(len(text) / rate, tuple(segments))
