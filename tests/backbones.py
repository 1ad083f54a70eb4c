"""A network in plain numpy for tests: it names the colour that pictures have, and answers late like the real one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.analysis.backbone import Answers
from aisle.core import LabelSet
from aisle.deploy.stream import ClipMean
from aisle.models.card import Reads, Steps

Floats = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]

TRAIL = 6
"""Steps by which answers trail behind."""

RED, GREEN, BLUE = (200, 20, 20), (20, 200, 20), (20, 20, 200)


def plain(colour: tuple[int, int, int], height: int = 48, width: int = 64) -> Picture:
    return np.full((height, width, 3), colour, np.uint8)


def logits_of(colours: Floats) -> Floats:
    """Mean colours (N, 3), 0 to 255, to logits (N, 3)."""
    return (colours / 20).astype(np.float32)


class ColourStream:
    def __init__(self, answer: Callable[[Floats], Floats]) -> None:
        self._answer = answer
        self._held: Floats = np.empty((0, 3), np.float32)
        self._mean = ClipMean()

    def push(self, frames: Any, *, last: bool) -> tuple[Floats, Floats]:
        assert len(frames) > 0
        assert len(frames) % 8 == 0
        means = frames.reshape(len(frames) // 8, -1, 3).mean(1, dtype=np.float64).astype(np.float32)
        known = np.concatenate([self._held, means])
        sure = len(known) if last else max(len(known) - TRAIL, 0)
        self._held = known[sure:]
        logits = self._answer(known[:sure])
        self._mean.add(logits)
        return known[:sure], logits

    def clip(self) -> Floats:
        return self._mean.logits()


class GlowStream(ColourStream):
    """Also says where: the share of red in each of 3 x 4 parts of the first of 8 pictures."""

    def __init__(self, answer: Callable[[Floats], Floats]) -> None:
        super().__init__(answer)
        self._glow: Floats = np.empty((0, 3, 4), np.float32)
        self._answered = 0

    def push(self, frames: Any, *, last: bool) -> tuple[Floats, Floats]:
        count, height, width, _ = frames.shape
        parts = frames[::8, :, :, 0].reshape(count // 8, 3, height // 3, 4, width // 4)
        self._glow = np.concatenate([self._glow, (parts.mean((2, 4)) / 255).astype(np.float32)])
        features, logits = super().push(frames, last=last)
        self._answered += len(logits)
        return features, logits

    def heat(self) -> Floats:
        told, self._glow, self._answered = self._glow[: self._answered], self._glow[self._answered :], 0
        return told


class ColourBackbone:
    """Features are the mean colour of 8 pictures; the likeliest label is the strongest of red, green and blue."""

    name = "colours"
    fingerprint = "colours-1"
    labels = LabelSet(("red", "green", "blue"))
    reads = Reads(rate=Fraction(25), short_side=32, multiple=16)
    steps = Steps(stride=8, first=56, history=6, trained_frames=64)

    def __init__(self, answer: Callable[[Floats], Floats] = logits_of, answers: Answers | None = None) -> None:
        self._answer = answer
        self.answers = answers or Answers()
        self.sizes: list[tuple[int, int]] = []
        """(height, width) of every stream so far."""

    def stream(self, *, height: int, width: int) -> ColourStream:
        self.sizes.append((height, width))
        return ColourStream(self._answer)


class GlowBackbone(ColourBackbone):
    """`unusual` is what is red, and it says where. Answers `prompt`ly, as a model does that notices."""

    name = "glow"
    fingerprint = "glow-1"
    labels = LabelSet(("normal", "unusual"))

    def __init__(self) -> None:
        super().__init__(unusual_of, Answers(smooth=Fraction(0), shortest=Fraction(1, 4), threshold=0.5, prompt=True))

    def stream(self, *, height: int, width: int) -> ColourStream:
        self.sizes.append((height, width))
        return GlowStream(self._answer)


def unusual_of(colours: Floats) -> Floats:
    """Mean colours (N, 3) to logits (N, 2): unusual where red is more than a fifth of green."""
    logits: Floats = (np.column_stack([colours[:, 1] / 5, colours[:, 0]]) / 4).astype(np.float32)
    return logits


def glowing(left: int, top: int, height: int = 48, width: int = 64) -> Picture:
    """Green, with one of 3 x 4 parts red."""
    picture = plain(GREEN, height, width)
    picture[top * height // 3 : (top + 1) * height // 3, left * width // 4 : (left + 1) * width // 4] = (255, 0, 0)
    return picture
