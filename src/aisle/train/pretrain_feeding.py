"""What is fed to a network that learns without labels: stretches of video in the store, each seen in one or two ways.

Shapes: B clips, V views of each video, T pictures, S side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from aisle.analysis.sampling import indices
from aisle.core import Example, InputError
from aisle.core.clip import Array, Clip
from aisle.data.clip_store import ClipStore
from aisle.models.clip import Sampling
from aisle.train.augment import Drawn, augmented
from aisle.train.decoded import kept, stretch
from aisle.train.pretrain_plan import PretrainPlan, Study

WIDER = 4 / 3
"""A part that is cut out of the picture is at most so much wider than high, or higher than wide."""


class Stretches(Dataset[Tensor]):
    """Asked for (epoch, index) pairs, it gives (V B, T, S, S, 3) bytes that these, the seed and nothing else decide:
    the first views of all, then the second ones.
    """

    def __init__(self, plan: PretrainPlan, store: ClipStore, examples: Sequence[Example], sampling: Sampling) -> None:
        self.plan, self.store, self.examples, self.sampling = plan, store, list(examples), sampling

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, keys: Sequence[tuple[int, int]]) -> Tensor:
        views = range(2 if self.plan.method.pairs else 1)
        return torch.stack([self._one(*key, view) for view in views for key in keys])

    def whole(self, index: int, sampling: Sampling) -> Array:
        """(T, H, W, 3): the whole pictures in the middle of a stretch."""
        clip = self._open(index)
        return np.ascontiguousarray(clip.views["rgb"][indices(clip.frames, sampling)])

    def square(self, index: int) -> Tensor:
        """(T, S, S, 3): the middle of it, in space and time."""
        pictures, side = self.whole(index, self.sampling), self.sampling.crop
        short = min(pictures.shape[1:3])
        top, left = ((size - short) // 2 for size in pictures.shape[1:3])
        return augmented({"rgb": pictures}, Drawn(top, left, short, short), side)["rgb"]

    def _one(self, epoch: int, index: int, view: int) -> Tensor:
        rng = np.random.default_rng((self.plan.seed, epoch, index, view))
        clip = self._open(index)
        chosen = indices(clip.frames, self.sampling, rng=rng)
        pictures = clip.views["rgb"][chosen]
        drawn = part_of(pictures.shape[1], pictures.shape[2], self.plan.study.smallest, rng)
        return augmented({"rgb": pictures}, drawn, self.sampling.crop)["rgb"]

    def _open(self, index: int) -> Clip:
        found = self.store.get(stretch(self.examples[index]), kept(self.plan.card))
        if found is None:
            raise InputError(
                f"the decoded pictures of {self.examples[index].name} are gone",
                got=str(self.store.folder),
                do="train again",
            )
        return found


def fed(plan: PretrainPlan, pretext: torch.nn.Module) -> Sampling:
    """How the clips are taken that `pretext` is fed: it may want more pictures than its network reads."""
    sampling = plan.card.sampling
    frames, stride = getattr(pretext, "frames", sampling.frames), getattr(pretext, "stride", sampling.stride)
    return replace(sampling, frames=int(frames), stride=int(stride))


def part_of(height: int, width: int, smallest: float, rng: np.random.Generator) -> Drawn:
    """A part of at least the share `smallest` of the picture, anywhere, mirrored or not (Szegedy et al., CVPR 2015)."""
    area = height * width * float(rng.uniform(smallest, 1))
    ratio = math.exp(float(rng.uniform(-math.log(WIDER), math.log(WIDER))))
    high = min(max(round(math.sqrt(area / ratio)), 1), height)
    wide = min(max(round(math.sqrt(area * ratio)), 1), width)
    top, left = int(rng.integers(height - high + 1)), int(rng.integers(width - wide + 1))
    return Drawn(top, left, high, wide, mirrored=bool(rng.integers(2)))


def unit(clips: Tensor) -> Tensor:
    """(B, T, S, S, 3) bytes to (B, 3, T, S, S) in [0, 1]."""
    return clips.permute(0, 4, 1, 2, 3).float() / 255


def recoloured(x: Tensor, study: Study) -> Tensor:
    """(B, 3, T, S, S) in [0, 1] in other light, colours and surroundings, each clip in its own; see `Study`. Draws from
    torch's generator.
    """

    def between(low: float, high: float, channels: int = 1) -> Tensor:
        return low + (high - low) * torch.rand(len(x), channels, 1, 1, 1, device=x.device)

    light = study.light
    x = x * between(1 - light, 1 + light)
    middle = x.mean((1, 2, 3, 4), keepdim=True)
    x = middle + (x - middle) * between(1 - light, 1 + light)
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * between(max(1 - 2 * light, 0), 1 + 2 * light)
    x = x * between(1 - light / 2, 1 + light / 2, 3)
    x = torch.where(between(0, 1) < study.grey, x.mean(1, keepdim=True).expand_as(x), x)
    if study.erase:
        at = torch.randint(x.shape[2], (len(x),), device=x.device)
        still = x[torch.arange(len(x), device=x.device), :, at][:, :, None]
        x = torch.lerp(x, still.expand_as(x), between(0, study.erase))
    return x.clamp(0, 1)
