"""How well interactions are told: matched with the truth by kind and time, and the items that people have at the end.

Of each video, person and kind the nearest pairs of moments are matched first, as long as they lie within a tolerance;
the moment of an interaction is the middle of its stretch. Precision, recall and F1 are of all matches together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aisle.core.errors import UsageError
from aisle.core.interaction import Interaction, InteractionKind

TOLERANCE = Fraction(1, 2)
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Handled:
    """One person's interactions in one video, as they were and as they were told, whatever the track is called; and how
    many items the person had when last seen.
    """

    truth: tuple[Interaction, ...]
    found: tuple[Interaction, ...]
    items: int
    found_items: int


@dataclass(frozen=True, slots=True)
class Matches:
    """`matched` of the `true` interactions and of the `found` ones are the same."""

    matched: int
    true: int
    found: int

    @property
    def precision(self) -> float:
        """1 where nothing was found."""
        return self.matched / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """1 where there was nothing to be found."""
        return self.matched / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """1 where nothing was found and there was nothing."""
        both = self.true + self.found
        return 2 * self.matched / both if both else 1.0


@dataclass(frozen=True, slots=True)
class InteractionFigures:
    """`kinds` holds what was matched of each kind that occurs, in the order of InteractionKind, `pooled` of all;
    `exact` is the share of people whose items were counted exactly.
    """

    pooled: Matches
    kinds: dict[InteractionKind, Matches]
    exact: float
    people: int


def evaluate_interactions(people: Sequence[Handled], tolerance: Fraction = TOLERANCE) -> InteractionFigures:
    """Over all people of all videos. Raises UsageError for nobody, and for a tolerance below 0."""
    if not people:
        raise UsageError("there is nobody whose interactions could be compared", got="no people")
    if tolerance < 0:
        raise UsageError("a tolerance is not negative", got=f"{tolerance} s")
    kinds = {}
    for kind in InteractionKind:
        parts = [_matches(_moments(one.truth, kind), _moments(one.found, kind), tolerance) for one in people]
        if any(part.true or part.found for part in parts):
            kinds[kind] = _sum(parts)
    exact = sum(one.items == one.found_items for one in people) / len(people)
    return InteractionFigures(_sum(kinds.values()), kinds, exact, len(people))


def _moments(interactions: Iterable[Interaction], kind: InteractionKind) -> list[Fraction]:
    return [(each.start + each.end) / 2 for each in interactions if each.kind is kind]


def _matches(truth: Sequence[Fraction], found: Sequence[Fraction], tolerance: Fraction) -> Matches:
    pairs = sorted((abs(one - other), at, to) for at, one in enumerate(truth) for to, other in enumerate(found))
    taken: set[int] = set()
    given: set[int] = set()
    for apart, at, to in pairs:
        if apart <= tolerance and at not in taken and to not in given:
            taken.add(at)
            given.add(to)
    return Matches(len(taken), len(truth), len(found))


def _sum(parts: Iterable[Matches]) -> Matches:
    several = list(parts)
    return Matches(
        sum(part.matched for part in several), sum(part.true for part in several), sum(part.found for part in several)
    )
