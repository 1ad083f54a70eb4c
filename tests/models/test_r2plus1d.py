from __future__ import annotations

import pytest
import torch

from aisle.core import UsageError
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.r2plus1d import R2plus1d, between, published
from aisle.models.renaming import filled
from published import published_state


def built(name: str, classes: int = 400) -> R2plus1d:
    found = network(clip_model(name), classes)
    assert isinstance(found, R2plus1d)
    return found


@pytest.mark.parametrize(
    ("inputs", "outputs", "middle"), [(64, 64, 144), (64, 128, 230), (128, 128, 288), (256, 512, 921)]
)
def test_the_pair_is_as_heavy_as_the_convolution_it_stands_for(inputs: int, outputs: int, middle: int) -> None:
    assert between(inputs, outputs) == middle
    pair, one = 9 * inputs * middle + 3 * middle * outputs, 27 * inputs * outputs
    assert pair <= one < pair + 9 * inputs + 3 * outputs


def test_both_convolutions_of_a_block_are_as_wide_inside() -> None:
    with torch.device("meta"):
        block = built("r2plus1d-18").layer2[0]
    assert block.conv1.space.conv.out_channels == block.conv2.space.conv.out_channels == 230


def test_time_and_space_are_halved_by_the_last_three_layers() -> None:
    network = built("r2plus1d-tiny", 4).eval()
    sizes = []
    for layer in (network.layer1, network.layer2, network.layer3, network.layer4):
        layer.register_forward_hook(lambda _module, _inputs, maps: sizes.append(tuple(maps.shape[2:])))
    with torch.no_grad():
        network(torch.zeros(1, 3, 16, 112, 112))
    assert sizes == [(16, 56, 56), (8, 28, 28), (4, 14, 14), (2, 7, 7)]


def test_parameters_are_as_published() -> None:
    with torch.device("meta"):
        assert sum(weight.numel() for weight in built("r2plus1d-18").parameters()) == 31_505_325


def test_published_names_are_ours_one_by_one() -> None:
    state = published_state("r2plus1d-18")
    network, ours = built("r2plus1d-18"), published(state)
    assert len(ours) == len(state)
    filled(network, ours)
    assert torch.equal(network.stem.time.conv.weight, state["stem.3.weight"])
    assert torch.equal(network.layer1[1].conv2.space.norm.running_mean, state["layer1.1.conv2.0.1.running_mean"])
    assert torch.equal(network.layer4[0].conv1.time.norm.bias, state["layer4.0.conv1.1.bias"])
    assert torch.equal(network.layer3[0].shortcut.conv.weight, state["layer3.0.downsample.0.weight"])


def test_clips_of_any_length_and_size_from_16_pixels_are_taken() -> None:
    network = built("r2plus1d-tiny", 4).eval()
    with torch.no_grad():
        for shape in ((1, 16, 16), (5, 17, 40)):
            assert network(torch.rand(1, 3, *shape)).shape == (1, 4)
    with pytest.raises(UsageError, match="got: 8 pictures of 15x16; allowed: 1 or more pictures, each side 16"):
        network(torch.zeros(1, 3, 8, 16, 15))
