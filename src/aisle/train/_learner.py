"""The training loop of a network that reads clips, through Lightning, and what can go wrong in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from aisle.core import UsageError
from aisle.models.entry import Entry
from aisle.train._stages import groups
from aisle.train.clips import classification_loss
from aisle.train.course import LOG, Epoch, write_log
from aisle.train.device import on_gpu, workers
from aisle.train.feeding import Fed, Judging, Learning, Order
from aisle.train.recipe import AT_ONCE, NetworkPlan
from aisle.train.timelines import hurry

JUDGED = 20
"""How often at most a training is judged on what is kept aside, to draw the curve; after the last epoch always."""


class Learner(lightning.LightningModule):
    """`weights` (C,) of the classes. The `frozen` parts of the network never leave evaluation."""

    weights: Tensor

    def __init__(
        self,
        entry: Entry,
        plan: NetworkPlan,
        weights: Tensor,
        learning: Learning,
        judging: Judging,
        frozen: list[nn.Module],
    ) -> None:
        super().__init__()
        self.entry, self.plan, self.learning, self.judging = entry, plan, learning, judging
        self.register_buffer("weights", weights, persistent=False)
        self._frozen = frozen
        self._losses: list[Tensor] = []

    def train(self, mode: bool = True) -> Learner:
        super().train(mode)
        for part in self._frozen:
            part.eval()
        return self

    def train_dataloader(self) -> DataLoader[Fed]:
        order = Order(
            len(self.learning),
            self.plan.recipe.batch,
            self.plan.seed,
            rank=self.trainer.global_rank,
            world=self.trainer.world_size,
        )
        return _loader(self.learning, self.plan, order)

    def val_dataloader(self) -> DataLoader[Fed]:
        return _loader(self.judging, self.plan)

    def on_train_epoch_start(self) -> None:
        self._losses = []
        self.train()
        if self.current_epoch + 1 == self.trainer.max_epochs:
            self.trainer.check_val_every_n_epoch = 1  # the last one is judged, whatever their number

    def training_step(self, batch: Fed, index: int) -> Tensor:
        """The loss, 0-dimensional. Raises UsageError where it is no number."""
        views, truth = batch
        # what a step draws depends on nothing before it, so that a training that goes on draws the same
        number = ((self.plan.seed * 8191 + self.current_epoch) * 8191 + index) * 127 + self.global_rank
        torch.manual_seed(number % 2**63)
        loss = self.loss(self.entry(*views)[1].float(), truth)
        if not torch.isfinite(loss):
            raise astray(f"a loss that is no number, in epoch {self.current_epoch + 1}, step {index + 1}")
        self._losses.append(loss.detach())
        return loss

    def validation_step(self, batch: Fed, index: int) -> None:
        del index
        views, truth = batch
        logits = answered(self.entry, views, self.plan)
        truth = steps(truth, len(logits) // len(truth)).flatten() if self.plan.card.task == "timelines" else truth
        count = len(truth)
        right = (logits.argmax(1) == truth).float().mean()
        self.log("validation", functional.cross_entropy(logits, truth), batch_size=count, sync_dist=True)
        self.log("accuracy", right, batch_size=count, sync_dist=True)

    def loss(self, logits: Tensor, truth: Tensor) -> Tensor:
        """Of (B, C) or (B, N, C), with the class of each clip (B,) or picture (B, T)."""
        smoothing = self.plan.recipe.smoothing
        if logits.ndim == 2:
            return classification_loss(logits, truth, self.weights, smoothing)
        named = steps(truth, logits.shape[1])
        return classification_loss(logits.flatten(0, 1), named.flatten(), self.weights, smoothing) + hurry(logits)

    def mean_loss(self) -> float:
        return float(torch.stack(self._losses).mean())

    def configure_optimizers(self) -> Any:
        recipe, total = self.plan.recipe, int(self.trainer.estimated_stepping_batches)
        at_once = min(recipe.batch * recipe.accumulate * self.trainer.world_size, len(self.learning))
        weights = groups(self.entry.network, recipe, recipe.learning_rate * at_once / AT_ONCE)
        optimizer: torch.optim.Optimizer = (
            torch.optim.AdamW(weights)
            if recipe.optimizer == "adamw"
            else torch.optim.SGD(weights, momentum=recipe.momentum, nesterov=recipe.momentum > 0)
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: share(step, total, recipe.warmup))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def astray(got: str) -> UsageError:
    """What to say of a training that has come to nothing."""
    return UsageError(
        "the training went astray", got=got, do="lower --set learning_rate, or leave --precision bf16 out"
    )


def share(step: int, total: int, warmup: float) -> float:
    """Of the learning rate at `step` of `total`: up along a line, down along half a cosine."""
    rising = warmup * total
    if step < rising:
        return (step + 1) / (rising + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(total - rising, 1)))


def steps(truth: Tensor, count: int) -> Tensor:
    """Classes of pictures (B, T) to those of `count` equal parts of them, each that of the picture in its middle."""
    middles = (2 * torch.arange(count, device=truth.device) + 1) * truth.shape[1] // (2 * count)
    return truth[:, middles]


def answered(entry: Entry, views: list[Tensor], plan: NetworkPlan) -> Tensor:
    """Of one clip in windows, logits (1, C): the logarithm of the mean probabilities. Of one window of a timeline,
    those of its steps (N, C).
    """
    parts = zip(*(torch.split(view, plan.recipe.batch) for view in views), strict=True)
    logits = torch.cat([entry(*part)[1].float() for part in parts])
    if logits.ndim == 3:
        return logits.flatten(0, 1)
    return functional.log_softmax(logits, 1).logsumexp(0, keepdim=True) - math.log(len(logits))


class Logbook(Callback):
    """One line an epoch, beside the checkpoint and in it, so that a training that goes on has all of them."""

    def __init__(self, folder: Path, told: Callable[[Epoch], None]) -> None:
        self.folder, self.told, self.epochs = folder, told, list[Epoch]()
        self._begun = 0.0

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        del trainer, pl_module
        self._begun = perf_counter()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Writes the epoch down, and tells who listens."""
        judged = (trainer.current_epoch + 1) % trainer.check_val_every_n_epoch == 0
        figures = {
            name: float(trainer.callback_metrics[name]) if judged else None for name in ("validation", "accuracy")
        }
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        loss, seconds = pl_module.mean_loss(), perf_counter() - self._begun
        self.epochs.append(Epoch(trainer.current_epoch + 1, rate, loss, **figures, seconds=seconds))
        if trainer.is_global_zero:
            write_log(self.epochs, self.folder / LOG)
            self.told(self.epochs[-1])

    def state_dict(self) -> dict[str, Any]:
        return {"epochs": [asdict(epoch) for epoch in self.epochs]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.epochs = [Epoch(**epoch) for epoch in state_dict["epochs"]]


class Keeper(Callback):
    """Leaves a checkpoint behind each epoch, whole or as it was; comes after the logbook, which is in it."""

    def __init__(self, last: Path) -> None:
        self.last = last

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        del pl_module
        part = self.last.with_suffix(".part")
        trainer.save_checkpoint(part)
        if trainer.is_global_zero:
            part.replace(self.last)


def _loader(dataset: Learning | Judging, plan: NetworkPlan, order: Order | None = None) -> DataLoader[Fed]:
    count = workers(plan)
    return DataLoader(
        dataset,
        batch_size=None,
        sampler=order,
        num_workers=count,
        persistent_workers=count > 0,
        pin_memory=on_gpu(plan),
    )
