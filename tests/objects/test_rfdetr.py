"""RF-DETR's answers, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from aisle.objects.coco import COCO_NUMBERED
from aisle.objects.family import Port, Signature
from aisle.objects.rfdetr import RFDETR, reader

HEIGHT, WIDTH = 40, 80


def opened(*answers: str, classes: int = 91) -> RFDETR:
    lengths = {"dets": (1, 4, 4), "labels": (1, 4, classes), "masks": (1, 4, 10, 10)}
    ports = tuple(Port(name, lengths[name]) for name in answers)
    return reader(Signature((Port("input", (1, 3, 56, 56)),), ports), None)


def logits(*sure: tuple[int, int, float]) -> np.ndarray:
    said = np.full((4, 91), -9, np.float32)
    for row, column, share in sure:
        said[row, column] = np.log(share / (1 - share))
    return said


BOXES = np.array([[0.5, 0.5, 0.2, 0.5], [0.25, 0.5, 0.5, 1], [0.9, 0.1, 0.2, 0.2], [0, 0, 0, 0]], np.float32)
BLANK = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
ALL = np.array([bool(name) for name in COCO_NUMBERED])


def test_the_surest_come_first_with_cocos_own_numbers() -> None:
    ours = opened("dets", "labels")
    said = logits((0, 1, 0.6), (1, 44, 0.9), (2, 1, 0.4))
    found = ours.found([BOXES, said], BLANK, score=0.5, wanted=ALL)
    assert [ours.names[number] for number in found.classes] == ["bottle", "person"]
    np.testing.assert_allclose(found.boxes.scores, [0.9, 0.6], rtol=1e-5)
    np.testing.assert_allclose(found.boxes.corners, [[0, 0, 40, 40], [32, 10, 48, 30]], atol=1e-4)
    assert found.masks is None


def test_numbers_that_name_nothing_are_left_out_and_one_guess_may_be_two_things() -> None:
    said = logits((0, 12, 0.9), (1, 1, 0.8), (1, 3, 0.7))  # 12 is none of COCO's 80
    found = opened("dets", "labels").found([BOXES, said], BLANK, score=0.5, wanted=ALL)
    np.testing.assert_array_equal(found.classes, [1, 3])
    np.testing.assert_allclose(found.boxes.corners[0], found.boxes.corners[1])


def test_no_more_pairs_count_than_there_are_guesses() -> None:
    said = np.full((4, 91), 3, np.float32)
    said[2, 1], said[3, 2] = 9, 8
    found = opened("dets", "labels").found([BOXES, said], BLANK, score=0.5, wanted=np.ones(91, bool))
    assert len(found.classes) == 4
    np.testing.assert_array_equal(found.classes[:2], [1, 2])


def test_the_outputs_may_stand_in_any_order() -> None:
    masks = np.full((4, 10, 10), -1, np.float32)
    masks[1, :5] = 1
    found = opened("masks", "labels", "dets").found([masks, logits((1, 1, 0.9)), BOXES], BLANK, score=0.5, wanted=ALL)
    assert found.masks is not None
    assert found.masks.shape == (1, HEIGHT, WIDTH)
    np.testing.assert_array_equal(found.masks[0].all(axis=1), np.arange(HEIGHT) < HEIGHT // 2)


@pytest.mark.parametrize("size", [(40, 80), (7, 5), (333, 100)])
def test_masks_are_enlarged_as_torch_does_it(size: tuple[int, int]) -> None:
    import torch

    masks = np.random.default_rng(0).normal(size=(4, 10, 10)).astype(np.float32)
    image = np.zeros((*size, 3), np.uint8)
    said = logits((0, 1, 0.9), (2, 1, 0.8))
    found = opened("dets", "labels", "masks").found([BOXES, said, masks], image, score=0.5, wanted=ALL)
    full = torch.nn.functional.interpolate(torch.from_numpy(masks[None, [0, 2]]), size, mode="bilinear")[0].numpy()
    assert found.masks is not None
    differs = found.masks != (full > 0)
    assert (np.abs(full[differs]) < 1e-3).all()
    assert found.masks.any()


def test_it_reads_pictures_of_imagenets_mean_as_nought() -> None:
    mean = np.round(np.array([0.485, 0.456, 0.406]) * 255).astype(np.uint8)
    (pixels,) = opened("dets", "labels").prepared(np.tile(mean, (30, 90, 1)))
    assert (pixels.shape, pixels.dtype) == ((3, 56, 56), np.float32)
    np.testing.assert_allclose(pixels, 0, atol=0.01)
    (white,) = opened("dets", "labels").prepared(np.full((30, 90, 3), 255, np.uint8))
    np.testing.assert_allclose(white[:, 0, 0], [2.2489, 2.4286, 2.64], atol=1e-3)


def test_without_cocos_number_of_classes_nothing_is_named() -> None:
    assert opened("dets", "labels", classes=3).names == ()
