"""What to watch next: like what was watched and liked, unlike what was not, and not all of it alike.

Shapes: N videos of the collection, D numbers each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aisle.core import UsageError
from aisle.core.collection import EVERYTHING, Filters, Part
from aisle.search.diverse import diverse, grouped
from aisle.search.index import Index
from aisle.search.records import Ints
from aisle.search.rows import Floats

FADES = 0.9
"""What an earlier video counts beside the one that was watched after it."""

AGAINST = 0.5
"""What likeness to a video that was not liked takes away."""

VARIETY = 0.3
"""What likeness to earlier recommendations counts unless said: more than in a search, as nobody asks for one thing."""


@dataclass(frozen=True, slots=True)
class Watched:
    """`liked` is 1 where nobody said, and 0 or less for what was not liked, -1 to 1."""

    video: str
    liked: float = 1.0

    def __post_init__(self) -> None:
        if not -1 <= self.liked <= 1:
            raise UsageError("how much a video was liked", got=f"{self.video}: {self.liked}", allowed="-1 to 1")


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`because` is the watched video that it is most like; empty where it is recommended for being popular."""

    part: Part
    score: float
    because: str = ""


def recommend(
    index: Index,
    watched: Sequence[Watched],
    count: int = 10,
    filters: Filters = EVERYTHING,
    *,
    popular: Mapping[str, int] | None = None,
    diversity: float = VARIETY,
) -> tuple[Recommendation, ...]:
    """`count` whole videos, fewer where there are fewer, for who has `watched` some, the latest last; what they have
    watched, and its copies, is left out.

    Who has watched nothing of the collection gets what is `popular`, by how often it was watched by anybody, and
    varied. Raises UsageError for a count below 1, and another diversity than 0 to 1.
    """
    if count < 1:
        raise UsageError("some recommendations are asked for", got=count, allowed="1 or more")
    parts, units = index.wholes()
    places = {part.video: at for at, part in enumerate(parts)}
    seen = [(one, places[one.video]) for one in watched if one.video in places]
    because: Ints | None = None
    scores: Floats = _popular(parts, popular or {})
    if any(one.liked > 0 for one, _ in seen):
        scores, because = _like(units, seen)
    known = {at for _, at in seen}
    # what is known comes first, so that its copies are known as well
    order = [*sorted(known), *(at for at in np.argsort(-scores, kind="stable").tolist() if at not in known)]
    groups = grouped(units[order], [parts[at] for at in order])
    free = [order[group.first] for group in groups if order[group.first] not in known]
    free = [at for at in free if filters.admits(parts[at])]
    chosen = diverse(units[free], scores[free], count, diversity)
    return tuple(
        Recommendation(
            parts[free[at]], float(scores[free[at]]), "" if because is None else parts[int(because[free[at]])].video
        )
        for at in chosen
    )


def _like(units: Floats, seen: Sequence[tuple[Watched, int]]) -> tuple[Floats, Ints]:
    """(N,) scores, and to which watched video each is due. The likest counts and not the mean: who likes two kinds of
    films is not after what lies between them.
    """
    ages = range(len(seen) - 1, -1, -1)
    weights = np.array([one.liked * FADES**age for (one, _), age in zip(seen, ages, strict=True)], np.float32)
    likeness = units @ units[[at for _, at in seen]].T
    for_it = np.where(weights > 0, likeness * np.maximum(weights, 0), -np.inf)
    against = np.where(weights < 0, likeness * -weights, 0).max(1)
    scores: Floats = (for_it.max(1) - AGAINST * np.maximum(against, 0)).astype(np.float32)
    due: Ints = np.array([at for _, at in seen], np.int64)[for_it.argmax(1)]
    return scores, due


def _popular(parts: Sequence[Part], popular: Mapping[str, int]) -> Floats:
    """(N,): how often each was watched, as a share of the most, its root: the tenth view says less than the second."""
    views = np.sqrt(np.array([popular.get(part.video, 0) for part in parts], np.float32))
    scores: Floats = (views / max(float(views.max(initial=0)), 1.0)).astype(np.float32)
    return scores
