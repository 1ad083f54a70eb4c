"""A 3D generative adversarial network with an encoder (Goodfellow et al., NeurIPS 2014; with an encoder as f-AnoGAN,
Schlegl et al., Medical Image Analysis 2019).

Made stable by spectral norm in the discriminator (Miyato et al., ICLR 2018) and the hinge loss (Lim and Ye, 2017).

Shapes: B batch, T pictures, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from aisle.models._pixels import BOTH, Painter, Trunk, centred
from aisle.models.resnet3d import HALF, check

STRIDES = (HALF, BOTH, BOTH, HALF)
"""Down to a quarter of the pictures and a sixteenth of each side."""


def build(classes: int, *, widths: Sequence[int], dropout: float) -> nn.Module:
    return Trunk(classes, widths=widths, strides=STRIDES, dropout=dropout)


class Discriminator(nn.Module):
    """Pictures (B, 3, T, H, W) to (B, 1, T / 4, H / 8, W / 8): above 0 where they look real. Every convolution has a
    spectral norm of 1 at most.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv3d(inputs, outputs, kernel, stride, 1))
            for inputs, outputs, kernel, stride in (
                (3, width, (3, 4, 4), HALF),
                (width, 2 * width, 4, BOTH),
                (2 * width, 4 * width, 4, BOTH),
                (4 * width, 1, 3, 1),
            )
        )

    def layered(self, x: Tensor) -> list[Tensor]:
        """What every layer gives, the map last."""
        found, maps = [], centred(x)
        for number, layer in enumerate(self.layers):
            maps = layer(maps if number == 0 else functional.leaky_relu(maps, 0.2))
            found.append(maps)
        return found

    def forward(self, x: Tensor) -> Tensor:
        return self.layered(x)[-1]


class Gan(nn.Module):
    """`network` gives the latent of real clips, a map of `latent` numbers a cell; `generator` paints from such a latent
    or from one that is drawn.
    """

    ahead = 0

    def __init__(self, network: Trunk, *, latent: int, frames: int) -> None:
        super().__init__()
        self.network, self.frames, self.latent = network, frames, latent
        self.code = nn.Conv3d(network.widths[-1], latent, 1)
        self.generator = Painter(latent, widths=network.widths, strides=STRIDES)
        self.discriminator = Discriminator(network.widths[0])

    def encoded(self, x: Tensor) -> Tensor:
        """(B, latent, T / 4, H / 16, W / 16)."""
        check(x, frames=4, side=16)
        code: Tensor = self.code(self.network.maps(centred(x)))
        return code

    def imagined(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """A latent of the shape of `like`, drawn by torch's generator, and pictures of it."""
        code = torch.randn_like(like)
        return code, self.generator(code)

    def pictures(self, x: Tensor) -> Tensor:
        """The reconstruction."""
        painted: Tensor = self.generator(self.encoded(x))
        return painted

    def doubts(self, x: Tensor) -> Tensor:
        """(B, T / 4, H / 8, W / 8): the higher, the less real the discriminator takes `x` to be there."""
        judged: Tensor = self.discriminator(x)
        return -judged[:, 0]


def pretext(network: nn.Module, *, latent: int = 48, frames: int = 8) -> nn.Module:
    return Gan(network, latent=latent, frames=frames)  # type: ignore[arg-type]
