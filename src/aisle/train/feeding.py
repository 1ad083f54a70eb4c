"""What a network that reads clips is fed: batches of augmented views to learn from, whole pictures to be judged on.

Shapes: B batch or windows, T pictures that a network takes, H W picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from aisle.analysis.sampling import indices
from aisle.core import BACKGROUND, Example, InputError, LabelSet
from aisle.core.clip import Clip
from aisle.data.clip_store import ClipStore
from aisle.train.augment import augmented, squares
from aisle.train.decoded import kept, stretch
from aisle.train.recipe import NetworkPlan

Integers = npt.NDArray[np.int64]
Fed = tuple[list[Tensor], Tensor]
"""The card's views, each (B, T, ...), and the classes: of clips (B,), of the pictures of timelines (B, T)."""


@dataclass(frozen=True, slots=True)
class Source:
    """Clips in the store, with the classes of their pictures."""

    plan: NetworkPlan
    store: ClipStore
    labels: LabelSet

    def open(self, example: Example, look: str = "") -> Clip:
        """Raises InputError where the store lacks it."""
        found = self.store.get(stretch(example, look), kept(self.plan.card))
        if found is None:
            raise InputError(
                f"the decoded views of {example.name} are gone", got=str(self.store.folder), do="train again"
            )
        return found

    def classes(self, example: Example, count: int) -> Integers:
        """(count,): of each picture; of a clip its own."""
        if self.plan.card.task == "clips":
            return np.full(count, self.labels.index(example.label))
        found = np.full(count, self.labels.index(BACKGROUND))
        for act in example.segments:
            first, end = (
                max(-int(-(time - example.start) * kept(self.plan.card).rate // 1), 0) for time in (act.start, act.end)
            )
            found[first:end] = self.labels.index(act.label)
        return found

    def truth(self, example: Example, chosen: Integers, count: int) -> Tensor:
        """(T,) for a timeline, () for a clip."""
        classes = torch.from_numpy(self.classes(example, count)[chosen])
        return classes[0] if self.plan.card.task == "clips" else classes


class Learning(Dataset[Fed]):
    """Asked for (epoch, index) pairs, it gives a batch that these, the seed and nothing else decide.

    A clip is there once an epoch, a video as often as windows fit into it.
    """

    def __init__(self, source: Source, examples: Sequence[Example]) -> None:
        self.source = source
        span = source.plan.card.sampling.span
        self._once, self.lengths = list(examples), [source.open(example).frames for example in examples]
        timelines = source.plan.card.task == "timelines"
        self.examples = [
            example
            for example, length in zip(examples, self.lengths, strict=True)
            for _ in range(max(round(length / span), 1) if timelines else 1)
        ]

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, keys: Sequence[tuple[int, int]]) -> Fed:
        views, truth = zip(*(self._one(*key) for key in keys), strict=True)
        return [torch.stack(view) for view in zip(*views, strict=True)], torch.stack(truth)

    @property
    def usual_length(self) -> int:
        """Pictures of a clip, in the median."""
        return max(round(median(self.lengths)), 1)

    def counted(self) -> list[tuple[Example, int]]:
        """Each example once, with its pictures: one of a clip, all of a timeline."""
        timelines = self.source.plan.card.task == "timelines"
        return [(one, length if timelines else 1) for one, length in zip(self._once, self.lengths, strict=True)]

    def _one(self, epoch: int, index: int) -> tuple[list[Tensor], Tensor]:
        plan, example = self.source.plan, self.examples[index]
        rng = np.random.default_rng((plan.seed, epoch, index))
        clip = self.source.open(example, ("", *plan.looks)[rng.integers(1 + len(plan.looks))])
        chosen = indices(clip.frames, plan.card.sampling, rng=rng)
        views = {name: view[chosen] for name, view in clip.views.items()}
        drawn = plan.recipe.augmentation.draw(*squares(views), plan.card.sampling, rng)
        made = augmented(views, drawn, plan.card.sampling.crop)
        return [made[name] for name in plan.card.views], self.source.truth(example, chosen, clip.frames)


class Order(Sampler[list[tuple[int, int]]]):
    """Which (epoch, index) pairs are one batch, of `rank` of `world` devices: another order each epoch, in batches as
    even as they can be.
    """

    def __init__(self, count: int, batch: int, seed: int, *, rank: int = 0, world: int = 1) -> None:
        self.count, self.seed, self.rank, self.world, self.epoch = count, seed, rank, world, 0
        self.batches = max(-(-count // (batch * world)), 1)

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        order = np.random.default_rng((self.seed, self.epoch)).permutation(self.count)
        mine = np.resize(order, max(-(-self.count // self.world), 1) * self.world)[self.rank :: self.world]
        for part in np.array_split(mine, self.batches):
            yield [(self.epoch, int(index)) for index in part]


class Judging(Dataset[Fed]):
    """Whole pictures as they were decoded, which is how a packaged network sees them. One item is all windows of a
    clip, or one window of a timeline.

    A clip that is longer than `window` pictures is watched in windows that overlap by half. The last window of a
    timeline ends where it ends; a timeline that is shorter holds its last picture.
    """

    def __init__(self, source: Source, examples: Sequence[Example], window: int) -> None:
        self.source, self.examples = source, list(examples)
        self.items: list[tuple[Example, list[Integers]]] = []
        sampling = source.plan.card.sampling
        for example in examples:
            count = source.open(example).frames
            if source.plan.card.task == "timelines":
                inside, end = indices(window, sampling), max(count - window, 0)
                starts = [*range(0, end, window), end]
                self.items += [(example, [np.minimum(start + inside, count - 1)]) for start in starts]
            elif count <= window:
                self.items.append((example, [indices(count, sampling)]))
            else:
                self.items.append((example, list(overlapping(count, window, indices(window, sampling)))))

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Fed:
        example, windows = self.items[index]
        clip = self.source.open(example)
        views = [self._view(name, clip, np.stack(windows)) for name in self.source.plan.card.views]
        truth = torch.stack([self.source.truth(example, chosen, clip.frames) for chosen in windows])
        return views, truth[:1] if self.source.plan.card.task == "clips" else truth

    def sample(self, index: int) -> dict[str, npt.NDArray[np.generic]]:
        """The first window's views (T, ...) by name."""
        views, _ = self[index]
        return {name: view[0].numpy() for name, view in zip(self.source.plan.card.views, views, strict=True)}

    def _view(self, name: str, clip: Clip, chosen: Integers) -> Tensor:
        """(B, T, ...) of the pictures chosen (B, T)."""
        view = torch.from_numpy(np.ascontiguousarray(clip.views[name][chosen.ravel()]))
        return view.reshape(*chosen.shape, *view.shape[1:])


def overlapping(count: int, window: int, inside: Integers) -> Iterator[Integers]:
    """The pictures `inside` each window of a clip of `count`: one for each half of a window, around its middle; beyond
    the ends, the first and the last picture are held.
    """
    step = max(window // 2, 1)
    for number in range(-(-count // step)):
        yield np.clip(number * step + (step - window) // 2 + inside, 0, count - 1)
