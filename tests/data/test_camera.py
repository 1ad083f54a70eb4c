from __future__ import annotations

import numpy as np
import pytest

from aisle.data._camera import Camera, Mount

MOUNT = Mount((0.3, -0.4, 3.0), (0.2, -0.2, 0.8), roll=0.2, focal=0.7, bend=0.1)


@pytest.mark.parametrize(("width", "height"), [(920, 680), (64, 48), (321, 87), (50, 130)])
def test_a_point_on_a_ray_is_seen_where_the_ray_came_from(width: int, height: int) -> None:
    camera = Camera(MOUNT, width, height)
    rows, columns = slice(height // 5, height), slice(width // 4, width // 2)
    rays = camera.rays((rows, columns), (0.25, -0.25)).reshape(-1, 3)
    pixels, depths = camera.project(camera.position + 2.5 * rays)
    y, x = np.mgrid[rows, columns].reshape(2, -1)
    assert np.allclose(pixels, np.stack([x + 0.75, y + 0.25], axis=1), atol=0.02)
    assert np.allclose(depths, 2.5, atol=1e-4)


def test_it_looks_down_with_the_far_end_on_top_and_right_at_the_right() -> None:
    camera = Camera(Mount((0.0, 0.0, 3.0), (0.0, 0.0, 0.0), roll=0.0, focal=0.7, bend=0.0), 920, 680)
    pixels, depths = camera.project(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]))
    assert np.allclose(depths, 3)
    assert np.allclose(pixels[0], (460, 340), atol=0.01)
    assert pixels[1, 0] > 500 > pixels[1, 1]
    assert pixels[2, 1] < 200


def test_what_is_outside_the_picture_has_an_empty_window() -> None:
    camera = Camera(MOUNT, 64, 48)
    rows, columns = camera.around(np.array([[30.0, 0.0, 0.0]]), margin=2)
    assert rows.start <= rows.stop
    assert columns.start == columns.stop == 64
