"""A packaged network that reads pictures, on the runtime that runs it. Imports no PyTorch."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from aisle.analysis.backbone import Answers
from aisle.deploy.bundle import Bundle
from aisle.deploy.runtime import Networks, load_network
from aisle.deploy.stream import PieceStream
from aisle.models.card import Block, Reads, Steps


class Model:
    """A packaged model with the runtime it runs on. Opened by `open_model`."""

    def __init__(self, bundle: Bundle, folder: Path, runtime: str) -> None:
        self.bundle, self.folder, self.runtime = bundle, folder, runtime
        self.labels = bundle.card.label_set
        self._networks = Networks(partial(load_network, runtime, folder))

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
    def identity(self) -> str:
        """Names what the features mean."""
        return self.bundle.card.identity

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What a step's features are made of."""
        return self.bundle.card.blocks

    @property
    def fingerprint(self) -> str:
        return f"{self.bundle.fingerprint}-{self.runtime}"

    def gflops(self, *, height: int, width: int) -> float:
        """See aisle.analysis.backbone.Producer."""
        return self.bundle.card.gflops(height=height, width=width)

    def stream(self, *, height: int, width: int) -> PieceStream:
        """A new stream; the network for a size is prepared once and shared by all streams of that size, one at a
        time.
        """
        return PieceStream(self._networks.of(height, width), self.bundle.states, self.steps, height=height, width=width)
