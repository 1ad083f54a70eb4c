"""Heads that name whole clips: fitted by group, so that what is said of them holds for groups never seen."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import Example, Features, LabelSet, Progress, silent
from aisle.data.splits import Split, folds, hold_out
from aisle.evaluate.curves import best_threshold
from aisle.models.head import HeadCard, Option
from aisle.models.reading import ClipReading, Standard
from aisle.train.calibrate import calibrated
from aisle.train.gradient import Batch, Run, learn

Floats = npt.NDArray[np.floating]

BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """The clips seen as they are, `plain`, and through other looks, for training only: each is (clips, P)."""

    plain: Tensor
    others: tuple[Tensor, ...] = ()

    def training(self, chosen: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Rows and targets of the clips `chosen` by index, in every look."""
        views = [view[chosen] for view in (self.plain, *self.others)]
        return torch.cat(views), targets[chosen].repeat(len(views))


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
    card: HeadCard,
    options: Mapping[str, Option],
    looks: Looks,
    examples: Sequence[Example],
    labels: LabelSet,
    reading: ClipReading,
    *,
    count: int = 5,
    beta: float = 1.0,
    seed: int = 0,
    run: Run | None = None,
    progress: Progress = silent,
) -> ClipHead:
    """A head fitted on all `examples`, and what heads fitted on `count` - 1 of `count` parts say of the part left out.

    The parts never share a group. Probabilities are calibrated and the threshold is chosen, by F-beta, on what was left
    out. Raises InputError for a class that only one group has.
    """
    targets = torch.tensor([labels.index(example.label) for example in examples])
    index = {example.name: number for number, example in enumerate(examples)}
    count = min(count, len({example.group for example in examples}))
    logits = torch.zeros(len(examples), len(labels))
    parts = folds(examples, count, seed)
    for number, part in enumerate(parts):
        progress(number, count + 1)
        kept = _indices(part.kept, index)
        head = _fit(card, options, looks, targets, part.train, index, labels, seed=seed, run=None)
        with torch.no_grad():
            logits[kept] = head(looks.plain[kept])
    calibration = calibrated(logits, targets)
    with torch.no_grad():
        probabilities = functional.softmax(calibration(logits), 1).numpy()
    progress(count, count + 1)
    head = _fit(card, options, looks, targets, examples, index, labels, seed=seed, run=run)
    progress(count + 1, count + 1)
    threshold = None
    if len(labels) == 2:
        threshold = best_threshold(probabilities[:, 1], targets.numpy() == 1, beta).threshold
    return ClipHead(nn.Sequential(reading, head, calibration).eval(), probabilities, threshold)


def _fit(
    card: HeadCard,
    options: Mapping[str, Option],
    looks: Looks,
    targets: Tensor,
    examples: Sequence[Example],
    index: Mapping[str, int],
    labels: LabelSet,
    *,
    seed: int,
    run: Run | None,
) -> nn.Module:
    """(any, P) to logits: standardised by these examples, then the head."""
    rows, wanted = looks.training(_indices(examples, index), targets)
    standard = Standard.of(rows)
    module = importlib.import_module(f"aisle.models.{card.name}")
    if hasattr(module, "fit"):
        weights = balance(wanted, len(labels))[wanted]
        fitted: nn.Module = module.fit(
            standard(rows).numpy(), wanted.numpy(), weights.numpy(), classes=len(labels), seed=seed, **options
        )
    else:
        torch.manual_seed(seed)
        network = module.build(rows.shape[1], len(labels), **options)
        fitted = _learn(network, standard, looks, targets, hold_out(examples, 0.2, seed), index, labels, seed, run)
    return nn.Sequential(standard, fitted).eval()


def _learn(
    network: nn.Module,
    standard: Standard,
    looks: Looks,
    targets: Tensor,
    split: Split,
    index: Mapping[str, int],
    labels: LabelSet,
    seed: int,
    run: Run | None,
) -> nn.Module:
    rows, wanted = looks.training(_indices(split.train, index), targets)
    kept = _indices(split.kept, index)
    weights = balance(wanted, len(labels))

    def loss(network: nn.Module, rows: Tensor, wanted: Tensor) -> Tensor:
        return classification_loss(network(rows), wanted, weights)

    with tempfile.TemporaryDirectory() as folder:
        return learn(
            network,
            _batches(standard(rows), wanted, seed),
            [(standard(looks.plain[kept]), targets[kept])],
            loss,
            run=run or Run(Path(folder), "fold"),
            seed=seed,
        )


def classification_loss(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy with class `weights` (C,); for two classes binary cross-entropy of the difference of the logits."""
    if logits.shape[1] == 2:
        margin = logits[:, 1] - logits[:, 0]
        return functional.binary_cross_entropy_with_logits(margin, targets.float(), weights[targets])
    return functional.cross_entropy(logits, targets, weights)


def balance(targets: Tensor, classes: int, *, power: float = 1.0) -> Tensor:
    """(C,): a class's weight falls with its count to the `power`; the mean weight of the targets is 1."""
    counts = torch.bincount(targets, minlength=classes).clamp(min=1).float()
    weights = counts**-power
    return weights / weights[targets].mean()


def _batches(rows: Tensor, targets: Tensor, seed: int) -> list[Batch]:
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    return [(rows[chosen], targets[chosen]) for chosen in order.split(BATCH)]


def _indices(examples: Sequence[Example], index: Mapping[str, int]) -> Tensor:
    return torch.tensor([index[example.name] for example in examples])
