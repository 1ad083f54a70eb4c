"""Networks that learn without labels, by any method, in one loop.

Shapes: B clips, T pictures, S side.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import lightning
import numpy as np
import torch
from torch import Tensor, nn

from aisle.core import Dataset, Example, Progress, UsageError, silent, writing
from aisle.core.clip import Array
from aisle.data.clip_store import ClipStore
from aisle.data.unlabelled import Split, hold_out
from aisle.models.entry import network
from aisle.train._pretrainer import AstrayError, Diary, Pretrainer
from aisle.train.course import Epoch
from aisle.train.device import check_device, explained
from aisle.train.gradient import Run, epochs_behind, interruptible, without_remarks
from aisle.train.pretrain_feeding import Stretches, fed, unit
from aisle.train.pretrain_plan import PretrainPlan

SHOWN, SHEET = 8, 6
"""How often what was learnt is shown, over a training; and of how many clips."""

SAMPLES = 32
"""Clips that a packaged network is calibrated and compared on."""

TIMED = 3
"""Steps from which it is told how long a training will take."""

Show = Callable[[Epoch, nn.Module, Tensor], None]
"""Hears of an epoch, what was learnt so far (aisle.models.pretext), and clips (B, 3, T, S, S) in [0, 1] to show it on.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Pretrained:
    """`network` gives features, its classifier nothing; `pretext` is all that was learnt. `samples` are views as
    sampled (T, ...) by name, of clips kept aside.

    `doubts` say why the figures may flatter; `lost` is why the training was stopped, its weights being the last good
    ones.
    """

    network: nn.Module
    pretext: nn.Module
    samples: Sequence[Mapping[str, Array]]
    kept: tuple[str, ...]
    log: tuple[Epoch, ...]
    doubts: tuple[str, ...] = ()
    lost: AstrayError | None = None


def pretrain(
    dataset: Dataset,
    plan: PretrainPlan,
    store: ClipStore,
    *,
    run: Run,
    told: Callable[[Epoch], None] | None = None,
    costs: Callable[[float, int], None] | None = None,
    show: Show | None = None,
    progress: Progress = silent,
) -> Pretrained:
    """Learns from all of `dataset` (aisle.data.unlabelled) but what is kept aside; `store` holds its pictures.

    `costs` hears beforehand how many seconds an epoch takes and how many there will be, 0 where the time decides.
    Raises UsageError for settings that the machine or the network cannot take, and where the first epoch goes astray;
    InputError where pictures are gone.
    """
    check_device(plan)
    parts = hold_out(dataset.examples, plan.seed)
    plan = _bounded(plan, len(parts.train))
    torch.manual_seed(plan.seed)
    pretext = plan.method.pretext(plan.card, network(plan.card, len(dataset.labels)), plan.options)
    sampling = fed(plan, pretext)
    learning = Stretches(plan, store, parts.train, sampling)
    judging = Stretches(plan, store, _judged(plan, parts), sampling)
    with explained():
        learner = Pretrainer(pretext, plan, learning, judging)
        if costs is not None:
            costs(_seconds(learner), 0 if plan.minutes is not None else plan.study.epochs)
        log, lost = _learnt(learner, plan, run, told or _unheard, show, progress)
    whole = plan.card.sampling
    samples = [{"rgb": judging.whole(at, whole)} for at in _drawn(len(judging), SAMPLES, plan.seed)]
    return Pretrained(
        network=learner.pretext.network,  # type: ignore[arg-type]
        pretext=learner.pretext,
        samples=samples,
        kept=tuple(example.name for example in parts.kept),
        log=log,
        doubts=_doubts(dataset, parts),
        lost=lost,
    )


def _bounded(plan: PretrainPlan, count: int) -> PretrainPlan:
    """No video is its own counterexample: there are at most as many in a step as there are, and half as many are
    remembered. Raises UsageError for one alone.
    """
    if not plan.method.pairs:
        return plan
    if count < 2:
        raise UsageError(
            f"{plan.method.name} tells stretches of video apart",
            got="one stretch to learn from",
            allowed="2 or more",
            do="add videos, or use another --method, such as masked",
        )
    queue = min(int(plan.options.get("queue", plan.method.options["queue"])), count // 2)
    return replace(plan, options={**plan.options, "queue": queue})


def _judged(plan: PretrainPlan, parts: Split) -> tuple[Example, ...]:
    """What the loss is measured on; what was learnt from where too little is there to keep any of it aside."""
    return parts.kept if len(parts.kept) >= (2 if plan.method.pairs else 1) else parts.train


def _doubts(dataset: Dataset, parts: Split) -> tuple[str, ...]:
    videos = {example.group for example in dataset.examples}
    if not parts.kept:
        return (f"so little video ({len(videos)} in all) that none is kept aside: the loss is of what is learnt.",)
    if videos & {example.group for example in parts.kept} & {example.group for example in parts.train}:
        return (f"so few videos ({len(videos)}) that what is kept aside is from those that were learnt from.",)
    return ()


def _learnt(
    learner: Pretrainer,
    plan: PretrainPlan,
    run: Run,
    told: Callable[[Epoch], None],
    show: Show | None,
    progress: Progress,
) -> tuple[tuple[Epoch, ...], AstrayError | None]:
    """Trains `learner`, whose weights are those of the last good epoch then. Raises AstrayError where there is none."""
    run.begin()
    clips = unit(torch.stack([learner.judging.square(at) for at in _drawn(len(learner.judging), SHEET, plan.seed)]))

    def heard(epoch: Epoch) -> None:
        told(epoch)
        if plan.minutes is None:
            progress(epoch.number, plan.study.epochs)
        else:
            progress(learner.elapsed, 60 * plan.minutes)

    def shown(epoch: Epoch, pretext: nn.Module) -> None:
        if show is not None and _is_shown(epoch, plan):
            pretext.eval()
            with torch.inference_mode():
                show(epoch, pretext, clips.to(learner.device))
            pretext.train()

    diary, lost = Diary(run.folder, run.last, heard, shown), None
    with without_remarks(), writing(run.folder):
        trainer = _trainer(plan, diary)
        checkpoint = run.checkpoint()
        if checkpoint is None or plan.minutes is not None or epochs_behind(checkpoint) < plan.study.epochs:
            try:
                with interruptible(trainer):
                    trainer.fit(learner, ckpt_path=checkpoint)
            except AstrayError as error:
                if run.checkpoint() is None:
                    raise
                lost = error
    kept = torch.load(run.last, weights_only=True, map_location="cpu")
    learner.cpu().load_state_dict(kept["state_dict"])
    learner.eval()
    diary.load_state_dict(next(state for name, state in kept["callbacks"].items() if name.startswith("Diary")))
    return tuple(diary.epochs), lost


def _trainer(plan: PretrainPlan, diary: Diary) -> lightning.Trainer:
    return lightning.Trainer(
        max_epochs=plan.study.epochs if plan.minutes is None else -1,
        accelerator={"auto": "auto", "cpu": "cpu", "gpu": "gpu"}[plan.device],
        devices=plan.devices,
        precision="bf16-mixed" if plan.precision == "bf16" else "32-true",
        callbacks=[diary],
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def _is_shown(epoch: Epoch, plan: PretrainPlan) -> bool:
    """`SHOWN` times over a training of so many epochs; where the time decides, behind epochs 1, 2, 4, 8 and so on."""
    if plan.minutes is not None:
        return epoch.number & (epoch.number - 1) == 0
    return epoch.number % -(-plan.study.epochs // SHOWN) == 0 or epoch.number == plan.study.epochs


def _seconds(learner: Pretrainer) -> float:
    """About how long an epoch takes: a few steps with a copy of what learns, nothing of which stays."""
    plan, copied = learner.plan, deepcopy(learner.pretext)
    device = torch.device("cuda" if plan.device != "cpu" and torch.cuda.is_available() else "cpu")
    copied.to(device)
    steps, begun = max(-(-len(learner.learning) // plan.study.batch), 1), 0.0
    keys = [(0, at % len(learner.learning)) for at in range(min(plan.study.batch, len(learner.learning)))]
    for number in range(TIMED):
        if number == 1:  # the first one also loads and chooses what computes
            begun = time.monotonic()
        x = unit(learner.learning[keys]).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=plan.precision == "bf16"):
            for turn in plan.method.turns:
                torch.autograd.backward(turn.loss(copied, x)["loss"])
    return (time.monotonic() - begun) / (TIMED - 1) * steps


def _drawn(count: int, most: int, seed: int) -> list[int]:
    """Up to `most` of `count`."""
    chosen = np.random.default_rng(seed).permutation(count)[:most]
    return sorted(chosen.tolist())


def _unheard(epoch: Epoch) -> None:
    del epoch
