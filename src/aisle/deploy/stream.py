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
        self, network: Network, states: tuple[StateShape, ...], steps: Steps, *, height: int, width: int
    ) -> None:
        self._network, self._steps = network, steps
        self._states: list[Array] = [state.begin(height=height, width=width) for state in states]
        self._before: Bytes = np.empty((0, height, width, 3), np.uint8)

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """See aisle.analysis.backbone.Stream. Raises UsageError for a number of frames that the network cannot take."""
        starts = len(self._before) == 0
        least = self._steps.first if starts and not last else self._steps.stride
        if len(frames) < least or len(frames) % self._steps.stride:
            raise UsageError(
                "a piece of another length",
                got=len(frames),
                allowed=f"at least {least}, a multiple of {self._steps.stride}",
            )
        flags = [np.zeros(int(starts), np.float32), np.zeros(int(last), np.float32)]
        seen = np.concatenate([self._before, frames])
        features, logits, *self._states = self._network([seen, *flags, *self._states])
        self._before = seen[len(seen) - self._steps.history :]
        return features, logits
