"""Learning what is normal: scorers of each cue, what their scores mean on normal video they have not seen, and from
where on to warn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aisle.analysis.cue import joined
from aisle.analysis.noticing import Smoothing, fused
from aisle.analysis.scorer import Scorer
from aisle.analysis.tail import Tail
from aisle.core import InputError, Progress, silent
from aisle.core.sightings import Sightings
from aisle.train.alarm_rate import Knee, knee_for
from aisle.train.looked import Looked

Floats = npt.NDArray[np.float32]
Fit = Callable[[Sightings], Scorer]
"""Learns from normal rows."""

FOLDS = 5
"""Parts that the groups are cut into; each is scored by what learnt from the others."""


HARDLY = 0.1
"""The share of steps that may look as those that were learnt do, and the cameras be others all the same."""

OTHER_CAMERAS = "the groups are before cameras of their own: how the place itself looks is not learnt"


@dataclass(frozen=True, slots=True)
class Plan:
    """How one part learns from what the cue at place `cue` saw; see aisle.analysis.noticing.Part. `before` is what its
    scores meant to the model that is extended. With `one_place` it is left out where the groups are before other
    cameras, as the first such plan tells; where such a plan is not, `placed` takes the place of `beyond`.
    """

    cue: int
    fit: Fit
    half: int = 0
    beyond: float = 0.0
    before: Tail | None = None
    one_place: bool = False
    placed: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """One scorer and one tail a part, of the plans at the places `kept`, which count `beyond`. `held_out` are the
    surprises (N, P) of each video by scorers that had not learnt from its group; `notes` say what a reader must know.
    """

    parts: tuple[tuple[Scorer, Tail], ...]
    kept: tuple[int, ...]
    beyond: tuple[float, ...]
    knee: Knee
    held_out: tuple[Floats, ...]
    notes: tuple[str, ...]


def learn(videos: Sequence[Looked], plans: Sequence[Plan], *, a_day: float, progress: Progress = silent) -> Learnt:
    """`progress` counts fits.

    Raises InputError for videos too short to learn from and calibrate on, UsageError for no wished alarm.
    """
    cut, notes = _groups(videos)
    parts, surprises, elsewhere = [], [], False
    kept: list[int] = []
    for number, plan in enumerate(plans):
        progress(number, len(plans))
        if plan.one_place and elsewhere:
            continue
        scores = _held_out(cut, plan)
        scorer = plan.fit(joined([video.seen[plan.cue] for _, video in cut]))
        if plan.one_place and not any(plans[one].one_place for one in kept):
            elsewhere = _elsewhere(scores, [_scored(video, plan, scorer) for _, video in cut])
            if elsewhere:
                notes = (*notes, OTHER_CAMERAS)
                continue
        tail = Tail.fit(np.concatenate(scores))
        tail = tail if plan.before is None else tail.joined(plan.before)
        parts.append((scorer, tail))
        kept.append(number)
        surprises.append([tail.surprise(one) for one in scores])
    progress(len(plans), len(plans))
    held_out = tuple(np.stack(own, axis=1) for own in zip(*surprises, strict=True))
    placed = any(plans[number].one_place for number in kept)
    beyond = tuple(_beyond(plans[number], placed=placed) for number in kept)
    knee = knee_for([fused(one, beyond) for one in held_out], videos[0].step, a_day)
    return Learnt(tuple(parts), tuple(kept), beyond, knee, held_out, notes)


def _beyond(plan: Plan, *, placed: bool) -> float:
    return plan.placed if placed and plan.placed is not None else plan.beyond


Cut = Sequence[tuple[int, Looked]]
"""Each video with the number of its fold."""


def _held_out(cut: Cut, plan: Plan) -> list[Floats]:
    """The smoothed scores (N,) of each video by what learnt from the other folds."""
    scores: list[Floats] = [np.empty(0, np.float32)] * len(cut)
    for fold in sorted({number for number, _ in cut}):
        scorer = plan.fit(joined([video.seen[plan.cue] for number, video in cut if number != fold]))
        for place, (number, video) in enumerate(cut):
            if number == fold:
                scores[place] = _scored(video, plan, scorer)
    return scores


def _scored(video: Looked, plan: Plan, scorer: Scorer) -> Floats:
    seen = video.seen[plan.cue]
    return Smoothing(plan.half).push(seen.most(scorer.score(seen)), last=True)


def _elsewhere(held_out: Sequence[Floats], learnt: Sequence[Floats]) -> bool:
    """Whether hardly a step of the groups that were left out looks as most steps do of those that were learnt from."""
    return float(np.quantile(np.concatenate(held_out), HARDLY)) > float(np.median(np.concatenate(learnt)))


def _groups(videos: Sequence[Looked]) -> tuple[Cut, tuple[str, ...]]:
    """Whole groups in one fold; one group alone is cut in time."""
    groups = list(dict.fromkeys(video.group for video in videos))
    if len(groups) == 1:
        halves = [part for video in videos for part in _halves(video)]
        note = "one video or group only: each half in time was calibrated by what learnt from the other"
        return halves, (f"{note}; on another day more may look unusual",)
    count = min(FOLDS, len(groups))
    fold = {group: number % count for number, group in enumerate(groups)}
    notes = ("two videos or groups only: each was calibrated by what learnt from the other alone",)
    return [(fold[video.group], video) for video in videos], notes if len(groups) == 2 else ()


def _halves(video: Looked) -> Iterator[tuple[int, Looked]]:
    count = video.seen[0].count
    if count < 2:
        raise InputError("the video is too short to learn from", got=f"{count} steps", allowed="2 or more")
    for number, (first, end) in enumerate([(0, count // 2), (count // 2, count)]):
        yield number, Looked(video.name, video.group, video.step, tuple(_part(one, first, end) for one in video.seen))


def _part(seen: Sightings, first: int, end: int) -> Sightings:
    inside = (seen.steps >= first) & (seen.steps < end)
    return Sightings(seen.values[inside], seen.steps[inside] - first, seen.places[inside], end - first)
