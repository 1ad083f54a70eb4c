from __future__ import annotations

import numpy as np
import pytest

from aisle.core.polygon import area, crossing
from aisle.core.site import ZoneKind
from aisle.data._camera import Camera
from aisle.data._rig import mount
from aisle.data._scene import compose
from aisle.data._zones import site_of


@pytest.mark.parametrize("seed", range(8))
def test_a_shop_becomes_a_site_with_simple_polygons_within_the_picture(seed: int) -> None:
    shop = compose(seed, 1, 1, 30).shop
    site = site_of(shop, Camera(mount(shop), 920, 680), "1_1")
    assert [zone.name for zone in site.of_kind(ZoneKind.SHELF)] == [f"shelf {at}" for at in range(len(shop.shelves))]
    assert len(site.of_kind(ZoneKind.ENTRANCE)) == 4 - len(shop.shelves)
    for zone in site.zones:
        assert crossing(zone.polygon) is None
        assert area(zone.polygon) > 0.01
        assert all(0 <= share <= 1 for corner in zone.polygon for share in corner)


@pytest.mark.parametrize("seed", range(4))
def test_products_stand_in_the_zone_of_their_shelf(seed: int) -> None:
    shop = compose(seed, 1, 1, 30).shop
    camera = Camera(mount(shop), 920, 680)
    zones = site_of(shop, camera, "1_1").of_kind(ZoneKind.SHELF)
    places = camera.project(np.stack([shop.place(item) for item in shop.products]))[0] / (920, 680)
    seen = ((places > 0.01) & (places < 0.99)).all(axis=1)
    for number, zone in enumerate(zones):
        own = seen & np.array([item.shelf == number for item in shop.products])
        assert zone.contains(places[own]).mean() > 0.97
