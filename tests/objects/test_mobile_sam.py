from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import UsageError
from aisle.core.boxes import Boxes, Floats
from aisle.objects.mobile_sam import Answer, MobileSAM

SIDE = 64


class Filled:
    """Stands in for the networks: the mask of a box is all that lies in it, in what is read."""

    def __init__(self) -> None:
        self.pixels: list[Floats] = []
        self.asked: list[int] = []
        self.opened = 0

    def __call__(self, height: int, width: int) -> tuple[Callable[[Floats], Floats], Answer]:
        self.opened += 1

        def encode(pixels: Floats) -> Floats:
            assert pixels.shape == (1, 3, height, width)
            self.pixels.append(pixels)
            return np.zeros((1, 8, height // 16, width // 16), np.float32)

        def decode(maps: Floats, corners: Floats) -> Floats:
            assert maps.shape == (1, 8, height // 16, width // 16)
            self.asked.append(len(corners))
            masks = np.full((len(corners), 4, height // 4, width // 4), -1, np.float32)
            for mask, (left, top, right, bottom) in zip(masks, (corners / 4).round().astype(int), strict=True):
                mask[0, top:bottom, left:right] = 1
            return masks

        return encode, decode


def boxes(*corners: tuple[float, float, float, float]) -> Boxes:
    return Boxes(np.array(corners, np.float32).reshape(-1, 4), np.ones(len(corners), np.float32))


def picture(height: int, width: int, colour: int = 200) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


@pytest.mark.parametrize(
    ("size", "read", "filled"),
    [
        ((64, 64), (64, 64), (64, 64)),
        ((240, 320), (48, 64), (48, 64)),
        ((320, 180), (64, 48), (64, 36)),  # 36 columns, and nothing beside them
        ((20, 30), (48, 64), (43, 64)),
        ((1, 300), (16, 64), (1, 64)),
    ],
)
def test_the_whole_picture_is_read_and_keeps_its_shape(
    size: tuple[int, int], read: tuple[int, int], filled: tuple[int, int]
) -> None:
    networks = Filled()
    MobileSAM(networks, side=SIDE)(picture(*size), boxes((0, 0, 1, 1)))
    assert networks.pixels[0].shape[2:] == read
    rows, columns = np.nonzero(networks.pixels[0][0].any(axis=0))
    assert (rows.max() + 1, columns.max() + 1) == filled


def test_colours_are_read_red_first_and_as_the_network_was_trained() -> None:
    networks = Filled()
    image = np.tile(np.array([124, 116, 161], np.uint8), (64, 64, 1))
    MobileSAM(networks, side=SIDE)(image, boxes((0, 0, 1, 1)))
    np.testing.assert_allclose(networks.pixels[0][0, :, 5, 5], [0, 0, 1], atol=0.01)


@given(
    height=st.integers(40, 300),
    width=st.integers(40, 300),
    ends=st.tuples(*[st.floats(-50, 350, width=32) for _ in range(4)]),
)
def test_a_mask_lies_where_its_box_does(height: int, width: int, ends: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = ends
    (mask,) = MobileSAM(Filled(), side=SIDE)(picture(height, width), boxes(ends))
    assert mask.shape == (height, width)
    near = 1.1 * 4 * max(height, width) / SIDE  # a value of the mask stands for so many pixels
    rows, columns = np.nonzero(mask)
    if len(rows):
        assert rows.min() >= max(top, 0) - near
        assert rows.max() <= min(bottom, height) + near
        assert columns.min() >= max(left, 0) - near
        assert columns.max() <= min(right, width) + near
    shown = [min(right, width) - max(left, 0), min(bottom, height) - max(top, 0)]
    if min(shown) > 2 * near:
        inside = mask[int(max(top, 0) + near) : int(min(bottom, height) - near)]
        assert inside[:, int(max(left, 0) + near) : int(min(right, width) - near)].all()
    elif min(shown) <= 0:
        assert not mask.any()


def test_many_boxes_are_asked_for_a_few_at_a_time_of_one_look() -> None:
    networks = Filled()
    many = boxes(*((k, k, k + 20, k + 20) for k in range(19)), (30, 30, 10, 40))
    masks = MobileSAM(networks, side=SIDE)(picture(64, 64), many)
    assert (len(networks.pixels), networks.asked) == (1, [8, 8, 3])
    assert [bool(mask.any()) for mask in masks] == [True] * 19 + [False]


def test_networks_are_opened_once_for_one_shape() -> None:
    networks = Filled()
    sam = MobileSAM(networks, side=SIDE)
    for _ in range(3):
        sam(picture(48, 64), boxes((0, 0, 9, 9)))
    assert networks.opened == 1


def test_without_a_box_in_the_picture_nobody_looks() -> None:
    networks = Filled()
    sam = MobileSAM(networks, side=SIDE)
    assert sam(picture(48, 64), boxes()).shape == (0, 48, 64)
    assert not sam(picture(48, 64), boxes((70, 0, 90, 9), (5, 5, 5, 9))).any()
    assert networks.opened == 0


def test_corners_that_are_no_numbers_are_told() -> None:
    with pytest.raises(UsageError, match=r"boxes lie somewhere; got: .*nan.*; allowed: corners that are finite"):
        MobileSAM(Filled(), side=SIDE)(picture(9, 9), boxes((0, 0, float("nan"), 4)))
