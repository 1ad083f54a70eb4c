"""Made-up analyses for tests: one action follows the other, each with a bump of probability."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from aisle.core import (
    Analysis,
    Features,
    Grid,
    Heat,
    LabelSet,
    Prediction,
    Scores,
    Segment,
    Skipped,
    Timeline,
    Timing,
    VideoInfo,
    exact,
)
from aisle.core.features import Floats

LABELS = (
    "taking a product",
    "putting a product back",
    "reading a label",
    "pushing a cart",
    "scanning at the till",
    "talking to staff",
    "mopping floor",
    "opening a fridge",
)


def made_up_analysis(
    duration: Fraction = Fraction(48),
    *,
    path: str = "videos/aisle 3.mp4",
    labels: tuple[str, ...] = LABELS,
    action: Fraction = Fraction(6),
    skipped: tuple[Skipped, ...] = (),
    notes: tuple[str, ...] = (),
) -> Analysis:
    """An analysis of `duration` seconds at 29.97 pictures a second, with a reading every eight pictures.

    Actions of about `action` seconds each follow each other without a gap, in an order that a fixed seed draws.
    """
    rate = Fraction(30000, 1001)
    step = 8 / rate
    grid = Grid(start=Fraction(0), step=step, span=step, count=int(duration / step))
    random = np.random.default_rng(7)
    cuts = [Fraction(0), *_cuts(duration, action, random), duration]
    order = [int(random.integers(len(labels))) for _ in cuts[1:]]
    scores = Scores(_bumps(grid, cuts, order, len(labels), random), grid, LabelSet(labels))
    segments = tuple(
        Segment(start, end, labels[which], float(scores.values[grid.index(start) : grid.index(end) + 1, which].mean()))
        for (start, end), which in zip(pairwise(cuts), order, strict=True)
    )
    overall = scores.values.mean(axis=0)
    return Analysis(
        info=VideoInfo(path, 1280, 720, rate, duration, int(duration * rate), "h264", "yuv420p"),
        model="kinetics-i3d",
        timeline=Timeline(duration, segments, skipped),
        scores=scores,
        features=Features(random.standard_normal((grid.count, 4), dtype=np.float32), grid, "made-up"),
        predictions=tuple(Prediction(labels[which], float(overall[which])) for which in np.argsort(-overall)),
        timing=Timing(decode_s=3.25, inference_s=8.5, total_s=9.75),
        notes=notes,
    )


def noticed() -> Analysis:
    """48 seconds, unusual from 6 to 12, first at the left of the picture, then at the right; covered from 20 to 30."""
    made = made_up_analysis(labels=("normal", "unusual"))
    grid = made.scores.grid
    times = np.array([float(grid.cell(cell)[0]) for cell in range(grid.count)])
    risks = np.where((times >= 6) & (times < 12), 0.9, 0.05)
    risks[int(9 / float(grid.step))] = 0.95  # the riskiest moment
    values = np.zeros((grid.count, 3, 4), np.float32)
    values[times < 9, 1, 0] = values[times >= 9, 1, 3] = 0.8
    values[times >= 9, 2, 3] = 0.5
    ends = ((0, 6, "normal"), (6, 12, "unusual"), (12, 48, "normal"))
    return replace(
        made,
        scores=replace(made.scores, values=np.stack([1 - risks, risks], axis=1).astype(np.float32)),
        timeline=Timeline(Fraction(48), tuple(Segment(Fraction(a), Fraction(b), label, 0.9) for a, b, label in ends)),
        heat=Heat(values, grid),
        threshold=0.5,
        drift=(Segment(Fraction(20), Fraction(30), "camera covered", 1.0),),
        predictions=(Prediction("unusual", 0.9), Prediction("normal", 0.1)),
    )


def _cuts(duration: Fraction, action: Fraction, random: np.random.Generator) -> list[Fraction]:
    count = max(int(duration / action) - 1, 0)
    shifts = random.uniform(-0.3, 0.3, count)
    return [(number + 1 + exact(round(float(shift), 3))) * action for number, shift in enumerate(shifts)]


def _bumps(grid: Grid, cuts: list[Fraction], order: list[int], classes: int, random: np.random.Generator) -> Floats:
    middles = (np.arange(grid.count) + 0.5) * float(grid.step)
    raw = random.standard_normal((grid.count, classes)) * 0.3
    for (start, end), which in zip(pairwise(cuts), order, strict=True):
        inside = (middles >= float(start)) & (middles < float(end))
        raw[inside, which] += 4.5 * np.sin(np.pi * (middles[inside] - float(start)) / float(end - start)) ** 0.6
    odds = np.exp(np.clip(raw, -6, 6))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)
