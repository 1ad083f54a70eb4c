from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from aisle.core import AisleError, UsageError
from aisle.deploy.weights import read_arrays
from aisle.models.i3d import (
    STEM,
    InceptionI3d,
    Streaming,
    Unit3D,
    in_blocks,
    max_pool,
    published,
    same_padding,
)
from features import all_maps, at_once, in_pieces
from networks import as_published, random_network
from streams import clip, difference

Floats = npt.NDArray[np.floating]

FIRST = 56
"""The least frames that a first piece holds unless it is also the last."""

# Inputs, and outputs of the branches, as figures 2 and 3 of the paper and the published code have them.
WIDTHS = {
    "Mixed_3b": (192, 64, 96, 128, 16, 32, 32),
    "Mixed_3c": (256, 128, 128, 192, 32, 96, 64),
    "Mixed_4b": (480, 192, 96, 208, 16, 48, 64),
    "Mixed_4c": (512, 160, 112, 224, 24, 64, 64),
    "Mixed_4d": (512, 128, 128, 256, 24, 64, 64),
    "Mixed_4e": (512, 112, 144, 288, 32, 64, 64),
    "Mixed_4f": (528, 256, 160, 320, 32, 128, 128),
    "Mixed_5b": (832, 256, 160, 320, 32, 128, 128),
    "Mixed_5c": (832, 384, 192, 384, 48, 128, 128),
}


@pytest.fixture(scope="module")
def network() -> InceptionI3d:
    return random_network(classes=5, slim=8)


@pytest.fixture(scope="module")
def streaming(network: InceptionI3d) -> Streaming:
    return Streaming(network)


# --- 'SAME' padding


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "zeros"),
    [
        (224, 7, 2, (2, 3)),  # 112 windows of 7 every 2 reach over 229 cells
        (112, 3, 2, (0, 1)),
        (64, 3, 1, (1, 1)),
        (7, 2, 2, (0, 1)),
        (8, 2, 2, (0, 0)),
        (1, 7, 2, (3, 3)),
        (5, 1, 2, (0, 0)),
    ],
)
def test_same_padding_worked_by_hand(size: int, kernel: int, stride: int, zeros: tuple[int, int]) -> None:
    assert same_padding(size, kernel, stride) == zeros


@given(st.integers(1, 300), st.integers(1, 9), st.integers(1, 4))
def test_same_padding_is_the_least_that_gives_a_window_every_stride(size: int, kernel: int, stride: int) -> None:
    before, after = same_padding(size, kernel, stride)
    wanted = -(-size // stride)
    least = next(total for total in itertools.count() if (size + total - kernel) // stride + 1 >= wanted)
    assert before + after == least
    assert after - before in (0, 1)


def windows(x: Floats, kernel: int, stride: int) -> Iterator[tuple[tuple[int, ...], Floats]]:
    """Each output cell of 'SAME', and the (C, k, k, k) inputs that it sees, cell by cell; x is (C, T, H, W)."""
    sizes = x.shape[1:]
    before = [max((-(-n // stride) - 1) * stride + kernel - n, 0) // 2 for n in sizes]
    for cell in np.ndindex(*(-(-n // stride) for n in sizes)):
        seen = np.zeros((len(x), *[kernel] * 3))
        for offset in np.ndindex(*[kernel] * 3):
            place = [c * stride - b + o for c, b, o in zip(cell, before, offset, strict=True)]
            if all(0 <= p < n for p, n in zip(place, sizes, strict=True)):
                seen[(slice(None), *offset)] = x[(slice(None), *place)]
        yield cell, seen


@pytest.mark.parametrize("sizes", [(4, 5, 6), (3, 2, 1)])
@pytest.mark.parametrize(("kernel", "stride"), [(7, 2), (3, 1), (3, 2), (1, 1)])
def test_a_convolution_is_the_sum_over_same_padded_windows(
    sizes: tuple[int, int, int], kernel: int, stride: int
) -> None:
    torch.manual_seed(0)
    unit = Unit3D(2, 3, kernel, stride).eval()
    x, weight = torch.randn(2, *sizes), unit.conv.weight.detach().numpy().astype(float)
    got = unit(x[None])[0].detach().numpy()
    sums = {cell: np.einsum("oithw,ithw->o", weight, seen) for cell, seen in windows(x.numpy(), kernel, stride)}
    assert got.shape[1:] == tuple(-(-n // stride) for n in sizes)
    for cell, total in sums.items():
        np.testing.assert_allclose(got[(slice(None), *cell)], np.maximum(total / np.sqrt(1 + 1e-3), 0), atol=1e-5)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (3, 1), (2, 2)])
def test_pooling_takes_the_highest_of_same_padded_windows(kernel: int, stride: int) -> None:
    x = torch.rand(2, 5, 6, 3)
    got = max_pool(x[None], (kernel,) * 3, (stride,) * 3)[0].numpy()
    for cell, seen in windows(x.numpy(), kernel, stride):
        np.testing.assert_array_equal(got[(slice(None), *cell)], seen.max((1, 2, 3)).astype(np.float32))


# --- the published weights


def made_up_arrays() -> dict[str, Any]:
    """Arrays with the published names and shapes, each number drawn at random."""
    random = np.random.default_rng(0)
    params: dict[str, Any] = {}
    stats: dict[str, Any] = {}

    def unit(block: str, branch: str | None, kernel: int, inputs: int, outputs: int) -> None:
        weights, seen = params.setdefault(block, {}), stats.setdefault(block, {})
        if branch is not None:
            weights, seen = weights.setdefault(branch, {}), seen.setdefault(branch, {})
        weights["Conv_0"] = {"kernel": random.standard_normal((*[kernel] * 3, inputs, outputs), np.float32)}
        weights["BatchNorm_0"] = {"bias": random.standard_normal(outputs, np.float32)}
        mean, variance = random.random((2, 1, 1, 1, 1, outputs), np.float32)
        seen["BatchNorm_0"] = {"mean": mean, "var": variance}

    unit("Conv3d_1a_7x7", None, 7, 3, 64)
    unit("Conv3d_2b_1x1", None, 1, 64, 64)
    unit("Conv3d_2c_3x3", None, 3, 64, 192)
    for block, (inputs, one, two_a, two_b, three_a, three_b, four) in WIDTHS.items():
        unit(block, "Branch_0/Conv3d_0a_1x1", 1, inputs, one)
        unit(block, "Branch_1/Conv3d_0a_1x1", 1, inputs, two_a)
        unit(block, "Branch_1/Conv3d_0b_3x3", 3, two_a, two_b)
        unit(block, "Branch_2/Conv3d_0a_1x1", 1, inputs, three_a)
        unit(block, "Branch_2/Conv3d_0b_3x3", 3, three_a, three_b)
        unit(block, "Branch_3/Conv3d_0b_1x1", 1, inputs, four)
    kernel, bias = random.standard_normal((1, 1, 1, 1024, 400), np.float32), random.random(400, np.float32)
    params["Logits/Conv3d_0c_1x1"] = {"Conv_0": {"kernel": kernel, "bias": bias}}
    return {"params": params, "batch_stats": stats}


def same_leaves(got: Any, wanted: Any, path: str = "") -> None:
    if isinstance(wanted, dict):
        assert got.keys() == wanted.keys(), path
        for key in wanted:
            same_leaves(got[key], wanted[key], f"{path}.{key}")
    else:
        np.testing.assert_array_equal(got, wanted, err_msg=path)


def test_every_published_array_lands_in_its_place() -> None:
    arrays = made_up_arrays()
    network = published(arrays)
    assert not network.training
    same_leaves(as_published(network), arrays)
    assert network.features == 1024
    kernel = arrays["params"]["Mixed_4e"]["Branch_1/Conv3d_0b_3x3"]["Conv_0"]["kernel"]
    weight = network.blocks["Mixed_4e"].Branch_1b.conv.weight  # (out, in, t, h, w)
    assert weight[287, 143, 0, 1, 2] == kernel[0, 1, 2, 143, 287]


def test_batch_norm_has_no_scale_and_the_published_epsilon() -> None:
    arrays = made_up_arrays()
    x = np.random.default_rng(1).standard_normal((64, 1, 2, 2))
    weights, norm = arrays["params"]["Conv3d_2b_1x1"], arrays["batch_stats"]["Conv3d_2b_1x1"]["BatchNorm_0"]
    sums = np.einsum("io,ithw->othw", weights["Conv_0"]["kernel"][0, 0, 0], x)
    mean, variance, bias = (a.reshape(64, 1, 1, 1) for a in (norm["mean"], norm["var"], weights["BatchNorm_0"]["bias"]))
    wanted = np.maximum((sums - mean) / np.sqrt(variance + 0.001) + bias, 0)
    with torch.no_grad():
        got = published(arrays).blocks["Conv3d_2b_1x1"](torch.from_numpy(x[None]).float())[0].numpy()
    np.testing.assert_allclose(got, wanted, atol=1e-4)


def test_arrays_that_do_not_fit_are_refused() -> None:
    arrays = made_up_arrays()
    arrays["params"]["Mixed_3c"]["Branch_0/Conv3d_0a_1x1"]["Conv_0"]["kernel"] = np.zeros((1, 1, 1, 256, 127))
    with pytest.raises(AisleError, match="weights do not fit"):
        published(arrays)
    del arrays["params"]["Mixed_3c"]["Branch_0/Conv3d_0a_1x1"]
    with pytest.raises(KeyError, match="Branch_0/Conv3d_0a_1x1"):
        published(arrays)


# --- the network as published


def test_too_small_an_input_is_refused(network: InceptionI3d) -> None:
    with pytest.raises(UsageError, match=r"input too small; got: \(8, 224, 224\); allowed: at least 9 x 193 x 193"):
        network(torch.zeros(1, 3, 8, 224, 224))
    with pytest.raises(UsageError, match="too small"):
        network(torch.zeros(1, 3, 9, 192, 224))


def test_one_video_of_a_batch_knows_nothing_of_the_others(network: InceptionI3d) -> None:
    one, other = torch.rand(2, 1, 3, 9, 193, 200) * 2 - 1
    with torch.no_grad():
        alone, together = network(one), network(torch.cat([one, other]))
    assert together.shape == (2, 5)
    assert difference(together[:1].numpy(), alone.numpy()) < 1e-5
    assert difference(together[1:].numpy(), alone.numpy()) > 1e-2


def test_gradients_reach_every_weight() -> None:
    network = random_network(classes=3, slim=8).train()
    network(torch.rand(2, 3, 9, 193, 193) * 2 - 1).square().sum().backward()
    idle = [name for name, weight in network.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert idle == []
    fixed = [value for name, value in network.named_buffers() if name.endswith("norm.weight")]
    assert len(fixed) == 57
    assert all((value == 1).all() for value in fixed)


# --- the stream


@pytest.mark.parametrize(
    ("height", "width"), [(16, 16), (32, 48), (80, 48), (112, 32), (64, 96)], ids=lambda side: str(side)
)
def test_a_stream_gives_what_the_network_gives_for_the_whole_video(
    network: InceptionI3d, streaming: Streaming, height: int, width: int
) -> None:
    """At both edges too: the states of a new stream hold the zeros that 'SAME' padding puts before the first frame, and
    `end` adds those that it puts behind the last.

    This holds for multiples of 8. For other lengths TensorFlow would share its zeros out differently, while an Analyzer
    holds the last frame until the step is full: see the next test.
    """
    frames = clip(72, height, width)
    wanted = at_once(network, frames)
    assert difference(in_pieces(streaming, frames, [72]), wanted) < 1e-5
    assert difference(in_pieces(streaming, frames, [56, 16]), wanted) < 1e-5


def test_a_held_last_frame_is_not_what_tensorflow_makes_of_an_odd_length(
    network: InceptionI3d, streaming: Streaming
) -> None:
    frames = clip(61)
    held = np.concatenate([frames, frames[-1:], frames[-1:], frames[-1:]])
    assert difference(in_pieces(streaming, held, [64]), at_once(network, held)) < 1e-5
    means = in_pieces(streaming, held, [64])[:, : network.features]
    assert difference(means, all_maps(network, frames)["Mixed_5c"].mean((2, 3))) > 1e-3


@pytest.mark.parametrize("length", [8, 16, 48])
def test_a_short_stream_begins_and_ends_in_one_piece(network: InceptionI3d, streaming: Streaming, length: int) -> None:
    frames = clip(length)
    assert difference(in_pieces(streaming, frames, [length]), at_once(network, frames)) < 1e-5


@st.composite
def cuts(draw: st.DrawFn) -> list[int]:
    """Lengths of pieces in frames: the first at least 56, all multiples of 8."""
    first = draw(st.integers(FIRST // 8, 10))
    return [8 * steps for steps in [first, *draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))]]


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_no_cut_changes_the_answers(network: InceptionI3d, streaming: Streaming, data: st.DataObject) -> None:
    lengths = data.draw(cuts())
    frames = clip(sum(lengths))
    assert difference(in_pieces(streaming, frames, lengths), at_once(network, frames)) < 1e-5


def test_answers_trail_by_six_steps_until_the_end(streaming: Streaming) -> None:
    states = [torch.zeros(1, s.channels, s.lead, -(-32 // s.down), -(-32 // s.down)) for s in streaming.states]
    features, logits, *kept = streaming(torch.from_numpy(clip(80)), torch.zeros(1), torch.zeros(0), *states)
    assert features.shape[0] == logits.shape[0] == 10 - 6
    assert [tensor.shape[2] for tensor in kept] == [state.keep for state in streaming.states]


def test_the_logits_are_those_of_the_head(network: InceptionI3d, streaming: Streaming) -> None:
    frames = torch.from_numpy(clip(16))
    states = [torch.zeros(1, s.channels, s.lead, -(-32 // s.down), -(-32 // s.down)) for s in streaming.states]
    features, logits, *_ = streaming(frames, torch.zeros(1), torch.zeros(1), *states)
    with torch.no_grad():
        means = features[:, : network.features]
        wanted = network.logits(means.T[None, :, :, None, None])[0, :, :, 0, 0].T
    assert difference(logits.numpy(), wanted.numpy()) < 1e-5


class PaddedWith(nn.Module):
    """The first convolution for even sizes, with `value` in place of zeros around the pictures."""

    def __init__(self, unit: Unit3D, value: float) -> None:
        super().__init__()
        self.unit, self.value = unit, value

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        padded = functional.pad(x, (2, 3) * 3, value=self.value)
        return functional.relu(self.unit.norm(self.unit.conv(padded)))


def test_a_whole_byte_as_zero_changes_the_border_alone(network: InceptionI3d, streaming: Streaming) -> None:
    """What lies around the pictures is then byte 128 and not 127.5; nothing else differs."""
    frames = clip(64)
    got = in_pieces(Streaming(network, centre=128.0), frames, [56, 8])
    bordered = copy.deepcopy(network)
    bordered.blocks[STEM] = PaddedWith(bordered.blocks[STEM], 128 / 127.5 - 1)
    assert difference(got, at_once(bordered, frames)) < 1e-5
    assert difference(got, in_pieces(streaming, frames, [64])) > 1e-4


def test_blocks_of_pixels_give_the_same_sums() -> None:
    x, weight = torch.randn(3, 12, 16, 10, dtype=torch.float64), torch.randn(4, 3, 7, 7, 7, dtype=torch.float64)
    padded = functional.pad(x[None], (2, 3) * 3)
    wanted = functional.conv3d(padded, weight, stride=2)[0].flatten(1).numpy()
    blocks = x.view(3, 6, 2, 8, 2, 5, 2).permute(2, 4, 6, 0, 1, 3, 5).reshape(24, 6, 8, 5)
    padded = functional.pad(blocks[None], (1, 2) * 3)
    got = functional.conv3d(padded, in_blocks(weight))[0].flatten(1).numpy()
    assert difference(got, wanted) < 1e-13


def test_the_published_weights_stream_exactly(published_weights: Path) -> None:
    network = published(read_arrays(published_weights))
    frames = clip(72, 64, 48)
    assert difference(in_pieces(Streaming(network), frames, [56, 16]), at_once(network, frames)) < 1e-5
