from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from aisle.core import UsageError
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.renaming import filled
from aisle.models.resnet3d import Unit
from aisle.models.slowfast import SlowFast, published, seen
from published import published_state

PUBLISHED = ("slowfast-r50", "slowfast-r50-4x16")


def built(name: str, classes: int = 400) -> SlowFast:
    found = network(clip_model(name), classes)
    assert isinstance(found, SlowFast)
    return found


def tiny() -> SlowFast:
    torch.manual_seed(0)
    return built("slowfast-tiny", 4).eval()


def test_the_slow_pathway_sees_the_first_the_last_and_evenly_between() -> None:
    """Worked by hand from the published code: places 0 to 31 in 7 or 3 equal steps, cut off to whole pictures."""
    assert seen(32, 4) == [0, 4, 8, 13, 17, 22, 26, 31]
    assert seen(32, 8) == [0, 10, 20, 31]
    assert seen(8, 4) == [0, 7]
    assert seen(4, 4) == [0]


@pytest.mark.parametrize("frames", range(4, 132, 4))
def test_these_are_the_pictures_of_the_published_formula(frames: int) -> None:
    assert seen(frames, 4) == torch.linspace(0, frames - 1, frames // 4).long().tolist()


def test_each_pathway_gets_its_pictures() -> None:
    given: dict[str, Tensor] = {}
    network = tiny()
    network.stem.slow.register_forward_pre_hook(lambda _, inputs: given.update(slow=inputs[0]))
    network.stem.fast.register_forward_pre_hook(lambda _, inputs: given.update(fast=inputs[0]))
    clip = torch.rand(2, 3, 8, 32, 32)
    with torch.no_grad():
        network(clip)
    assert torch.equal(given["fast"], clip)
    assert torch.equal(given["slow"], clip[:, :, [0, 7]])


@pytest.mark.parametrize(("name", "alpha", "reach"), [("slowfast-r50", 4, 7), ("slowfast-r50-4x16", 8, 5)])
def test_lateral_connections_double_the_channels_and_keep_every_alpha_th_picture(
    name: str, alpha: int, reach: int
) -> None:
    with torch.device("meta"):
        network = built(name)
    lateral = [stage.lateral for stage in (network.stem, network.res2, network.res3, network.res4)]
    assert [unit.conv.weight.shape[:2] for unit in lateral] == [(16, 8), (64, 32), (128, 64), (256, 128)]
    assert {unit.conv.kernel_size for unit in lateral} == {(reach, 1, 1)}
    assert {unit.conv.stride for unit in lateral} == {(alpha, 1, 1)}
    assert network.res5.lateral is None


def test_stages_take_what_the_stages_before_them_give() -> None:
    """Table 1 with beta 1/8: 64, 256, 512, 1024 channels, and a quarter more that the fast pathway tells."""
    with torch.device("meta"):
        network = built("slowfast-r50")
    stages = [network.res2, network.res3, network.res4, network.res5]
    assert [stage.slow[0].a.conv.in_channels for stage in stages] == [80, 320, 640, 1280]
    assert [stage.fast[0].a.conv.in_channels for stage in stages] == [8, 32, 64, 128]
    assert [len(stage.slow) for stage in stages] == [len(stage.fast) for stage in stages] == [3, 4, 6, 3]
    assert [stage.slow[0].a.conv.kernel_size[0] for stage in stages] == [1, 1, 3, 3]
    assert {block.a.conv.kernel_size[0] for stage in stages for block in stage.fast} == {3}
    assert (network.stem.slow.conv.kernel_size, network.stem.fast.conv.kernel_size) == ((1, 7, 7), (5, 7, 7))


def test_the_slow_pathway_hears_the_fast_one_and_not_the_other_way_round() -> None:
    network = tiny()
    for module in network.modules():
        if isinstance(module, Unit):
            nn.init.ones_(module.norm.weight)
    clip = torch.rand(1, 3, 8, 32, 32)
    other = clip.clone()
    other[:, :, 3] += 1  # one that only the fast pathway sees
    with torch.no_grad():
        changed = (network.features(other) - network.features(clip)).abs()[0] > 0
        slow = 32 * 16
        assert changed[:slow].any()
        assert changed[slow:].any()
        network.stem.slow.conv.weight.mul_(2)  # changes the slow pathway alone
        assert torch.equal(network.features(clip)[:, slow:], tiny_fast(network, clip))


def tiny_fast(network: SlowFast, clip: Tensor) -> Tensor:
    x = clip
    for stage in (network.stem, network.res2, network.res3, network.res4, network.res5):
        x = stage.fast(x)
    return x.mean((2, 3, 4))


@pytest.mark.parametrize(("name", "parameters"), [("slowfast-r50", 34_566_488), ("slowfast-r50-4x16", 34_480_216)])
def test_parameters_are_as_published(name: str, parameters: int) -> None:
    with torch.device("meta"):
        assert sum(weight.numel() for weight in built(name).parameters()) == parameters


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_names_are_ours_one_by_one(name: str) -> None:
    state = published_state(name)
    network, ours = built(name), published(state)
    assert len(ours) == len(state)
    filled(network, ours)
    assert torch.equal(
        network.res3.slow[1].b.norm.running_var,
        state["blocks.2.multipathway_blocks.0.res_blocks.1.branch2.norm_b.running_var"],
    )
    assert torch.equal(network.res4.lateral.conv.weight, state["blocks.3.multipathway_fusion.conv_fast_to_slow.weight"])
    assert torch.equal(network.classifier[1].bias, state["blocks.6.proj.bias"])


@pytest.mark.parametrize("shape", [(4, 32, 31), (4, 31, 32), (3, 32, 32)])
def test_clips_that_are_too_small_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="4 or more pictures, each side 32 or more pixels"):
        tiny()(torch.zeros(1, 3, *shape))


def test_pictures_that_alpha_does_not_divide_are_refused() -> None:
    with pytest.raises(UsageError, match=r"got: 10 pictures; allowed: a multiple of 4 \(alpha\); do: take 8 pictures"):
        tiny()(torch.zeros(1, 3, 10, 32, 32))


@pytest.mark.parametrize("shape", [(4, 32, 32), (8, 45, 80), (16, 64, 33)])
def test_other_sizes_are_taken(shape: tuple[int, ...]) -> None:
    with torch.no_grad():
        assert tiny()(torch.rand(1, 3, *shape)).shape == (1, 4)
