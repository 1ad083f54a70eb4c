from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from aisle.data._backdrop import Backdrop, view, without
from aisle.data._camera import Camera
from aisle.data._shop import Product, Shop, stock
from aisle.data._shopper import send


@pytest.fixture(scope="module")
def scene() -> tuple[Shop, Camera, Product, Backdrop]:
    shop = stock(1)
    x, y, z = shop.camera
    camera = Camera((x, y, z), (-0.6 * x, 1.1, 0.8), 230, 170)
    product = send(shop, Fraction(1))[0].product
    assert product
    return shop, camera, product, view(shop, camera, camera.whole)


def test_every_ray_ends_in_the_room(scene: tuple[Shop, Camera, Product, Backdrop]) -> None:
    *_, full = scene
    assert np.isfinite(full.light).all()
    assert full.light.min() >= 0
    assert (full.depth > 0.5).all()
    assert full.points[..., 2].min() > -0.01
    assert full.points[..., 2].max() < 2


def test_products_of_many_colours_fill_the_shelves(scene: tuple[Shop, Camera, Product, Backdrop]) -> None:
    shop, _, _, full = scene
    shelves = np.abs(full.points[..., 0]) > shop.boards[0].front + 0.02
    assert 0.3 < shelves.mean() < 0.8
    assert full.light[shelves].std() > 2 * full.light[~shelves].std()


def test_without_a_product_one_sees_what_was_behind_it_and_nothing_else_changes(
    scene: tuple[Shop, Camera, Product, Backdrop],
) -> None:
    shop, camera, product, full = scene
    bare = without(full, shop, product, camera)
    gone = bare.depth > full.depth + 0.005
    assert 0 < gone.mean() < 0.02
    hidden = full.points[gone] - shop.place(product)
    assert (np.abs(hidden[:, :2]) < product.width).all()
    same = np.ones(gone.shape, np.bool_)
    same[camera.around(full.points[gone], margin=40)] = False
    assert np.array_equal(bare.light[same], full.light[same])
    assert not (bare.depth < full.depth - 0.005).any()
