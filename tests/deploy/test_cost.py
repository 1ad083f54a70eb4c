"""What a network takes, beside figures from paper and pencil."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from aisle.deploy.cost import counted, gflops, growing, parameters, stored
from aisle.models.clip import clip_model
from aisle.models.entry import Entry, network

CASES = {
    # in x out x kernel x cells out
    "convolution": (nn.Conv2d(3, 8, 3, padding=1, bias=False), (1, 3, 10, 20), 3 * 8 * 9 * 200, 3 * 8 * 9),
    "in groups": (nn.Conv3d(4, 4, (3, 1, 1), padding=(1, 0, 0), groups=4), (2, 4, 5, 6, 7), 2 * 4 * 3 * 210, 4 * 3 + 4),
    "a layer": (nn.Linear(7, 5), (3, 7), 3 * 7 * 5, 7 * 5 + 5),
    # four gates, from the input and from the state, at each of six times, and two biases
    "a memory": (nn.LSTM(3, 8), (6, 1, 3), 6 * 4 * 8 * (3 + 8), 4 * 8 * (3 + 8 + 2)),
}


@pytest.mark.parametrize(("layer", "shape", "operations", "weights"), CASES.values(), ids=CASES)
def test_multiplications_and_weights_are_counted(
    layer: nn.Module, shape: tuple[int, ...], operations: int, weights: int
) -> None:
    with torch.device("meta"):
        assert gflops(layer.to("meta").eval(), torch.zeros(shape)) == pytest.approx(operations / 1e9)
    assert parameters(layer) == pytest.approx(weights / 1e6)


def test_a_weight_that_is_used_twice_counts_once() -> None:
    layer = nn.Linear(4, 4, bias=False)
    assert parameters(nn.Sequential(layer, layer)) == pytest.approx(16 / 1e6)


def test_the_published_figures_of_a_network() -> None:
    """Feichtenhofer et al. (2019), table 5: 65.7 GFLOPs a view; 34.57 million weights with 400 classes."""
    work = counted(clip_model("slowfast-r50"), 400)
    assert work.gflops == pytest.approx(65.7, rel=0.005)
    assert work.parameters == pytest.approx(34.57, rel=0.001)


def test_views_are_of_the_kinds_that_clips_have() -> None:
    views = stored(clip_model("slowfast-tiny"), 64, items=3)
    assert {name: (tuple(view.shape), view.dtype) for name, view in views.items()} == {
        "rgb": ((3, 8, 64, 64, 3), torch.uint8)
    }


@pytest.mark.parametrize(
    ("name", "least", "most"), [("slowfast-tiny", 0.99, 1), ("msb-rnn-tiny", 0.2, 0.8), ("stgcn-tiny", 0, 0)]
)
def test_only_whole_pictures_grow(name: str, least: float, most: float) -> None:
    """Half of MSB-RNN's streams see the person, in squares of one size; joints have no size at all."""
    card = clip_model(name)
    assert least <= growing(Entry(network(card, 4), card).eval(), card) <= most
