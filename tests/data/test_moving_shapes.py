from __future__ import annotations

import numpy as np
import pytest

from aisle.data.moving_shapes import AHEAD, GLYPH, OUTLINES, SEEN, SIDE, drawn_shape, moving_shapes


def test_a_sequence_is_ten_pictures_to_see_and_ten_to_predict() -> None:
    (one,) = moving_shapes(1)
    assert (SEEN, AHEAD) == (10, 10)
    assert one.shape == (20, SIDE, SIDE, 3)
    assert one.dtype == np.uint8
    assert one.max() == 255
    assert (one[..., :1] == one).all()
    assert 0.5 < (one == 0).mean() < 0.98


def test_the_nth_of_a_seed_is_always_the_same_and_of_another_seed_another() -> None:
    few, more = list(moving_shapes(2, seed=3)), list(moving_shapes(3, seed=3))
    assert all(np.array_equal(one, other) for one, other in zip(few, more, strict=False))
    assert not np.array_equal(more[0], more[1])
    assert not np.array_equal(next(moving_shapes(1, seed=4)), few[0])


def test_fewer_frames_are_the_first_ones() -> None:
    assert np.array_equal(next(moving_shapes(1, frames=7)), next(moving_shapes(1))[:7])


def test_shapes_go_straight_on_at_one_pace_and_come_back_from_the_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aisle.data.moving_shapes.SHAPES", 1)
    turns = 0
    for sequence in moving_shapes(8, frames=40):
        lit = sequence[..., 0].astype(float)
        middles = np.stack([(lit.sum(axis) * np.arange(SIDE)).sum(1) / lit.sum((1, 2)) for axis in (1, 2)], 1)
        steps = np.diff(middles, axis=0)
        assert np.abs(steps).max() <= 0.1 * (SIDE - GLYPH) + 1.01  # places are whole pixels
        straight = (np.sign(steps[1:]) == np.sign(steps[:-1])) | (np.abs(steps[1:]) < 1.5)
        turns += int((~straight).sum())
        assert straight.mean() > 0.8
    assert turns > 4


def test_every_outline_is_a_shape_of_its_own_within_its_square() -> None:
    rng = np.random.default_rng(0)
    found = [drawn_shape(rng) for _ in range(60)]
    assert all(one.shape == (GLYPH, GLYPH) and one.max() == 1 and one.min() == 0 for one in found)
    assert all(0.05 < one.mean() < 0.8 for one in found)
    y, x = np.mgrid[-1:1:50j, -1:1:50j]  # type: ignore[misc]
    inside = [outline(x, y) < 0 for outline in OUTLINES]
    assert all((one != other).any() for at, one in enumerate(inside) for other in inside[:at])
