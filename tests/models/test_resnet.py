from __future__ import annotations

import pytest
import torch
from torch import Tensor

from aisle.core import UsageError
from aisle.models.renaming import filled, renamed
from aisle.models.resnet import DEPTHS, TORCHVISION, ResNet
from published import published_state


def test_the_weights_of_imagenet_fit() -> None:
    state = published_state("resnet50")
    built = filled(ResNet(50), renamed(state, TORCHVISION))
    assert torch.equal(built.get_parameter("stem.conv.weight"), state["conv1.weight"])
    assert torch.equal(built.get_parameter("layer3.0.shortcut.bn.bias"), state["layer3.0.downsample.1.bias"])
    assert torch.equal(built.get_parameter("layer4.2.branch.2.conv.weight"), state["layer4.2.conv3.weight"])


@pytest.mark.parametrize(("depth", "published"), [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032)])
def test_it_is_as_large_as_published(depth: int, published: int) -> None:
    network = ResNet(depth)
    classes = 1000 * (network.features + 1)
    assert sum(weight.numel() for weight in network.parameters()) + classes == published


@pytest.mark.parametrize("depth", DEPTHS)
def test_places_are_where_pictures_are_mixed(depth: int) -> None:
    seen: list[tuple[int, int]] = []

    def mix(x: Tensor) -> Tensor:
        seen.append((x.shape[1], x.shape[2]))
        return x

    network = ResNet(depth, width=0.125).eval()
    with torch.no_grad():
        maps = network(torch.zeros(1, 3, 65, 96), mix)
    assert maps.shape == (1, network.features, 3, 3)
    assert seen == [(place.channels, -(-65 // place.down)) for place in network.places]
    assert len({place.name for place in network.places}) == sum(DEPTHS[depth][1])


@pytest.mark.parametrize("shape", [(1, 3, 0, 64, 64), (1, 3, 2, 31, 64), (1, 3, 2, 64, 8)])
def test_too_little_to_look_at(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="at least 1 of 32 x 32"):
        ResNet(14, width=0.125).per_picture(torch.zeros(shape))
