from __future__ import annotations

import pytest
import torch

from aisle.core import UsageError
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.renaming import filled
from aisle.models.slow import Slow, published
from published import published_state


def built(name: str, classes: int) -> Slow:
    found = network(clip_model(name), classes)
    assert isinstance(found, Slow)
    return found


def test_only_the_last_two_stages_look_along_time() -> None:
    with torch.device("meta"):
        network = built("slow-r50", 400)
    assert network.stem.conv.kernel_size == (1, 7, 7)
    stages = [network.res2, network.res3, network.res4, network.res5]
    assert [stage[0].a.conv.kernel_size[0] for stage in stages] == [1, 1, 3, 3]
    assert [stage[-1].c.conv.out_channels for stage in stages] == [256, 512, 1024, 2048]


def test_parameters_are_as_published() -> None:
    with torch.device("meta"):
        assert sum(weight.numel() for weight in built("slow-r50", 400).parameters()) == 32_454_096


def test_published_names_are_ours_one_by_one() -> None:
    state = published_state("slow-r50")
    network, ours = built("slow-r50", 400), published(state)
    assert len(ours) == len(state)
    filled(network, ours)
    assert torch.equal(network.stem.norm.bias, state["blocks.0.norm.bias"])
    assert torch.equal(network.res2[0].shortcut.conv.weight, state["blocks.1.res_blocks.0.branch1_conv.weight"])
    assert torch.equal(network.res5[2].c.conv.weight, state["blocks.4.res_blocks.2.branch2.conv_c.weight"])
    assert torch.equal(network.classifier[1].weight, state["blocks.5.proj.weight"])


def test_clips_of_any_length_and_size_from_32_pixels_are_taken() -> None:
    network = built("slow-tiny", 4).eval()
    with torch.no_grad():
        for shape in ((1, 32, 32), (5, 32, 70)):
            assert network(torch.rand(1, 3, *shape)).shape == (1, 4)
    with pytest.raises(UsageError, match="got: 8 pictures of 32x31; allowed: 1 or more pictures, each side 32"):
        network(torch.zeros(1, 3, 8, 31, 32))
