"""A head on its backbone: pictures in, the head's answers out, through the same stream as any model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.analysis.backbone import Answers, Stream
from aisle.core import DamagedError, LabelSet, UsageError
from aisle.deploy.head import FILE, HeadBundle
from aisle.deploy.model import Model
from aisle.deploy.runtime import Rows, load_head
from aisle.models.card import Reads, Steps

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class HeadedModel:
    """A packaged head with the model whose features it reads. Opened by `open_model`."""

    def __init__(self, bundle: HeadBundle, folder: Path, backbone: Model) -> None:
        """Raises DamagedError for a backbone whose features are not those that the head was trained on."""
        if backbone.bundle.card.identity != bundle.identity:
            raise DamagedError(
                f"{bundle.name} reads the features of another backbone",
                got=backbone.bundle.card.identity,
                allowed=bundle.identity,
                do="train it again on this backbone, or open it with the one it was trained on",
            )
        self.bundle, self.folder, self.backbone = bundle, folder, backbone
        self._network = load_head(backbone.runtime, folder / FILE)

    @property
    def name(self) -> str:
        return self.bundle.name

    @property
    def runtime(self) -> str:
        return self.backbone.runtime

    @property
    def labels(self) -> LabelSet:
        return self.bundle.labels

    @property
    def reads(self) -> Reads:
        return self.backbone.reads

    @property
    def steps(self) -> Steps:
        return self.backbone.steps

    @property
    def answers(self) -> Answers:
        return self.bundle.answers

    @property
    def fingerprint(self) -> str:
        """Of the features, which are the backbone's."""
        return self.backbone.fingerprint

    def stream(self, *, height: int, width: int) -> Stream:
        inner = self.backbone.stream(height=height, width=width)
        if self.bundle.task == "clips":
            return ClipStream(inner, self._network, self.bundle.window, classes=len(self.labels))
        return StepStream(inner, self._network, self.bundle.context, self.answers.pieces, classes=len(self.labels))

    def clip_logits(self, features: Floats) -> Floats:
        """(C,) of the features (N, D) of one clip. Raises UsageError for a head of timelines."""
        if self.bundle.task != "clips":
            raise UsageError(f"{self.name} does not name clips", got="a head of timelines", do="use its timeline")
        return self._network(features)[0]

    def step_logits(self, features: Floats) -> Floats:
        """(N * pieces, C) of the features (N, D) of one video. Raises UsageError for a head of clips."""
        if self.bundle.task != "timelines":
            raise UsageError(f"{self.name} does not name steps", got="a head of clips", do="use its clip answer")
        return self._network(features)


class ClipStream:
    """Each step is named by the `window` steps around it; the whole by all of it, or, when it is much longer than the
    window, by the mean of its steps.
    """

    def __init__(self, inner: Stream, network: Rows, window: int, *, classes: int) -> None:
        self._inner, self._network, self._half = inner, network, window // 2
        self._none = np.empty((0, classes), np.float32)
        self._rows: Floats | None = None
        self._first = self._done = 0  # the steps of which row 0 and the next answer are
        self._short = 2 * window
        self._sum: npt.NDArray[np.float64] | None = None

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """See aisle.analysis.backbone.Stream."""
        features, _ = self._inner.push(frames, last=last)
        self._rows = features if self._rows is None else np.concatenate([self._rows, features])
        seen = self._first + len(self._rows)
        logits = [
            self._around(step) for step in range(self._done, seen if last else max(seen - self._half, self._done))
        ]
        if logits:
            self._done += len(logits)
            self._sum = np.sum(logits, axis=0) + (0 if self._sum is None else self._sum)
        if seen > self._short:  # a clip no longer: keep only what windows still need
            spare = max(self._done - self._half - self._first, 0)
            self._rows, self._first = self._rows[spare:], self._first + spare
        return features, np.stack(logits) if logits else self._none

    def clip(self) -> Floats:
        """See aisle.analysis.backbone.Stream."""
        if self._rows is None or not len(self._rows):
            raise UsageError("no clip", got="no steps", do="push frames first, the last of them with last=True")
        if self._sum is None or self._first + len(self._rows) <= self._short:
            return self._network(self._rows)[0]
        mean: Floats = (self._sum / self._done).astype(np.float32)
        return mean

    def _around(self, step: int) -> Floats:
        if self._rows is None:
            raise UsageError("no rows to look at", got=f"step {step}")
        middle = step - self._first
        return self._network(self._rows[max(middle - self._half, 0) : middle + self._half + 1])[0]


class StepStream:
    """Steps are named once `context` more have been seen, or the stream has ended, in chunks of at least `context`."""

    def __init__(self, inner: Stream, network: Rows, context: int, pieces: int, *, classes: int) -> None:
        self._inner, self._network, self._context, self._pieces = inner, network, context, pieces
        self._none = np.empty((0, classes), np.float32)
        self._rows: Floats | None = None
        self._before = 0  # rows that are kept only as context of those behind
        self._sum: npt.NDArray[np.float64] | None = None
        self._count = 0

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """See aisle.analysis.backbone.Stream."""
        features, _ = self._inner.push(frames, last=last)
        self._rows = features if self._rows is None else np.concatenate([self._rows, features])
        ready = len(self._rows) - self._before - (0 if last else self._context)
        if ready < (1 if last else self._context):
            return features, self._none
        answered = self._network(self._rows)
        logits = answered[self._before * self._pieces : (self._before + ready) * self._pieces]
        keep = min(self._before + ready, self._context)
        self._rows, self._before = self._rows[self._before + ready - keep :], keep
        raised = np.exp(logits - logits.max(1, keepdims=True))
        self._sum = (raised / raised.sum(1, keepdims=True)).sum(0) + (0 if self._sum is None else self._sum)
        self._count += len(logits)
        return features, logits

    def clip(self) -> Floats:
        """See aisle.analysis.backbone.Stream: the share of its time that each class has."""
        if self._sum is None:
            raise UsageError("no clip", got="no steps", do="push frames first, the last of them with last=True")
        share: Floats = np.log(self._sum / self._count).astype(np.float32)
        return share
