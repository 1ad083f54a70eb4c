"""What was seen in a video, in a few numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from aisle.core.detections import NOBODY
from aisle.core.observed import Observed


@dataclass(frozen=True, slots=True)
class Tally:
    """Of all things with one label: how many were followed, and how many were seen at one look at most.

    `first` and `last` are the times of the first and the last look that saw one; `looks` is how many did.
    """

    label: str
    followed: int
    most: int
    looks: int
    first: Fraction
    last: Fraction


def tallies(observed: Observed) -> tuple[Tally, ...]:
    """One for each label that was seen, that of the most looks first."""
    tracks: dict[str, set[int]] = {}
    seen: dict[str, list[tuple[Fraction, int]]] = {}
    for look in observed.observations:
        for label, count in Counter(look.found.labels).items():
            seen.setdefault(label, []).append((look.time, count))
        for label, track in zip(look.found.labels, look.found.tracks.tolist(), strict=True):
            tracks.setdefault(label, set()).add(track)
    return tuple(
        Tally(
            label,
            followed=len(tracks[label] - {NOBODY}),
            most=max(count for _, count in looks),
            looks=len(looks),
            first=looks[0][0],
            last=looks[-1][0],
        )
        for label, looks in sorted(seen.items(), key=lambda each: (-len(each[1]), each[0]))
    )
