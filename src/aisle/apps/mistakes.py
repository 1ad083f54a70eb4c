"""The worst mistakes of a model, with pictures of what it saw."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aisle.apps.judging import ClipOutcome, Judged, TimelineOutcome
from aisle.core import BACKGROUND, InputError, Scores, Timeline, clock
from aisle.core.page import length
from aisle.data.views import clip_end
from aisle.evaluate.report import Mistake
from aisle.media import fit, probe
from aisle.media.still import jpeg, still

WORST = 12
MOMENTS = (Fraction(1, 6), Fraction(1, 2), Fraction(5, 6))
"""Where in a mistake its pictures are taken."""

_SHORT_SIDE = 120
_QUALITY = 78


class Wrong(NamedTuple):
    """On [start, end) seconds of `video` the truth was taken for `predicted`, with this mean probability."""

    name: str
    video: Path
    start: Fraction
    end: Fraction
    truth: str
    predicted: str
    probability: float


def worst(judged: Judged) -> tuple[tuple[Mistake, ...], tuple[str, ...]]:
    """Clips in the order of how sure the model was, timelines of how long it was wrong; notes on those without
    pictures.
    """
    outcome = judged.outcome
    wrong = _clips(judged, outcome) if isinstance(outcome, ClipOutcome) else _stretches(judged, outcome)
    shown, notes = [], []
    for one in wrong:
        try:
            picture = strip(one.video, [one.start + moment * (one.end - one.start) for moment in MOMENTS])
        except InputError as error:
            notes.append(f"no picture of a mistake in {one.name}: {error}")
        else:
            shown.append(Mistake(_caption(one), one.truth, one.predicted, one.probability, picture))
    return tuple(shown), tuple(notes)


def strip(video: Path, times: Sequence[Fraction]) -> bytes:
    """A JPEG of the pictures at `times` seconds, side by side. Raises InputError where there is none."""
    info = probe(video)
    size = fit(info.width, info.height, short_side=_SHORT_SIDE, multiple=2)
    return jpeg(np.hstack([still(video, time, size) for time in times]), _QUALITY)


def _clips(judged: Judged, outcome: ClipOutcome) -> Iterator[Wrong]:
    examples, labels = judged.dataset.examples, judged.labels
    sure = np.take_along_axis(outcome.probabilities, outcome.answers[:, None], 1)[:, 0]
    wrong = [row for row, answer in enumerate(outcome.answers) if labels[answer] != examples[row].label]
    for row in sorted(wrong, key=lambda row: -sure[row])[:WORST]:
        one, said = examples[row], labels[outcome.answers[row]]
        yield Wrong(one.name, one.path, one.start, clip_end(one), one.label, said, float(sure[row]))


def _stretches(judged: Judged, outcome: TimelineOutcome) -> list[Wrong]:
    paths = {one.name: one.path for one in judged.dataset.examples}
    found = [
        Wrong(name, paths[name], start, end, true, said, _sure(outcome.scores[name], said, start, end))
        for name in paths
        for start, end, true, said in differences(outcome.truth[name], outcome.predicted[name])
    ]
    return sorted(found, key=lambda one: one.start - one.end)[:WORST]


def differences(truth: Timeline, predicted: Timeline) -> Iterator[tuple[Fraction, Fraction, str, str]]:
    """Stretches [start, end) on which the one label differs from the other: start, end, true, predicted."""
    ends = [time for one in (truth, predicted) for act in one.segments for time in (act.start, act.end)]
    for start, end in pairwise(sorted({Fraction(0), *ends, max(truth.duration, predicted.duration)})):
        true, said = (act.label if (act := one.at(start)) else BACKGROUND for one in (truth, predicted))
        if true != said:
            yield start, end, true, said


def _sure(scores: Scores, label: str, start: Fraction, end: Fraction) -> float:
    """The mean probability of `label` there; of background that is no class, the share that the likeliest lacks."""
    first = scores.grid.index(start)
    rows = scores.values[first : max(math.ceil((end - scores.grid.start) / scores.grid.step), first + 1)]
    if label not in scores.labels:
        return float(1 - rows.max(1).mean())
    return float(rows[:, scores.labels.index(label)].mean())


def _caption(one: Wrong) -> str:
    return f"{one.name}, {clock(one.start)[:-4]} for {length(one.end - one.start)}"
