from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from aisle.models.causal_tcn import CausalTcn, build
from aisle.models.head import head, heads


def made(*, ahead: int = 0, stages: int = 2, layers: int = 3) -> CausalTcn:
    torch.manual_seed(0)
    network = build(12, 3, stages=stages, layers=layers, channels=8, dropout=0.3, ahead=ahead).eval()
    assert isinstance(network, CausalTcn)
    return network


def changed(network: nn.Module, count: int, at: int) -> list[int]:
    """Rows whose answers change with what is at row `at`."""
    rows = torch.randn(count, 12, generator=torch.Generator().manual_seed(1))
    other = rows.clone()
    other[at] += 100
    with torch.no_grad():
        difference: Tensor = (network(rows) - network(other)).abs().amax(1)
    return difference.nonzero().flatten().tolist()


@pytest.mark.parametrize("ahead", [0, 1, 5])
@pytest.mark.parametrize("stages", [1, 2])
def test_an_answer_depends_on_what_it_says_and_on_nothing_else(ahead: int, stages: int) -> None:
    network = made(ahead=ahead, stages=stages)
    assert network.back + ahead < 60
    found = changed(network, 200, 90)
    assert min(found) == 90 - ahead
    assert max(found) <= 90 + network.back
    assert max(found) > 90 + network.back - 4


@pytest.mark.parametrize("ahead", [0, 3])
def test_what_comes_later_changes_no_answer(ahead: int) -> None:
    """Up to rounding: the answers to a beginning are those to the whole."""
    network, rows = made(ahead=ahead), torch.randn(50, 12, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        begun = network(rows[:30])
        whole = network(rows)
    torch.testing.assert_close(begun[: 30 - ahead], whole[: 30 - ahead])


def test_every_stage_is_trained() -> None:
    stages = made(ahead=2).every_stage(torch.randn(9, 12))
    assert [tuple(logits.shape) for logits in stages] == [(9, 3), (9, 3)]


def test_the_causal_heads_say_how_far_they_look() -> None:
    assert [name for name in heads() if head(name).causal] == ["causal_tcn"]
    card = head("causal_tcn")
    network = build(12, 3, **card.options)
    assert isinstance(network, CausalTcn)
    assert network.back <= 2 * card.context  # of two rows a step
    assert network.ahead == 0
