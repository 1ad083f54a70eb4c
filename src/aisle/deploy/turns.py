"""One network, many videos and cameras at once: each piece waits for its turn.

The network takes every core by itself, and two pieces side by side are no faster than one after the other
(docs/decisions/0020), so pieces of different streams alternate, the most urgent first.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from itertools import count
from threading import Condition

import numpy as np

from aisle.analysis.backbone import Answers, Backbone, Bytes, Floats, Mapped, Remarking, Stream
from aisle.core import LabelSet
from aisle.models.card import Reads, Steps

PATIENCE = 4
"""Every so manieth turn goes to whoever has waited longest, so that nobody waits for ever."""


class Urgency(IntEnum):
    """Who goes first: a camera loses pictures by waiting, a request keeps a person waiting, a job has time."""

    CAMERA = 0
    REQUEST = 1
    JOB = 2


class Turns:
    """Lets one thread in at a time: the most urgent, and of those the first to come."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: list[tuple[Urgency, int]] = []
        self._numbers, self._given, self._taken = count(), 0, False

    @property
    def waiting(self) -> int:
        """How many threads wait."""
        with self._changed:
            return len(self._waiting)

    @contextmanager
    def turn(self, urgency: Urgency) -> Iterator[None]:
        """Waits until it is this thread's turn, which lasts as long as the block."""
        with self._changed:
            ticket = (urgency, next(self._numbers))
            heapq.heappush(self._waiting, ticket)
            try:
                self._changed.wait_for(lambda: not self._taken and self._next() == ticket)
            finally:
                self._waiting.remove(ticket)
                heapq.heapify(self._waiting)
            self._taken, self._given = True, self._given + 1
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()

    def _next(self) -> tuple[Urgency, int]:
        if self._given % PATIENCE == PATIENCE - 1:
            return min(self._waiting, key=lambda ticket: ticket[1])
        return self._waiting[0]


class InTurn:
    """`model`, with each piece in its turn; several may share `turns`, as they share the processor."""

    def __init__(self, model: Backbone, turns: Turns, urgency: Urgency) -> None:
        self._model, self._turns, self._urgency = model, turns, urgency

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def labels(self) -> LabelSet:
        return self._model.labels

    @property
    def reads(self) -> Reads:
        return self._model.reads

    @property
    def steps(self) -> Steps:
        return self._model.steps

    @property
    def answers(self) -> Answers:
        return self._model.answers

    @property
    def fingerprint(self) -> str:
        return self._model.fingerprint

    def stream(self, *, height: int, width: int) -> Stream:
        """See aisle.analysis.backbone.Backbone."""
        with self._turns.turn(self._urgency):
            inner = self._model.stream(height=height, width=width)
        kind = _MappedInTurn if isinstance(inner, Mapped) else _StreamInTurn
        return kind(inner, self._turns, self._urgency)


class _StreamInTurn:
    def __init__(self, inner: Stream, turns: Turns, urgency: Urgency) -> None:
        self._inner, self._turns, self._urgency = inner, turns, urgency

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """See aisle.analysis.backbone.Stream."""
        with self._turns.turn(self._urgency):
            return self._inner.push(frames, last=last)

    def clip(self) -> Floats:
        """See aisle.analysis.backbone.Stream."""
        with self._turns.turn(self._urgency):
            return self._inner.clip()

    def notes(self) -> tuple[str, ...]:
        """See aisle.analysis.backbone.Remarking; none of a stream that has nothing to say."""
        return self._inner.notes() if isinstance(self._inner, Remarking) else ()


class _MappedInTurn(_StreamInTurn):
    def heat(self) -> Floats:
        """See aisle.analysis.backbone.Mapped."""
        return self._inner.heat() if isinstance(self._inner, Mapped) else np.empty((0, 1, 1), np.float32)
