"""The models of a service, and the one way in which videos go through them: decoded apart, computed in turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition

import numpy as np

from aisle.analysis.backbone import Backbone
from aisle.analysis.video import analyze
from aisle.core import Analysis, Progress, UnknownNameError, UsageError, silent
from aisle.deploy.turns import InTurn, Turns, Urgency
from aisle.media.fit import fit
from aisle.media.read import Read

PIECE = 64
"""Frames of a file computed at once. A camera, which goes first, waits for no more than that (0.4 s on two cores)."""

USUAL = ((4, 3), (16, 9))
"""Shapes of picture for which networks are made ready before the first request comes."""


class ClosedError(Exception):
    """Raised inside the work: the service is being ended."""


class Engine:
    """Thread-safe: any number of videos and cameras at once, whose pieces take turns at the processor."""

    def __init__(self, models: Sequence[Backbone], read: Read) -> None:
        """The first model is the one that answers where none is named. `read` opens a video, in a process of its own.

        Raises UsageError without a model.
        """
        if not models:
            raise UsageError("a service needs a model", got="none", do="name one: --models kinetics-i3d")
        self._models = {model.name: model for model in models}
        self._turns, self._read = Turns(), read
        self._changed, self._inside, self._closed = Condition(), 0, False
        self.is_warm = False
        """Whether the networks for usual shapes are ready."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._models)

    @property
    def waiting(self) -> int:
        """How many pieces wait for the processor."""
        return self._turns.waiting

    def model(self, name: str | None, urgency: Urgency) -> Backbone:
        """For streams that wait for their turn. Raises UnknownNameError."""
        wanted = name or self.names[0]
        if wanted not in self._models:
            raise UnknownNameError("model", wanted, self._models)
        return InTurn(self._models[wanted], self._turns, urgency)

    def analyze(
        self, video: Path, model: str | None = None, *, urgency: Urgency, progress: Progress = silent
    ) -> Analysis:
        """Raises UnknownNameError, and InputError for a video that cannot be read within the limits."""

        def going_on(done: float, total: float | None) -> None:
            self._check_open()
            progress(done, total)

        with self._working():
            return analyze(video, self.model(model, urgency), piece=PIECE, read=self._read, progress=going_on)

    def close(self) -> None:
        """Ends the work that is under way within a piece or two, and waits for it: what computes while Python itself
        ends brings the process down.
        """
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: self._inside == 0)

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._changed:
            self._check_open()
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError

    def _backbones(self) -> list[Backbone]:
        """One model for each network, as heads share theirs."""
        different = {model.fingerprint: name for name, model in reversed(self._models.items())}
        return [self.model(name, Urgency.JOB) for name in different.values()]

    def warm(self) -> None:
        """Prepares the networks for usual shapes, which takes seconds the first time; less once it is closed."""
        with suppress(ClosedError), self._working():
            for model in self._backbones():
                for wide, high in USUAL:
                    self._try_out(model, wide, high)
            self.is_warm = True

    def _try_out(self, model: Backbone, wide: int, high: int) -> None:
        """The first piece of a video, one of its middle, and the last: each has a network of its own."""
        reads, steps = model.reads, model.steps
        width, height = fit(wide, high, short_side=reads.short_side, multiple=reads.multiple)
        stream = model.stream(height=height, width=width)
        first = -(-steps.first // PIECE) * PIECE
        for frames, last in ((first, False), (PIECE, False), (steps.stride, True)):
            self._check_open()
            stream.push(np.zeros((frames, height, width, 3), np.uint8), last=last)
