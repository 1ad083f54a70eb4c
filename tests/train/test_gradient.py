from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import UsageError
from aisle.train.gradient import Batch, Run, Schedule, learn

FAST = Schedule(epochs=6, patience=20, rate=0.05)


def loss(network: nn.Module, rows: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(network(rows), targets)


def batches(seed: int, *, wrong: bool = False) -> list[Batch]:
    """Four batches of eight points; the sign of the first number is the class, or its opposite."""
    rows = torch.randn(4, 8, 2, generator=torch.Generator().manual_seed(seed))
    return [(part, ((part[:, 0] > 0) ^ wrong).long()) for part in rows]


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(2, 2)


def of(trained: nn.Module, given: list[Batch]) -> float:
    with torch.no_grad():
        return float(torch.stack([loss(trained, *batch) for batch in given]).mean())


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "head.run", "linear-1")


class Heard:
    """Notes the epochs that it is told of; stops the program, as Ctrl-C does, at the end of one."""

    def __init__(self, stop: int = 0) -> None:
        self.epochs: list[float] = []
        self.stop = stop

    def __call__(self, done: float, total: float | None = None) -> None:
        del total
        self.epochs.append(done)
        if done == self.stop:
            raise KeyboardInterrupt


def test_what_can_be_learnt_is_learnt(run: Run) -> None:
    heard = Heard()
    trained = learn(
        network(), batches(1), batches(2), loss, run=run, schedule=Schedule(60, 60, rate=0.05), progress=heard
    )
    assert of(trained, batches(3)) < 0.25
    assert heard.epochs == list(range(1, 61))
    assert not trained.training


def test_the_epoch_that_was_best_on_validation_is_kept(run: Run) -> None:
    """Here validation says the opposite of training, so the first epoch is the best and each later one is worse."""
    heard = Heard()
    against = batches(2, wrong=True)
    trained = learn(network(), batches(1), against, loss, run=run, schedule=Schedule(30, 4, rate=0.05), progress=heard)
    assert heard.epochs == [1, 2, 3, 4, 5]
    once = Run(run.folder.with_name("once"), "linear-1")
    first = learn(network(), batches(1), against, loss, run=once, schedule=Schedule(1, 4, rate=0.05))
    assert of(trained, against) == pytest.approx(of(first, against))


def test_the_seed_decides(run: Run) -> None:
    found = []
    for seed in (1, 1, 2):
        found.append(learn(network(), batches(1), batches(2), loss, run=run, schedule=FAST, seed=seed))
        run.remove()
    weights = [one.state_dict()["weight"] for one in found]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@pytest.fixture
def stopped(run: Run) -> Iterator[Run]:
    """A training that was stopped at the end of its third epoch."""
    with pytest.raises(KeyboardInterrupt):
        learn(network(), batches(1), batches(2), loss, run=run, schedule=FAST, progress=Heard(stop=3))
    yield run
    run.remove()
    assert not run.folder.exists()


def test_a_training_that_was_stopped_goes_on(stopped: Run) -> None:
    heard = Heard()
    again = Run(stopped.folder, stopped.identity, resume=True)
    trained = learn(network(), batches(1), batches(2), loss, run=again, schedule=FAST, progress=heard)
    assert heard.epochs[-1] == 6
    assert heard.epochs[0] in (3, 4)
    assert of(trained, batches(3)) < of(network(), batches(3))


def test_another_training_does_not_go_on_with_it(stopped: Run) -> None:
    other = Run(stopped.folder, "linear-2", resume=True)
    with pytest.raises(UsageError, match=r"holds another run; got: linear-1; allowed: linear-2; do: use the data"):
        learn(network(), batches(1), batches(2), loss, run=other, schedule=FAST)
    assert stopped.checkpoint() is not None


def test_a_training_that_was_stopped_is_not_begun_anew_by_mistake(stopped: Run) -> None:
    with pytest.raises(UsageError, match=r"holds a training that was stopped; got: linear-1; do: go on with --resume"):
        learn(network(), batches(1), batches(2), loss, run=stopped, schedule=FAST)


def test_without_a_training_there_is_nothing_to_resume(tmp_path: Path) -> None:
    run = Run(tmp_path / "none", "linear-1", resume=True)
    with pytest.raises(UsageError, match=r"nothing to resume; got: no .*run\.json; do: leave --resume out"):
        learn(network(), batches(1), batches(2), loss, run=run, schedule=FAST)
    assert not run.folder.exists()


def test_a_run_whose_note_is_broken_is_no_run_to_go_on_with(stopped: Run) -> None:
    (stopped.folder / "run.json").write_text("[]")
    with pytest.raises(UsageError, match="nothing to resume"):
        learn(network(), batches(1), batches(2), loss, run=Run(stopped.folder, "linear-1", resume=True), schedule=FAST)
