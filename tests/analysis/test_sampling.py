from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.analysis.sampling import crops, indices, places
from aisle.core import UsageError
from aisle.models.clip import Sampling

COUNTS, FRAMES, PLACES, SEEDS = st.integers(1, 500), st.integers(1, 40), st.floats(0, 1), st.integers(0, 99)


def sampling(frames: int, stride: int) -> Sampling:
    return Sampling(frames, stride, Fraction(30), 256, 224, 256)


@pytest.mark.parametrize(
    ("count", "frames", "stride", "place", "wanted"),
    [
        (9, 4, 2, 0.5, [1, 3, 5, 7]),
        (9, 4, 2, 0.0, [0, 2, 4, 6]),
        (9, 4, 2, 1.0, [2, 4, 6, 8]),
        (8, 4, 2, 0.5, [0, 2, 4, 6]),
        (3, 4, 2, 0.5, [0, 0, 2, 2]),
        (1, 3, 5, 0.5, [0, 0, 0]),
        (100, 1, 2, 0.5, [49]),
        (12, 3, 0, 0.5, [2, 6, 10]),
        (12, 3, 0, 0.0, [0, 4, 8]),
        (12, 3, 0, 1.0, [4, 8, 11]),
        (2, 4, 0, 0.5, [0, 0, 1, 1]),
    ],
)
def test_worked_by_hand(count: int, frames: int, stride: int, place: float, wanted: list[int]) -> None:
    assert indices(count, sampling(frames, stride), place=place).tolist() == wanted


@given(COUNTS, FRAMES, st.integers(0, 8), PLACES, st.none() | SEEDS)
def test_always_pictures_of_the_clip_in_order(
    count: int, frames: int, stride: int, place: float, seed: int | None
) -> None:
    rng = None if seed is None else np.random.default_rng(seed)
    found = indices(count, sampling(frames, stride), place=place, rng=rng)
    assert (found.shape, found.dtype) == ((frames,), np.int64)
    assert found.min() >= 0
    assert found.max() < count
    assert (np.diff(found) >= 0).all()


@given(COUNTS, FRAMES, st.integers(1, 8), PLACES, SEEDS)
def test_a_window_that_fits_keeps_its_stride(count: int, frames: int, stride: int, place: float, seed: int) -> None:
    one, fits = sampling(frames, stride), count > (frames - 1) * stride
    for found in (indices(count, one, place=place), indices(count, one, rng=np.random.default_rng(seed))):
        assert not fits or set(np.diff(found)) <= {stride}


@given(COUNTS, FRAMES, SEEDS)
def test_one_random_picture_of_each_part(count: int, frames: int, seed: int) -> None:
    found = indices(count, sampling(frames, 0), rng=np.random.default_rng(seed))
    assert all(number * count // frames <= index for number, index in enumerate(found))
    assert all(
        index < max((number + 1) * count // frames, number * count // frames + 1) for number, index in enumerate(found)
    )


@given(COUNTS, FRAMES, st.integers(0, 8), PLACES)
def test_a_later_place_is_never_earlier(count: int, frames: int, stride: int, place: float) -> None:
    one = sampling(frames, stride)
    first, last = indices(count, one, place=0), indices(count, one, place=1)
    between = indices(count, one, place=place)
    assert (first <= between).all()
    assert (between <= last).all()


def test_the_same_seed_chooses_the_same() -> None:
    one, two = (indices(300, sampling(8, 8), rng=np.random.default_rng(7)) for _ in range(2))
    assert one.tolist() == two.tolist()
    many = {tuple(indices(300, sampling(8, 8), rng=np.random.default_rng(seed))) for seed in range(9)}
    assert len(many) > 1


def test_places_as_published() -> None:
    assert places(1) == [0.5]
    assert places(3) == [0.0, 0.5, 1.0]
    assert len(places(10)) == 10


def test_crops_worked_by_hand() -> None:
    assert crops(256, 341, 256, 3) == [(0, 0), (0, 43), (0, 85)]
    assert crops(340, 256, 256, 3) == [(0, 0), (42, 0), (84, 0)]
    assert crops(256, 340, 224) == [(16, 58)]


@given(st.integers(1, 99), st.integers(1, 99), st.integers(1, 99), st.sampled_from([1, 3]))
def test_crops_lie_in_the_picture(height: int, width: int, side: int, count: int) -> None:
    if side > min(height, width):
        with pytest.raises(UsageError, match="does not fit"):
            crops(height, width, side, count)
        return
    found = crops(height, width, side, count)
    assert len(found) == count
    assert all(0 <= top <= height - side and 0 <= left <= width - side for top, left in found)


@pytest.mark.parametrize(("count", "place"), [(0, 0.5), (-1, 0.5), (5, -0.1), (5, 1.1), (5, float("nan"))])
def test_pictures_that_cannot_be_chosen(count: int, place: float) -> None:
    with pytest.raises(UsageError, match="cannot be chosen"):
        indices(count, sampling(4, 2), place=place)


def test_numbers_of_views_that_are_none() -> None:
    with pytest.raises(UsageError, match="no such number of clips"):
        places(0)
    with pytest.raises(UsageError, match="crops"):
        crops(64, 64, 32, 2)
