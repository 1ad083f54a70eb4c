from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from aisle.objects.family import Port, Signature, family_of
from aisle.objects.overhead import Overhead, reader

ALL = np.ones(1, bool)


def answer(*people: tuple[int, int, float]) -> list[np.ndarray]:
    """A map of 20 x 27 cells with somebody 80 x 40 pixels large in the middle of each (row, column), so sure."""
    said = np.full((5, 20, 27), -9.0, np.float32)
    for row, column, logit in people:
        said[:, row, column] = logit, 0.5, 0.5, np.log(10), np.log(5)
    return [said]


def test_a_map_of_five_numbers_a_cell_is_of_this_kind() -> None:
    signature = Signature((Port("pixels", (None, 3, 160, 216)),), (Port("people", (None, 5, 20, 27)),))
    assert family_of(signature, where="x").name == "overhead"
    assert reader(signature, None).shapes == ((3, 160, 216),)


def test_a_sure_cell_is_a_box_around_its_middle() -> None:
    found = Overhead((160, 216)).found(answer((10, 13, 2.0)), np.zeros((320, 432, 3), np.uint8), score=0.5, wanted=ALL)
    assert_allclose(found.boxes.corners, [[136, 128, 296, 208]])
    assert_allclose(found.boxes.scores, [1 / (1 + np.exp(-2))])
    assert found.classes.tolist() == [0]


def test_of_neighbouring_cells_the_surest_counts_and_boxes_stay_in_the_picture() -> None:
    found = Overhead((160, 216)).found(
        answer((0, 0, 3.0), (0, 1, 2.0), (18, 20, 1.0), (5, 20, -2.0)),
        np.zeros((160, 216, 3), np.uint8),
        score=0.5,
        wanted=ALL,
    )
    assert_allclose(found.boxes.corners, [[0, 0, 44, 24], [124, 128, 204, 160]])
    assert found.boxes.scores[0] > found.boxes.scores[1]


@pytest.mark.parametrize("shape", [(680, 920), (100, 400), (400, 100), (1, 1)])
def test_the_picture_keeps_its_shape(shape: tuple[int, int]) -> None:
    (pixels,) = Overhead((160, 216)).prepared(np.full((*shape, 3), 200, np.uint8))
    assert pixels.shape == (3, 160, 216)
    rows, columns = pixels[0].any(axis=1).sum(), pixels[0].any(axis=0).sum()
    assert rows == 160 or columns == 216
    if min(shape) > 1:
        assert rows / columns == pytest.approx(shape[0] / shape[1], rel=0.02)


def test_nobody_is_nobody() -> None:
    image = np.zeros((16, 16, 3), np.uint8)
    assert not len(Overhead((160, 216)).found(answer(), image, score=0.5, wanted=ALL).boxes)
    assert not len(Overhead((160, 216)).found(answer((3, 3, 9.0)), image, score=0.5, wanted=~ALL).boxes)
