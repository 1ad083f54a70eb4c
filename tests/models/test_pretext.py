"""What holds for all that learns from pixels."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import torch
from torch import Tensor

from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.train.objectives import OBJECTIVES
from aisle.train.pretexts import METHODS

RECONSTRUCT, PREDICT = ("vae", "gan", "masked"), ("lstm", "simvp")
SIDE = 32


def made(name: str, *, seed: int = 0, **options: Any) -> Any:
    way = METHODS[name]
    card = clip_model(f"{name}-tiny")
    torch.manual_seed(seed)
    return way.pretext(card, network(card, 1), options)


@functools.cache
def ready(name: str) -> Any:
    return made(name).eval()


def clips(name: str, count: int = 2, *, seed: int = 0, side: int = SIDE) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, ready(name).frames, side, side, generator=generator)


def painted(name: str, x: Tensor) -> Tensor:
    with torch.no_grad():
        pictures = ready(name).pictures(x)
    assert isinstance(pictures, Tensor)
    return pictures


@pytest.mark.parametrize("name", OBJECTIVES)
def test_pictures_are_as_many_as_are_told_and_in_range(name: str) -> None:
    pretext, x = ready(name), clips(name)
    found = painted(name, x)
    assert found.shape == (2, 3, pretext.ahead or pretext.frames, SIDE, SIDE)
    assert found.min() >= 0
    assert found.max() <= 1
    assert (pretext.ahead > 0) == (name in PREDICT)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_same_clip_is_painted_the_same_whatever_is_beside_it(name: str) -> None:
    x = clips(name, 3)
    torch.manual_seed(1)
    together = painted(name, x)
    torch.manual_seed(2)
    torch.testing.assert_close(painted(name, x[1:2])[0], together[1], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_wide_pictures_are_taken_too(name: str) -> None:
    x = torch.rand(1, 3, ready(name).frames, 32, 48)
    assert painted(name, x).shape[3:] == (32, 48)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_encoder_learns_and_so_does_all_the_rest(name: str) -> None:
    pretext = made(name)
    torch.manual_seed(0)
    for turn in OBJECTIVES[name]:
        losses = turn.loss(pretext, clips(name))
        losses["loss"].backward()
        assert all(one.ndim == 0 and one.isfinite() for one in losses.values())
    idle = {said for said, weight in pretext.named_parameters() if weight.grad is None or not weight.grad.any()}
    assert {said for said in idle if not said.startswith("network.classifier")} <= {"log_variance.bias"}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_what_a_step_draws_comes_from_the_seed(name: str) -> None:
    pretext, found = made(name).train(), []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        found.append([float(turn.loss(pretext, clips(name))["loss"].detach()) for turn in OBJECTIVES[name]])
    if name == "gan":  # whose spectral norms are found step by step
        return
    assert found[0] == found[1]
    assert (found[0] == found[2]) == (name in PREDICT)


@pytest.mark.parametrize("name", PREDICT)
def test_a_prediction_never_sees_what_it_predicts(name: str) -> None:
    x, pretext = clips(name), ready(name)
    other = x.clone()
    other[:, :, -pretext.ahead :] = 1 - other[:, :, -pretext.ahead :]
    assert torch.equal(painted(name, x), painted(name, other))
    other[:, :, pretext.frames - pretext.ahead - 1] = 0
    assert not torch.equal(painted(name, x), painted(name, other))


@pytest.mark.parametrize("name", PREDICT)
def test_fewer_pictures_can_be_predicted(name: str) -> None:
    pretext = made(name, ahead=3).eval()
    assert pretext.frames == pretext.network.frames + 3
    with torch.no_grad():
        assert pretext.pictures(torch.rand(1, 3, pretext.frames, 16, 16)).shape[2] == 3


@pytest.mark.parametrize("name", ["vae", "lstm"])
def test_a_few_steps_bring_the_pictures_nearer(name: str) -> None:
    """Of clips of one colour each, which any of them can tell."""
    pretext = made(name).train()
    generator = torch.Generator().manual_seed(0)
    optimizers = [torch.optim.AdamW(list(turn.weights(pretext)), 3e-3) for turn in OBJECTIVES[name]]
    errors = []
    for _ in range(14):
        x = torch.rand(8, 3, 1, 1, 1, generator=generator).expand(-1, -1, pretext.frames, 16, 16)
        for turn, optimizer in zip(OBJECTIVES[name], optimizers, strict=True):
            losses = turn.loss(pretext, x)
            optimizer.zero_grad()
            losses["loss"].backward()
            optimizer.step()
        errors.append(float(losses["pixels"].detach()))
    assert sum(errors[-3:]) < 0.8 * sum(errors[:3])
