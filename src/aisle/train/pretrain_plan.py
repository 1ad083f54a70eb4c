"""What to learn without labels, and how long."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from aisle.core import Dataset, UnknownNameError, UsageError
from aisle.models.clip import ClipCard
from aisle.train.pretexts import Method
from aisle.train.recipe import DEVICES, PRECISIONS, read_setting, with_settings


@dataclass(frozen=True, slots=True)
class Study:
    """AdamW; the rate grows over the first share `warmup` of the training, then falls along a cosine. Gradients are cut
    to a norm of `largest`.

    `smallest` is the least share of the picture that a clip is cut to. The others are of two views of one video:
    brightness, contrast and tint go up and down by `light`, saturation by twice as much; the share `grey` loses its
    colours; a still picture of the clip itself is laid over it, up to the share `erase`, so that what stands still says
    little (Wang et al.: Removing the Background by Adding the Background. CVPR 2021).
    """

    epochs: int = 40
    batch: int = 32
    learning_rate: float = 1e-3
    decay: float = 0.05
    warmup: float = 0.05
    largest: float = 5.0
    smallest: float = 0.5
    light: float = 0.3
    grey: float = 0.2
    erase: float = 0.0


STUDIES = {
    "vae": Study(batch=16),
    "gan": Study(batch=16, learning_rate=2e-4, decay=0.0),
    "lstm": Study(batch=8),
    "simvp": Study(batch=8),
    "masked": Study(batch=32),
    "contrastive": Study(smallest=0.3),
    "order": Study(),
}
"""How each method learns unless something else is set."""


@dataclass(frozen=True, slots=True)
class PretrainPlan:
    """`options` are those of the pretext. With `minutes` the training ends behind the epoch in which they are over,
    whatever `study.epochs` says. Raises UsageError for values that mean nothing.
    """

    method: Method
    card: ClipCard
    study: Study
    options: Mapping[str, Any] = field(default_factory=dict)
    minutes: float | None = None
    precision: str = "fp32"
    device: str = "auto"
    workers: int | None = None
    seed: int = 0
    devices: int = 1

    def __post_init__(self) -> None:
        for name, value, known in (("precision", self.precision, PRECISIONS), ("device", self.device, DEVICES)):
            if value not in known:
                raise UnknownNameError(name, value, known)
        plain = asdict(self.study)
        for name, value in {**plain, "minutes": 1 if self.minutes is None else self.minutes}.items():
            share = name in ("warmup", "smallest", "light", "grey", "erase")
            least = 1 if name in ("epochs", "batch") else 0
            if not least <= value < math.inf or (share and value > 1):
                allowed = "0 to 1" if share else f"{least} or more"
                raise UsageError(f"{name} of a training", got=value, allowed=allowed)
        if self.method.pairs and self.study.batch < 2:
            raise UsageError("videos are told apart from others of a step", got="batch 1", allowed="2 or more")

    def identity(self, dataset: Dataset) -> str:
        """Names this training: the same videos and settings. Machines may differ."""
        examples = [[one.name, str(one.start), str(one.end)] for one in dataset.examples]
        plain = asdict(replace(self, device="auto", workers=None, method=replace(self.method, turns=())))
        said = json.dumps([plain, examples], default=str, sort_keys=True)
        return f"{self.method.name}-{self.card.name}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def plan_of(method: Method, model: str | None, given: Mapping[str, str], **more: Any) -> PretrainPlan:
    """`given` replaces options of the pretext, the network or its sampling, or settings of the `Study`; `more` is of
    the plan. Raises UnknownNameError, UsageError.
    """
    known = method.options
    options = {
        name: read_setting(f"option {name} of {method.name}", given[name], known[name])
        for name in given
        if name in known
    }
    left = {name: text for name, text in given.items() if name not in options}
    card, study = with_settings(method.card(model), STUDIES[method.name], left, also=known)
    return PretrainPlan(method, card, study, options, **more)
