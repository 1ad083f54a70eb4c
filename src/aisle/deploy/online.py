"""A network that looks back only, as it runs over a stream: converted, and calibrated on streams. Needs PyTorch.

Shapes: T pictures, H W picture, D features, C classes.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from aisle.deploy.bundle import StateShape
from aisle.deploy.clip import ClipBundle, read_clip_bundle
from aisle.deploy.clip_torch import torch_network
from aisle.deploy.convert import state_shapes, to_onnx
from aisle.deploy.network import Array, Arrays, Network

PIECE = 4
"""Pictures that a stream is traced with, and calibrated in."""


class Online(nn.Module):
    """As aisle.deploy.network wants it: the lengths of all inputs count, so that converters keep every input."""

    def __init__(self, streaming: Any) -> None:
        super().__init__()
        self.streaming = streaming
        self.states: Sequence[Any] = streaming.states

    def forward(self, frames: Tensor, lead: Tensor, end: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        features, *others = self.streaming(frames, lead, end, *states)
        return features + 0.0 * (lead.shape[0] + end.shape[0]), *others


def is_online(bundle: ClipBundle) -> bool:
    """Whether the network of `bundle` looks back only."""
    return bundle.options.get("online") is True


def online(network: nn.Module, bundle: ClipBundle) -> Online:
    """`network` as it runs over a stream, with the states that it hands on."""
    return Online(importlib.import_module(f"aisle.models.{bundle.network}").Streaming(network, bundle))


def online_network(folder: Path) -> Online:
    """The PyTorch network of a bundle."""
    return online(torch_network(folder).network, read_clip_bundle(folder))


def write_onnx(network: Online, clip: Array, path: Path) -> None:
    """`clip` (T, H, W, 3) is an example."""
    path.parent.mkdir()
    states = [state.begin(height=clip.shape[1], width=clip.shape[2]) for state in state_shapes(network)]
    to_onnx(network, [clip[:PIECE], np.zeros(1, np.float32), np.zeros(1, np.float32), *states], path)


def calls(network: Network, states: Sequence[StateShape], clips: Sequence[Array]) -> Iterator[Arrays]:
    """What `network` is given while it streams `clips` (T, H, W, 3), states and all."""
    for clip in clips:
        kept: list[Array] = [state.begin(height=clip.shape[1], width=clip.shape[2]) for state in states]
        for at in range(0, len(clip), PIECE):
            flags = [np.zeros(int(at == 0), np.float32), np.zeros(int(at + PIECE >= len(clip)), np.float32)]
            given = [np.ascontiguousarray(clip[at : at + PIECE]), *flags, *kept]
            yield given
            _, _, *kept = network(given)
