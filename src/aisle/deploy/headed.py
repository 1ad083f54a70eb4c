"""A head on its backbone: pictures in, the head's answers out, through the same stream as any model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.analysis.analyzer import softmax
from aisle.analysis.backbone import Producer, Stream
from aisle.core import UsageError
from aisle.deploy.head import FILE, HeadBundle
from aisle.deploy.on_backbone import OnBackbone
from aisle.deploy.runtime import Rows, load_head
from aisle.models.card import Steps

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SHORT = 2
"""So many windows may a clip be long that is answered as a whole."""

LEAST = 1e-9
"""The share of a video's time that a class has at least: a millionth of a second in a quarter of an hour."""


class HeadedModel(OnBackbone[HeadBundle]):
    """A packaged head with the model whose features it reads. Opened by `open_model`."""

    def __init__(self, bundle: HeadBundle, folder: Path, backbone: Producer) -> None:
        """Raises DamagedError for a backbone whose features are not those that the head was trained on."""
        super().__init__(bundle, folder, backbone)
        self._network = load_head(backbone.runtime, folder / FILE)

    @property
    def steps(self) -> Steps:
        """The backbone's; a head of short clips expects no longer ones."""
        steps = self.backbone.steps
        usual = self.bundle.window * steps.stride if self.bundle.task == "clips" else steps.trained_frames
        return replace(steps, trained_frames=min(usual, steps.trained_frames))

    def stream(self, *, height: int, width: int) -> Stream:
        inner = self.backbone.stream(height=height, width=width)
        if self.bundle.task == "clips":
            return ClipStream(inner, self._network, self.bundle.window, classes=len(self.labels))
        return StepStream(inner, self._network, self._reach, self.answers.pieces, classes=len(self.labels))

    @property
    def _reach(self) -> Reach:
        return Reach(self.bundle.context, self.bundle.reaches)

    def clip_logits(self, features: Floats) -> Floats:
        """(C,) of the features (N, D) of one clip, as its stream answers. Raises UsageError for a head of timelines."""
        if self.bundle.task != "clips":
            raise UsageError(f"{self.name} does not name clips", got="a head of timelines", do="use its timeline")
        window = self.bundle.window
        if len(features) <= SHORT * window:
            return _of_clip(self._network, features)
        logits = [_of_clip(self._network, _around(features, step, window // 2)) for step in range(len(features))]
        mean: Floats = np.stack(logits).mean(0, dtype=np.float64).astype(np.float32)
        return mean

    def step_logits(self, features: Floats) -> Floats:
        """(N * pieces, C) of the features (N, D) of one video, as its stream answers.

        Raises UsageError for a head of clips.
        """
        if self.bundle.task != "timelines":
            raise UsageError(f"{self.name} does not name steps", got="a head of clips", do="use its clip answer")
        reach, pieces = self._reach, self.answers.pieces
        firsts = range(0, len(features), reach.before)
        return np.concatenate([_chunk(self._network, features, first, reach.before, reach, pieces) for first in firsts])


class ClipStream:
    """Each step is named by the `window` steps around it; the whole by all of it, or, when it is much longer than the
    window, by the mean of its steps.
    """

    def __init__(self, inner: Stream, network: Rows, window: int, *, classes: int) -> None:
        self._inner, self._network, self._half = inner, network, window // 2
        self._none = np.empty((0, classes), np.float32)
        self._rows: Floats | None = None
        self._first = self._done = 0  # the steps of which row 0 and the next answer are
        self._short = SHORT * window
        self._sum = np.zeros(classes)

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
            self._sum += np.sum(logits, axis=0, dtype=np.float64)
        if seen > self._short:  # a clip no longer: keep only what windows still need
            spare = max(self._done - self._half - self._first, 0)
            self._rows, self._first = self._rows[spare:], self._first + spare
        return features, np.stack(logits) if logits else self._none

    def clip(self) -> Floats:
        """See aisle.analysis.backbone.Stream."""
        if self._rows is None or not self._first + len(self._rows):
            raise UsageError("no clip", got="no steps", do="push frames first, the last of them with last=True")
        if self._first + len(self._rows) <= self._short:
            return _of_clip(self._network, self._rows)
        mean: Floats = (self._sum / self._done).astype(np.float32)
        return mean

    def _around(self, step: int) -> Floats:
        if self._rows is None:
            raise UsageError("no rows to look at", got=f"step {step}")
        middle = step - self._first
        return _of_clip(self._network, _around(self._rows, middle, self._half))


def _of_clip(network: Rows, rows: Floats) -> Floats:
    """(C,) of `rows` (N, D) as one clip."""
    logits: Floats = network(rows)[0]
    return logits


def _around(rows: Floats, step: int, half: int) -> Floats:
    """`rows` (N, D) of the steps up to `half` before and after `step`."""
    return rows[max(step - half, 0) : step + half + 1]


@dataclass(frozen=True, slots=True)
class Reach:
    """An answer depends on what is up to `before` steps before it and `after` steps after it."""

    before: int
    after: int

    def sure(self, waiting: int) -> int:
        """Of so many steps without an answer, those that get theirs now, so many that never more are read at once.

        Where hardly anything after a step counts, that is at once. Else it is in whole chunks, so that the answers of
        a head that reads all it is given, as if that were the video, do not depend on how the stream is cut.
        """
        if self.after < self.before:
            return min(max(waiting - self.after, 0), self.before)
        return self.before if waiting >= self.before + self.after else 0


class StepStream:
    """Each step is named by what is within `reach` of it. So the answers do not depend on how the stream is cut, and
    come once the steps behind have been seen, or the stream has ended.
    """

    def __init__(self, inner: Stream, network: Rows, reach: Reach, pieces: int, *, classes: int) -> None:
        self._inner, self._network, self._reach, self._pieces = inner, network, reach, pieces
        self._none = np.empty((0, classes), np.float32)
        self._rows: Floats | None = None
        self._first = self._done = 0  # the steps of which row 0 and the next answer are
        self._sum = np.zeros(classes)

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """See aisle.analysis.backbone.Stream."""
        features, _ = self._inner.push(frames, last=last)
        self._rows = features if self._rows is None else np.concatenate([self._rows, features])
        seen, found = self._first + len(self._rows), [self._none]
        while count := min(self._reach.before, seen - self._done) if last else self._reach.sure(seen - self._done):
            at = self._done - self._first
            found.append(_chunk(self._network, self._rows, at, count, self._reach, self._pieces))
            self._done += count
        spare = max(self._done - self._reach.before - self._first, 0)
        self._rows, self._first = self._rows[spare:], self._first + spare
        logits = np.concatenate(found)
        self._sum += softmax(logits).sum(0, dtype=np.float64)
        return features, logits

    def clip(self) -> Floats:
        """See aisle.analysis.backbone.Stream: the share of its time that each class has."""
        if not self._done:
            raise UsageError("no clip", got="no steps", do="push frames first, the last of them with last=True")
        share: Floats = np.log(np.maximum(self._sum / self._sum.sum(), LEAST)).astype(np.float32)
        return share


def _chunk(network: Rows, rows: Floats, first: int, most: int, reach: Reach, pieces: int) -> Floats:
    """(n * pieces, C) of the n steps from `first` on, `most` where there are so many, among `rows` (N, D)."""
    count, before = min(most, len(rows) - first), min(reach.before, first)
    answered = network(rows[first - before : first + count + reach.after])
    return answered[before * pieces : (before + count) * pieces]
