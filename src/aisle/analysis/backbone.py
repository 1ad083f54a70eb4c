"""What an analysis needs of a model. Packaged models have it; so does anything else with these members."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from aisle.core import LabelSet
from aisle.models.card import Reads, Steps

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class Stream(Protocol):
    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """Takes (T, H, W, 3), T a multiple of the model's stride; returns features (N, D) and logits (N, C).

        N trails behind T / stride, and catches up with `last`.
        """
        ...


class Backbone(Protocol):
    """See aisle.models.card for `reads` and `steps`; `fingerprint` changes whenever the features would."""

    @property
    def name(self) -> str: ...

    @property
    def labels(self) -> LabelSet: ...

    @property
    def reads(self) -> Reads: ...

    @property
    def steps(self) -> Steps: ...

    @property
    def fingerprint(self) -> str: ...

    def stream(self, *, height: int, width: int) -> Stream:
        """A stream for pictures of this size, which are multiples of `reads.multiple`."""
        ...
