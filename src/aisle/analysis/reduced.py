"""A backbone that is shown less: smaller pictures, fewer a second. What it sees means almost the same, and costs a
fraction; its features are not those of the whole one, and go by another name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from aisle.analysis.backbone import Answers, Producer, Stream
from aisle.core import LabelSet, UsageError
from aisle.models.card import Block, Reads, Steps


@dataclass(frozen=True, slots=True)
class Reduced:
    """`whole`, shown pictures whose short side is `short_side`, `rate` a second; no more than it reads itself."""

    whole: Producer
    short_side: int
    rate: Fraction

    def __post_init__(self) -> None:
        reads = self.whole.reads
        if not (0 < self.short_side <= reads.short_side and 0 < self.rate <= reads.rate):
            got = f"{self.short_side} pixels, {self.rate} a second"
            allowed = f"up to {reads.short_side} pixels, {reads.rate} a second"
            raise UsageError(f"{self.whole.name} is shown less than usual", got=got, allowed=allowed)

    @property
    def name(self) -> str:
        return self.whole.name

    @property
    def labels(self) -> LabelSet:
        return self.whole.labels

    @property
    def reads(self) -> Reads:
        return replace(self.whole.reads, short_side=self.short_side, rate=self.rate)

    @property
    def steps(self) -> Steps:
        return self.whole.steps

    @property
    def answers(self) -> Answers:
        return self.whole.answers

    @property
    def runtime(self) -> str:
        return self.whole.runtime

    @property
    def identity(self) -> str:
        """Names what the features mean."""
        return f"{self.whole.identity}{self._less}"

    @property
    def fingerprint(self) -> str:
        return f"{self.whole.fingerprint}{self._less}"

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self.whole.blocks

    def gflops(self, *, height: int, width: int) -> float:
        """See aisle.analysis.backbone.Producer."""
        return self.whole.gflops(height=height, width=width)

    def stream(self, *, height: int, width: int) -> Stream:
        """See aisle.analysis.backbone.Backbone."""
        return self.whole.stream(height=height, width=width)

    @property
    def _less(self) -> str:
        return f"-{self.short_side}px-{str(self.rate).replace('/', '_')}fps"
