"""The picture by which a site is drawn: the grid, the zones, and sizes that can be read."""

from __future__ import annotations

import numpy as np
import pytest

from aisle.core.site import Site, Zone, ZoneKind
from aisle.media.site_picture import grid, zoned

SHELF = Zone("Milch & Käse", ZoneKind.SHELF, ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
SITE = Site("shop", (SHELF,))


@pytest.mark.parametrize(("width", "height"), [(320, 240), (768, 432), (2160, 3840), (1, 1)])
def test_a_grid_is_as_wide_as_a_screen_shows(width: int, height: int) -> None:
    shown = grid(np.full((height, width, 3), 40, np.uint8), SITE)
    assert 1000 <= shown.shape[1] <= 1900
    assert shown.shape[0] > shown.shape[1] * height / width * 0.85


def test_lines_stand_at_tenths() -> None:
    shown = grid(np.zeros((600, 1000, 3), np.uint8))
    [left] = {np.flatnonzero((row < 200).all(axis=1))[0] for row in shown[300:301]}
    top = (shown.shape[0] - 600) // 2
    inside = shown[top : top + 600, left : left + 1000]
    assert inside[33, 100].min() > 100  # on the line
    assert inside[33, 150].max() == 0  # between two
    assert inside[60, 33].min() > 100


def test_zones_are_drawn_into_a_copy() -> None:
    image = np.full((200, 300, 3), 90, np.uint8)
    shown = zoned(image, SITE)
    assert shown.shape == image.shape
    assert (image == 90).all()
    changed = (shown != image).any(axis=2)
    assert changed[60:140, 75].all()  # the outline
    assert changed[100, 150]  # a shade inside
    assert not changed[:40].any()
    assert not changed[170:].any()
    assert (zoned(image, None) == image).all()


def test_names_stay_in_the_picture() -> None:
    corner = Zone("a very long name of a very small shelf", ZoneKind.TILL, ((0.95, 0.97), (1.0, 0.97), (1.0, 1.0)))
    image = np.full((120, 160, 3), 90, np.uint8)
    with_name, without = zoned(image, Site("s", (corner,))), zoned(image, Site("s", (corner,)), names=False)
    assert (with_name != without).any(axis=2).sum() > 100


@pytest.mark.parametrize(("width", "height"), [(3, 900), (200, 8000), (1, 1), (8000, 200)])
def test_pictures_of_any_shape_stay_of_a_size_that_can_be_shown(width: int, height: int) -> None:
    shown = grid(np.zeros((height, width, 3), np.uint8), SITE)
    assert max(shown.shape) <= 4200
