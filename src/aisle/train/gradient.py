"""Heads that are trained by gradient, through Lightning: checkpoints, resuming, early stopping, several devices."""

from __future__ import annotations

import json
import logging
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch import Tensor, nn
from torch.utils.data import DataLoader

from aisle.core import Progress, UsageError, silent, whole, writing

Batch = tuple[Tensor, Tensor]
Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]
"""Of a network's answers for one batch."""

LAST, BEST, NOTE = "last.ckpt", "best.ckpt", "run.json"


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

    def begin(self) -> None:
        """Takes the folder, which exists from then on; may be called again.

        Raises UsageError when `resume` was asked for and there is nothing, or another run; when it was not and a
        checkpoint would be lost; OutputError where nothing can be written.
        """
        found = self._noted()
        if self.resume:
            if found is None:
                raise UsageError("nothing to resume", got=f"no {self.folder / NOTE}", do="leave --resume out to begin")
            if found != self.identity:
                raise UsageError(
                    f"{self.folder} holds another run",
                    got=found,
                    allowed=self.identity,
                    do="use the data and options of that run, or another --out to begin anew",
                )
        elif self.last.exists():
            raise UsageError(
                f"{self.folder} holds a training that was stopped",
                got=found or f"no readable {NOTE}",
                do=f"go on with --resume, or remove {self.folder} to begin anew",
            )
        with whole(self.folder / NOTE) as part:
            part.write_text(json.dumps({"identity": self.identity}), "utf-8")

    def checkpoint(self) -> Path | None:
        """What to go on from; None at the beginning."""
        return self.last if self.last.exists() else None

    @property
    def last(self) -> Path:
        return self.folder / LAST

    def _noted(self) -> str | None:
        try:
            return str(json.loads((self.folder / NOTE).read_text("utf-8"))["identity"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remove(self) -> None:
        """Once the training is over."""
        shutil.rmtree(self.folder, ignore_errors=True)


class _Learner(lightning.LightningModule):
    def __init__(self, network: nn.Module, loss: Loss, error: Loss, schedule: Schedule) -> None:
        super().__init__()
        self.network, self.loss, self.error, self.schedule = network, loss, error, schedule

    def training_step(self, batch: Batch, index: int) -> Tensor:
        del index
        return self.loss(self.network, *batch)

    def validation_step(self, batch: Batch, index: int) -> None:
        del index
        self.log("validation", self.error(self.network, *batch), batch_size=len(batch[1]))

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
    error: Loss | None = None,
    run: Run,
    schedule: Schedule = Schedule(),
    seed: int = 0,
    devices: int = 1,
    progress: Progress = silent,
) -> nn.Module:
    """The network of the epoch with the lowest `error` on `validation`, which is the loss where none is given. Each
    element of `train` is one step.

    `progress` counts epochs. Raises UsageError where `run` cannot be resumed, and for more `devices` than there are.
    """
    check_devices(devices)
    run.begin()
    best = ModelCheckpoint(
        run.folder, filename=Path(BEST).stem, monitor="validation", save_last=True, enable_version_counter=False
    )
    stop = EarlyStopping("validation", patience=schedule.patience)
    learner = _Learner(network, loss, error or loss, schedule)
    with without_remarks():
        lightning.seed_everything(seed, verbose=False)
        trainer = lightning.Trainer(
            max_epochs=schedule.epochs,
            accelerator="auto",
            devices=devices,
            strategy="ddp_notebook" if devices > 1 else "auto",  # forks, so that nothing before it runs twice
            callbacks=[best, stop, _Told(progress, schedule.epochs)],
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            gradient_clip_val=1.0,
        )
        checkpoint = run.checkpoint()
        if checkpoint is None or epochs_behind(checkpoint) < schedule.epochs:
            with writing(run.folder), interruptible(trainer):
                loaders = _loader(train, shuffle=True), _loader(validation, shuffle=False)
                trainer.fit(learner, *loaders, ckpt_path=checkpoint)
    state = torch.load(run.folder / BEST, weights_only=True)["state_dict"]
    network.load_state_dict({name.removeprefix("network."): value for name, value in state.items()})
    return network.cpu().eval()


def check_devices(count: int) -> None:
    """Raises UsageError for more graphics cards than there are. One is always there: the processor, if need be."""
    found = torch.cuda.device_count()
    if count > max(found, 1):
        raise UsageError("not so many graphics cards", got=f"--devices {count}", allowed=f"1 to {max(found, 1)}")


def epochs_behind(checkpoint: Path) -> int:
    """How many were learnt before it was written."""
    return int(torch.load(checkpoint, weights_only=True, map_location="cpu")["epoch"]) + 1


@contextmanager
def without_remarks() -> Iterator[None]:
    """Lightning tells which devices there are, advertises, and warns of loaders without workers, which are meant so."""
    loggers = [logging.getLogger(f"lightning.{part}") for part in ("pytorch", "fabric")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextmanager
def interruptible(trainer: lightning.Trainer) -> Iterator[None]:
    """Lightning turns Ctrl-C into the end of the program, and deafens it to another; here it is what it always is."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit:
        if trainer.interrupted:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)


def _loader(batches: Sequence[Batch], *, shuffle: bool) -> DataLoader[Batch]:
    return DataLoader(list(batches), batch_size=None, shuffle=shuffle)  # type: ignore[arg-type]
