"""Heads that name whole clips: fitted by group, so that what is said of them holds for groups never seen."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import Example, Features, LabelSet, Progress, silent
from aisle.data.splits import folds, hold_out
from aisle.evaluate.curves import best_threshold
from aisle.evaluate.figures import Floats
from aisle.models.head import HeadCard
from aisle.models.reading import ClipReading, Standard
from aisle.train.calibrate import calibrated
from aisle.train.gradient import Batch, Run, Schedule, learn
from aisle.train.memory import Memory
from aisle.train.plan import Plan

Answer = Callable[[Sequence[Example], Sequence[Example]], Tensor]
"""Logits (clips, C) of the second examples, by a head that was fitted on the first."""

BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Clips:
    """What a head learns from. `plain` (clips, P) are the examples seen as they are, `others` through other looks, for
    training only.
    """

    examples: Sequence[Example]
    labels: LabelSet
    plain: Tensor
    others: tuple[Tensor, ...] = ()

    @property
    def targets(self) -> Tensor:
        """(clips,): indices of labels."""
        return torch.tensor([self.labels.index(example.label) for example in self.examples])

    @property
    def groups(self) -> list[str]:
        return [example.group for example in self.examples]

    def only(self, examples: Sequence[Example]) -> Clips:
        """Those clips, in that order."""
        rows = self.rows(examples)
        return replace(self, examples=examples, plain=self.plain[rows], others=tuple(one[rows] for one in self.others))

    def rows(self, examples: Sequence[Example]) -> Tensor:
        """Which rows `examples` have here."""
        index = {example.name: number for number, example in enumerate(self.examples)}
        return torch.tensor([index[example.name] for example in examples])

    def memory(self) -> Memory:
        """To learn from again without the videos."""
        views = torch.stack([self.plain, *self.others]).half().numpy()
        names, labels = ([getattr(example, part) for example in self.examples] for part in ("name", "label"))
        return Memory(views, names, self.groups, labels)

    def training(self) -> tuple[Tensor, Tensor]:
        """Rows and targets in every look."""
        return torch.cat([self.plain, *self.others]), self.targets.repeat(1 + len(self.others))


@dataclass(frozen=True, slots=True, eq=False)
class ClipHead:
    """`network` takes the features (N, D) of one clip and gives calibrated logits (1, C).

    `probabilities` (clips, C) are those of heads that had not seen the clip's group, nor anything of it: what to expect
    of new groups. `threshold` is of the second of two classes; None for more classes.
    """

    network: nn.Module
    probabilities: Floats
    threshold: float | None


def read_clips(features: Sequence[Features], reading: ClipReading) -> Tensor:
    """(clips, P)."""
    with torch.no_grad():
        return torch.cat([reading(torch.from_numpy(one.values)) for one in features])


def fit_clips(
    plan: Plan,
    clips: Clips,
    reading: ClipReading,
    *,
    logits: Tensor | None = None,
    run: Run | None = None,
    progress: Progress = silent,
) -> ClipHead:
    """A head fitted on all `clips`, and what heads fitted on all parts but one say of the part left out.

    `logits` are those answers where they are known already, see `unseen`. Probabilities are calibrated and the
    threshold is chosen, by F-beta, on them. Raises InputError for a class that only one group has.
    """
    if logits is None:
        logits = unseen(partial(answer, plan, clips), clips, count=plan.folds, seed=plan.seed, progress=progress)
    calibration = calibrated(logits, clips.targets)
    with torch.no_grad():
        probabilities = functional.softmax(calibration(logits).double(), 1).numpy()
    head = fitted(plan, clips, run=run)
    threshold = None
    if len(clips.labels) == 2:
        threshold = best_threshold(probabilities[:, 1], clips.targets.numpy() == 1, plan.beta).threshold
    return ClipHead(nn.Sequential(reading, head, calibration).eval(), probabilities, threshold)


def unseen(to: Answer, clips: Clips, *, count: int, seed: int, progress: Progress = silent) -> Tensor:
    """Logits (clips, C) of each of `count` parts `to` the other parts. The parts never share a group.

    Raises InputError for a class that only one group has.
    """
    parts = folds(clips.examples, min(count, len(set(clips.groups))), seed)
    logits = torch.zeros(len(clips.examples), len(clips.labels))
    for number, part in enumerate(parts):
        progress(number, len(parts))
        logits[clips.rows(part.kept)] = to(part.train, part.kept)
    progress(len(parts), len(parts))
    return logits


def answer(plan: Plan, clips: Clips, train: Sequence[Example], kept: Sequence[Example]) -> Tensor:
    """Logits (kept, C) by a head that was fitted on `train`; see `Answer`."""
    head = fitted(plan, clips.only(train))
    with torch.no_grad():
        return torch.as_tensor(head(clips.only(kept).plain))


def fitted(plan: Plan, clips: Clips, *, run: Run | None = None) -> nn.Module:
    """(any, P) to logits: standardised by these clips, then the head."""
    rows, targets = clips.training()
    standard = Standard.of(rows)
    if at_once(plan.head):
        weights = balance(targets, len(clips.labels))[targets]
        head: nn.Module = _module(plan.head).fit(
            standard(rows).numpy(),
            targets.numpy(),
            weights.numpy(),
            classes=len(clips.labels),
            seed=plan.seed,
            **plan.options,
        )
    else:
        torch.manual_seed(plan.seed)
        head = _learnt(plan, clips, standard, run)
    return nn.Sequential(standard, head).eval()


def at_once(card: HeadCard) -> bool:
    """Whether a head is fitted in seconds, by scikit-learn, so that fitting it many times costs little."""
    return hasattr(_module(card), "fit")


def _module(card: HeadCard) -> ModuleType:
    return importlib.import_module(f"aisle.models.{card.name}")


def _learnt(plan: Plan, clips: Clips, standard: Standard, run: Run | None) -> nn.Module:
    split = hold_out(clips.examples, 0.2, plan.seed)
    rows, targets = clips.only(split.train).training()
    kept = clips.only(split.kept)
    weights = balance(targets, len(clips.labels))

    def loss(network: nn.Module, rows: Tensor, wanted: Tensor) -> Tensor:
        return classification_loss(network(rows), wanted, weights.to(rows.device))

    with tempfile.TemporaryDirectory() as folder:
        return learn(
            _module(plan.head).build(rows.shape[1], len(clips.labels), **plan.options),
            _batches(standard(rows), targets, plan.seed),
            [(standard(kept.plain), kept.targets)],
            loss,
            run=run or Run(Path(folder), "part"),
            schedule=Schedule(epochs=plan.epochs),
            seed=plan.seed,
            devices=plan.devices,
        )


def classification_loss(logits: Tensor, targets: Tensor, weights: Tensor, smoothing: float = 0.0) -> Tensor:
    """The mean cross-entropy of logits (N, C), each weighed by its class (C,), whatever else is among them; for two
    classes that is binary cross-entropy of the difference of the logits. All classes together get the share
    `smoothing` of the truth.
    """
    each = functional.cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing)
    return (weights[targets] * each).mean()


def balance(targets: Tensor, classes: int, *, power: float = 1.0) -> Tensor:
    """(C,): a class's weight falls with its count to the `power`; the mean weight of the targets is 1."""
    counts = torch.bincount(targets, minlength=classes).clamp(min=1).float()
    weights = counts**-power
    return weights / weights[targets].mean()


def _batches(rows: Tensor, targets: Tensor, seed: int) -> list[Batch]:
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    return [(rows[chosen], targets[chosen]) for chosen in torch.split(order, BATCH)]
