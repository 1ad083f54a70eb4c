"""The way into a network that reads clips: views as they are stored become what the network takes."""

from __future__ import annotations

import importlib
from typing import Protocol

import torch
from torch import Tensor, nn

from aisle.models.clip import ClipCard


class Prepared(Protocol):
    """What of a card says how views are prepared; that of a packaged network does too."""

    @property
    def views(self) -> tuple[str, ...]: ...

    @property
    def mean(self) -> tuple[float, ...]: ...

    @property
    def spread(self) -> tuple[float, ...]: ...


def network(card: ClipCard, classes: int) -> nn.Module:
    """The network of `card` for so many classes, with random weights from torch's generator."""
    built: nn.Module = importlib.import_module(f"aisle.models.{card.network}").build(classes, **card.options)
    return built


class Entry(nn.Module):
    """The card's views, each (B, T, ...) as aisle.core.clip describes it, to features and logits.

    What is packaged, and what is trained: so pictures stay bytes until the device that computes has them.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, network: nn.Module, card: Prepared) -> None:
        super().__init__()
        self.network, self.names = network, card.views
        self.register_buffer("mean", 255 * torch.tensor(card.mean).view(3, 1, 1, 1), persistent=False)
        self.register_buffer("spread", 255 * torch.tensor(card.spread).view(3, 1, 1, 1), persistent=False)

    def prepared(self, *stored: Tensor) -> list[Tensor]:
        """What the network itself takes."""
        return [self._view(name, view) for name, view in zip(self.names, stored, strict=True)]

    def forward(self, *stored: Tensor) -> tuple[Tensor, Tensor]:
        features = self.network.features(*self.prepared(*stored))  # type: ignore[operator]
        return features, self.network.classifier(features)  # type: ignore[operator]

    def _view(self, name: str, view: Tensor) -> Tensor:
        if name == "poses":
            return view.permute(0, 2, 1, 3, 4)
        pixels = view.permute(0, 4, 1, 2, 3).float()
        return pixels / 127.5 - 1 if name.endswith("flow") else (pixels - self.mean) / self.spread
