from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from aisle.deploy.weights import read_state
from aisle.models.clip import clip_model
from aisle.models.mobilenetv2 import TONYLINS, MobileNetV2, divisible
from aisle.models.renaming import filled, renamed
from weights import found


@pytest.mark.parametrize(("channels", "rounded"), [(3, 8), (8, 8), (12, 16), (11, 16), (16.8, 16), (24 * 0.75, 24)])
def test_channels_worked_by_hand(channels: float, rounded: int) -> None:
    """A multiple of 8 below nine tenths of what is wanted is too few: of 18, 16 is .89, so 24."""
    assert divisible(channels) == rounded


def test_it_is_as_large_as_published() -> None:
    network = MobileNetV2()
    assert sum(weight.numel() for weight in network.parameters()) + 1000 * 1281 == 3_504_872


def test_pictures_are_mixed_where_the_authors_of_tsm_do_it() -> None:
    """The buffers of their online network, each an eighth of the channels, for pictures of 224 pixels."""
    seen: list[tuple[int, int]] = []

    def mix(x: Tensor) -> Tensor:
        seen.append((x.shape[1] // 8, x.shape[2]))
        return x

    network = MobileNetV2().eval()
    with torch.no_grad():
        network(torch.zeros(1, 3, 224, 32), mix)
    assert seen == [(3, 56), *[(4, 28)] * 2, *[(8, 14)] * 3, *[(12, 14)] * 2, *[(20, 7)] * 2]
    assert seen == [(place.channels // 8, 224 // place.down) for place in network.places]


def test_the_weights_of_imagenet_fit() -> None:
    """And have seen photographs: how the first maps vary over some, their norms have learnt."""
    pytest.importorskip("PIL")
    from sklearn.datasets import load_sample_images

    card = clip_model("tsn-mobilenetv2")
    network = filled(MobileNetV2(), renamed(read_state(found(card.initial)), TONYLINS))
    photographs = torch.from_numpy(np.stack(load_sample_images().images)).permute(0, 3, 1, 2) / 255
    mean, spread = (torch.tensor(values).view(3, 1, 1) for values in (card.mean, card.spread))
    seen: list[Tensor] = []
    network.get_submodule("stem.conv").register_forward_hook(lambda *given: seen.append(given[2]))
    with torch.no_grad():
        network((photographs - mean) / spread)
    learnt = network.get_buffer("stem.bn.running_var")
    assert torch.corrcoef(torch.stack([seen[0].var((0, 2, 3)).log(), learnt.log()]))[0, 1] > 0.9
