"""Networks that read clips, trained end to end, and judged on groups that they have not seen.

Shapes: B batch, C classes, N steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from fractions import Fraction

import lightning
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from aisle.analysis.backbone import Answers
from aisle.core import Dataset, Example, InputError, LabelSet, Progress, UsageError, silent, writing
from aisle.core.clip import Array
from aisle.data.clip_store import ClipStore
from aisle.data.splits import Split, folds
from aisle.evaluate.classify import ClassificationReport, evaluate_clips
from aisle.evaluate.curves import DetectorReport, best_threshold, evaluate_detector
from aisle.evaluate.figures import Floats
from aisle.models.entry import Entry, network
from aisle.models.reading import Calibrated
from aisle.train._learner import JUDGED, Keeper, Learner, Logbook, answered, astray, steps
from aisle.train._stages import begun_with, calibrated_within, checkpointed, freeze
from aisle.train.calibrate import calibrated
from aisle.train.clips import balance
from aisle.train.course import Epoch
from aisle.train.device import check_device, explained, on_gpu
from aisle.train.feeding import Judging, Learning, Source
from aisle.train.fit import learning_part, timeline_parts
from aisle.train.gradient import Run, epochs_behind, interruptible, without_remarks
from aisle.train.judge import THRESHOLD_HERE
from aisle.train.recipe import NetworkPlan

SAMPLES = 32
"""Clips that a packaged network is calibrated and compared on."""

ABSURD = 1e4
"""Logits that nothing is learnt from any more: a sound network's are some tens at most."""

CALIBRATED_HERE = (
    "Too few groups were kept aside to calibrate on some and judge on others, so the calibration error flatters."
)


@dataclass(frozen=True, slots=True)
class Initial:
    """Weights to begin with, under our names. `labels` are the classes that its classifier names, in order, if it has
    one; a `part` fills less than the whole network. `seen` are the contents of the videos that they were learnt from,
    where that is known, by `aisle.deploy.head.seen_mark`.
    """

    state: Mapping[str, Tensor]
    labels: tuple[str, ...] = ()
    part: bool = False
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TrainedNetwork:
    """`network` is calibrated; see aisle.models.clip. One answer stands for `window` pictures. `samples` are views as
    sampled (T, ...) by name, of clips kept aside.

    `clips` and `detector` are for groups that neither the weights nor the calibration come from; networks of timelines
    are judged afterwards. `kept` names what was kept aside; `log` is the course of the training. `doubts` say why the
    figures may flatter.
    """

    network: nn.Module
    labels: LabelSet
    answers: Answers
    window: int
    samples: Sequence[Mapping[str, Array]]
    kept: tuple[str, ...]
    log: tuple[Epoch, ...]
    clips: ClassificationReport | None = None
    detector: DetectorReport | None = None
    doubts: tuple[str, ...] = ()


def train_network(
    dataset: Dataset,
    plan: NetworkPlan,
    store: ClipStore,
    *,
    initial: Initial | None = None,
    run: Run,
    told: Callable[[Epoch], None] | None = None,
    progress: Progress = silent,
) -> TrainedNetwork:
    """Learns from what is not in the test split and not kept aside: the validation split, else a fifth of the groups.
    Nothing is chosen on what is kept aside but the calibration and, of two classes, the threshold.

    For `dataset` see aisle.train.fit.prepared; `store` holds its views, see aisle.train.decoded. `progress` counts
    epochs, and `told` hears of each. Raises UsageError for settings that the machine or the network cannot take, out of
    memory and a loss that is no number among them; DamagedError where `initial` is of another network; InputError for
    classes that cannot be split.
    """
    check_device(plan)
    used, kept = timeline_parts(learning_part(dataset), plan.seed)
    source = Source(plan, store, dataset.labels)
    learning = Learning(source, used)
    timelines, sampling = plan.card.task == "timelines", plan.card.sampling
    window = sampling.span if timelines or sampling.stride else learning.usual_length
    judging = Judging(source, kept, window)
    with explained():
        entry = Entry(_begun(plan, dataset.labels, initial), plan.card)
        log = _learnt(entry, plan, learning, judging, run, told or _unheard, progress)
        logits, truth = _answers(entry, plan, judging)
    if not (logits.abs() < ABSURD).all():
        raise astray("answers beyond all measure, of what was kept aside")
    judged = _judged(logits, truth, kept, dataset.labels, plan) if not timelines else Judged(calibrated(logits, truth))
    calibrated_within(entry.network, judged.calibration, plan.card.features)
    return TrainedNetwork(
        network=entry.network,
        labels=dataset.labels,
        answers=Answers(smooth=Fraction(0), shortest=Fraction(1, 4), surest=0.0)
        if timelines
        else Answers(threshold=judged.threshold),
        window=window,
        samples=[judging.sample(index) for index in _drawn(len(judging), plan.seed)],
        kept=tuple(example.name for example in kept),
        log=log,
        clips=judged.clips,
        detector=judged.detector,
        doubts=judged.doubts,
    )


def _unheard(epoch: Epoch) -> None:
    del epoch


def _drawn(count: int, seed: int) -> list[int]:
    """Which of `count` clips kept aside stand for all: any, as they come class by class, or each in turn."""
    chosen = np.random.default_rng(seed).permutation(count)[:SAMPLES]
    return sorted(chosen.tolist())


def _begun(plan: NetworkPlan, labels: LabelSet, initial: Initial | None) -> nn.Module:
    torch.manual_seed(plan.seed)
    drawn = network(plan.card, len(labels))
    if initial is None:
        return drawn
    same = initial.labels == tuple(labels)
    return begun_with(drawn, initial.state, same_classes=same, part=initial.part)


def _learnt(
    entry: Entry,
    plan: NetworkPlan,
    learning: Learning,
    judging: Judging,
    run: Run,
    told: Callable[[Epoch], None],
    progress: Progress,
) -> tuple[Epoch, ...]:
    """Trains `entry`, whose weights are those of the last epoch then."""
    recipe = plan.recipe
    run.begin()
    classes = np.concatenate([learning.source.classes(one, count) for one, count in learning.counted()])
    weights = balance(torch.from_numpy(classes), len(learning.source.labels), power=recipe.balance)
    learner = Learner(entry, plan, weights, learning, judging, freeze(entry.network, plan.freeze))

    def heard(epoch: Epoch) -> None:
        told(epoch)
        progress(epoch.number, recipe.epochs)

    logbook = Logbook(run.folder, heard)
    with without_remarks(), checkpointed(entry.network, plan), writing(run.folder):
        trainer = lightning.Trainer(
            max_epochs=recipe.epochs,
            accelerator={"auto": "auto", "cpu": "cpu", "gpu": "gpu"}[plan.device],
            devices=plan.devices,
            strategy="ddp_notebook" if plan.devices > 1 else "auto",  # forks, so that nothing before it runs twice
            precision="bf16-mixed" if plan.precision == "bf16" else "32-true",
            callbacks=[
                logbook,
                Keeper(run.last),
            ],
            accumulate_grad_batches=recipe.accumulate,
            gradient_clip_val=recipe.largest or None,
            check_val_every_n_epoch=-(-recipe.epochs // JUDGED),
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        checkpoint = run.checkpoint()
        if checkpoint is None or epochs_behind(checkpoint) < recipe.epochs:
            with interruptible(trainer):
                trainer.fit(learner, ckpt_path=checkpoint)
    kept = torch.load(run.last, weights_only=True, map_location="cpu")
    learner.cpu().load_state_dict(kept["state_dict"])
    learner.eval().requires_grad_(requires_grad=True)
    logbook.load_state_dict(next(state for name, state in kept["callbacks"].items() if name.startswith("Logbook")))
    return tuple(logbook.epochs)


def _answers(entry: Entry, plan: NetworkPlan, judging: Judging) -> tuple[Tensor, Tensor]:
    """Logits (items, C) and classes (items,) of all clips, or of all steps of timelines."""
    device = torch.device("cuda" if on_gpu(plan) else "cpu")
    quick: AbstractContextManager[object] = (
        torch.autocast(device.type, torch.bfloat16) if plan.precision == "bf16" else nullcontext()
    )
    entry.to(device)
    logits, classes = [], []
    with torch.inference_mode(), quick:
        for views, truth in DataLoader(judging, batch_size=None):
            found = answered(entry, [view.to(device) for view in views], plan).cpu()
            logits.append(found)
            classes.append(truth if plan.card.task == "clips" else steps(truth, len(found) // len(truth)).flatten())
    entry.cpu()
    return torch.cat(logits).clone(), torch.cat(classes)


# --- how good it is


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    calibration: Calibrated
    threshold: float | None = None
    clips: ClassificationReport | None = None
    detector: DetectorReport | None = None
    doubts: tuple[str, ...] = ()


def _judged(logits: Tensor, truth: Tensor, kept: Sequence[Example], labels: LabelSet, plan: NetworkPlan) -> Judged:
    """Each half of the groups is calibrated on the other, for the figures; the network on all of them."""
    named, groups = truth.numpy(), [example.group for example in kept]
    halves = _halves(kept, plan.seed)
    if halves:
        index = {example.name: number for number, example in enumerate(kept)}
        probabilities = np.zeros(logits.shape)
        for half in halves:
            others, mine = ([index[example.name] for example in part] for part in (half.train, half.kept))
            probabilities[mine] = _probabilities(calibrated(logits[others], truth[others]), logits[mine])
        doubts: tuple[str, ...] = ()
    else:
        probabilities, doubts = _probabilities(calibrated(logits, truth), logits), (CALIBRATED_HERE,)
    threshold = detector = None
    if len(labels) == 2:
        threshold = best_threshold(probabilities[:, 1], named == 1, plan.beta).threshold
        detector = evaluate_detector(
            probabilities[:, 1], named == 1, threshold=threshold, beta=plan.beta, groups=groups
        )
        doubts = (THRESHOLD_HERE, *doubts)
    clips = evaluate_clips(probabilities, named, labels, groups=groups)
    return Judged(calibrated(logits, truth), threshold, clips, detector, doubts)


def _halves(kept: Sequence[Example], seed: int) -> tuple[Split, ...]:
    """None where the groups are too few."""
    try:
        return folds(kept, 2, seed)
    except (InputError, UsageError):
        return ()


def _probabilities(calibration: Calibrated, logits: Tensor) -> Floats:
    with torch.no_grad():
        return functional.softmax(calibration(logits).double(), 1).numpy()
