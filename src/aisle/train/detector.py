"""A detector that learns from pictures with boxes: the loop, the mean of its weights, and when to give up.

Shapes: B pictures (B, 3, S, S), RGB, float32, 0 to 255; of one of them G true boxes (G, 4), left, top, right and bottom
in pixels, and their classes (G,).
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from aisle.core import InputError, LabelSet, Progress, UsageError, silent
from aisle.core.boxed import BoxedPicture
from aisle.core.detections import Detections
from aisle.data.boxed_pictures import picture
from aisle.objects.family import Array, Reader
from aisle.objects.network_detector import NetworkDetector
from aisle.train.boxes_augment import Augment, Shown

Truth = tuple[Tensor, Tensor]

LOWEST = 0.01
"""The score down to which a detector is judged: average precision needs what is unsure too."""

_KEPT_SIDE = 1.5
"""Pictures are kept in memory so many times as large as the network reads them, so that parts can be enlarged."""


@dataclass(frozen=True, slots=True)
class DetectorRecipe:
    """`rate` is reached after `warm` of all steps and falls along a cosine; the last `gentle` of the epochs see whole
    pictures. `mean` is how slowly the kept weights follow those that learn, a share a step.
    """

    epochs: int = 100
    batch: int = 8
    rate: float = 1e-3
    decay: float = 5e-4
    warm: float = 0.05
    gentle: float = 0.2
    mean: float = 0.99
    augment: Augment = field(default_factory=Augment)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1 or not self.rate > 0:
            got = f"{self.epochs} epochs, batches of {self.batch}, rate {self.rate}"
            raise UsageError("a training has steps", got=got, allowed="1 or more epochs and pictures, a rate above 0")


class Student(Protocol):
    """A network that learns to find, of the kind `family` in aisle.objects."""

    @property
    def family(self) -> str: ...

    @property
    def title(self) -> str:
        """For people."""
        ...

    @property
    def recipe(self) -> DetectorRecipe:
        """How it is taught unless somebody says otherwise."""
        ...

    @property
    def network(self) -> nn.Module: ...

    @property
    def side(self) -> int:
        """S."""
        ...

    @property
    def stretches(self) -> bool:
        """Whether it is given pictures stretched to a square; else their shape is kept."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """What the answers of `exported` are called."""
        ...

    def loss(self, pictures: Tensor, truth: Sequence[Truth]) -> Tensor:
        """How wrong it is about pictures (B, 3, S, S) with those boxes, a number to lower."""
        ...

    def rates(self, rate: float) -> list[dict[str, object]]:
        """Its weights in groups, each with its part of `rate`."""
        ...

    def exported(self) -> nn.Module:
        """What is packaged: what the family's Reader prepares in, what it reads out."""
        ...

    def reader(self) -> Reader: ...


@dataclass(frozen=True, slots=True)
class Course:
    """The mean loss of each epoch, and seconds of processor time; `stopped` says why a training ended early, and is
    empty where it did not.
    """

    losses: tuple[float, ...]
    seconds: float
    stopped: str = ""


def shown(pictures: Sequence[BoxedPicture], labels: LabelSet, student: Student) -> list[Shown]:
    """Decoded, and made as small as may be. Raises InputError for a picture that cannot be read."""
    return [_shown(one, labels, student) for one in pictures]


def learn_boxes(
    student: Student, pool: Sequence[Shown], recipe: DetectorRecipe, *, progress: Progress = silent
) -> Course:
    """Teaches `student` the pictures of `pool`; its network is then the mean of the last steps' weights.

    `progress` counts epochs. Where the loss is no number any more, or many times what it was, it stops and keeps the
    weights of the last good epoch. Raises InputError where it fails in the first.
    """
    if not any(len(one.boxes) for one in pool):
        raise InputError("there is nothing to learn", got=f"{len(pool)} pictures, no box", do="label some pictures")
    rng = np.random.default_rng(recipe.seed)
    torch.manual_seed(recipe.seed)
    started = time.process_time()
    steps = -(-len(pool) // recipe.batch)
    teaching = _Teaching(student, recipe, steps * recipe.epochs)
    losses: list[float] = []
    stopped = ""
    for epoch in range(recipe.epochs):
        gentle = epoch >= round((1 - recipe.gentle) * recipe.epochs)
        augment = recipe.augment.gentle if gentle else recipe.augment
        batches = _batches(pool, student.side, augment, recipe.batch, rng)
        loss = teaching.epoch(batches)
        if not math.isfinite(loss) or (losses and loss > 10 * max(losses[0], 1.0)):
            stopped = f"it diverged in epoch {epoch + 1} of {recipe.epochs} (loss {loss:.3g})"
            break
        teaching.keep()
        losses.append(loss)
        progress(epoch + 1, recipe.epochs)
    if not losses:
        raise InputError("the training fails at once", got=stopped, do="lower its rate: --set rate=0.0001")
    teaching.finish()
    return Course(tuple(losses), time.process_time() - started, stopped)


def network_detector(student: Student, labels: Sequence[str], score: float) -> NetworkDetector:
    """It finds what its bundle will find, but by PyTorch."""
    network = student.exported().eval()

    def run(pictures: Sequence[Sequence[Array]]) -> list[list[Array]]:
        return [_asked(network, parts) for parts in pictures]

    return NetworkDetector(run, student.reader(), score=score, names=tuple(labels))


def find_boxes(student: Student, pictures: Sequence[BoxedPicture], labels: LabelSet) -> list[Detections]:
    """What it finds in each, down to LOWEST. Raises InputError for a picture that cannot be read."""
    detector = network_detector(student, tuple(labels), LOWEST)
    return [detector([picture(one)])[0] for one in pictures]


@torch.no_grad()
def _asked(network: nn.Module, parts: Sequence[Array]) -> list[Array]:
    said = network(*(torch.from_numpy(np.ascontiguousarray(part))[None] for part in parts))
    return [answer[0].numpy() for answer in (said if isinstance(said, tuple) else (said,))]


# --- the pictures


def _shown(one: BoxedPicture, labels: LabelSet, student: Student) -> Shown:
    classes = np.array([labels.index(label) for label in one.labels], np.int64)
    whole = Shown(picture(one), one.corners, classes)
    return whole.stretched(student.side) if student.stretches else whole.within(round(_KEPT_SIDE * student.side))


def _batches(
    pool: Sequence[Shown], side: int, augment: Augment, size: int, rng: np.random.Generator
) -> Iterator[tuple[Tensor, list[Truth]]]:
    order = rng.permutation(len(pool)).tolist()
    for first in range(0, len(order), size):
        several = [augment(pool, index, side, rng) for index in order[first : first + size]]
        pictures = torch.from_numpy(np.stack([one.image for one in several])).permute(0, 3, 1, 2).float()
        yield pictures, [(torch.from_numpy(one.boxes), torch.from_numpy(one.classes)) for one in several]


# --- the steps


class _Teaching:
    """An optimiser, its schedule, the mean of the weights and the last good ones."""

    def __init__(self, student: Student, recipe: DetectorRecipe, steps: int) -> None:
        self.student, self.recipe = student, recipe
        student.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast here
        self._steps = steps
        self._mean = copy.deepcopy(student.network).eval()
        self._good = copy.deepcopy(self._mean.state_dict())
        self._optimiser = torch.optim.AdamW(student.rates(recipe.rate), lr=recipe.rate, weight_decay=recipe.decay)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimiser, self._share)
        self._done = 0

    def epoch(self, batches: Iterator[tuple[Tensor, list[Truth]]]) -> float:
        """The mean loss; not finite once a step was."""
        network = self.student.network.train()
        losses = []
        for pictures, truth in batches:
            loss = self.student.loss(pictures.contiguous(memory_format=torch.channels_last), truth)
            losses.append(float(loss.detach()))
            if not math.isfinite(losses[-1]):
                return math.nan
            self._optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), 10.0)
            self._optimiser.step()
            self._schedule.step()
            self._follow()
        return math.fsum(losses) / len(losses)

    def keep(self) -> None:
        """What was learnt so far is good."""
        self._good = copy.deepcopy(self._mean.state_dict())

    def finish(self) -> None:
        """The student gets the last good weights."""
        self.student.network.load_state_dict(self._good)
        self.student.network.eval()

    def _share(self, step: int) -> float:
        warm = max(self.recipe.warm * self._steps, 1)
        if step < warm:
            return (step + 1) / (warm + 1)
        return 0.02 + 0.98 * (1 + math.cos(math.pi * (step - warm) / max(self._steps - warm, 1))) / 2

    @torch.no_grad()
    def _follow(self) -> None:
        self._done += 1
        slow = min(self.recipe.mean, self._done / (self._done + 10))  # at first the mean must not lag behind
        state = self.student.network.state_dict()
        for name, value in self._mean.state_dict().items():
            if value.dtype.is_floating_point:
                value.mul_(slow).add_(state[name], alpha=1 - slow)
            else:
                value.copy_(state[name])
