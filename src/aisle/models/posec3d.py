"""PoseC3D: a slow 3D network over heat maps of joints (Duan et al., "Revisiting Skeleton-based Action Recognition",
CVPR 2022, its SlowOnly).

The heat maps are drawn here, so that what is kept and sent are poses. The people of a clip share its maps.

B batch, P people, T pictures, V joints, S side of the maps, C channels.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from aisle.core.clip import JOINTS
from aisle.models.renaming import Table, renamed
from aisle.models.resnet3d import HALF, WIDER, Size, Stem, blocks_of, classifier, drawn, mean, stage

SPREAD = 0.6
"""Standard deviation of a joint's spot, in cells of the map."""

CUT = 3  # of these deviations, where the publishers cut a spot off, at whole cells
AROUND = 1.25  # times the box of all joints is drawn
LEAST = 0.01  # of the picture's height: of a smaller box the whole picture is drawn (10 of 1080 pixels)
FAR = 1e4
QUARTER: Size = (2, 2, 2)

PUBLISHED: Table = (
    (r"backbone\.conv1\.conv\.(.*)", r"stem.conv.\1"),
    (r"backbone\.conv1\.bn\.(.*)", r"stem.norm.\1"),
    *(
        (rf"backbone\.layer(\d)\.(\d)\.{theirs}\.{part}\.(.*)", rf"stage\1.\2.{ours}.{kind}.\3")
        for theirs, ours in (("conv1", "a"), ("conv2", "b"), ("conv3", "c"), ("downsample", "shortcut"))
        for part, kind in (("conv", "conv"), ("bn", "norm"))
    ),
    (r"cls_head\.fc_cls\.(.*)", r"classifier.1.\1"),
)


def build(classes: int, *, depth: int, width: int, side: int, aspect: float, dropout: float) -> nn.Module:
    return PoseC3D(classes, depth=depth, width=width, side=side, aspect=aspect, dropout=dropout)


def published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """MMAction2's names to ours."""
    return renamed(state, PUBLISHED)


class PoseC3D(nn.Module):
    """The last three stages of a residual network of `depth` layers, on maps of `side` x `side` cells."""

    stages = ("stem", "stage1", "stage2", "stage3", "classifier")

    def __init__(self, classes: int, *, depth: int, width: int, side: int, aspect: float, dropout: float) -> None:
        super().__init__()
        first, second, third = blocks_of(depth)[1:]
        self.maps = HeatMaps(side, aspect)
        self.stem = Stem(JOINTS, width, stride=1, pool=1)
        self.stage1 = stage(width, width, first, stride=HALF)
        self.stage2 = stage(WIDER * width, 2 * width, second, times=3, stride=HALF)
        self.stage3 = stage(WIDER * 2 * width, 4 * width, third, times=3, stride=QUARTER)
        self.classifier = classifier(WIDER * 4 * width, classes, dropout)
        drawn(self)

    def features(self, poses: Tensor) -> Tensor:
        """(B, P, T, V, 3) to (B, C)."""
        x = self.stem(self.maps(poses))
        for part in (self.stage1, self.stage2, self.stage3):
            x = part(x)
        return mean(x)

    def forward(self, poses: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(poses))
        return logits


class HeatMaps(nn.Module):
    """Poses (B, P, T, V, 3) to maps (B, V, T, S, S) of the square around all joints of a clip.

    A joint is a spot as high as its confidence; where people overlap the higher counts. `aspect` is the pictures' width
    by their height, which poses, being shares of the picture, do not tell.
    """

    cells: Tensor

    def __init__(self, side: int, aspect: float) -> None:
        super().__init__()
        self.side, self.aspect = side, aspect
        self.register_buffer("cells", torch.arange(side, dtype=torch.float32), persistent=False)

    def forward(self, poses: Tensor) -> Tensor:
        sure = poses[..., 2]  # (B, P, T, V)
        x, y = poses[..., 0] * self.aspect, poses[..., 1]
        left, right = _reach(x, sure)
        top, bottom = _reach(y, sure)
        half = torch.maximum(right - left, bottom - top) * AROUND / 2
        seen = torch.minimum(right - left, bottom - top) >= LEAST
        x = self._placed(x, seen, (left + right) / 2 - half, half, self.aspect)
        y = self._placed(y, seen, (top + bottom) / 2 - half, half, 1)
        spots = (sure.unsqueeze(-1) * self._spot(y)).unsqueeze(-1) * self._spot(x).unsqueeze(-2)
        return spots.amax(1).transpose(1, 2)

    def _placed(self, at: Tensor, seen: Tensor, start: Tensor, half: Tensor, whole: float) -> Tensor:
        """Joints' places in cells."""
        start = torch.where(seen, start, 0)
        length = torch.where(seen, 2 * half, whole)
        return (at - start) / length * self.side

    def _spot(self, at: Tensor) -> Tensor:
        """(..., S) from 0 to 1."""
        at = at.unsqueeze(-1)
        near = (self.cells >= (at - CUT * SPREAD).floor()) & (self.cells <= (at + CUT * SPREAD).floor())
        return torch.exp(-((self.cells - at) ** 2) / (2 * SPREAD**2)) * near


def _reach(at: Tensor, sure: Tensor) -> tuple[Tensor, Tensor]:
    """The least and the greatest of a clip's joints that were found, (B, 1, 1, 1)."""
    found = sure > 0
    low = torch.where(found, at, FAR).amin((1, 2, 3), keepdim=True)
    high = torch.where(found, at, -FAR).amax((1, 2, 3), keepdim=True)
    return low, high
