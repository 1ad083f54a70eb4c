"""How a network that reads clips is trained, end to end."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from fractions import Fraction
from typing import Any, Literal, TypeVar

from aisle.core import Dataset, UnknownNameError, UsageError
from aisle.models.clip import ClipCard
from aisle.train.augment import Augmentation, Cut
from aisle.train.looks import change

Device = Literal["auto", "cpu", "gpu"]
PRECISIONS, DEVICES, OPTIMIZERS, CUTS = ("fp32", "bf16"), ("auto", "cpu", "gpu"), ("sgd", "adamw"), ("scales", "jitter")

AT_ONCE = 64
"""Clips a step that a learning rate is told for; for others it grows in proportion (Goyal et al., arXiv 1706.02677)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """`learning_rate` is that of the classifier for 64 clips a step; each stage before it has `layer_decay` times that
    of the next. It grows over the first share `warmup` of the steps, then falls along a cosine. A step takes `batch`
    clips a device, `accumulate` times. `momentum` is of SGD. Gradients are cut to a norm of `largest`, 0 for no cut.

    `smoothing` is the share of the truth that all classes get (Szegedy et al., CVPR 2016). A class's weight falls with
    its count to the power `balance`. `cut`, `flip` and `light` are those of aisle.train.augment.
    """

    epochs: int = 50
    batch: int = 8
    accumulate: int = 1
    optimizer: str = "sgd"
    learning_rate: float = 0.01
    momentum: float = 0.9
    decay: float = 1e-4
    warmup: float = 0.1
    layer_decay: float = 1.0
    largest: float = 20.0
    smoothing: float = 0.0
    balance: float = 1.0
    cut: Cut = "jitter"
    flip: bool = True
    light: float = 0.2

    @property
    def augmentation(self) -> Augmentation:
        return Augmentation(self.cut, self.flip, self.light)


Settings = TypeVar("Settings")
"""A dataclass of settings, each a number, a word or a yes."""


def recipe_for(card: ClipCard) -> Recipe:
    """What is published, where nothing else is said; for the tiny ones, what learns in minutes on a laptop."""
    cut: Cut = "jitter" if card.sampling.stride else "scales"
    balance = 0.5 if card.task == "timelines" else 1.0
    if card.is_tiny:
        return Recipe(
            epochs=30, batch=16, optimizer="adamw", learning_rate=8e-3, decay=0.02, cut=cut, balance=balance, light=0.1
        )
    return Recipe(cut=cut, balance=balance)


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """What to train. `weights` says which ones it begins with. The first `freeze` stages keep theirs. With
    `checkpointing`, stages are computed twice, so that a larger batch fits; the result is the same. `beta` weighs
    recall where a threshold is chosen. `looks` are others than the plain one, for training only.

    Raises UsageError for values that mean nothing, UnknownNameError for a look.
    """

    card: ClipCard
    recipe: Recipe
    weights: str = "random"
    freeze: int = 0
    checkpointing: bool = False
    precision: str = "fp32"
    device: str = "auto"
    devices: int = 1
    workers: int | None = None
    looks: tuple[str, ...] = ()
    beta: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        recipe = self.recipe
        for look in self.looks:
            change(look, "")
        for name, value, known in (
            ("precision", self.precision, PRECISIONS),
            ("device", self.device, DEVICES),
            ("optimizer", recipe.optimizer, OPTIMIZERS),
            ("cut", recipe.cut, CUTS),
        ):
            if value not in known:
                raise UnknownNameError(name, value, known)
        if not 0 < self.beta < math.inf:
            raise UsageError("F-beta needs a positive beta", got=self.beta, allowed="1; 2 where misses are worse")
        for name in ("epochs", "batch", "accumulate"):
            _between(name, getattr(recipe, name), 1, math.inf)
        for name in ("momentum", "warmup", "smoothing", "light"):
            _between(name, getattr(recipe, name), 0, 1)
        for name in ("learning_rate", "layer_decay", "largest", "decay", "balance"):
            _between(name, getattr(recipe, name), 0, math.inf)

    def identity(self, dataset: Dataset) -> str:
        """Names this training: the same examples and settings, on as many devices. Machines may differ."""
        examples = [
            [e.name, e.group, e.split, e.label, str(e.start), str(e.end), str(e.segments)] for e in dataset.examples
        ]
        plain = asdict(replace(self, device="auto", workers=None))
        said = json.dumps([plain, examples], default=str, sort_keys=True)
        return f"{self.card.name}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def with_settings(
    card: ClipCard, recipe: Settings, given: Mapping[str, str], *, also: Collection[str] = ()
) -> tuple[ClipCard, Settings]:
    """`given` replaces options of the network, its sampling, or settings of the recipe, read as what stands there. What
    can be set `also`, elsewhere, is told where a name is unknown.

    Raises UnknownNameError for another name, UsageError for a value of another type.
    """
    options: dict[str, Any] = dict(card.options)
    sampling = {field.name: getattr(card.sampling, field.name) for field in fields(card.sampling)}
    settings = {one.name: getattr(recipe, one.name) for one in fields(recipe)}  # type: ignore[arg-type]
    for name, text in given.items():
        place = next((place for place in (options, sampling, settings) if name in place), None)
        if place is None:
            raise UnknownNameError(f"setting of {card.name}", name, [*options, *sampling, *settings, *also])
        place[name] = read_setting(f"setting {name} of {card.name}", text, place[name])
    chosen = replace(card.sampling, **sampling)
    for name in ("frames", "short_side", "crop", "test_crop"):
        _between(name, getattr(chosen, name), 1, math.inf)
    _between("stride", chosen.stride, 0, math.inf)
    if chosen.rate <= 0:
        raise UsageError("rate of a training", got=str(chosen.rate), allowed="pictures a second, more than 0")
    if max(chosen.crop, chosen.test_crop) > chosen.short_side:
        raise UsageError(
            f"squares of {card.name} are cut out of pictures that are smaller",
            got=f"crop {chosen.crop}, test_crop {chosen.test_crop}, short_side {chosen.short_side}{_kept(given)}",
            allowed="crop and test_crop of at most short_side",
            do="set all three: --set short_side=.. --set crop=.. --set test_crop=..",
        )
    return replace(card, options=options, sampling=chosen), replace(recipe, **settings)  # type: ignore[type-var]


def _kept(given: Mapping[str, str]) -> str:
    """Which sides were not set, so that nobody looks for them in what was typed."""
    left = [name for name in ("crop", "test_crop", "short_side") if name not in given]
    return f" (the network's own: {', '.join(left)})" if left else ""


def read_setting(what: str, text: str, now: object) -> object:
    """`text` as a value of the type of `now`. Raises UsageError."""
    kind = type(now)
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        if kind in (int, float, str, Fraction):
            return kind(text)
    except (ValueError, KeyError, ZeroDivisionError) as error:
        raise UsageError(what, got=text, allowed=f"a value of type {kind.__name__}") from error
    raise UsageError(what, got=text, allowed="it cannot be set", do="leave it out")


def _between(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most or value == math.inf:
        allowed = f"{least} or more" if most == math.inf else f"{least} to {most}"
        raise UsageError(f"{name} of a training", got=value, allowed=allowed)
