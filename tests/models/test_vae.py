from __future__ import annotations

from typing import Any

import torch

from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.vae import pretext
from aisle.train.objectives import LEAST, vae


def made() -> Any:
    torch.manual_seed(0)
    return pretext(network(clip_model("vae-tiny"), 1))


def test_the_latent_is_a_map_over_space_and_time() -> None:
    mean, log_variance = made().eval().encoded(torch.rand(2, 3, 8, 32, 48))
    assert mean.shape == log_variance.shape == (2, 16, 2, 4, 6)


def test_the_loss_is_the_bound_by_hand() -> None:
    """For a Gaussian of mean m and variance v against the normal one: (m^2 + v - 1 - log v) / 2 a number."""
    encoder = made().eval()
    with torch.no_grad():
        encoder.mean.weight.zero_()
        encoder.mean.bias.fill_(2.0)
        encoder.log_variance.weight.zero_()
        encoder.log_variance.bias.fill_(-1.0)
        losses = vae(encoder, torch.rand(2, 3, 8, 32, 32))
    numbers = 16 * 2 * 4 * 4
    each = 0.5 * (4 + torch.tensor(-1.0).exp() - 1 + 1)
    torch.testing.assert_close(losses["kl"], numbers * each)
    wanted = 0.5 * (losses["pixels"] + LEAST).log() + losses["kl"] / (3 * 8 * 32 * 32)
    torch.testing.assert_close(losses["loss"], wanted)


def test_the_mean_is_painted_and_draws_are_around_it() -> None:
    encoder, x = made().eval(), torch.rand(1, 3, 8, 32, 32)
    with torch.no_grad():
        mean, log_variance = encoder.encoded(x)
        sure = encoder.drawn(mean, torch.full_like(log_variance, -40.0))
        torch.testing.assert_close(sure, encoder.pictures(x), atol=1e-4, rtol=1e-4)
        assert not torch.allclose(encoder.drawn(mean, log_variance), sure, atol=1e-4)
