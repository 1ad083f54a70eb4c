"""ST-GCN and ST-GCN++: convolutions over the joints of a body, along its bones, and over time.

Yan et al., AAAI 2018, and Duan et al., ACM MM 2022; both as MMAction2 and PYSKL build them, whose weights fit. In the
first the graph is cut into three parts by distance from the body's centre, and each block learns how much every edge
counts. In the second each block learns the whole graph, and looks at time in six branches of their own reach.

B batch, P people, T pictures, V joints, C channels, K parts of the graph.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from aisle.core.clip import JOINTS
from aisle.models.renaming import renamed

BONES = (
    *((15, 13), (13, 11), (16, 14), (14, 12), (11, 5), (12, 6), (9, 7), (7, 5), (10, 8), (8, 6), (5, 0), (6, 0)),
    *((1, 0), (3, 1), (2, 0), (4, 2)),
)
"""COCO's joints, the outer one of each bone first, as the publishers join them."""

CENTRE = 0
PARTS = 3  # K
READ = 3  # x, y and confidence
REACH = 9  # pictures that the temporal convolution of ST-GCN sees
BRANCHES = (1, 2, 3, 4)  # dilations of those of ST-GCN++; a maximum and a plain branch come after them
GROWTH = (1, 1, 1, 1, 2, 2, 2, 4, 4, 4)  # of the width, block by block; where it grows, every second picture is kept

_NAMES = (
    (r"backbone\.data_bn\.(.*)", r"norm.\1"),
    (r"backbone\.gcn\.(\d+)\.gcn\.A", r"blocks.\1.graph.links"),
    (r"backbone\.gcn\.(\d+)\.gcn\.PA", r"blocks.\1.graph.importance"),
    (r"backbone\.gcn\.(\d+)\.gcn\.(.*)", r"blocks.\1.graph.\2"),
    (r"backbone\.gcn\.(\d+)\.tcn\.branches\.(\d)\.3\.conv\.(.*)", r"blocks.\1.time.branches.\2.3.\3"),
    (r"backbone\.gcn\.(\d+)\.tcn\.(.*)", r"blocks.\1.time.\2"),
    (r"backbone\.gcn\.(\d+)\.residual\.(.*)", r"blocks.\1.residual.\2"),
    (r"cls_head\.fc(?:_cls)?\.(.*)", r"classifier.\1"),
)


def build(classes: int, *, width: int = 64, plus: bool = False) -> STGCN:
    return STGCN(classes, width=width, plus=plus)


def published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """MMAction2's names, or PYSKL's, to ours."""
    return renamed(state, _NAMES)


def by_distance() -> Tensor:
    """(K, V, V), from row to column: each joint's share of itself, of its neighbours that are not nearer to the centre,
    and of those that are ("spatial configuration partitioning"; beyond one step all are equally far).
    """
    bones = _inward()
    near = torch.eye(JOINTS) + bones + bones.T
    steps = torch.where(near[CENTRE] > 0, 1.0, torch.inf)
    steps[CENTRE] = 0
    further = (steps[:, None] >= steps).float()
    return torch.stack([torch.eye(JOINTS), further, 1 - further]) * _shares(near) * _apart()


def by_direction() -> Tensor:
    """(K, V, V): each joint itself, the bones towards the centre, and those away from it."""
    return torch.stack([torch.eye(JOINTS), _shares(_inward()), _shares(_inward().T)])


def _inward() -> Tensor:
    links = torch.zeros(JOINTS, JOINTS)
    for outer, inner in BONES:
        links[inner, outer] = 1
    return links


def _shares(links: Tensor) -> Tensor:
    return links / links.sum(0).clamp(min=1)


def _apart() -> Tensor:
    """The first part is of joints themselves, the others are of neighbours."""
    own = torch.eye(JOINTS)
    return torch.stack([own, 1 - own, 1 - own])


class STGCN(nn.Module):
    """`width` channels in the first blocks. `plus` makes ST-GCN++ of it."""

    def __init__(self, classes: int, *, width: int, plus: bool) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(JOINTS * READ)
        widths = [width * growth for growth in GROWTH]
        self.blocks = nn.ModuleList(
            _Block(READ if number == 0 else widths[number - 1], wide, first=number == 0, plus=plus)
            for number, wide in enumerate(widths)
        )
        self.classifier = nn.Linear(widths[-1], classes)
        nn.init.normal_(self.classifier.weight, std=0.01)
        nn.init.zeros_(self.classifier.bias)
        self.stages = ("norm", *(f"blocks.{number}" for number in range(len(widths))), "classifier")

    def forward(self, poses: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(poses))
        return logits

    def features(self, poses: Tensor) -> Tensor:
        """(B, P, T, V, 3) to (B, C), the mean over people, pictures and joints."""
        people = poses.shape[1]
        x = centred(poses).permute(0, 1, 3, 4, 2).flatten(0, 1)  # (BP, V, 3, T)
        x = self.norm(x.flatten(1, 2)).unflatten(1, (JOINTS, READ)).permute(0, 2, 3, 1)  # (BP, 3, T, V)
        for block in self.blocks:
            x = block(x)
        mean: Tensor = x.mean((2, 3)).unflatten(0, (-1, people)).mean(1)
        return mean


def centred(poses: Tensor) -> Tensor:
    """Shares of the picture become -1 to 1 about its middle, joints that were not found 0 (PYSKL's PreNormalize2D)."""
    seen = poses[..., 2:] > 0
    return torch.cat([(2 * poses[..., :2] - 1) * seen, poses[..., 2:]], dim=-1)


class _Block(nn.Module):
    """Over the graph, then over time. (BP, C, T, V) to (BP, C', T or T / 2, V)."""

    def __init__(self, into: int, wide: int, *, first: bool, plus: bool) -> None:
        super().__init__()
        stride = 1 if first or into == wide else 2
        self.graph: nn.Module = _LearntGraph(into, wide) if plus else _WeightedGraph(into, wide)
        self.time: nn.Module = _Branches(wide, stride) if plus else _Temporal(wide, wide, REACH, stride)
        self.residual: nn.Module | None = None if first else nn.Identity()
        if stride > 1:
            self.residual = _Temporal(into, wide, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.time(self.graph(x))
        return torch.relu(y if self.residual is None else y + self.residual(x))


class _Graph(nn.Module):
    """Each joint's new numbers from those of its neighbours, part by part of the graph."""

    def __init__(self, into: int, wide: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(into, PARTS * wide, 1)
        self.bn = nn.BatchNorm2d(wide)

    def gathered(self, x: Tensor, links: Tensor) -> Tensor:
        parts = self.conv(x).unflatten(1, (PARTS, -1))  # (BP, K, C, T, V)
        mixed: Tensor = self.bn((parts @ links[:, None]).sum(1))
        return mixed


class _WeightedGraph(_Graph):
    """A graph that is given, and learnt weights of its edges."""

    links: Tensor

    def __init__(self, into: int, wide: int) -> None:
        super().__init__(into, wide)
        self.register_buffer("links", by_distance())
        self.importance = nn.Parameter(torch.ones(PARTS, JOINTS, JOINTS))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.gathered(x, self.links * self.importance))


class _LearntGraph(_Graph):
    """A graph that is learnt, from the body's on, and a way around it."""

    def __init__(self, into: int, wide: int) -> None:
        super().__init__(into, wide)
        self.links = nn.Parameter(by_direction())
        self.down: nn.Module = nn.Identity()
        if into != wide:
            self.down = nn.Sequential(nn.Conv2d(into, wide, 1), nn.BatchNorm2d(wide))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.gathered(x, self.links) + self.down(x))


class _Temporal(nn.Module):
    def __init__(self, into: int, wide: int, reach: int, stride: int) -> None:
        super().__init__()
        self.conv = _over_time(into, wide, reach, stride)
        self.bn = nn.BatchNorm2d(wide)

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.bn(self.conv(x))
        return normed


class _Branches(nn.Module):
    """Several looks at time side by side, then mixed. The first branch has what does not divide."""

    def __init__(self, wide: int, stride: int) -> None:
        super().__init__()
        slim = wide // (len(BRANCHES) + 2)
        rest = wide - slim * (len(BRANCHES) + 1)
        self.branches = nn.ModuleList(
            nn.Sequential(*_narrowed(wide, width), _over_time(width, width, 3, stride, dilation))
            for dilation, width in zip(BRANCHES, (rest, slim, slim, slim), strict=True)
        )
        largest = nn.MaxPool2d((3, 1), stride=(stride, 1), padding=(1, 0))
        self.branches.append(nn.Sequential(*_narrowed(wide, slim), largest))
        self.branches.append(nn.Conv2d(wide, slim, 1, stride=(stride, 1)))
        self.transform = nn.Sequential(nn.BatchNorm2d(wide), nn.ReLU(), nn.Conv2d(wide, wide, 1))
        self.bn = nn.BatchNorm2d(wide)

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.bn(self.transform(torch.cat([branch(x) for branch in self.branches], dim=1)))
        return normed


def _narrowed(into: int, wide: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(into, wide, 1), nn.BatchNorm2d(wide), nn.ReLU()


def _over_time(into: int, wide: int, reach: int, stride: int, dilation: int = 1) -> nn.Conv2d:
    """As long as what it reads; drawn as MMAction2 draws it."""
    aside = dilation * (reach - 1) // 2
    conv = nn.Conv2d(into, wide, (reach, 1), stride=(stride, 1), padding=(aside, 0), dilation=(dilation, 1))
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    return conv
