from __future__ import annotations

import pytest
import torch
from torch import Tensor

from aisle.models.asformer import NEAR, AsFormer, LocalAttention, LocalNorm, build


def rows(channels: int, count: int, seed: int = 0) -> Tensor:
    return torch.randn(1, channels, count, generator=torch.Generator().manual_seed(seed))


def looked_up(attention: LocalAttention, x: Tensor, given: Tensor) -> Tensor:
    """The same, step by step, as section 3.2 says it."""
    value = attention.value(given)[0]
    if attention.window == 1:
        alone: Tensor = attention.exit(torch.relu(value)[None])
        return alone
    query, key = attention.query(x)[0], attention.key(x)[0]
    found = []
    for step in range(x.shape[2]):
        first, last = max(step - attention.side, 0), max(step + attention.side, step + 1)
        scores = query[:, step] @ key[:, first:last] / query.shape[0] ** 0.5
        found.append(value[:, first:last] @ torch.softmax(scores, 0))
    exited: Tensor = attention.exit(torch.relu(torch.stack(found, 1))[None])
    return exited


@pytest.mark.parametrize("window", [1, 2, 8, 32])
@pytest.mark.parametrize("count", [1, 7, 8, 37])
def test_each_step_attends_to_the_window_around_it(window: int, count: int) -> None:
    torch.manual_seed(0)
    attention = LocalAttention(8, window)
    x, given = rows(8, count), rows(8, count, seed=1)
    with torch.no_grad():
        torch.testing.assert_close(attention(x, given), looked_up(attention, x, given), rtol=1e-4, atol=1e-5)


def test_a_short_video_is_normalised_as_instance_normalisation_does() -> None:
    x = 3 + 2 * rows(5, NEAR)
    torch.testing.assert_close(LocalNorm()(x), torch.nn.InstanceNorm1d(5)(x), rtol=1e-4, atol=1e-4)


def test_a_step_alone_has_nothing_to_be_compared_with() -> None:
    assert torch.equal(LocalNorm()(rows(5, 1)), torch.zeros(1, 5, 1))


def test_every_stage_answers_and_learns() -> None:
    network = build(12, 3, decoders=2, layers=3, channels=8, dropout=0.0)
    assert isinstance(network, AsFormer)
    stages = network.every_stage(rows(12, 20)[0].T)
    assert [tuple(logits.shape) for logits in stages] == [(20, 3)] * 3
    torch.stack(stages).square().sum().backward()
    assert all(weight.grad is not None for weight in network.parameters())


def test_the_attention_of_later_decoders_counts_less() -> None:
    network = build(12, 3, decoders=3, layers=1, channels=8, dropout=0.0)
    assert isinstance(network, AsFormer)
    alphas = [decoder.get_submodule("layers.0").alpha for decoder in network.decoders]
    assert alphas == pytest.approx([1.0, 0.0498, 0.0025], abs=1e-4)
