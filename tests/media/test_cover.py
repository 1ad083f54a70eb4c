from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import DamagedError, Frame
from aisle.media.cover import CELLS, HOLD, Cover, pixelated
from videos import number_of, numbered

UNTIL = Fraction(10)
SIDE = st.floats(-50, 150)


def box(*corners: float) -> np.ndarray:
    return np.array([corners], float)


def seen(*times: float, at: np.ndarray | None = None) -> Cover:
    """One box at these times, nothing at the other fifths of a second."""
    where = box(0.4, 0.4, 0.6, 0.6) if at is None else at
    samples = [(k / 5, where if k / 5 in times else np.empty((0, 4))) for k in range(50)]
    return Cover.over(samples, UNTIL)


def covered(cover: Cover, time: float, x: float, y: float) -> bool:
    boxes = cover.regions(Fraction(time))
    return bool(((boxes[:, 0] <= x) & (x < boxes[:, 2]) & (boxes[:, 1] <= y) & (y < boxes[:, 3])).any())


# --- one picture


def test_what_a_region_showed_cannot_be_told_any_more() -> None:
    """4096 pictures with a number each become pictures of which nobody can tell the number."""
    rng = np.random.default_rng(1)
    read = 0
    for number in rng.integers(0, 4096, 100).tolist():
        image = np.full((120, 160, 3), 90, np.uint8)
        image[30:78, 40:104] = numbered(number)
        assert number_of(image[30:78, 40:104]) == number
        hidden = pixelated(image, box(30, 20, 114, 88))
        read += number_of(hidden[30:78, 40:104]) == number
        outside = np.ones((120, 160), bool)
        outside[20:88, 30:114] = False
        np.testing.assert_array_equal(hidden[outside], image[outside])
    assert read < 5


def test_only_the_averages_of_a_few_cells_are_left() -> None:
    """Pictures that differ in all but the averages of the cells become the same picture: there is no way back."""
    rng = np.random.default_rng(2)
    image = rng.integers(0, 256, (80, 80, 3), np.uint8)
    shuffled = image.reshape(CELLS, 20, CELLS, 20, 3).swapaxes(1, 2).reshape(CELLS, CELLS, 400, 3)
    shuffled = rng.permuted(shuffled, axis=2).reshape(CELLS, CELLS, 20, 20, 3).swapaxes(1, 2).reshape(80, 80, 3)
    sums = [np.asarray(picture, int).reshape(CELLS, 20, CELLS, 20, 3).sum(axis=(1, 3)) for picture in (image, shuffled)]
    np.testing.assert_array_equal(*sums)
    assert (image != shuffled).mean() > 0.9
    whole = box(0, 0, 80, 80)
    np.testing.assert_array_equal(pixelated(image, whole), pixelated(shuffled, whole))
    assert len(np.unique(pixelated(image, whole).reshape(-1, 3), axis=0)) <= CELLS**2


def test_a_small_box_does_not_reveal_what_a_large_one_hides() -> None:
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (80, 80, 3), np.uint8)
    large, small = box(0, 0, 80, 80), box(30, 30, 38, 38)
    for both in (np.vstack([large, small]), np.vstack([small, large])):
        np.testing.assert_array_equal(pixelated(image, both), pixelated(image, large))


@given(st.tuples(SIDE, SIDE, SIDE, SIDE))
def test_boxes_may_lie_anywhere(corners: tuple[float, float, float, float]) -> None:
    image = np.arange(60 * 90 * 3, dtype=np.uint8).reshape(60, 90, 3)
    left, top, right, bottom = corners
    hidden = pixelated(image, box(left, top, right, bottom))
    assert hidden.shape == image.shape
    if right <= left - 1 or bottom <= top - 1:
        np.testing.assert_array_equal(hidden, image)


# --- over time


def test_what_is_found_is_covered_for_a_second_before_and_after() -> None:
    cover = seen(4.0, 4.2)
    for time, there in ((2.9, False), (3.0, True), (4.0, True), (4.1, True), (5.2, True), (5.3, False)):
        assert covered(cover, time, 0.5, 0.5) is there, time


def test_between_two_sightings_a_box_moves_along() -> None:
    samples = [(0.0, box(0.0, 0.4, 0.2, 0.6)), (0.2, np.empty((0, 4))), (0.4, box(0.1, 0.4, 0.3, 0.6))]
    left, top, right, bottom = Cover.over(samples, UNTIL).regions(Fraction(1, 5))[0]
    assert left < 0.05 < 0.25 < right
    assert top < 0.4 < 0.6 < bottom
    assert len(Cover.over(samples, UNTIL).tracks) == 1


def test_a_gap_longer_than_is_held_is_no_track() -> None:
    cover = seen(1.0, 4.0)
    assert len(cover.tracks) == 2
    assert not covered(cover, 2.5, 0.5, 0.5)


def test_two_things_that_pass_each_other_stay_covered() -> None:
    samples = [
        (k / 5, np.vstack([box(k / 50, 0, k / 50 + 0.1, 1), box(0.9 - k / 50, 0, 1 - k / 50, 1)])) for k in range(46)
    ]
    cover = Cover.over(samples, UNTIL)
    for time, boxes in samples:
        assert all(covered(cover, time, (one[0] + one[2]) / 2, 0.5) for one in boxes)


def test_the_longer_ago_a_sighting_is_the_larger_the_box() -> None:
    sizes = [np.ptp(seen(5.0).regions(Fraction(time))[0, ::2]) for time in (5.0, 5.5, 6.0)]
    assert 0.2 < sizes[0] < sizes[1] < sizes[2]


def test_pictures_that_nobody_has_looked_at_are_covered_whole() -> None:
    cover, small = seen(1.0), numbered(1234, 40, 30)
    frames = [Frame(time, np.tile(small, (4, 4, 1))) for time in (UNTIL - Fraction(1, 100), UNTIL)]
    before, after = (cover.draw(frame).image for frame in frames)
    np.testing.assert_array_equal(before, frames[0].image)
    assert len(np.unique(after.reshape(-1, 3), axis=0)) <= CELLS * (CELLS + 1)
    assert number_of(after[:30, :40]) != 1234


def test_a_cover_fits_any_size_of_its_video() -> None:
    for width, height in ((160, 120), (320, 240)):
        image = seen(4.0).draw(Frame(Fraction(4), numbered(0b101010101010, width, height))).image
        middle = image[height * 2 // 5 : height * 3 // 5, width * 2 // 5 : width * 3 // 5]
        assert middle.std() < numbered(0b101010101010, width, height).std()
        np.testing.assert_array_equal(image[: height // 4], numbered(0b101010101010, width, height)[: height // 4])


def test_a_cover_survives_being_written_down() -> None:
    cover = seen(4.0, 4.2)
    again = Cover.from_json(cover.to_json())
    assert again.until == cover.until
    for time in (3.5, 4.1, 5.0, 11.0):
        np.testing.assert_allclose(again.regions(Fraction(time)), cover.regions(Fraction(time)), atol=1e-4)


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"until": "x", "tracks": []},
        {"until": "1", "tracks": [{"times": [1.0], "boxes": []}]},
        {"until": "1", "tracks": [{"times": [], "boxes": []}]},
        {"until": "1", "tracks": [{"times": ["a"], "boxes": [[0, 0, 1, 1]]}]},
        {"until": "1", "tracks": None},
    ],
)
def test_anything_else_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(DamagedError, match="not what a video is covered with"):
        Cover.from_json(plain)


def test_the_hold_is_a_second() -> None:
    assert HOLD == 1
