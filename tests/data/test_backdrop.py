from __future__ import annotations

import numpy as np
import pytest

from aisle.data._backdrop import Scenery, View
from aisle.data._camera import Camera
from aisle.data._rig import mount
from aisle.data._shop import Shop, stock

Room = tuple[Shop, Camera, Scenery, View]


@pytest.fixture(scope="module", params=[1, 4])
def room(request: pytest.FixtureRequest) -> Room:
    shop = stock(request.param)
    camera = Camera(mount(shop), 230, 170)
    scenery = Scenery(shop, camera)
    return shop, camera, scenery, scenery.view(camera.whole)


def test_every_ray_ends_in_the_room(room: Room) -> None:
    _, camera, _, full = room
    assert np.isfinite(full.light).all()
    assert full.light.min() >= 0
    points = camera.position + camera.rays(camera.whole, (-0.25, -0.25)) * full.depth[..., None]
    assert points[..., 2].min() > -0.01
    assert points[..., 2].max() < 2


def test_products_of_many_colours_fill_the_shelves(room: Room) -> None:
    shop, camera, _, full = room
    points = camera.position + camera.rays(camera.whole, (0, 0)) * full.depth[..., None]
    inside = np.max([shelf.inside(points)[..., 0] for shelf in shop.shelves], axis=0) > 0.02
    assert 0.3 < inside.mean() < 0.8
    assert full.light[:, inside].std() > 1.5 * full.light[:, ~inside].std()


def test_without_a_product_one_sees_what_was_behind_it_and_with_it_the_same_as_before(room: Room) -> None:
    shop, _, scenery, full = room
    seen = [n for n, item in enumerate(shop.products) if item.shelf == 1 and abs(shop.place(item)[1]) < 0.3]
    number = max(seen, key=lambda n: shop.products[n].level - 0.1 * shop.products[n].row)
    (window,) = scenery.take({number})
    bare = scenery.view(window)
    gone = bare.depth > full.depth[window] + 0.005
    assert 0 < gone.mean() < 1
    assert not (bare.depth < full.depth[window] - 0.005).any()
    edge = np.ones(gone.shape, np.bool_)
    edge[2:-2, 2:-2] = False
    assert not gone[edge].any()
    assert scenery.take(set()) == [window]
    assert np.array_equal(scenery.view(window).light, full.light[(slice(None), *window)])
