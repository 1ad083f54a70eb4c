"""A network fed piece by piece, for files and cameras alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aisle.core import UsageError
from aisle.deploy.bundle import StateShape
from aisle.deploy.network import Array, Network
from aisle.models.card import Steps

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class PieceStream:
    """Feeds a network piece by piece, and carries its states and the last frames from one piece to the next."""

    def __init__(
        self,
        network: Network,
        states: tuple[StateShape, ...],
        steps: Steps,
        *,
        height: int,
        width: int,
        ends: float = 0.5,
    ) -> None:
        """See `ClipMean` for `ends`."""
        self._network, self._steps = network, steps
        self._states: list[Array] = [state.begin(height=height, width=width) for state in states]
        self._before: Bytes = np.empty((0, height, width, 3), np.uint8)
        self._starts = True
        self._mean = ClipMean(ends)

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """See aisle.analysis.backbone.Stream. Raises UsageError for a number of frames that the network cannot take."""
        least = self._steps.first if self._starts and not last else self._steps.stride
        if len(frames) < least or len(frames) % self._steps.stride:
            raise UsageError(
                "a piece of another length",
                got=len(frames),
                allowed=f"at least {least}, a multiple of {self._steps.stride}",
            )
        flags = [np.zeros(int(self._starts), np.float32), np.zeros(int(last), np.float32)]
        self._starts = False
        seen = np.concatenate([self._before, frames])
        features, logits, *self._states = self._network([seen, *flags, *self._states])
        self._before = seen[len(seen) - self._steps.history :]
        self._mean.add(logits)
        return features, logits

    def clip(self) -> Floats:
        """See aisle.analysis.backbone.Stream."""
        return self._mean.logits()


class ClipMean:
    """The logits of all steps as one clip's: their mean, in which the first and the last count as `ends` of a step.

    I3D averages over pairs of neighbouring steps (its pooling over 2 x 7 x 7), so with it they count half.
    """

    def __init__(self, ends: float = 0.5) -> None:
        self._less = 1 - ends
        self._sum: npt.NDArray[np.float64] | None = None
        self._count = 0

    def add(self, logits: Floats) -> None:
        """Takes (n, C), the steps that follow those before."""
        if len(logits):
            if self._sum is None:
                self._first, self._sum = logits[0], np.zeros(logits.shape[1])
            self._sum, self._last = self._sum + logits.sum(0, dtype=np.float64), logits[-1]
            self._count += len(logits)

    def logits(self) -> Floats:
        """(C,). Raises UsageError before the first step."""
        if self._sum is None:
            raise UsageError("no clip", got="no steps", do="push frames first, the last of them with last=True")
        less = self._less if self._count > 1 else 0
        mean: Floats = ((self._sum - less * (self._first + self._last)) / (self._count - 2 * less)).astype(np.float32)
        return mean
