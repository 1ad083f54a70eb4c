"""A packaged network that reads pictures, on the runtime that runs it. Imports no PyTorch."""

from __future__ import annotations

from pathlib import Path

from aisle.analysis.backbone import Answers
from aisle.deploy.bundle import Bundle
from aisle.deploy.network import Network
from aisle.deploy.runtime import load_network
from aisle.deploy.stream import PieceStream
from aisle.models.card import Reads, Steps

SIZES = 3
"""For so many picture sizes a network is kept ready; each takes memory, and a service sees any size."""


class Model:
    """A packaged model with the runtime it runs on. Opened by `open_model`."""

    def __init__(self, bundle: Bundle, folder: Path, runtime: str) -> None:
        self.bundle, self.folder, self.runtime = bundle, folder, runtime
        self.labels = bundle.card.label_set
        self._networks: dict[tuple[int, int], Network] = {}

    @property
    def name(self) -> str:
        return self.bundle.card.name

    @property
    def reads(self) -> Reads:
        return self.bundle.card.reads

    @property
    def steps(self) -> Steps:
        return self.bundle.card.steps

    @property
    def answers(self) -> Answers:
        return Answers()

    @property
    def fingerprint(self) -> str:
        return f"{self.bundle.fingerprint}-{self.runtime}"

    def stream(self, *, height: int, width: int) -> PieceStream:
        """A new stream; the network for a size is prepared once and shared by all streams of that size, one at a
        time.
        """
        size = (height, width)
        network = self._networks.pop(size, None) or load_network(self.runtime, self.folder, height=height, width=width)
        self._networks[size] = network  # last in the row: the size that was not asked for longest goes first
        if len(self._networks) > SIZES:
            del self._networks[next(iter(self._networks))]
        return PieceStream(network, self.bundle.states, self.steps, height=height, width=width)
