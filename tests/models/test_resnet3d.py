from __future__ import annotations

import pytest
import torch
from torch import nn

from aisle.core import UsageError
from aisle.models.resnet3d import HALF, Bottleneck, Stem, Unit, blocks_of, check, classifier, drawn, mean, stage


@pytest.mark.parametrize(("stride", "pool", "side"), [(2, 2, 8), (1, 2, 16), (1, 1, 32)])
def test_a_stem_makes_pictures_smaller_and_keeps_their_number(stride: int, pool: int, side: int) -> None:
    stem = Stem(17, 4, times=5, stride=stride, pool=pool)
    assert stem(torch.zeros(2, 17, 3, 32, 32)).shape == (2, 4, 3, side, side)


def test_a_unit_keeps_its_size_with_a_stride_of_1() -> None:
    assert Unit(2, 6, (7, 3, 3))(torch.zeros(1, 2, 4, 5, 6)).shape == (1, 6, 4, 5, 6)


def test_a_stage_strides_once_and_widens_once() -> None:
    built = stage(8, 4, 3, times=3, stride=(2, 2, 2))
    assert built(torch.zeros(1, 8, 4, 6, 6)).shape == (1, 16, 2, 3, 3)
    kernels = [(block.a.conv.kernel_size, block.b.conv.kernel_size, block.c.conv.kernel_size) for block in built]
    assert kernels == [((3, 1, 1), (1, 3, 3), (1, 1, 1))] * 3
    assert [block.b.conv.stride for block in built] == [(2, 2, 2), (1, 1, 1), (1, 1, 1)]
    assert [isinstance(block.shortcut, Unit) for block in built] == [True, False, False]


def test_before_training_only_the_shortcut_counts() -> None:
    block = Bottleneck(8, 2).eval()
    x = torch.rand(1, 8, 2, 4, 4)
    with torch.no_grad():
        assert torch.equal(block(x), x)
        block.c.norm.weight.fill_(1)
        assert not torch.equal(block(x), x)


def test_a_shortcut_that_changes_is_a_convolution_with_the_same_stride() -> None:
    assert isinstance(Bottleneck(8, 2, stride=HALF).shortcut, Unit)
    assert Bottleneck(4, 2).shortcut.conv.stride == (1, 1, 1)


def test_weights_are_drawn_by_the_fan_out() -> None:
    """He et al. (ICCV 2015): variance 2 / (channels out x kernel)."""
    torch.manual_seed(0)
    network = drawn(nn.Sequential(nn.Conv3d(8, 64, (1, 7, 7)), *classifier(512, 400, 0.5)))
    convolution, linear = network[0], network[2]
    assert float(convolution.weight.detach().std()) == pytest.approx((2 / (64 * 49)) ** 0.5, rel=0.02)
    assert float(linear.weight.detach().std()) == pytest.approx(0.01, rel=0.02)
    assert not convolution.bias.any()
    assert not linear.bias.any()


def test_the_mean_is_of_time_and_space() -> None:
    assert mean(torch.arange(16.0).view(1, 2, 2, 2, 2)).tolist() == [[3.5, 11.5]]


def test_depths_are_those_of_the_paper() -> None:
    for depth in (14, 26, 50, 101, 152):
        assert 3 * sum(blocks_of(depth)) + 2 == depth
    with pytest.raises(UsageError, match=r"got: 34; allowed: 14, 26, 50, 101, 152"):
        blocks_of(34)


@pytest.mark.parametrize("shape", [(1, 3, 3, 32, 32), (1, 3, 4, 31, 32), (1, 3, 4, 32, 31)])
def test_clips_that_are_too_small_are_refused(shape: tuple[int, ...]) -> None:
    check(torch.zeros(1, 3, 4, 32, 32), frames=4, side=32)
    with pytest.raises(UsageError, match=f"got: {shape[2]} pictures of {shape[4]}x{shape[3]}; allowed: 4 or more"):
        check(torch.zeros(shape), frames=4, side=32)
