"""Something that happened in front of a camera and that somebody should know of."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aisle.core.errors import UsageError
from aisle.core.heat import Place


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` (a label) held before `camera` on [started, ended); `ended` is None while it lasts, `updated` is how far
    it is known to last.

    Times are seconds from the first picture of the camera or file; second 0 was at Unix time `clock`, None where
    nobody knows (a file). `peak` is the highest risk so far, 0 to 1. `place` is where in the picture that was, None
    where nobody knows. All states of one event share their `id`.
    """

    id: str
    camera: str
    kind: str
    started: Fraction
    updated: Fraction
    ended: Fraction | None
    peak: float
    clock: Fraction | None = None
    place: Place | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.started <= self.updated or (self.ended is not None and self.ended != self.updated):
            got = f"started {self.started}, updated {self.updated}, ended {self.ended}"
            raise UsageError("an event starts, is updated and ends in this order", got=got)
        if not 0 <= self.peak <= 1:
            raise UsageError("a risk is a probability", got=self.peak, allowed="0 to 1")

    @property
    def state(self) -> str:
        """`open` or `ended`."""
        return "open" if self.ended is None else "ended"
