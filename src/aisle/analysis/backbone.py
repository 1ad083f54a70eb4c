"""What an analysis needs of a model. Packaged models have it; so does anything else with these members."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from aisle.core import LabelSet
from aisle.models.card import Block, Reads, Steps

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Answers:
    """How a model's scores are read. There are `pieces` of them a step.

    Probabilities are averaged over `smooth` seconds around each; runs shorter than `shortest` seconds go to a
    neighbour; runs whose mean probability is under `surest` are no answer. The second of two classes is the answer
    where its probability is at least `threshold`; without one the likeliest is. Where they are `prompt`, an alarm does
    not wait to see whether a risk lasts: a model says so that gives its own probabilities time already.
    """

    pieces: int = 1
    smooth: Fraction = Fraction(3, 2)
    shortest: Fraction = Fraction(1)
    surest: float = 0.15
    threshold: float | None = None
    prompt: bool = False


class Stream(Protocol):
    """One video, or one camera, as it comes: pictures in, answers out as soon as they are sure."""

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """Takes (T, H, W, 3), T a multiple of the model's stride; returns features (N, D) and logits (M, C).

        N trails behind T / stride, and M behind the answers of so many steps; both catch up with `last`.
        """
        ...

    def clip(self) -> Floats:
        """Logits (C,) of all that was pushed, as one clip."""
        ...


@runtime_checkable
class Mapped(Protocol):
    """A stream that also says where."""

    def heat(self) -> Floats:
        """(M, h, w), 0 to 1, of the answers that `push` gave since this was last asked; h and w never change."""
        ...


@runtime_checkable
class Remarking(Protocol):
    """A stream that has something to say of what it was given."""

    def notes(self) -> tuple[str, ...]:
        """What a reader must know, of all that was pushed."""
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
    def answers(self) -> Answers: ...

    @property
    def fingerprint(self) -> str: ...

    def stream(self, *, height: int, width: int) -> Stream:
        """A stream for pictures of this size, which are multiples of `reads.multiple`."""
        ...


class Producer(Backbone, Protocol):
    """A backbone whose features heads read: they are made of `blocks`, and `identity` names what they mean, wherever
    they are computed.
    """

    @property
    def runtime(self) -> str: ...

    @property
    def identity(self) -> str: ...

    @property
    def blocks(self) -> tuple[Block, ...]: ...

    def gflops(self, *, height: int, width: int) -> float:
        """GFLOP for each picture of this size, a multiplication and an addition counted as two."""
        ...
