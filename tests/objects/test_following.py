from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.core import MissingPartError
from aisle.objects.following import Corners, Follower, cut_out, square
from moving import HEIGHT, WIDTH, still, walking

Place = tuple[int, int] | None

HIGH, WIDE = 40, 24
EMPTY: list[Place] = [None] * 10


def along(count: int, start: int = 0, speed: int = 2) -> list[Place]:
    """Places of a figure that walks from left to right."""
    return [(50, start + speed * number) for number in range(count)]


def covered(corners: Corners, place: tuple[int, int], size: tuple[int, int] = (HIGH, WIDE)) -> float:
    """How much of the figure lies in the square."""
    (left, top, right, bottom), (row, column) = corners, place
    inside = (min(right, column + size[1]) - max(left, column), min(bottom, row + size[0]) - max(top, row))
    return float(max(inside[0], 0) * max(inside[1], 0) / (size[0] * size[1]))


def test_until_somebody_moves_it_is_the_whole_picture() -> None:
    assert Follower().push(still(20)).tolist() == [[0, 0, WIDTH, HEIGHT]] * 20
    assert Follower().push(walking([None] * 20)).tolist() == [[0, 0, WIDTH, HEIGHT]] * 20


def test_whoever_walks_is_in_a_square_with_little_else() -> None:
    places = [*EMPTY, *along(60)]
    found = Follower().push(walking(places))
    for corners, place in zip(found[25:], places[25:], strict=True):
        assert place is not None
        assert covered(corners, place) > 0.9
        left, top, right, bottom = corners
        assert right - left == bottom - top
        assert right - left < 2.5 * HIGH


def test_whoever_stands_still_is_kept() -> None:
    places = [*EMPTY, *along(30), *[(50, 58)] * 400]
    found = Follower().push(walking(places))
    assert min(covered(corners, (50, 58)) for corners in found[50:]) > 0.9
    assert np.ptp(found[-200:], axis=0).max() == 0  # and the square itself stands


def test_of_two_the_larger_is_followed() -> None:
    small = walking([*EMPTY, *along(50)], (16, 12))
    both = walking([*EMPTY, *[(80, 150 - 2 * number) for number in range(50)]], (44, 26))
    both[:, :70] = small[:, :70]
    for number, corners in enumerate(Follower().push(both)[25:], 15):
        assert covered(corners, (80, 150 - 2 * number), (44, 26)) > 0.8


def test_where_somebody_stood_at_the_beginning_is_left_alone() -> None:
    places = along(60, start=20)  # there from the first picture on: the place behind is not known
    found = Follower().push(walking(places))
    assert place_of(found[-1]) > 100


def place_of(corners: Corners) -> float:
    return float(corners[[0, 2]].mean())


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=8), st.integers(0, 3))
def test_how_pictures_are_cut_into_pushes_changes_nothing(lengths: list[int], seed: int) -> None:
    frames = walking([*EMPTY[:4], *along(30, speed=3)], seed=seed)
    cuts = np.minimum(np.cumsum([0, *lengths]), len(frames))
    pieces = Follower()
    pushed = [pieces.push(frames[begin:end]) for begin, end in zip(cuts, [*cuts[1:], len(frames)], strict=True)]
    assert np.array_equal(np.concatenate(pushed), Follower().push(frames))


@given(
    st.tuples(*[st.floats(-20, 200)] * 2), st.tuples(*[st.floats(0.1, 300)] * 2), st.integers(1, 99), st.integers(1, 99)
)
def test_a_square_lies_in_the_picture(
    corner: tuple[float, float], sides: tuple[float, float], width: int, height: int
) -> None:
    left, top, right, bottom = square(np.array([*corner, *np.add(corner, sides)]), width, height)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert right - left == bottom - top


@pytest.mark.parametrize("channels", [2, 3])
def test_what_is_inside_is_cut_out_and_scaled(channels: int) -> None:
    pictures = np.zeros((2, 40, 60, channels), np.uint8)
    pictures[0, 10:20, 30:40] = 200
    pictures[1, :, :] = 90
    cut = cut_out(pictures, np.array([[30, 10, 40, 20], [0, 0, 60, 40]]), 16)
    assert cut.shape == (2, 16, 16, channels)
    assert (cut[0] == 200).all()
    assert (cut[1] == 90).all()


def test_a_place_in_the_crop_is_the_place_in_the_square() -> None:
    pictures: npt.NDArray[np.uint8] = np.zeros((1, 64, 64, 3), np.uint8)
    pictures[0, 8:16, 40:48] = 255
    cut = cut_out(pictures, np.array([[32, 0, 64, 32]]), 64)[0, ..., 0]
    rows, columns = np.nonzero(cut > 128)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (16, 31, 16, 31)


def test_without_opencv_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingPartError, match=r"aisle\[flow\]"):
        Follower()
