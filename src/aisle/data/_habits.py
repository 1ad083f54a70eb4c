"""What shoppers do next and for how long: timelines that behave like those of the MERL Shopping videos.

The figures were counted from the per-frame labels of the 60 training videos of MERL Shopping (Singh et al. 2016), whose
overlaps had been flattened to one label a frame, at 30 frames a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np

from aisle.data._random import Floats

RATE = 30
"""Frames a second in which all figures here are told."""


class Label(StrEnum):
    """MERL's five actions and what is left."""

    REACH = "reach_to_shelf"
    RETRACT = "retract_from_shelf"
    HAND_IN = "hand_in_shelf"
    PRODUCT = "inspect_product"
    SHELF = "inspect_shelf"
    NOTHING = "background"


ACTIONS = tuple(label for label in Label if label is not Label.NOTHING)

FOLLOWS = {
    Label.REACH: (0, 260, 159, 3, 4, 583),
    Label.RETRACT: (52, 0, 2, 147, 106, 645),
    Label.HAND_IN: (23, 163, 0, 2, 1, 121),
    Label.PRODUCT: (90, 7, 2, 0, 12, 292),
    Label.SHELF: (167, 0, 2, 4, 0, 290),
    Label.NOTHING: (677, 522, 145, 247, 340, 0),
}
"""How often each label followed the one at the left, in the order of `Label`."""

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
DURATIONS = {
    Label.REACH: (10, 14, 18, 25, 32, 39, 52, 69, 90),
    Label.RETRACT: (10, 13, 17, 25, 32, 43, 65, 82, 105),
    Label.HAND_IN: (4, 8.1, 14, 25.2, 37, 73, 171.8, 335.5, 450),
    Label.PRODUCT: (6, 12, 19, 39, 78, 145, 277, 453.4, 600),
    Label.SHELF: (6, 13.6, 23, 44, 89, 145, 315.9, 561.6, 750),
    Label.NOTHING: (1, 1, 1, 1, 3, 8, 222.5, 413.6, 600),
}
"""Frames at each of `QUANTILES`; the first and the last are guesses, the others were counted."""

VIDEO = (3506, 3930, 5305)
"""The fewest, the median and the most frames of a video."""

POSSIBLE = {
    Label.REACH: {Label.RETRACT: 1.0, Label.HAND_IN: 1.0, Label.REACH: 0.3},
    Label.HAND_IN: {Label.RETRACT: 1.0, Label.REACH: 0.3},
    Label.RETRACT: {Label.REACH: 1.0, Label.PRODUCT: 1.3, Label.SHELF: 1.0},
    Label.PRODUCT: {Label.REACH: 1.0, Label.PRODUCT: 0.6, Label.SHELF: 1.0},
    Label.SHELF: {Label.REACH: 1.0, Label.PRODUCT: 0.3, Label.SHELF: 0.7},
}
"""Which action can follow which with background between them, and how likely that is thought to be beforehand.

What cannot happen is left out, though it was labelled now and then: a hand that reached is in the shelf until it
comes back.
"""

TAKES = 0.8
"""How often an empty hand comes back with a product."""

HOLDS = 0.49
"""How often a hand that comes back holds a product, as the chain works out with `TAKES` and `STOWS`."""

STOWS = 0.75
"""How often a product in the hand is put away where there is time for it."""

SPLIT, MOMENT = 0.78, 30
"""A pause with the hand in the shelf is among this share of the shortest; putting away takes this many frames."""


@dataclass(frozen=True, slots=True)
class Habit:
    """One run of a label over the frames [start, end). `holds`: a product is in the hand at its end.

    `stows`: the product that was in the hand is put away meanwhile.
    """

    label: Label
    start: int
    end: int
    holds: bool
    stows: bool = False


def habits(rng: np.random.Generator, frames: int) -> Iterator[Habit]:
    """Runs from frame 0 on, each beginning where the one before it ended; the last may pass `frames`.

    The first is a shopper's way in: some seconds of background. Two runs of background never meet.
    """
    start = round(rng.uniform(2 * RATE, 4 * RATE))
    yield Habit(Label.NOTHING, 0, start, holds=False)
    last, holds = Label.SHELF, False
    while start < frames:
        length = _duration(last, rng.uniform())
        yield Habit(last, start, start + length, holds)
        start += length
        label, pauses = _next(rng, last, holds=holds)
        if pauses:
            in_shelf = last in (Label.REACH, Label.HAND_IN)
            length = _pause(rng, in_shelf=in_shelf)
            may_stow = holds and not in_shelf and length >= MOMENT and label is not Label.PRODUCT
            stows = may_stow and rng.uniform() < STOWS
            holds = holds and not stows
            yield Habit(Label.NOTHING, start, start + length, holds, stows)
            start += length
        if label is Label.RETRACT:
            holds = not holds and rng.uniform() < TAKES
        last = label


def _next(rng: np.random.Generator, last: Label, *, holds: bool) -> tuple[Label, bool]:
    """The next action, and whether background lies before it."""
    weights = _chain()[list(Label).index(last)].copy()
    if last is Label.RETRACT:
        share = weights[3].sum() / weights.sum()
        given = min(share / HOLDS, 0.95) if holds else 0.0
        weights[3] *= given / share
        weights[[0, 1, 2, 4]] *= (1 - given) / (1 - share)
    elif not holds:
        weights[3] = 0
    number = rng.choice(weights.size, p=weights.ravel() / weights.sum())
    return ACTIONS[number // 2], bool(number % 2)


@cache
def _chain() -> Floats:
    """Weights (last, next, 2) of one action after another, at once or after background.

    Only the sums are known of what came after background: how often it followed each action and preceded each. They are
    spread over what is possible by iterative proportional fitting, the least that can be assumed.
    """
    paused = np.array([[POSSIBLE[last].get(label, 0.0) for label in ACTIONS] for last in ACTIONS])
    into = np.array([FOLLOWS[last][5] for last in ACTIONS])
    out = np.array(FOLLOWS[Label.NOTHING][:5])
    for _ in range(100):
        paused *= (into / paused.sum(axis=1))[:, None]
        paused *= out / paused.sum(axis=0)
    at_once = np.array([FOLLOWS[last][:5] for last in ACTIONS]) * (paused > 0)
    return np.stack([at_once, paused], axis=-1)


def _pause(rng: np.random.Generator, *, in_shelf: bool) -> int:
    """Frames of background: all pauses together last as counted, those with the hand in the shelf not long."""
    into = np.array([FOLLOWS[last][5] for last in ACTIONS])
    inside = (into[0] + into[2]) / into.sum()
    long = (1 - SPLIT) / (1 - inside)
    if in_shelf or rng.uniform() >= long:
        return _duration(Label.NOTHING, rng.uniform(0, SPLIT))
    return _duration(Label.NOTHING, rng.uniform(SPLIT, 1))


def _duration(label: Label, share: float) -> int:
    """Frames at a quantile, along straight lines in the logarithm, which keep the counted means as well."""
    return max(round(float(np.exp(np.interp(share, QUANTILES, np.log(DURATIONS[label]))))), 1)
