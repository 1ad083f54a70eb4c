from __future__ import annotations

import pytest
import torch
from torch import nn

from aisle.core import UsageError
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.renaming import filled
from aisle.models.x3d import Excite, X3d, published, rounded
from published import published_state


def built(name: str, classes: int = 400) -> X3d:
    found = network(clip_model(name), classes)
    assert isinstance(found, X3d)
    return found


@pytest.mark.parametrize(
    ("channels", "whole"),
    [
        (54 / 16, 8),  # never fewer than 8
        (108 / 16, 8),
        (216 / 16, 16),
        (432 / 16, 32),  # 27 is nearer to 24, which is less than nine tenths of it
        (24, 24),
        (20, 24),
        (19.9, 24),  # to 16 it would lose a fifth
        (17, 16),
    ],
)
def test_channels_are_rounded_as_published(channels: float, whole: int) -> None:
    assert rounded(channels) == whole


def test_blocks_and_channels_are_those_of_the_paper() -> None:
    """Table 3: 3, 5, 11 and 7 blocks of 54/24, 108/48, 216/96 and 432/192 channels."""
    with torch.device("meta"):
        network = built("x3d-m")
    stages = [network.res2, network.res3, network.res4, network.res5]
    assert [len(stage) for stage in stages] == [3, 5, 11, 7]
    assert [stage[-1].b.conv.out_channels for stage in stages] == [54, 108, 216, 432]
    assert [stage[-1].c.conv.out_channels for stage in stages] == [24, 48, 96, 192]
    assert all(block.b.conv.groups == block.b.conv.in_channels for stage in stages for block in stage)
    assert [stage[0].excite.narrow.out_channels for stage in stages] == [8, 8, 16, 32]
    assert [isinstance(block.excite, Excite) for block in network.res3] == [True, False, True, False, True]
    assert (network.conv5.conv.out_channels, network.fc1.out_channels) == (432, 2048)


def test_only_the_first_shortcut_that_strides_has_no_batch_norm() -> None:
    with torch.device("meta"):
        network = built("x3d-m")
    assert isinstance(network.res2[0].shortcut, nn.Conv3d)
    for stage in (network.res3, network.res4, network.res5):
        assert isinstance(stage[0].shortcut.norm, nn.BatchNorm3d)
        assert all(isinstance(block.shortcut, nn.Identity) for block in stage[1:])


def test_the_stem_mixes_colours_and_then_pictures_of_one_channel() -> None:
    stem = built("x3d-tiny", 4).stem
    assert stem.space.kernel_size == (1, 3, 3)
    assert stem.time.kernel_size == (5, 1, 1)
    assert stem.time.groups == stem.time.in_channels == 16


def test_excitation_scales_each_channel_by_one_share() -> None:
    torch.manual_seed(0)
    x = torch.rand(2, 16, 3, 4, 5) + 0.1
    with torch.no_grad():
        shares = Excite(16)(x) / x
    assert torch.allclose(shares, shares[:, :, :1, :1, :1].expand_as(shares))
    assert 0 < shares.min() < shares.max() < 1


def test_all_three_are_one_network_on_clips_of_different_size() -> None:
    cards = [clip_model(name) for name in ("x3d-xs", "x3d-s", "x3d-m")]
    assert len({str(card.options) for card in cards}) == 1
    assert [(card.sampling.frames, card.sampling.stride) for card in cards] == [(4, 12), (13, 6), (16, 5)]
    assert [(card.sampling.crop, card.sampling.test_crop) for card in cards] == [(160, 182), (160, 182), (224, 256)]


def test_parameters_are_as_published() -> None:
    with torch.device("meta"):
        assert sum(weight.numel() for weight in built("x3d-s").parameters()) == 3_794_274


def test_published_names_are_ours_one_by_one() -> None:
    state = published_state("x3d")
    network, ours = built("x3d-s"), published(state)
    assert len(ours) == len(state)
    filled(network, ours)
    assert torch.equal(network.stem.time.weight, state["blocks.0.conv.conv_xy.weight"])
    assert torch.equal(network.res2[0].shortcut.weight, state["blocks.1.res_blocks.0.branch1_conv.weight"])
    assert torch.equal(network.res3[0].shortcut.conv.weight, state["blocks.2.res_blocks.0.branch1_conv.weight"])
    assert torch.equal(network.res4[2].excite.widen.bias, state["blocks.3.res_blocks.2.branch2.norm_b.1.block.2.bias"])
    assert torch.equal(network.res5[6].b.norm.weight, state["blocks.4.res_blocks.6.branch2.norm_b.0.weight"])
    assert torch.equal(network.fc1.weight, state["blocks.5.pool.post_conv.weight"])


def test_clips_of_any_length_and_size_from_32_pixels_are_taken() -> None:
    network = built("x3d-tiny", 4).eval()
    with torch.no_grad():
        for shape in ((1, 32, 32), (5, 32, 70)):
            assert network(torch.rand(1, 3, *shape)).shape == (1, 4)
    with pytest.raises(UsageError, match="got: 8 pictures of 31x32; allowed: 1 or more pictures, each side 32"):
        network(torch.zeros(1, 3, 8, 32, 31))
