"""What a network minimises that learns without labels: one objective a method, all learnt by the same loop.

Clips x are (B, 3, T, H, W) in [0, 1]. What is drawn comes from torch's generator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.models.masked import squared

Loss = Callable[[Any, Tensor], Mapping[str, Tensor]]
"""Of what `aisle.models.pretext` makes, and clips: 0-dimensional figures by name. "loss" is what is minimised, the
others are told.
"""


def everything(pretext: nn.Module) -> Iterable[nn.Parameter]:
    """All weights."""
    return pretext.parameters()


@dataclass(frozen=True, slots=True)
class Turn:
    """A step of one optimizer: the weights that it moves, and their loss. In each step of a training all turns of a
    method are taken, one after the other, each with an optimizer of its own.
    """

    name: str
    loss: Loss
    weights: Callable[[Any], Iterable[nn.Parameter]] = everything


LEAST = 1e-5
"""A mean squared error below which a reconstruction counts as exact."""

LIKENESS = 10.0
"""How much more a mean difference of pixels counts than what the discriminator says of it."""


def vae(pretext: Any, x: Tensor) -> dict[str, Tensor]:
    """The negative evidence lower bound, in nats a number of the clip, with the variance of the pixels that fits best
    (Rybkin et al., ICML 2021, section 4.3), so that no weight must be chosen between both parts.
    """
    mean, log_variance = pretext.encoded(x)
    pixels = functional.mse_loss(pretext.drawn(mean, log_variance), x)
    kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).flatten(1).sum(1).mean()
    return {"loss": 0.5 * (pixels + LEAST).log() + kl / x[0].numel(), "pixels": pixels, "kl": kl}


def predicted(pretext: Any, x: Tensor) -> dict[str, Tensor]:
    """Mean squared and mean absolute error of the pictures to come."""
    wanted, got = x[:, :, -pretext.ahead :], pretext.pictures(x)
    pixels = functional.mse_loss(got, wanted)
    return {"loss": pixels + functional.l1_loss(got, wanted), "pixels": pixels}


def painted(pretext: Any, x: Tensor) -> dict[str, Tensor]:
    """Mean squared error of the pictures to come, those that are beyond black and white being no better for it."""
    pixels = functional.mse_loss((pretext.painted(x) + 1) / 2, x[:, :, -pretext.ahead :])
    return {"loss": pixels, "pixels": pixels}


def masked(pretext: Any, x: Tensor) -> dict[str, Tensor]:
    """Mean squared error of the squares that were masked."""
    wanted = squared(x)
    seen = pretext.chosen(len(x), wanted.shape[2], x.device)
    hidden = torch.ones(wanted.shape[0], wanted.shape[2], device=x.device).scatter(1, seen, 0.0)
    errors = (pretext.painted(x, seen) - wanted).square().mean((1, 3))
    pixels = (errors * hidden).sum() / hidden.sum()
    return {"loss": pixels, "pixels": pixels}


def discriminating(pretext: Any, x: Tensor) -> dict[str, Tensor]:
    """The hinge loss: above 1 for real clips, below -1 for those that are imagined or reconstructed."""
    with torch.no_grad():
        code = pretext.encoded(x)
        false = torch.cat([pretext.imagined(code)[1], pretext.generator(code)])
    real, unreal = pretext.discriminator(x), pretext.discriminator(false)
    loss = functional.relu(1 - real).mean() + functional.relu(1 + unreal).mean()
    return {"loss": loss, "real": real.mean(), "false": unreal.mean()}


def generating(pretext: Any, x: Tensor) -> dict[str, Tensor]:
    """To pass for real, to reconstruct, and to find the latent again that pictures were imagined from."""
    code = pretext.encoded(x)
    drawn, imagined = pretext.imagined(code)
    painted = pretext.generator(code)
    passing = -pretext.discriminator(torch.cat([imagined, painted])).mean()
    pixels = functional.mse_loss(painted, x)
    found = functional.mse_loss(pretext.encoded(imagined), drawn)
    loss = passing + LIKENESS * functional.l1_loss(painted, x) + found
    return {"loss": loss, "pixels": pixels, "passing": passing, "code": found}


def _not_discriminator(pretext: Any) -> Iterable[nn.Parameter]:
    return (weight for name, weight in pretext.named_parameters() if not name.startswith("discriminator."))


OBJECTIVES: dict[str, tuple[Turn, ...]] = {
    "vae": (Turn("vae", vae),),
    "gan": (
        Turn("discriminator", discriminating, lambda pretext: pretext.discriminator.parameters()),
        Turn("generator", generating, _not_discriminator),
    ),
    "lstm": (Turn("lstm", predicted),),
    "simvp": (Turn("simvp", painted),),
    "masked": (Turn("masked", masked),),
}
"""The turns of each method."""
