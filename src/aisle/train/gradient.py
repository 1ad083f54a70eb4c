"""Heads that are trained by gradient, through Lightning: checkpoints, resuming, early stopping, several devices."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch import Tensor, nn
from torch.utils.data import DataLoader

from aisle.core import Progress, UsageError, silent, whole

Batch = tuple[Tensor, Tensor]
Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]
"""Of a network's answers for one batch."""

UNIT = "the validation loss"


@dataclass(frozen=True, slots=True)
class Schedule:
    """AdamW at `rate` with `decay`, for at most `epochs`; stops `patience` epochs after the best validation loss."""

    epochs: int = 100
    patience: int = 12
    rate: float = 1e-3
    decay: float = 1e-2


@dataclass(frozen=True, slots=True)
class Run:
    """Where checkpoints lie: `identity` says what is being trained, so that nothing else is resumed by mistake."""

    folder: Path
    identity: str
    resume: bool = False

    def checkpoint(self) -> Path | None:
        """What to go on from; notes the run's identity otherwise.

        Raises UsageError when `resume` was asked for and there is nothing, or another run's checkpoint.
        """
        note, last = self.folder / "run.json", self.folder / "last.ckpt"
        if not self.resume:
            self.folder.mkdir(parents=True, exist_ok=True)
            last.unlink(missing_ok=True)
            with whole(note) as part:
                part.write_text(json.dumps({"identity": self.identity}), "utf-8")
            return None
        if not last.is_file():
            raise UsageError("nothing to resume", got=f"no {last}", do="leave --resume out to begin")
        found = json.loads(note.read_text("utf-8"))["identity"]
        if found != self.identity:
            raise UsageError(
                f"{self.folder} holds another run", got=found, allowed=self.identity,
                do="use the data and options of that run, or leave --resume out to begin anew",
            )  # fmt: skip
        return last

    def remove(self) -> None:
        """Once the training is over."""
        shutil.rmtree(self.folder, ignore_errors=True)


class _Learner(lightning.LightningModule):
    def __init__(self, network: nn.Module, loss: Loss, schedule: Schedule) -> None:
        super().__init__()
        self.network, self.loss, self.schedule = network, loss, schedule

    def training_step(self, batch: Batch, index: int) -> Tensor:
        del index
        return self.loss(self.network, *batch)

    def validation_step(self, batch: Batch, index: int) -> None:
        del index
        self.log("validation", self.loss(self.network, *batch), batch_size=len(batch[1]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.network.parameters(), lr=self.schedule.rate, weight_decay=self.schedule.decay)


class _Told(Callback):
    def __init__(self, progress: Progress, epochs: int) -> None:
        self.progress, self.epochs = progress, epochs

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        del pl_module
        self.progress(trainer.current_epoch + 1, self.epochs)


def learn(
    network: nn.Module,
    train: Sequence[Batch],
    validation: Sequence[Batch],
    loss: Loss,
    *,
    run: Run,
    schedule: Schedule = Schedule(),
    seed: int = 0,
    devices: int = 1,
    progress: Progress = silent,
) -> nn.Module:
    """The network of the epoch with the lowest loss on `validation`. Each element of `train` is one step.

    `progress` counts epochs. Raises UsageError where `run` cannot be resumed.
    """
    checkpoint = run.checkpoint()
    best = ModelCheckpoint(
        run.folder, filename="best", monitor="validation", save_last=True, enable_version_counter=False
    )
    stop = EarlyStopping("validation", patience=schedule.patience)
    learner = _Learner(network, loss, schedule)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of loaders without workers and folders that exist: both are meant so
        lightning.seed_everything(seed, verbose=False)
        trainer = lightning.Trainer(
            max_epochs=schedule.epochs,
            accelerator="auto",
            devices=devices,
            callbacks=[best, stop, _Told(progress, schedule.epochs)],
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            gradient_clip_val=1.0,
        )
        trainer.fit(learner, _loader(train, shuffle=True), _loader(validation, shuffle=False), ckpt_path=checkpoint)
    state = torch.load(best.best_model_path, weights_only=True)["state_dict"]
    network.load_state_dict({name.removeprefix("network."): value for name, value in state.items()})
    return network.cpu().eval()


def _loader(batches: Sequence[Batch], *, shuffle: bool) -> DataLoader[Batch]:
    return DataLoader(list(batches), batch_size=None, shuffle=shuffle)  # type: ignore[arg-type]
