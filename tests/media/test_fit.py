from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import UsageError
from aisle.media import fit

lengths = st.integers(1, 10_000)
multiples = st.sampled_from([1, 2, 8, 16, 32])


@pytest.mark.parametrize(
    ("picture", "multiple", "fitted"),
    [
        ((920, 680), 1, (303, 224)),
        ((920, 680), 16, (304, 224)),
        ((680, 920), 16, (224, 304)),
        ((1920, 1080), 32, (384, 224)),
        ((8, 8), 32, (224, 224)),
        ((3840, 100), 32, (8608, 224)),
    ],
)
def test_pictures(picture: tuple[int, int], multiple: int, fitted: tuple[int, int]) -> None:
    assert fit(*picture, short_side=224, multiple=multiple) == fitted


@given(lengths, lengths, lengths, multiples)
def test_both_sides_are_the_nearest_multiples(width: int, height: int, short_side: int, multiple: int) -> None:
    fitted = fit(width, height, short_side=short_side, multiple=multiple)
    short, long = min(fitted), max(fitted)
    exact = Fraction(max(width, height) * short, min(width, height))
    assert short % multiple == long % multiple == 0
    assert abs(short - short_side) <= Fraction(multiple, 2) or short == multiple > short_side
    assert abs(long - exact) <= Fraction(multiple, 2)
    assert (fitted[0] <= fitted[1]) == (width <= height) or fitted[0] == fitted[1]


@given(lengths, lengths, lengths, multiples)
def test_a_turned_picture_gives_a_turned_size(width: int, height: int, short_side: int, multiple: int) -> None:
    turned = fit(height, width, short_side=short_side, multiple=multiple)
    assert turned == fit(width, height, short_side=short_side, multiple=multiple)[::-1]


@pytest.mark.parametrize("sizes", [(0, 4, 4, 4), (4, -1, 4, 4), (4, 4, 0, 4), (4, 4, 4, 0)])
def test_sizes_must_be_positive(sizes: tuple[int, int, int, int]) -> None:
    width, height, short_side, multiple = sizes
    with pytest.raises(UsageError, match=f"{width}x{height}"):
        fit(width, height, short_side=short_side, multiple=multiple)
