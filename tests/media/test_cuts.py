"""The quick look at shots: what is a change, and what only looks like one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from aisle.media.colour_likeness import BINS, colour_counts, colour_likeness
from aisle.media.cuts import changes, wipes
from edited import black, dissolved, shot, spliced, wiped
from videos import Picture

LEAST = 0.5


def small(pictures: list[Picture]) -> npt.NDArray[np.uint8]:
    return np.stack(pictures)[:, ::2, ::2]


def middles(pictures: list[Picture]) -> list[int]:
    return [int(at) for at in np.flatnonzero(changes(small(pictures))[:, 0] >= LEAST)]


def test_cuts_and_a_dissolve_are_found() -> None:
    first, dissolve, last = middles(spliced())
    assert (first, last) == (39, 114)
    assert 75 <= dissolve <= 85
    inside = changes(small(spliced()))[:, 1] >= LEAST
    assert inside[73:87].all()
    assert not inside[45:65].any()


def test_a_wipe_is_found_and_is_the_only_one() -> None:
    old, new = shot(5, 60), shot(6, 60)
    pictures = small([*old[:40], *wiped(old[40:], new[:20]), *new[20:]])
    (middle,) = np.flatnonzero(wipes(pictures)[:, 0] >= LEAST)
    assert 44 <= middle <= 56
    assert not wipes(small(shot(5, 60))).any()


def test_a_fade_through_black_is_one_change() -> None:
    old, new = shot(7, 50), shot(8, 50)
    faded = [*dissolved(old[40:], black(10)), *black(4), *dissolved(black(10), new[:10])]
    found = changes(small([*old[:40], *faded, *new[10:]]))[:, 1] >= LEAST
    edges = np.flatnonzero(np.diff(found.astype(int)))
    assert len(edges) == 2
    assert abs(int(edges[0]) - 40) <= 3
    assert abs(int(edges[1]) - 63) <= 3


@pytest.mark.parametrize(
    "pictures",
    [
        shot(1, 80),
        shot(1, 1) * 80,
        black(80),
        [*shot(1, 40), np.full((54, 96, 3), 255, np.uint8), *shot(1, 80)[41:]],
    ],
    ids=["moving", "still", "black", "a flash"],
)
def test_one_shot_has_no_change(pictures: list[Picture]) -> None:
    assert middles(pictures) == []


def test_a_light_that_goes_on_slowly_is_no_change() -> None:
    lit = [(picture * (0.6 + 0.4 * min(at / 30, 1))).astype(np.uint8) for at, picture in enumerate(shot(3, 80))]
    assert middles(lit) == []


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_few_pictures_are_no_problem(count: int) -> None:
    pictures = np.zeros((count, 27, 48, 3), np.uint8)
    assert changes(pictures).shape == wipes(pictures).shape == (count, 2)
    assert not changes(pictures).any()


def test_colours_are_counted_by_hand() -> None:
    picture = np.zeros((1, 2, 2, 3), np.uint8)
    picture[0, 0, 0] = (255, 0, 0)
    counts = colour_counts(picture)
    assert counts.shape == (1, BINS)
    assert counts[0, 7 << 6] == pytest.approx(1 / np.sqrt(10))
    assert counts[0, 0] == pytest.approx(3 / np.sqrt(10))


def test_likeness_stands_around_each_picture() -> None:
    red, blue = np.zeros((2, 1, 4, 4, 3), np.uint8)
    red[..., 0], blue[..., 2] = 255, 255
    found = colour_likeness(np.concatenate([red, red, blue]), around=3)
    np.testing.assert_allclose(found, [[0, 1, 1], [1, 1, 0], [0, 1, 0]], atol=1e-6)
