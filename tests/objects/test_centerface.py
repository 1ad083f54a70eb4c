from __future__ import annotations

import numpy as np
import pytest

from aisle.core.boxes import Floats
from aisle.core.weights import WeightsSource
from aisle.objects.centerface import WEIGHTS, CenterFace
from aisle.objects.detector import Network


class Drawn:
    """Stands in for the network: it marks a face at a place, in cells of 4 pixels of what it reads."""

    def __init__(self, *faces: tuple[int, int, float, float, float]) -> None:
        self.faces = faces
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, weights: WeightsSource, shape: tuple[int, ...], outputs: tuple[str, ...] = ()) -> Network:
        assert weights == WEIGHTS
        assert outputs == ()
        self.shapes.append(shape)

        def network(pixels: Floats) -> list[Floats]:
            assert pixels.shape == shape
            assert pixels.dtype == np.float32
            rows, columns = shape[2] // 4, shape[3] // 4
            heat, sizes, shifts = (np.zeros((1, depth, rows, columns), np.float32) for depth in (1, 2, 2))
            for row, column, score, height, width in self.faces:
                heat[0, 0, row, column] = score
                sizes[0, :, row, column] = np.log([height / 4, width / 4])
                shifts[0, :, row, column] = 0.25, -0.5
            return [heat, sizes, shifts, np.zeros((1, 10, rows, columns), np.float32)]

        return network


def test_boxes_are_in_pixels_of_the_picture() -> None:
    drawn = Drawn((10, 20, 0.9, 40, 24), (50, 60, 0.2, 40, 24))
    found = CenterFace(drawn)(np.zeros((240, 320, 3), np.uint8))
    assert drawn.shapes == [(1, 3, 480, 640)]  # twice as large, as small pictures are
    np.testing.assert_allclose(found.corners, [[34, 11.5, 46, 31.5]])
    np.testing.assert_allclose(found.scores, [0.9])


@pytest.mark.parametrize(
    ("height", "width", "read"),
    [
        (240, 320, (480, 640)),
        (480, 640, (480, 640)),
        (680, 920, (576, 768)),
        (1080, 1920, (576, 1024)),
        (1, 1, (32, 32)),
    ],
)
def test_what_the_network_reads(height: int, width: int, read: tuple[int, int]) -> None:
    drawn = Drawn()
    found = CenterFace(drawn)(np.zeros((height, width, 3), np.uint8))
    assert len(found) == 0
    assert drawn.shapes == [(1, 3, *read)]


def test_a_network_is_opened_once_for_pictures_of_one_size() -> None:
    drawn = Drawn()
    faces = CenterFace(drawn)
    for width in (320, 320, 640, 640):
        faces(np.zeros((240, width, 3), np.uint8))
    assert len(drawn.shapes) == 2
