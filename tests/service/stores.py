"""What tests of the store share: a clock that they turn, and jobs and events to put into it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aisle.core.event import Event
from aisle.service.records import Job, Outcome
from aisle.service.store import Store

NOON = 1_800_000_000.0
OUTCOME = Outcome("walk", 0.75, duration_s=12.5, decode_s=0.5, inference_s=1.5, total_s=1.75)


@dataclass
class Clock:
    now: float = NOON

    def __call__(self) -> float:
        return self.now


def add_job(store: Store, name: str = "a.mp4") -> Job:
    return store.add_job(model="tiny", name=name, source=f"uploads/{name}", owned=True)


def event(
    id_: str = "e1", *, camera: str = "door", kind: str = "theft", started: int = 10, ended: int | None = None
) -> Event:
    """Lasts a third of a second more than it should: times of a camera are no decimals."""
    last = Fraction(started) + Fraction(1, 3) if ended is None else Fraction(ended)
    over = None if ended is None else last
    return Event(id_, camera, kind, Fraction(started), last, over, 0.5, clock=Fraction(int(NOON)))
