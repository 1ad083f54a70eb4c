"""Boxes stay with what they are round of, whatever is done to the picture."""

from __future__ import annotations

import numpy as np
import pytest

from aisle.train.boxes_augment import Augment, Shown

RED = (230, 20, 20)
STILL = Augment(mosaic=0, paste=0, scale=(1, 1), turn=0, shift=0, colour=0, mirror=False)


def one(left: int = 20, top: int = 30, right: int = 50, bottom: int = 70, side: int = 100) -> Shown:
    image = np.full((side, side, 3), 100, np.uint8)
    image[top:bottom, left:right] = RED
    return Shown(image, np.array([[left, top, right, bottom]], np.float32), np.array([3]))


def red(image: np.ndarray) -> np.ndarray:
    """Left, top, right and bottom of what is red."""
    colours = image.astype(int)
    rows, columns = np.nonzero(colours[..., 0] - colours[..., 1:].max(-1) > 60)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])


def test_nothing_is_done_where_nothing_is_asked_for() -> None:
    same = STILL([one()], 0, 100, np.random.default_rng(0))
    assert np.abs(same.image.astype(int) - one().image).max() <= 2
    np.testing.assert_allclose(same.boxes, one().boxes)


@pytest.mark.parametrize("seed", range(12))
def test_the_box_stays_round_the_thing(seed: int) -> None:
    augment = Augment(mosaic=0, paste=0, scale=(0.6, 1.3), turn=0, shift=0.1)
    found = augment([one()], 0, 128, np.random.default_rng(seed))
    assert found.image.shape == (128, 128, 3)
    assert found.classes.tolist() == [3]
    np.testing.assert_allclose(found.boxes[0], red(found.image), atol=2)


def test_a_mosaic_holds_what_four_pictures_hold() -> None:
    pool = [one(), one(10, 10, 90, 40)]
    augment = Augment(mosaic=1, paste=0, scale=(1, 1), turn=0, shift=0, colour=0, mirror=False)
    several = [len(augment(pool, 0, 100, np.random.default_rng(seed)).boxes) for seed in range(6)]
    assert max(several) > 2
    gentle = [len(augment.gentle(pool, 0, 100, np.random.default_rng(seed)).boxes) for seed in range(6)]
    assert max(gentle) == 1


def test_things_are_pasted_where_there_is_room() -> None:
    pool = [one(2, 2, 22, 22), one(40, 40, 60, 60)]
    augment = Augment(mosaic=0, paste=1, scale=(1, 1), turn=0, shift=0, colour=0, mirror=False)
    found = augment(pool, 0, 100, np.random.default_rng(1))
    assert len(found.boxes) > 1
    for left, top, right, bottom in found.boxes.round().astype(int):
        assert (found.image[top + 2 : bottom - 2, left + 2 : right - 2, 0] > 200).all()
    np.testing.assert_array_equal(pool[0].image, one(2, 2, 22, 22).image)


def test_a_box_that_is_cut_off_counts_no_more() -> None:
    edge = Shown(np.zeros((100, 100, 3), np.uint8), np.array([[95, 0, 100, 100]], np.float32), np.array([0]))
    moved = Augment(mosaic=0, paste=0, scale=(1.9, 1.9), turn=0, shift=0, mirror=False)
    assert any(len(moved([edge], 0, 100, np.random.default_rng(seed)).boxes) == 0 for seed in range(8))


def test_pictures_are_made_smaller_and_square() -> None:
    wide = Shown(np.zeros((50, 200, 3), np.uint8), np.array([[100, 0, 200, 50]], np.float32), np.array([0]))
    smaller = wide.within(100)
    assert smaller.image.shape == (25, 100, 3)
    np.testing.assert_allclose(smaller.boxes, [[50, 0, 100, 25]])
    assert wide.within(400) is wide
    square = wide.stretched(80)
    assert square.image.shape == (80, 80, 3)
    np.testing.assert_allclose(square.boxes, [[40, 0, 80, 80]])
