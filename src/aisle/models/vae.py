"""A 3D convolutional variational auto-encoder (Kingma and Welling: Auto-Encoding Variational Bayes. ICLR 2014).

The latent is a map, so what is reconstructed badly has a place. Shapes: B batch, T pictures, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aisle.models._pixels import BOTH, Painter, Trunk, centred
from aisle.models.resnet3d import HALF, SAME, check

STRIDES = (HALF, BOTH, BOTH, SAME)
"""Down to a quarter of the pictures and an eighth of each side."""


def build(classes: int, *, widths: Sequence[int], dropout: float) -> nn.Module:
    return Trunk(classes, widths=widths, strides=STRIDES, dropout=dropout)


class Vae(nn.Module):
    """`network` with a Gaussian latent of `latent` numbers a cell, and what paints pictures from it."""

    ahead = 0

    def __init__(self, network: Trunk, *, latent: int, frames: int) -> None:
        super().__init__()
        self.network, self.frames = network, frames
        self.mean, self.log_variance = (nn.Conv3d(network.widths[-1], latent, 1) for _ in range(2))
        nn.init.zeros_(self.log_variance.weight)
        self.painter = Painter(latent, widths=network.widths, strides=STRIDES)

    def encoded(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of the latent, each (B, latent, T / 4, H / 8, W / 8)."""
        check(x, frames=4, side=16)
        maps = self.network.maps(centred(x))
        return self.mean(maps), self.log_variance(maps).clamp(-10, 10)

    def drawn(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        """Pictures of one latent of that distribution, by torch's generator."""
        painted: Tensor = self.painter(mean + (log_variance / 2).exp() * torch.randn_like(mean))
        return painted

    def pictures(self, x: Tensor) -> Tensor:
        """The reconstruction from the mean of the latent."""
        painted: Tensor = self.painter(self.encoded(x)[0])
        return painted


def pretext(network: nn.Module, *, latent: int = 16, frames: int = 8) -> nn.Module:
    return Vae(network, latent=latent, frames=frames)  # type: ignore[arg-type]
