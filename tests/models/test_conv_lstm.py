from __future__ import annotations

from typing import Any

import torch

from aisle.models._pixels import folded, unfolded
from aisle.models.clip import clip_model
from aisle.models.conv_lstm import PATCH, Cell, pretext
from aisle.models.entry import network


def made() -> Any:
    torch.manual_seed(0)
    return pretext(network(clip_model("lstm-tiny"), 1)).eval()


def test_patches_become_channels_and_pictures_again() -> None:
    x = torch.rand(2, 3, 5, 8, 12)
    patches = folded(x, PATCH)
    assert patches.shape == (2, 48, 5, 2, 3)
    assert torch.equal(patches[1, :, 3, 1, 2].sort().values, x[1, :, 3, 4:, 8:].flatten().sort().values)
    assert torch.equal(unfolded(patches, PATCH), x)


def test_a_cell_that_forgets_nothing_and_takes_nothing_keeps_its_memory() -> None:
    cell = Cell(1, 2)
    with torch.no_grad():
        cell.gates.weight.zero_()
        cell.gates.bias.copy_(torch.tensor([-99.0, -99, 99, 99, 99, 99, 0, 0]))
        memory = torch.randn(1, 2, 3, 3)
        out, kept = cell(torch.randn(1, 1, 3, 3), (torch.zeros(1, 2, 3, 3), memory))
    torch.testing.assert_close(kept, memory)
    torch.testing.assert_close(out, memory.tanh())


def test_its_states_are_those_of_the_pictures_so_far() -> None:
    """The states behind four pictures are where the fifth begins."""
    lstm, x = made().network, torch.rand(1, 3, 5, 8, 8)
    with torch.no_grad():
        before, after = lstm.states(x[:, :, :4]), lstm.states(x)
        patches = folded(x, PATCH)
        first = lstm.first(patches[:, :, 4], before[0])
        second = lstm.second(first[0], before[1])
    torch.testing.assert_close(first[1], after[0][1])
    torch.testing.assert_close(second[1], after[1][1])


def test_where_it_paints_nothing_new_the_last_picture_stays() -> None:
    predictor, x = made(), torch.rand(1, 3, 20, 16, 16)
    with torch.no_grad():
        predictor.paint.weight.zero_()
        predictor.paint.bias.view(4, -1)[3] = -99  # the share of what is new
        pictures = predictor.pictures(x)
    torch.testing.assert_close(pictures, x[:, :, 9:10].expand(-1, -1, 10, -1, -1))
