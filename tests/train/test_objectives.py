from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from aisle.models.masked import squared
from aisle.train.objectives import OBJECTIVES, discriminating, masked, painted, predicted


def test_a_method_has_one_turn_but_two_networks_against_each_other() -> None:
    assert {name: len(turns) for name, turns in OBJECTIVES.items()} == {
        "vae": 1,
        "gan": 2,
        "lstm": 1,
        "simvp": 1,
        "masked": 1,
    }


def test_a_prediction_is_compared_with_what_came() -> None:
    x = torch.zeros(2, 3, 4, 8, 8)
    x[:, :, 2:] = 0.5
    right = SimpleNamespace(ahead=2, pictures=lambda x: x[:, :, -2:], painted=lambda x: 2 * x[:, :, -2:] - 1)
    assert predicted(right, x)["loss"] == painted(right, x)["loss"] == 0
    black = SimpleNamespace(ahead=2, pictures=lambda x: x[:, :, :2], painted=lambda x: 2 * x[:, :, :2] - 1)
    assert predicted(black, x)["pixels"] == painted(black, x)["pixels"] == pytest.approx(0.25)
    assert predicted(black, x)["loss"] == pytest.approx(0.25 + 0.5)


def test_only_what_is_hidden_counts() -> None:
    """Painted rightly where it is hidden and wrongly where it is seen: no error; the other way round: all of it."""
    x, seen = torch.rand(1, 3, 2, 8, 16), torch.tensor([[1]])
    for at, error in ((1, 0.0), (0, 0.25)):
        wrong = squared(x)
        wrong[:, :, at] += 0.5
        one = SimpleNamespace(chosen=lambda *_: seen, painted=lambda *_, wrong=wrong: wrong)
        assert masked(one, x)["loss"] == pytest.approx(error)


def test_the_hinge_is_zero_where_real_and_false_are_told_apart_by_2() -> None:
    def judged(x: torch.Tensor) -> torch.Tensor:
        return 4 * x.mean((1, 2, 3, 4)) - 2

    gan = SimpleNamespace(
        encoded=lambda x: x,
        imagined=lambda code: (code, torch.zeros_like(code)),
        generator=torch.zeros_like,
        discriminator=judged,
    )
    assert discriminating(gan, torch.ones(2, 3, 4, 8, 8))["loss"] == 0
    assert discriminating(gan, torch.zeros(2, 3, 4, 8, 8))["loss"] == pytest.approx(3)
