"""How sure a model is of each class over time, as lines that a page can draw."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from aisle.core.features import Floats, Scores
from aisle.core.files import whole


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """`values` is points x lines, probabilities; point i is the highest of `merged` readings around start + i * step.

    `covers` is the stretch of time behind all points, which begins before the first and ends after the last.
    """

    labels: tuple[str, ...]
    values: Floats
    start: Fraction
    step: Fraction
    covers: tuple[Fraction, Fraction]
    merged: int


def curves(scores: Scores, *, lines: int, points: int) -> Curves:
    """The surest classes by their peak, held to `points` a line by taking the highest of neighbours.

    The maximum, not the mean: a page about two hours must still show a peak of two seconds.
    """
    grid = scores.grid
    if grid.count == 0:
        return Curves((), scores.values[:, :0], grid.start, grid.step, (grid.start, grid.end), merged=1)
    best = np.argsort(-scores.values.max(axis=0), kind="stable")[:lines]
    merged = -(-grid.count // points)
    return Curves(
        labels=tuple(scores.labels[int(index)] for index in best),
        values=np.maximum.reduceat(scores.values[:, best], np.arange(0, grid.count, merged), axis=0),
        start=grid.start + ((merged - 1) * grid.step + grid.span) / 2,
        step=merged * grid.step,
        covers=(grid.start, grid.end),
        merged=merged,
    )


def plain(values: Floats) -> list[list[float]]:
    """One list a line, to the thousandth."""
    rounded: list[list[float]] = np.round(values.astype(np.float64), 3).T.tolist()
    return rounded


def write_curves(found: Curves, path: Path) -> None:
    """One object: start_s, step_s, and lines of a label and its values, the surest first. Raises OutputError where the
    disk refuses.
    """
    lines = [
        {"label": label, "values": values} for label, values in zip(found.labels, plain(found.values), strict=True)
    ]
    record = {"start_s": float(found.start), "step_s": float(found.step), "lines": lines}
    with whole(path) as part:
        part.write_text(json.dumps(record, allow_nan=False, separators=(",", ":")), encoding="utf-8")
