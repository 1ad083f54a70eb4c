"""What YOLOX is taught: a loss that falls as boxes get right, and who answers for which box."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from aisle.models.yolox import cells, where
from aisle.train.yolox_loss import yolox_loss

SIDE = 64
NOBODY = (torch.zeros(0, 4), torch.zeros(0, dtype=torch.long))


def silent(classes: int = 2) -> Tensor:
    """Nothing anywhere, surely."""
    corners, _ = cells(SIDE, SIDE)
    said = torch.zeros(1, len(corners), 5 + classes)
    said[..., 4:] = -8
    return said


def exact(said: Tensor, box: list[float], label: int) -> Tensor:
    """`said`, but that the cells of stride 8 near the middle of `box` answer rightly, and surely."""
    corners, strides = cells(SIDE, SIDE)
    middle, size = torch.tensor(box[:2]) + 0, torch.tensor(box[2:]) - torch.tensor(box[:2])
    middle = middle + size / 2
    near = ((corners + strides / 2 - middle).abs().amax(1) < 1.5 * strides[:, 0]) & (strides[:, 0] == 8)
    said = said.clone()
    said[0, near, :2] = ((middle - corners) / strides)[near]
    said[0, near, 2:4] = (size / strides)[near].log()
    said[0, near, 4] = 8
    said[0, near, 5 + label] = 8
    return said


def test_where_takes_numbers_to_boxes() -> None:
    corners, strides = cells(SIDE, SIDE)
    assert len(corners) == 64 + 16 + 4
    boxes = where(torch.zeros(1, len(corners), 4), corners, strides)
    assert boxes[0, 0].tolist() == [-4, -4, 4, 4]
    assert boxes[0, -1].tolist() == [16, 16, 48, 48]


def test_the_right_answer_costs_least() -> None:
    box = [8.0, 8.0, 40.0, 40.0]
    truth = [(torch.tensor([box]), torch.tensor([1]))]
    right = yolox_loss(exact(silent(), box, 1), truth, SIDE, SIDE)
    wrong_place = yolox_loss(exact(silent(), [4.0, 20.0, 30.0, 60.0], 1), truth, SIDE, SIDE)
    wrong_name = yolox_loss(exact(silent(), box, 0), truth, SIDE, SIDE)
    nothing = yolox_loss(silent(), truth, SIDE, SIDE)
    assert min(map(float, (wrong_place, wrong_name, nothing))) > 4 * float(right)


def test_a_picture_without_boxes_costs_what_is_seen_there() -> None:
    assert float(yolox_loss(silent(), [NOBODY], SIDE, SIDE)) < 0.1
    assert float(yolox_loss(exact(silent(), [8.0, 8.0, 40.0, 40.0], 0), [NOBODY], SIDE, SIDE)) > 1


@pytest.mark.parametrize("box", [[0.0, 0.0, 64.0, 64.0], [30.0, 30.0, 33.0, 33.0], [0.0, 0.0, 2.0, 60.0]])
def test_every_box_teaches_somebody(box: list[float]) -> None:
    said = silent().requires_grad_()
    yolox_loss(said, [(torch.tensor([box]), torch.tensor([0]))], SIDE, SIDE).backward()
    assert said.grad is not None
    assert torch.isfinite(said.grad).all()
    assert (said.grad[0, :, 4] < 0).any()  # somebody is to become surer


def test_pictures_of_a_batch_do_not_mix() -> None:
    box = [8.0, 8.0, 40.0, 40.0]
    both = torch.cat([exact(silent(), box, 1), silent()])
    right = yolox_loss(both, [(torch.tensor([box]), torch.tensor([1])), NOBODY], SIDE, SIDE)
    swapped = yolox_loss(both, [NOBODY, (torch.tensor([box]), torch.tensor([1]))], SIDE, SIDE)
    assert float(swapped) > 10 * float(right)
