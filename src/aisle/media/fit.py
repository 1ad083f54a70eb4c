"""How large a picture is given to a network."""

from __future__ import annotations

from fractions import Fraction

from aisle.core import UsageError

EVEN = 2
"""Sides are multiples of this wherever nothing else is asked for: as encoders want them, and the proportions stay."""


def fit(width: int, height: int, *, short_side: int, multiple: int) -> tuple[int, int]:
    """(width, height) of the whole picture once its short side is `short_side`, both to the nearest multiple.

    The proportions are kept as far as the multiples allow, and no side becomes zero. Raises UsageError for sizes that
    are not positive.
    """
    if min(width, height, short_side, multiple) <= 0:
        raise UsageError("sizes are positive", got=f"{width}x{height}, short side {short_side}, multiple {multiple}")
    short = _nearest(Fraction(short_side), multiple)
    scale = Fraction(short, min(width, height))
    return _nearest(width * scale, multiple), _nearest(height * scale, multiple)


def _nearest(length: Fraction, multiple: int) -> int:
    return max(int(length / multiple + Fraction(1, 2)), 1) * multiple
