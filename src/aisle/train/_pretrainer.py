"""The training loop of a network that learns without labels, through Lightning, and what can go wrong in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn
from torch.utils.data import DataLoader

from aisle.core import UsageError
from aisle.train._learner import share
from aisle.train.course import LOG, Epoch, write_log
from aisle.train.device import on_gpu, workers
from aisle.train.feeding import Order
from aisle.train.pretrain_feeding import Stretches, recoloured, unit
from aisle.train.pretrain_plan import PretrainPlan

ABSURD = 1e4
"""A loss that nothing is learnt from any more: those of sound trainings are some tens at most."""

WORSE = 10.0
"""An epoch whose mean loss is so many times that of the first, and at least so high, has gone astray."""

FIXED = 2**31
"""The epoch whose views are those that the training is judged by."""


class AstrayError(UsageError):
    """A training that has come to nothing."""


class Pretrainer(lightning.LightningModule):
    """All turns of a method are taken in each step, each with an optimizer of its own."""

    def __init__(self, pretext: nn.Module, plan: PretrainPlan, learning: Stretches, judging: Stretches) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.pretext, self.plan, self.learning, self.judging = pretext, plan, learning, judging
        self.elapsed, self.first = 0.0, math.nan
        self._losses: list[float] = []
        self._noticed = 0.0

    def train_dataloader(self) -> DataLoader[Tensor]:
        """Batches (B, ...) in another order each epoch."""
        return self._loader(self.learning, Order(len(self.learning), self.plan.study.batch, self.plan.seed))

    def val_dataloader(self) -> DataLoader[Tensor]:
        """The same batches each time."""
        order = Order(len(self.judging), self.plan.study.batch, self.plan.seed)
        order.set_epoch(FIXED)
        return self._loader(self.judging, [*order])

    def on_train_epoch_start(self) -> None:
        self._losses, self._noticed = [], monotonic()
        self.train()

    def training_step(self, batch: Tensor, index: int) -> None:
        """Raises AstrayError for a loss that is no number, or beyond all measure."""
        # what a step draws depends on nothing before it, so that a training that goes on draws the same
        torch.manual_seed(((self.plan.seed * 8191 + self.current_epoch) * 8191 + index) % 2**63)
        x, optimizers = self._clips(batch), self.optimizers()
        optimizers = optimizers if isinstance(optimizers, list) else [optimizers]
        rate = self.plan.study.learning_rate * share_of(self, index)
        for turn, optimizer in zip(self.plan.method.turns, optimizers, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = turn.loss(self.pretext, x)["loss"]
            if not loss.abs() < ABSURD:
                raise astray(f"a loss of {float(loss):.3g}, in epoch {self.current_epoch + 1}, step {index + 1}")
            optimizer.zero_grad()
            self.manual_backward(loss)
            self._cut(optimizer)
            optimizer.step()
        self._losses.append(float(loss))

    def _cut(self, optimizer: Any) -> None:
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        norm = nn.utils.clip_grad_norm_(weights, self.plan.study.largest or math.inf)
        if not torch.isfinite(norm):
            raise astray(f"gradients that are no numbers, in epoch {self.current_epoch + 1}")

    def validation_step(self, batch: Tensor, index: int) -> None:
        """What is drawn at random is the same each time."""
        torch.manual_seed(self.plan.seed * 8191 + index)
        x = self._clips(batch)
        figures = self.plan.method.turns[-1].loss(self.pretext, x)
        self.log("validation", figures["loss"].float(), batch_size=len(x))

    def close(self) -> float:
        """The mean loss of the epoch that ends. Raises AstrayError where it is far above the first one's."""
        mean = sum(self._losses) / len(self._losses)
        if math.isnan(self.first):
            self.first = mean
        limit = WORSE * max(abs(self.first), 1)
        if mean > limit:
            raise astray(f"a mean loss of {mean:.3g}, in epoch {self.current_epoch + 1}", f"up to {limit:.3g}")
        self.elapsed += monotonic() - self._noticed
        return mean

    def configure_optimizers(self) -> Any:
        """One for each turn of the method; what has one axis does not decay."""
        study = self.plan.study
        found = []
        for turn in self.plan.method.turns:
            weights = [weight for weight in turn.weights(self.pretext) if weight.requires_grad]
            groups = [
                {"params": [weight for weight in weights if weight.ndim > 1], "weight_decay": study.decay},
                {"params": [weight for weight in weights if weight.ndim <= 1], "weight_decay": 0.0},
            ]
            betas = (0.5, 0.99) if len(self.plan.method.turns) > 1 else (0.9, 0.999)  # as players of a game need
            chosen = [group for group in groups if group["params"]]
            found.append(torch.optim.AdamW(chosen, lr=study.learning_rate, betas=betas))
        return found

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["elapsed"], checkpoint["first"] = self.elapsed, self.first

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.elapsed, self.first = float(checkpoint["elapsed"]), float(checkpoint["first"])

    def time(self) -> float:
        """Seconds of all epochs so far, the one that runs included."""
        return self.elapsed + monotonic() - self._noticed

    def _clips(self, batch: Tensor) -> Tensor:
        x = unit(batch)
        return recoloured(x, self.plan.study) if self.plan.method.pairs else x

    def _loader(self, stretches: Stretches, order: Any) -> DataLoader[Tensor]:
        count = workers(self.plan)
        return DataLoader(
            stretches,
            batch_size=None,
            sampler=order,
            num_workers=count,
            persistent_workers=count > 0,
            pin_memory=on_gpu(self.plan),
        )


def share_of(learner: Pretrainer, index: int) -> float:
    """Of the learning rate at a step: by the time that is over, where the training is to last so long."""
    study, batches = learner.plan.study, max(-(-len(learner.learning) // learner.plan.study.batch), 1)
    step = learner.current_epoch * batches + index
    if learner.plan.minutes is None:
        return share(step, study.epochs * batches, study.warmup)
    over = min(learner.time() / (60 * learner.plan.minutes), 1) if learner.plan.minutes else 1.0
    # the time does not say how many steps there will be, so warming up counts them
    return min((step + 1) / 20, 1) * 0.5 * (1 + math.cos(math.pi * over))


def astray(got: str, allowed: str = f"a loss of less than {ABSURD:.0f}") -> AstrayError:
    return AstrayError(
        "the training went astray",
        got=got,
        allowed=allowed,
        do="lower --set learning_rate, or leave --precision bf16 out",
    )


class Diary(Callback):
    """Behind each epoch: writes it down, tells who listens, shows what was learnt, and leaves a checkpoint; ends the
    training once its time is over.
    """

    def __init__(
        self, folder: Path, last: Path, told: Callable[[Epoch], None], shown: Callable[[Epoch, nn.Module], None]
    ) -> None:
        self.folder, self.last, self.told, self.shown = folder, last, told, shown
        self.epochs = list[Epoch]()
        self._begun = 0.0

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        del trainer, pl_module
        self._begun = monotonic()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Raises AstrayError before anything of a lost epoch is kept."""
        validation = float(trainer.callback_metrics["validation"])
        loss, number = pl_module.close(), trainer.current_epoch + 1
        if not math.isfinite(validation):
            raise astray(f"a loss of {validation} of what was kept aside, in epoch {number}")
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        epoch = Epoch(number, rate, loss, validation, None, monotonic() - self._begun)
        self.epochs.append(epoch)
        write_log(self.epochs, self.folder / LOG)
        part = self.last.with_suffix(".part")
        trainer.save_checkpoint(part)
        part.replace(self.last)
        self.told(epoch)
        self.shown(epoch, pl_module.pretext)
        minutes = pl_module.plan.minutes
        if minutes is not None and pl_module.elapsed >= 60 * minutes:
            trainer.should_stop = True

    def state_dict(self) -> dict[str, Any]:
        return {"epochs": [asdict(epoch) for epoch in self.epochs]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.epochs = [Epoch(**epoch) for epoch in state_dict["epochs"]]
