"""The maps of a shop: light where people stood, lines where they walked, and nothing of nobody."""

from __future__ import annotations

import numpy as np
import pytest

from aisle.core.site import Site, Zone, ZoneKind
from aisle.core.video import Image
from aisle.media.shop_map import Way, heat, paths

GREY = np.full((180, 320, 3), 120, np.uint8)
SITE = Site("shop", (Zone("milk", ZoneKind.SHELF, ((0.6, 0.1), (0.9, 0.1), (0.9, 0.3), (0.6, 0.3))),))


def way(*places: tuple[float, float], spans: float = 1.0, broken: int | None = None) -> Way:
    count = len(places)
    gaps = np.zeros(count, bool)
    gaps[-1] = True
    if broken is not None:
        gaps[broken] = True
    return Way(np.array(places), np.full(count, spans), np.full(count, 0.1), gaps)


def bright(image: Image) -> tuple[int, int]:
    """Row and column of the brightest pixel above the legend."""
    row, column = np.unravel_index(image[:150].sum(axis=2, dtype=int).argmax(), (150, image.shape[1]))
    return int(row), int(column)


def test_it_is_brightest_where_people_stood_longest() -> None:
    shown, most = heat(GREY, [way(*[(0.25, 0.5)] * 9), way((0.75, 0.5))])
    row, column = bright(shown)
    assert (row, column) == (pytest.approx(90, abs=4), pytest.approx(80, abs=4))
    assert most == pytest.approx(9)
    assert shown[90, 240].sum() > shown[90, 160].sum()  # one second shows as well


def test_heat_is_light_on_a_dim_picture() -> None:
    shown, _ = heat(GREY, [way((0.5, 0.5))])
    assert shown[5, 5].max() <= 70
    assert (GREY == 120).all()


@pytest.mark.parametrize("size", [(2, 3), (240, 320), (720, 300)])
def test_any_size_will_do(size: tuple[int, int]) -> None:
    image = np.full((*size, 3), 200, np.uint8)
    ways = [way((0.0, 0.0), (1.0, 1.0))]
    assert heat(image, ways, SITE)[0].shape == paths(image, ways, SITE)[0].shape == image.shape


def test_nobody_leaves_no_light() -> None:
    shown, most = heat(GREY, [])
    assert most == 0
    assert len(np.unique(shown)) == 1
    assert paths(GREY, [])[1] == 0


def test_a_path_goes_where_somebody_walked_and_not_where_nobody_was_seen() -> None:
    row = [(0.1 + 0.1 * step, 0.5) for step in range(9)]
    plain = paths(GREY, [])[0]
    whole = paths(GREY, [way(*row)])[0]
    assert (whole[90, 80:240] != plain[90, 80:240]).any(axis=1).all()
    torn = paths(GREY, [way(*row, broken=3)])[0]
    assert (torn[90, 135:155] == plain[90, 135:155]).all()
    assert (torn[90, 40:120] != plain[90, 40:120]).any()


def test_the_longest_are_drawn() -> None:
    ways = [way((0.5, 0.5), (0.5 + 0.001 * number, 0.5)) for number in range(90)]
    assert paths(GREY, ways)[1] == 60
