from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from aisle.core import UsageError
from aisle.deploy.convert import state_shapes, to_onnx, to_openvino
from aisle.deploy.network import Array, Arrays, Network
from aisle.deploy.runtime import openvino
from aisle.deploy.stream import PieceStream
from aisle.models.card import Steps
from aisle.models.clip import clip_model
from aisle.models.entry import Entry, network
from aisle.models.renaming import filled
from aisle.models.tsm import Streaming, Tsm, published, shifted
from published import published_state
from streams import Bytes, Floats, clip, difference

STEPS = Steps(stride=1, first=1, history=0, trained_frames=8)
ONLINE = clip_model("tsm-online-tiny")


def made(name: str, classes: int = 5) -> Tsm:
    """Its norms have seen something, so that inputs show in outputs."""
    torch.manual_seed(0)
    built = network(clip_model(name), classes)
    assert isinstance(built, Tsm)
    for module in built.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.bias, 0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 2)
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.3)
    return built.eval()


@pytest.fixture(scope="module")
def tiny() -> Tsm:
    return made("tsm-online-tiny")


# --- the shift

# Two clips of three pictures, four channels, one pixel: tens for the clip and picture, units for the channel.
PICTURES = [[10, 11, 12, 13], [20, 21, 22, 23], [30, 31, 32, 33], [40, 41, 42, 43], [50, 51, 52, 53], [60, 61, 62, 63]]


def mixed(*, online: bool) -> list[list[int]]:
    x = torch.tensor(PICTURES, dtype=torch.float32)[:, :, None, None]
    return shifted(x, frames=3, share=4, online=online)[:, :, 0, 0].int().tolist()


def test_the_first_part_comes_from_the_next_picture_and_the_second_from_the_one_before() -> None:
    assert mixed(online=False) == [
        [20, 0, 12, 13],
        [30, 11, 22, 23],
        [0, 21, 32, 33],
        [50, 0, 42, 43],
        [60, 41, 52, 53],
        [0, 51, 62, 63],
    ]


def test_online_nothing_comes_from_the_next_picture() -> None:
    assert mixed(online=True) == [
        [0, 11, 12, 13],
        [10, 21, 22, 23],
        [20, 31, 32, 33],
        [0, 41, 42, 43],
        [40, 51, 52, 53],
        [50, 61, 62, 63],
    ]


def test_channels_that_do_not_make_whole_parts_stay() -> None:
    x = torch.rand(2, 11, 1, 1)
    assert torch.equal(shifted(x, frames=2, share=4, online=False)[:, 4:], x[:, 4:])
    assert torch.equal(shifted(x, frames=1, share=4, online=True)[:, :2], torch.zeros(2, 2, 1, 1))


# --- the network


@pytest.mark.parametrize("name", ["tsm-r50", "tsm-mobilenetv2"])
def test_the_published_weights_fit(name: str) -> None:
    state = published_state(name)
    built = filled(network(clip_model(name), 400), published(state))
    size = {"tsm-r50": 24_327_632, "tsm-mobilenetv2": 2_736_272}[name]  # as mmaction2's model zoo tells
    assert sum(weight.numel() for weight in built.parameters()) == size
    assert torch.equal(built.get_parameter("image.stem.conv.weight"), state["backbone.conv1.conv.weight"])
    assert torch.equal(built.get_parameter("classifier.1.bias"), state["cls_head.fc_cls.bias"])


def test_the_shifted_convolutions_are_the_published_ones() -> None:
    of_r50, of_mobile = published_state("tsm-r50"), published_state("tsm-mobilenetv2")
    r50, mobile = published(of_r50), published(of_mobile)
    assert torch.equal(r50["image.layer3.5.branch.0.conv.weight"], of_r50["backbone.layer3.5.conv1.conv.net.weight"])
    assert torch.equal(
        mobile["image.layer4.1.expand.conv.weight"], of_mobile["backbone.layer4.1.conv.0.net.conv.weight"]
    )
    assert torch.equal(mobile["image.layer4.0.expand.conv.weight"], of_mobile["backbone.layer4.0.conv.0.conv.weight"])
    assert torch.equal(mobile["image.layer1.0.depthwise.bn.weight"], of_mobile["backbone.layer1.0.conv.0.bn.weight"])


@pytest.mark.parametrize(("name", "earlier"), [("tsm-tiny", True), ("tsm-online-tiny", False)])
def test_whether_a_picture_changes_what_is_said_before_it(name: str, earlier: bool) -> None:
    built = made(name)
    clips = torch.randn(1, 3, 6, 32, 32)
    other = clips.clone()
    other[:, :, 4] += 1
    with torch.no_grad():
        one, another = built.logits_per_picture(clips), built.logits_per_picture(other)
    changed = [not torch.allclose(a, b, atol=1e-5) for a, b in zip(one[0], another[0], strict=True)]
    assert changed[4:] == [True, True]
    assert changed[3] == earlier
    assert not any(changed[: 0 if earlier else 4])


# --- the stream


def as_network(streaming: nn.Module) -> Network:
    def run(inputs: Arrays) -> list[Array]:
        with torch.no_grad():
            return [found.numpy() for found in streaming(*(torch.from_numpy(array) for array in inputs))]

    return run


def streamed(run: Network, streaming: Streaming, frames: Bytes, lengths: Sequence[int]) -> tuple[Floats, Floats]:
    height, width = frames.shape[1:3]
    stream = PieceStream(run, state_shapes(streaming), STEPS, height=height, width=width)
    pieces = np.split(frames, np.cumsum(lengths)[:-1])
    told = [stream.push(piece, last=index == len(pieces)) for index, piece in enumerate(pieces, 1)]
    return np.concatenate([features for features, _ in told]), np.concatenate([logits for _, logits in told])


def at_once(built: Tsm, frames: Bytes) -> tuple[Floats, Floats]:
    """Features and logits of each picture, from the network that is given the whole clip."""
    rgb = Entry(built, ONLINE).prepared(torch.from_numpy(frames[None]))[0]
    with torch.no_grad():
        return built.per_picture(rgb)[0].numpy(), built.logits_per_picture(rgb)[0].numpy()


@settings(max_examples=15)
@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=5), height=st.integers(32, 50))
def test_no_cut_changes_the_answers(tiny: Tsm, lengths: list[int], height: int) -> None:
    streaming = Streaming(tiny, ONLINE)
    frames = clip(sum(lengths), height, 45)
    told = streamed(as_network(streaming), streaming, frames, lengths)
    assert all(difference(got, wanted) < 1e-5 for got, wanted in zip(told, at_once(tiny, frames), strict=True))


def test_mobilenet_streams_too() -> None:
    built = made("tsm-online-mobilenetv2", 3)
    streaming, frames = Streaming(built, ONLINE), clip(4, 40, 33)
    told = streamed(as_network(streaming), streaming, frames, [1, 2, 1])
    assert all(difference(got, wanted) < 1e-5 for got, wanted in zip(told, at_once(built, frames), strict=True))


def test_the_same_in_openvino_and_onnx(tiny: Tsm, tmp_path: Path) -> None:
    """Traced with one size and one length, asked with others."""
    onnxruntime = pytest.importorskip("onnxruntime")
    streaming, frames, lengths = Streaming(tiny, ONLINE), clip(7, 40, 54), [1, 4, 2]
    states = [state.begin(height=32, width=32) for state in state_shapes(streaming)]
    example = [clip(2), np.zeros(1, np.float32), np.zeros(0, np.float32), *states]
    model = openvino().Core().compile_model(to_openvino(streaming, example), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    to_onnx(streaming, example, tmp_path / "network.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "network.onnx")
    taken = [port.name for port in session.get_inputs()]

    def in_onnx(inputs: Arrays) -> list[Array]:
        given = dict(zip(["frames", "lead", "end", *taken[1:]], inputs, strict=True))  # a flag changes nothing here
        return list(session.run(None, {name: given[name] for name in taken}))

    def in_openvino(inputs: Arrays) -> list[Array]:
        return [found.copy() for found in model(list(inputs)).values()]

    for run in (in_onnx, in_openvino):
        told = streamed(run, streaming, frames, lengths)
        assert all(difference(got, wanted) < 1e-4 for got, wanted in zip(told, at_once(tiny, frames), strict=True))


def test_what_a_stream_carries(tiny: Tsm) -> None:
    states = Streaming(tiny, ONLINE).states
    assert [(state.channels, state.down) for state in states] == [(2, 4), (8, 4), (16, 8), (32, 16)]
    assert {(state.lead, state.keep) for state in states} == {(1, 1)}


def test_streaming_leaves_the_network_as_it_is() -> None:
    built = made("tsm-online-tiny").train()
    Streaming(built, ONLINE)
    assert built.training
    assert all(weight.requires_grad for weight in built.parameters())


def test_a_network_that_looks_ahead_cannot_stream() -> None:
    with pytest.raises(UsageError, match="waits for the next picture"):
        Streaming(made("tsm-tiny"), clip_model("tsm-tiny"))
