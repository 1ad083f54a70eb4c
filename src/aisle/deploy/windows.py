"""A network that reads clips along a stream: windows that overlap, each picture's views kept only while one needs them.

Shapes: B windows, T pictures that a network takes of one, N answers that it gives of one, D features, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aisle.analysis.analyzer import softmax
from aisle.analysis.sampling import indices
from aisle.core import UsageError
from aisle.core.clip import Array
from aisle.models.clip import Sampling

Floats = npt.NDArray[np.float32]
Run = Callable[[Mapping[str, Array]], tuple[Floats, Floats]]
"""Views (B, T, ...) to features (B, D) and logits (B, C), or (B, N, D) and (B, N, C)."""

LEAST = 1e-9
"""The probability that a class has at least, so that it has a logarithm."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of `length` pictures, of each of which `sampling` says which are taken, and which has `answers`.

    A network with one answer (a clip's name) gives it for the half of the window in its middle. One with N answers (a
    timeline) gives those of the half in the middle, and at the ends of the video all of them.
    """

    sampling: Sampling
    length: int
    answers: int = 1

    @property
    def hop(self) -> int:
        """Pictures from window to window."""
        return self.step * max(self.answers // 2, 1)

    @property
    def step(self) -> int:
        """Pictures for which one answer stands."""
        return max(self.length // 2, 1) if self.answers == 1 else self.length // self.answers

    def begin(self, number: int) -> int:
        """The first picture of a window; before the video begins, its first picture is held."""
        return number * self.hop + ((self.hop - self.length) // 2 if self.answers == 1 else 0)

    def rows(self, number: int, *, last: bool) -> tuple[int, int]:
        """Which answers of a window are used: [first, end)."""
        if self.answers == 1:
            return 0, 1
        edge = (self.answers - self.answers // 2) // 2
        return 0 if number == 0 else edge, self.answers if last else edge + self.answers // 2


class WindowStream:
    """Pieces of views in, answers out; they do not depend on where the pieces are cut.

    What is no longer than a window is one clip, sampled as in training, and each of its moments is named by the whole.
    """

    def __init__(self, run: Run, windows: Windows, *, features: int, classes: int) -> None:
        self._run, self._windows = run, windows
        self._none = np.empty((0, features), np.float32), np.empty((0, classes), np.float32)
        self._views: dict[str, Array] = {}
        self._first = self._seen = 0  # the pictures of which row 0 of the views and the next to come are
        self._number = self._done = 0  # the next window, and the answers that were given
        self._sum = np.zeros(classes)

    def push(self, views: Mapping[str, Array], *, last: bool) -> tuple[Floats, Floats]:
        """Takes views (n, ...) of the pictures that follow those before, by name; returns features (M, D) and logits
        (M, C) of the answers that are now sure. With `last` they reach up to the end, the last picture being held.
        """
        self._keep(views)
        if last and not self._seen:
            raise UsageError("nothing to answer", got="no pictures", do="push some")
        if last and self._seen <= self._windows.length:
            found = self._whole() if self._windows.answers == 1 else self._windowed(last=True)
        elif self._seen > self._windows.length:
            found = self._windowed(last=last)
        else:
            return self._none
        features, logits = found
        self._done += len(logits)
        self._sum += softmax(logits).sum(0, dtype=np.float64)
        return features, logits

    def clip(self) -> Floats:
        """(C,) of all that was pushed: the logarithm of the mean probabilities. Raises UsageError before any answer."""
        if not self._done:
            raise UsageError("no clip", got="no steps", do="push frames first, the last of them with last=True")
        mean: Floats = np.log(np.maximum(self._sum / self._done, LEAST)).astype(np.float32)
        return mean

    def _keep(self, views: Mapping[str, Array]) -> None:
        """And forgets what lies before the next window."""
        spare = max(self._windows.begin(self._number) - self._first, 0)
        self._views = {
            name: np.concatenate([self._views[name][spare:], view]) if self._views else view
            for name, view in views.items()
        }
        self._first += spare
        self._seen = self._first + len(next(iter(self._views.values())))

    def _whole(self) -> tuple[Floats, Floats]:
        features, logits = self._run(self._taken([indices(self._seen, self._windows.sampling)]))
        count = -(-self._seen // self._windows.step)
        return np.repeat(features, count, 0), np.repeat(logits, count, 0)

    def _windowed(self, *, last: bool) -> tuple[Floats, Floats]:
        """The answers of all windows that can be filled; with `last`, of those that reach the end too."""
        windows, inside = self._windows, indices(self._windows.length, self._windows.sampling)
        chosen, parts = [], []
        wanted = -(-self._seen // windows.step)
        given = self._done
        while windows.begin(self._number) + windows.length <= self._seen or (last and given < wanted):
            begin = windows.begin(self._number)
            ends = last and begin + windows.length >= self._seen
            first, end = windows.rows(self._number, last=ends)
            end = min(end, first + wanted - given)
            if end > first:
                chosen.append(np.clip(begin + inside, 0, self._seen - 1) - self._first)
                parts.append((first, end))
            given += end - first
            self._number += 1
            if ends and windows.answers > 1:
                break
        if not chosen:
            return self._none
        features, logits = self._run(self._taken(chosen))
        return self._cut(features, parts), self._cut(logits, parts)

    def _taken(self, chosen: list[npt.NDArray[np.int64]]) -> dict[str, Array]:
        """Views (B, T, ...) of the rows chosen for each window."""
        return {name: np.stack([view[rows] for rows in chosen]) for name, view in self._views.items()}

    def _cut(self, answers: Floats, parts: list[tuple[int, int]]) -> Floats:
        """(B, C) or (B, N, C) to (M, C): of each window its part."""
        rows = answers.reshape(len(parts), self._windows.answers, -1)
        return np.concatenate([row[first:end] for row, (first, end) in zip(rows, parts, strict=True)])
