"""What is read from a picture's features: how near they are to each product. Adding a product is adding a point.

Shapes: N pictures, D features, C products.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from aisle.core import UsageError

Floats = npt.NDArray[np.float32]
Nearness = Literal["distance", "angle"]
NEARNESSES: tuple[Nearness, ...] = ("distance", "angle")


@dataclass(frozen=True, slots=True, eq=False)
class Readout:
    """Products as points: features x (N, D) become z = (x - `centre`) @ `turn`, and `points` (C, D) lie there too.

    `distance` compares squared distances of z to the points, as a linear discriminant does; `angle` compares
    directions. `scale` makes of that logits whose softmax can be taken at its word. Adding a product is adding a point.
    """

    nearness: Nearness
    centre: Floats
    turn: Floats
    points: Floats
    scale: float

    def __post_init__(self) -> None:
        count = len(self.centre)
        if self.turn.shape != (count, count) or self.points.ndim != 2 or self.points.shape[1] != count:
            got = f"centre {self.centre.shape}, turn {self.turn.shape}, points {self.points.shape}"
            raise UsageError("points lie in the space of the features", got=got, allowed="(D,), (D, D) and (C, D)")

    def turned(self, features: Floats) -> Floats:
        """(N, D) to (N, D)."""
        turned: Floats = ((features - self.centre) @ self.turn).astype(np.float32)
        return turned

    def logits(self, features: Floats) -> Floats:
        """(N, D) to (N, C)."""
        return self.compared(self.turned(features))

    def compared(self, turned: Floats) -> Floats:
        """The same of features that are `turned` already."""
        if self.nearness == "angle":
            near = _directions(turned) @ _directions(self.points).T
        else:
            near = turned @ self.points.T - np.square(self.points).sum(1) / np.float32(2)
        scaled: Floats = (near * np.float32(self.scale)).astype(np.float32)
        return scaled

    def with_points(self, points: Floats) -> Readout:
        """The same, with more products behind those that it knows."""
        return replace(self, points=np.concatenate([self.points, points]))


def _directions(rows: Floats) -> Floats:
    lengths: Floats = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-12))
    return rows / lengths


def likelihoods(logits: Floats) -> Floats:
    """(N, C): a softmax over C."""
    raised = np.exp(logits - logits.max(1, keepdims=True))
    shares: Floats = (raised / raised.sum(1, keepdims=True)).astype(np.float32)
    return shares
