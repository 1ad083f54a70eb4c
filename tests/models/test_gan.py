from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn.utils import parametrize

from aisle.core import UsageError
from aisle.deploy.pixels_package import plain
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.gan import pretext
from aisle.train.objectives import OBJECTIVES


def made() -> Any:
    torch.manual_seed(0)
    return pretext(network(clip_model("gan-tiny"), 1))


def test_no_convolution_of_the_discriminator_has_a_spectral_norm_above_1() -> None:
    gan = made().train()
    for layer in gan.discriminator.layers:
        torch.nn.init.normal_(layer.parametrizations.weight.original, std=3.0)
    x = torch.rand(1, 3, 8, 32, 32)
    for _ in range(100):  # each is a step of the power iteration
        gan.discriminator(x)
    for layer in gan.eval().discriminator.layers:
        norm = torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2)
        assert 0.9 < norm <= 1.01


def test_it_judges_and_doubts_in_a_map() -> None:
    gan = made().eval()
    with torch.no_grad():
        judged, doubts = gan.discriminator(torch.rand(2, 3, 8, 32, 48)), gan.doubts(torch.rand(2, 3, 8, 32, 48))
    assert judged.shape == (2, 1, 2, 4, 6)
    assert doubts.shape == (2, 2, 4, 6)


def test_each_turn_moves_its_own_weights_and_both_move_all() -> None:
    gan = made()
    discriminating, generating = ({id(weight) for weight in turn.weights(gan)} for turn in OBJECTIVES["gan"])
    assert discriminating == {id(weight) for weight in gan.discriminator.parameters()}
    assert discriminating.isdisjoint(generating)
    assert discriminating | generating == {id(weight) for weight in gan.parameters()}


def test_the_discriminator_learns_to_tell_what_is_painted_from_what_is_filmed() -> None:
    gan = made().train()
    turn = OBJECTIVES["gan"][0]
    optimizer = torch.optim.AdamW(turn.weights(gan), 2e-3)
    torch.manual_seed(0)
    for _ in range(12):
        losses = turn.loss(gan, torch.rand(4, 3, 8, 32, 32).round())
        optimizer.zero_grad()
        losses["loss"].backward()
        optimizer.step()
    assert losses["real"] > losses["false"]
    assert all(weight.grad is None for weight in gan.generator.parameters())


def test_imagined_pictures_are_drawn() -> None:
    gan = made().eval()
    like = torch.zeros(1, gan.latent, 2, 2, 2)
    with torch.no_grad():
        torch.manual_seed(1)
        code, one = gan.imagined(like)
        _, other = gan.imagined(like)
    assert code.shape == like.shape
    assert one.shape == (1, 3, 8, 32, 32)
    assert not torch.equal(one, other)


def test_a_plain_copy_answers_the_same_and_leaves_the_original() -> None:
    gan, x = made().eval(), torch.rand(1, 3, 8, 32, 32)
    with torch.no_grad():
        wanted = gan.doubts(x)
        copied: Any = plain(gan)
        assert not any(parametrize.is_parametrized(module) for module in copied.modules())
        assert parametrize.is_parametrized(gan.discriminator.layers[0])
        torch.testing.assert_close(copied.doubts(x), wanted)
        torch.testing.assert_close(gan.doubts(x), wanted)


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(UsageError, match="too small for the network"):
        made().pictures(torch.rand(1, 3, 2, 32, 32))
