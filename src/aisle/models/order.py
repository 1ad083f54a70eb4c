"""Which way time runs, and how fast (Wei et al.: Learning and Using the Arrow of Time. CVPR 2018; Benaim et al.:
SpeedNet. CVPR 2020).

Around any network that reads whole pictures. Shapes: B clips, T pictures that the network takes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aisle.core import UsageError

PLAYED = 4
"""Slow or fast, forwards or backwards."""


class Order(nn.Module):
    """`network`, and a layer that tells how its clip was played. It is given `frames` pictures that follow each other
    at once, and plays a stretch of them.
    """

    stride = 1

    def __init__(
        self,
        network: nn.Module,
        *,
        features: int,
        mean: Sequence[float],
        spread: Sequence[float],
        taken: int,
        fast: int,
    ) -> None:
        super().__init__()
        if fast < 2:
            raise UsageError("slow and fast are one at this stride", got=fast, allowed="2 or more", do="--set stride=2")
        self.network, self.taken, self.fast, self.frames = network, taken, fast, taken * fast
        self.tell = nn.Linear(features, PLAYED)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(spread).view(3, 1, 1, 1), persistent=False)

    def played(self, x: Tensor, kinds: Tensor) -> Tensor:
        """(B, 3, T * fast, H, W) to (B, 3, T, H, W), each as `kinds` (B,) says: 1 for fast, 2 for backwards, 3 for
        both, 0 for neither. A slow stretch lies in the middle.
        """
        first = (self.frames - self.taken) // 2
        slow, fast = x[:, :, first : first + self.taken], x[:, :, :: self.fast]
        kinds = kinds.view(-1, 1, 1, 1, 1)
        paced = torch.where(kinds % 2 == 1, fast, slow)
        return torch.where(kinds // 2 == 1, paced.flip(2), paced)

    def told(self, x: Tensor) -> Tensor:
        """(B, 3, T, H, W) in [0, 1] to logits (B, 4)."""
        features: Tensor = self.network.features((x - self.mean) / self.spread)  # type: ignore[operator]
        logits: Tensor = self.tell(features)
        return logits


def pretext(
    network: nn.Module, *, features: int, mean: Sequence[float], spread: Sequence[float], taken: int, fast: int
) -> nn.Module:
    """All from the network's card: `taken` are the pictures that it reads, `fast` is their stride."""
    return Order(network, features=features, mean=mean, spread=spread, taken=taken, fast=fast)
