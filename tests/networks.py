"""Networks for tests: random weights, and the layout in which the published weights come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from aisle.data.rendered import textures
from aisle.models.i3d import MIXED, InceptionI3d, Unit3D

Tree = dict[str, dict[str, Any]]

BRANCHES = {
    "Branch_0": "Branch_0/Conv3d_0a_1x1",
    "Branch_1a": "Branch_1/Conv3d_0a_1x1",
    "Branch_1b": "Branch_1/Conv3d_0b_3x3",
    "Branch_2a": "Branch_2/Conv3d_0a_1x1",
    "Branch_2b": "Branch_2/Conv3d_0b_3x3",
    "Branch_3": "Branch_3/Conv3d_0b_1x1",
}
"""Our names of a block's convolutions, and the published ones."""


def random_network(*, classes: int, slim: int, seed: int = 0) -> InceptionI3d:
    """In evaluation mode. Its batch norms know the statistics of moving pictures, so inputs show in outputs."""
    torch.manual_seed(seed)
    network = InceptionI3d(classes, slim=slim)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            nn.init.normal_(module.bias, mean=1.0, std=0.3)
            module.momentum = None  # the plain mean over all batches
        if isinstance(module, nn.Conv3d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    nn.init.normal_(network.logits.weight, std=0.2)  # sure enough of its answers that a video has segments
    clips = np.stack(list(textures(count=2, frames=40, width=64, height=64, seed=seed)))
    with torch.no_grad():
        network.train().maps(as_input(clips))
    return network.eval()


def as_input(clips: npt.NDArray[np.uint8]) -> torch.Tensor:
    """(B, T, H, W, 3) bytes to the (B, 3, T, H, W) in [-1, 1] that the network reads."""
    return torch.from_numpy(clips).permute(0, 4, 1, 2, 3) / 127.5 - 1


def as_published(network: InceptionI3d) -> Tree:
    """The weights of `network` under the published names: kernels are T, H, W, in, out, statistics 1, 1, 1, 1, out."""
    params: dict[str, Any] = {}
    stats: dict[str, Any] = {}
    for path, unit in _units(network):
        norm = unit.norm
        weights, seen = params, stats
        for key in path:
            weights, seen = weights.setdefault(key, {}), seen.setdefault(key, {})
        weights["Conv_0"] = {"kernel": _channels_last(unit.conv.weight)}
        weights["BatchNorm_0"] = {"bias": _array(norm.bias)}
        seen["BatchNorm_0"] = {
            "mean": _array(norm.running_mean).reshape(1, 1, 1, 1, -1),
            "var": _array(norm.running_var).reshape(1, 1, 1, 1, -1),
        }
    head = {"kernel": _channels_last(network.logits.weight), "bias": _array(network.logits.bias)}
    params["Logits/Conv3d_0c_1x1"] = {"Conv_0": head}
    return {"params": params, "batch_stats": stats}


def _units(network: InceptionI3d) -> Iterator[tuple[tuple[str, ...], Unit3D]]:
    for name, block in network.blocks.items():
        if name in MIXED:
            yield from (((name, published), getattr(block, ours)) for ours, published in BRANCHES.items())
        else:
            yield (name,), block


def _channels_last(weight: torch.Tensor) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(_array(weight).transpose(2, 3, 4, 1, 0))


def _array(tensor: torch.Tensor | None) -> npt.NDArray[np.float32]:
    assert tensor is not None
    return tensor.detach().numpy().copy()
