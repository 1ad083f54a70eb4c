"""Two clips of one video look alike, clips of others do not (He et al.: Momentum Contrast. CVPR 2020; for videos
Feichtenhofer et al.: A Large-Scale Study on Unsupervised Spatiotemporal Representation Learning. CVPR 2021).

Around any network that reads whole pictures. Shapes: B videos, K numbers of a code, Q codes that are remembered.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class Contrastive(nn.Module):
    """`network` with a perceptron behind it, and a twin of both that follows slowly: of the videos that came last it
    remembers `queue` codes.
    """

    queue: Tensor

    def __init__(
        self,
        network: nn.Module,
        *,
        features: int,
        mean: Sequence[float],
        spread: Sequence[float],
        width: int,
        code: int,
        queue: int,
        momentum: float,
        temperature: float,
    ) -> None:
        super().__init__()
        self.network, self.momentum, self.temperature = network, momentum, temperature
        self.project = nn.Sequential(
            nn.Linear(features, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, code)
        )
        self.twin = copy.deepcopy(nn.ModuleList([self.network, self.project])).requires_grad_(requires_grad=False)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(spread).view(3, 1, 1, 1), persistent=False)
        self.register_buffer("queue", functional.normalize(torch.randn(queue, code), dim=1))

    def codes(self, x: Tensor) -> Tensor:
        """(B, 3, T, H, W) in [0, 1] to (B, K) of length 1."""
        return self._coded(self.network, self.project, x)

    def twin_codes(self, x: Tensor) -> Tensor:
        """As `codes`, by the twin; nothing is learnt through it."""
        with torch.no_grad():
            return self._coded(self.twin[0], self.twin[1], x)

    def follow(self) -> None:
        """The twin comes a little nearer."""
        with torch.no_grad():
            for mine, its in zip(self._weights(), self.twin.parameters(), strict=True):
                its.lerp_(mine, 1 - self.momentum)

    def remember(self, codes: Tensor) -> None:
        """`codes` (B, K) take the place of the oldest ones."""
        self.queue = torch.cat([codes.detach(), self.queue])[: len(self.queue)]

    def _weights(self) -> list[nn.Parameter]:
        return [*self.network.parameters(), *self.project.parameters()]

    def _coded(self, network: nn.Module, project: nn.Module, x: Tensor) -> Tensor:
        features: Tensor = network.features((x - self.mean) / self.spread)  # type: ignore[operator]
        return functional.normalize(project(features).float(), dim=1)


def pretext(
    network: nn.Module,
    *,
    features: int,
    mean: Sequence[float],
    spread: Sequence[float],
    width: int = 512,
    code: int = 128,
    queue: int = 1024,
    momentum: float = 0.99,
    temperature: float = 0.15,
) -> nn.Module:
    """`features`, `mean` and `spread` are those of the network's card. A small `queue` and a fast twin suit few videos;
    the papers have 65,536 and 0.999.
    """
    return Contrastive(
        network,
        features=features,
        mean=mean,
        spread=spread,
        width=width,
        code=code,
        queue=queue,
        momentum=momentum,
        temperature=temperature,
    )
