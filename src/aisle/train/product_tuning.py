"""The last stages of an image network fine-tuned on pictures of products, so that its features tell them apart better.

It begins with the linear discriminant of its untuned features, so that the first steps do not spoil them (Kumar et al.,
ICLR 2022), and learns from smaller squares than it is asked about, because drawn parts of pictures show things larger
(Touvron et al.: FixRes, NeurIPS 2019). Batch norms keep their statistics: they are those of a million pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image as Canvas
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import Progress, silent
from aisle.core.video import Image
from aisle.models.picture_features import PictureFeatures
from aisle.models.product_readout import Readout

KEPT = 6
"""Stages from the first that keep their weights: the last three are two thirds of them all, and a third of the work."""

_SMALLER = 7 / 8
_PARTS, _RATIOS = (0.35, 1.0), (3 / 4, 4 / 3)
_LIGHT, _COLOUR = 0.3, 0.3
_MIDDLE = 127.5

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """`rate` is AdamW's for the network, and ten times as much for the classifier; it falls as a cosine to 0."""

    epochs: int = 8
    batch: int = 32
    rate: float = 2e-4
    decay: float = 0.02
    smoothing: float = 0.1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Start:
    """A linear classifier of the untuned features: `weights` (C, D) and `bias` (C,)."""

    weights: Floats
    bias: Floats


def start_of(readout: Readout) -> Start:
    """The readout as a linear classifier; where it compares angles, for features as long as those it has seen."""
    points = readout.points
    if readout.nearness == "angle":
        points = points / np.linalg.norm(points, axis=1, keepdims=True)
    weights = np.float32(readout.scale) * (points @ readout.turn.T)
    bias = -weights @ readout.centre
    if readout.nearness == "distance":
        bias = bias - np.float32(readout.scale) * np.square(points).sum(1) / 2
    return Start(weights.astype(np.float32), bias.astype(np.float32))


def tune(
    network: PictureFeatures,
    load: Callable[[int], Image],
    targets: Numbers,
    start: Start,
    *,
    size: int,
    recipe: Recipe,
    tell: Callable[[str], None] = lambda _: None,
    progress: Progress = silent,
) -> None:
    """Trains the last stages of `network` in place. `load` gives the picture of each of the `targets` (N,).

    `size` is that of the squares that the network will be asked about. `progress` counts pictures; `tell` hears of
    each epoch.
    """
    head = _head(start)
    parts = [network.network.get_submodule(name) for name in network.stages[KEPT:]]
    network.eval()
    weights = [weight for part in parts for weight in part.parameters()]
    groups = [{"params": weights, "lr": recipe.rate}, {"params": head.parameters(), "lr": 10 * recipe.rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=recipe.decay)
    steps = recipe.epochs * -(-len(targets) // recipe.batch)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    rng = np.random.default_rng(recipe.seed)
    side = max(round(size * _SMALLER / 32) * 32, 32)
    for epoch in range(recipe.epochs):
        losses = []
        for rows in _batches(len(targets), recipe.batch, rng):
            pixels = torch.from_numpy(np.stack([drawn(load(int(row)), side, rng) for row in rows]))
            with torch.no_grad():
                front = network.front(pixels, KEPT)
            logits: Tensor = head(network.behind(*front, KEPT))
            wanted = torch.from_numpy(targets[rows])
            loss = functional.cross_entropy(logits, wanted, label_smoothing=recipe.smoothing)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            falling.step()
            losses.append(loss.item())
            progress(epoch * len(targets) + min(len(losses) * recipe.batch, len(targets)), recipe.epochs * len(targets))
        tell(f"epoch {epoch + 1} of {recipe.epochs}: loss {np.mean(losses):.3f}")


def drawn(image: Image, side: int, rng: np.random.Generator) -> Floats:
    """(`side`, `side`, 3) float32, 0 to 255: a part of the picture, perhaps mirrored, in another light."""
    height, width = image.shape[:2]
    share, ratio = rng.uniform(*_PARTS), np.exp(rng.uniform(*np.log(_RATIOS)))
    across = min((share * width * height * ratio) ** 0.5, width)
    down = min((share * width * height / ratio) ** 0.5, height)
    left, top = rng.uniform(0, width - across), rng.uniform(0, height - down)
    box = (left, top, left + across, top + down)
    part = Canvas.fromarray(image).resize((side, side), Canvas.Resampling.BILINEAR, box=box)
    pixels = np.asarray(part, np.float32)
    if rng.random() < 0.5:
        pixels = pixels[:, ::-1]
    contrast, light, colour = rng.uniform(-1, 1, 3) * (_LIGHT, _LIGHT, _COLOUR)
    grey = pixels.mean(2, keepdims=True)
    pixels = grey + (pixels - grey) * np.float32(1 + colour)
    lit: Floats = (pixels - _MIDDLE) * np.float32(1 + contrast) + np.float32(_MIDDLE * (1 + light))
    return np.ascontiguousarray(np.clip(lit, 0, 255))


def _head(start: Start) -> nn.Linear:
    head = nn.Linear(start.weights.shape[1], len(start.weights))
    state = {"weight": torch.from_numpy(start.weights).float(), "bias": torch.from_numpy(start.bias).float()}
    head.load_state_dict(state)
    return head


def _batches(count: int, size: int, rng: np.random.Generator) -> Iterator[Numbers]:
    order = rng.permutation(count)
    yield from (np.asarray(order[begin : begin + size], np.int64) for begin in range(0, count, size))
