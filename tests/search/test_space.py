"""What numbers are worth in a collection."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aisle.core import UsageError
from aisle.search.space import FEW, Block, fit

OBJECTS = Block("objects", 3, "counts")
MOTION = Block("motion", 2, "features")


def rows(*numbers: tuple[float, ...]) -> np.ndarray:
    return np.array(numbers, np.float32)


def test_what_every_video_shows_tells_least() -> None:
    raw = rows((1, 1, 0), (1, 0, 1), (1, 0, 1), (1, 0, 0))
    space = fit(raw, [OBJECTS])
    # ln((1 + 4) / (1 + n)) + 1 of n = 4, 1 and 2 videos
    assert space.scale == pytest.approx([1, np.log(5 / 2) + 1, np.log(5 / 3) + 1])
    unit = space.apply(raw)[0]
    assert unit == pytest.approx(np.array([1, np.log(5 / 2) + 1, 0]) / np.hypot(1, np.log(5 / 2) + 1))


def test_features_are_alike_beyond_what_all_share() -> None:
    raw = np.tile(rows((10.0, 1.0), (10.0, -1.0)), (50, 1))
    plain, space = fit(raw[:0], [MOTION]), fit(raw, [MOTION])
    assert space.centre == pytest.approx([10 * 100 / (100 + FEW), 0])
    both = [one.apply(raw[:2]) for one in (plain, space)]
    assert both[0][0] @ both[0][1] > 0.9
    assert both[1][0] @ both[1][1] < both[0][0] @ both[0][1]


def test_two_videos_are_not_each_others_opposite() -> None:
    raw = rows((1, 0.9), (0.9, 1))
    one, other = fit(raw, [MOTION]).apply(raw)
    assert one @ other > 0.9


def test_blocks_have_their_shares_and_an_empty_one_leaves_all_to_the_others() -> None:
    blocks = [Block("objects", 3, "counts", 3.0), Block("motion", 2, "features", 1.0)]
    unit = fit(rows((0, 0, 0, 0, 0))[:0], blocks).apply(rows((1, 0, 0, 0, 2), (0, 0, 0, 0, 2), (0, 0, 0, 0, 0)))
    assert (unit[0, :3] ** 2).sum() == pytest.approx(0.75)
    assert unit[1] == pytest.approx([0, 0, 0, 0, 1])
    assert not unit[2].any()
    shares = fit(rows((0, 0, 0, 0, 0))[:0], blocks).shares(unit[0], unit[0], 0)
    assert shares == pytest.approx([0.75, 0, 0])


def test_rows_of_another_space_are_refused() -> None:
    with pytest.raises(UsageError, match=r"\(1, 4\)"):
        fit(rows((1, 0, 0))[:0], [OBJECTS]).apply(rows((1, 0, 0, 0)))
    with pytest.raises(UsageError, match=r"\(1, 3\)"):
        fit(rows((1, 0, 0)), [MOTION])


@pytest.mark.parametrize(("width", "weight"), [(0, 1.0), (3, 0.0), (3, -1.0), (3, float("nan"))])
def test_a_block_has_numbers_and_a_weight(width: int, weight: float) -> None:
    with pytest.raises(UsageError, match="objects"):
        Block("objects", width, "counts", weight)


@given(arrays(np.float32, (6, 5), elements=st.floats(0, 100, width=32)))
def test_rows_have_length_one_or_none(raw: np.ndarray) -> None:
    lengths = np.linalg.norm(fit(raw, [OBJECTS, MOTION]).apply(raw), axis=1)
    assert all(length == 0 or length == pytest.approx(1, abs=1e-5) for length in lengths)
