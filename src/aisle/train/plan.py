"""What is to be trained, and how."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from aisle.core import Dataset, UsageError
from aisle.models.head import HeadCard, Option
from aisle.train.looks import change


@dataclass(frozen=True, slots=True)
class Plan:
    """What to train. `looks` are others than the plain one, for training only; `beta` weighs recall where a threshold
    is chosen; `folds` is into how many parts clips are cut to be judged on each in turn. `epochs` and `devices` are for
    heads that are trained by gradient. Raises UnknownNameError for a look, UsageError for a `beta` that is none.
    """

    head: HeadCard
    options: Mapping[str, Option]
    trend: bool = True
    looks: tuple[str, ...] = ()
    folds: int = 5
    beta: float = 1.0
    seed: int = 0
    epochs: int = 100
    devices: int = 1

    def __post_init__(self) -> None:
        for look in self.looks:
            change(look, "")
        if not 0 < self.beta < math.inf:
            raise UsageError("F-beta needs a positive beta", got=self.beta, allowed="1; 2 where misses are worse")

    def identity(self, dataset: Dataset, producer: str) -> str:
        """Names this training: of the same examples, with the same options, on the same features."""
        examples = [
            [e.name, e.group, e.split, e.label, str(e.start), str(e.end), str(e.segments)] for e in dataset.examples
        ]
        said = json.dumps([self.head.name, dict(self.options), self.trend, self.looks, self.seed, producer, examples])
        return f"{self.head.name}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
