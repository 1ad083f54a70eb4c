"""Hands of people seen from above, and what they do with products, from networks trained on rendered shops.

One network looks at a square around each person; another reads what the first said of a person at all looks. Both know
drawings only: on real video they say something too, and it means nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Canvas

from aisle.core.boxes import Floats
from aisle.core.detections import NOBODY, PERSON, Detections, Hand, Handling, Observation
from aisle.core.video import Image
from aisle.objects.detector import sigmoid

SIDE = 160
"""Pixels of the sides of what the network of hands reads."""

AROUND = 384 / 920
"""The side of the square around a person, in shares of the picture's width: what an arm reaches from a ceiling."""

STEP = Fraction(1, 5)
"""Seconds from one look to the next that the network of time was trained on."""

EVIDENCE, SAID = 48, 19
_VISIBLE, _HOLDS = slice(0, 2), slice(2, 4)  # among what is said: of the left and the right hand

Look = Callable[[Sequence[npt.NDArray[Any]]], list[tuple[Floats, Floats, Floats]]]
"""Squares (3, SIDE, SIDE) float32 in; of each its palms (2, 2) in shares of it, what is said (SAID,) and evidence."""

Follow = Callable[[Floats], Floats]
"""(EVIDENCE + SAID + 5, T) looks at one person, `STEP` apart, in; logits (5, T) of `Handling` out."""


class OverheadHands:
    """Both hands of each person in a picture, with what is needed to tell later what they did (`Hand.evidence`)."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def __call__(self, image: Image, found: Detections) -> tuple[Hand, ...]:
        """Two for each thing in `found` that is a person, with its track. A palm that is hidden has a low score."""
        people = [number for number, label in enumerate(found.labels) if label == PERSON]
        squares = [_square(image, found.boxes.corners[number]) for number in people]
        said = self._look([square.pixels for square in squares])
        return tuple(
            hand
            for number, square, answers in zip(people, squares, said, strict=True)
            for hand in _hands(int(found.tracks[number]), square, *answers)
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Square:
    """`pixels` (3, SIDE, SIDE) float32, 0 to 255, of the square that starts at (left, top) and is `side` wide."""

    pixels: Floats
    left: float
    top: float
    side: float


def _square(image: Image, corners: Floats) -> _Square:
    """The picture around the middle of a box, black beyond the picture's edge."""
    side = AROUND * image.shape[1]
    left, top = ((corners[axis] + corners[axis + 2] - side) / 2 for axis in (0, 1))
    outer = round(left), round(top), round(left + side), round(top + side)
    crop = Canvas.fromarray(image).crop(outer).resize((SIDE, SIDE), Canvas.Resampling.BILINEAR)
    return _Square(np.asarray(crop, np.float32).transpose(2, 0, 1), outer[0], outer[1], outer[2] - outer[0])


def _hands(track: int, square: _Square, palms: Floats, said: Floats, evidence: Floats) -> tuple[Hand, Hand]:
    places = palms * square.side + (square.left, square.top)
    sure, holds = sigmoid(said[_VISIBLE]), sigmoid(said[_HOLDS])
    row = np.concatenate([evidence, said, palms.ravel() - 0.5]).astype(np.float32)
    told = array("f", row.tobytes())  # a tuple takes eight times the memory: of two hours half a gigabyte
    (x1, y1), (x2, y2) = places.tolist()
    return (
        Hand(track, "left", x1, y1, float(sure[0]), float(holds[0]), told),
        Hand(track, "right", x2, y2, float(sure[1]), float(holds[1]), told),
    )


class OverheadHandling:
    """Says of each person at each look what came before and after shows: what is held, and what is done with it."""

    def __init__(self, follow: Follow) -> None:
        self._follow = follow

    def __call__(self, observations: Sequence[Observation]) -> tuple[Observation, ...]:
        """The same with `handling`, for all who are followed and whose hands have evidence."""
        looks: dict[int, list[tuple[int, Sequence[float]]]] = {}
        for number, observation in enumerate(observations):
            for track, evidence in {hand.track: hand.evidence for hand in observation.hands}.items():
                if track != NOBODY and evidence:
                    looks.setdefault(track, []).append((number, evidence))
        told: dict[int, list[Handling]] = {}
        for track, seen in looks.items():
            times = [observations[number].time for number, _ in seen]
            chances = self._chances(times, np.array([evidence for _, evidence in seen], np.float32))
            for (number, _), chance in zip(seen, chances.tolist(), strict=True):
                told.setdefault(number, []).append(Handling(track, *chance))
        return tuple(
            replace(observation, handling=tuple(told[number])) if number in told else observation
            for number, observation in enumerate(observations)
        )

    def _chances(self, times: Sequence[Fraction], evidence: Floats) -> Floats:
        """(N, 5) at the N `times`; the looks in between, at which the person was missed, are told as missing."""
        cells = np.array([round((time - times[0]) / STEP) for time in times])
        grid = np.zeros((evidence.shape[1] + 1, cells[-1] + 1), np.float32)
        grid[:-1, cells], grid[-1, cells] = evidence.T, 1
        chances: Floats = sigmoid(self._follow(grid))[:, cells].T
        return chances
