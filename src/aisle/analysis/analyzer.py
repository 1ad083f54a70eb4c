"""One pass over frames, from a file or a camera: each frame is computed once, and answers come as soon as they are
sure.
"""

from __future__ import annotations

from fractions import Fraction
from time import perf_counter

import numpy as np
import numpy.typing as npt

from aisle.analysis.backbone import Backbone, Mapped, Remarking, Stream
from aisle.analysis.spool import Spool
from aisle.core import Features, Frame, Grid, Heat, InputError, Scores, UsageError

Floats = npt.NDArray[np.float32]


class Analyzer:
    """Takes frames on the model's own grid of times and at its size, in order.

    `piece` is how many frames are computed at once, or a few more, up to a multiple of the model's stride: more is
    faster, less answers sooner. The answers do not depend on it. Without `keep` memory does not grow, and `end` takes
    the place of `finish`.
    """

    def __init__(self, model: Backbone, *, piece: int = 64, keep: bool = True) -> None:
        if piece <= 0:
            raise UsageError("a piece has frames", got=piece, allowed="1 or more")
        self.model = model
        self.inference_s = 0.0
        """Wall-clock seconds spent in the network so far."""
        self.frames = 0
        self._keep = keep
        self.piece = piece
        """May be changed between frames."""
        self._waiting: list[npt.NDArray[np.uint8]] = []
        self._stream: Stream | None = None
        self._features: Spool | None = None
        self._none = np.empty((0, len(model.labels)), np.float32)
        self._scores = Spool(len(model.labels))
        self._heat: Spool | None = None
        self.latest: Floats | None = None
        """(n, h, w): where, of the steps that `push` or `end` last answered; None where the model does not say."""

    def push(self, frame: Frame) -> Floats:
        """Probabilities (n, C) of the steps that became sure with this frame; n is mostly 0.

        Raises UsageError for a frame of another size or out of its place in time.
        """
        due = self.frames / self.model.reads.rate
        if frame.time != due:
            raise UsageError("a frame out of its place", got=f"{frame.time} s", allowed=f"{due} s next")
        if self._waiting and frame.image.shape != self._waiting[0].shape:
            raise UsageError("a frame of another size", got=frame.image.shape, allowed=str(self._waiting[0].shape))
        self._waiting.append(frame.image)
        self.frames += 1
        if len(self._waiting) <= self._needed():  # one stays back: the last piece must not be empty
            return self._none
        return self._compute(self._waiting[: self._needed()], last=False)

    def finish(self) -> tuple[Features, Scores]:
        """Features and probabilities of every step. The last picture is held to fill the last step.

        Raises InputError when there was no frame.
        """
        self.end()
        if self._features is None:
            raise UsageError("nothing was kept to be given", got="keep=False", do="use what push and end return")
        part = self.step / self.model.answers.pieces
        seen = Features(self._features.rows(), self._grid(self.step, self._features), self.model.fingerprint)
        return seen, Scores(self._scores.rows(), self._grid(part, self._scores), self.model.labels)

    def end(self) -> Floats:
        """Probabilities (n, C) of the steps that were still open. The last picture is held to fill the last step.

        Raises InputError when there was no frame.
        """
        if not self._waiting:
            raise InputError("nothing to analyse", got="no frames", allowed="at least one")
        missing = -len(self._waiting) % self.model.steps.stride
        return self._compute([*self._waiting, *self._waiting[-1:] * missing], last=True)

    def heat(self) -> Heat | None:
        """Of every step, after `finish`; None where the model does not say where."""
        if self._heat is None or self.latest is None:
            return None
        rows = self._heat.rows().reshape(-1, *self.latest.shape[1:])
        return Heat(rows, self._grid(self.step / self.model.answers.pieces, self._heat))

    def clip_probabilities(self) -> Floats:
        """(C,) for all frames so far as one clip. Raises InputError before anything was computed."""
        if self._stream is None:
            raise InputError("nothing to classify", got="no frames", allowed="at least one")
        probabilities: Floats = softmax(self._stream.clip()[None])[0]
        return probabilities

    def notes(self) -> tuple[str, ...]:
        """What the model says of all frames so far that a reader must know."""
        return self._stream.notes() if isinstance(self._stream, Remarking) else ()

    @property
    def step(self) -> Fraction:
        return self.model.steps.stride / self.model.reads.rate

    @staticmethod
    def _grid(step: Fraction, rows: Spool) -> Grid:
        return Grid(Fraction(0), step, step, rows.count)

    def _needed(self) -> int:
        stride = self.model.steps.stride
        least = self.piece if self._stream is not None else max(self.model.steps.first, self.piece)
        return -(-least // stride) * stride

    def _compute(self, images: list[npt.NDArray[np.uint8]], *, last: bool) -> Floats:
        if self._stream is None:
            height, width, _ = images[0].shape
            self._stream = self.model.stream(height=height, width=width)
        del self._waiting[: len(images)]
        begun = perf_counter()
        features, logits = self._stream.push(np.stack(images), last=last)
        self.inference_s += perf_counter() - begun
        if not (np.isfinite(features).all() and np.isfinite(logits).all()):
            raise InputError(
                f"{self.model.name} answered with numbers that are not finite",
                got=f"frames {self.frames - len(images)} to {self.frames}",
                do="aisle bench, to see which runtime works on this machine",
            )
        probabilities = softmax(logits)
        if isinstance(self._stream, Mapped):
            self._see(self._stream.heat())
        if self._keep:
            self._features = self._features or Spool(features.shape[1])
            self._features.append(features)
            self._scores.append(probabilities)
        return probabilities

    def _see(self, heat: Floats) -> None:
        self.latest = heat
        if self._keep:
            self._heat = self._heat or Spool(heat.shape[1] * heat.shape[2])
            self._heat.append(heat.reshape(len(heat), heat.shape[1] * heat.shape[2]))  # there may be none


def softmax(logits: npt.NDArray[np.floating]) -> Floats:
    """(N, C) logits to probabilities, each row's adding up to 1."""
    raised = np.exp(logits - logits.max(1, keepdims=True, initial=-np.inf))
    probabilities: Floats = (raised / raised.sum(1, keepdims=True)).astype(np.float32)
    return probabilities
