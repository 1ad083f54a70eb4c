from __future__ import annotations

import pytest
import torch

from aisle.core import UsageError
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.simvp import Gated, pretext


def test_it_reads_a_fixed_number_of_pictures() -> None:
    simvp = network(clip_model("simvp-tiny"), 2)
    with pytest.raises(UsageError, match="fixed number of pictures; got: 9; allowed: 10"):
        simvp(torch.rand(1, 3, 9, 32, 32))


def test_it_predicts_no_more_than_it_reads() -> None:
    with pytest.raises(UsageError, match=r"as many pictures as it reads, or fewer; got: 11; allowed: 1 to 10"):
        pretext(network(clip_model("simvp-tiny"), 2), ahead=11)


def test_a_block_reaches_as_far_as_its_kernels() -> None:
    """5 x 5, then 7 x 7 with every third pixel: 2 + 9 cells to each side; the perceptron one more."""
    torch.manual_seed(0)
    block = Gated(4, 2).eval()
    with torch.no_grad():
        block.scale.fill_(1.0)
        block.scale2.fill_(1.0)
        x = torch.zeros(1, 4, 41, 41)
        other = x.clone()
        other[..., 20, 20] = 5.0
        changed = (block(x) - block(other)).abs().sum((0, 1)) > 1e-7
    rows = changed.any(1).nonzero().flatten()
    assert (int(rows.min()), int(rows.max())) == (20 - 12, 20 + 12)
