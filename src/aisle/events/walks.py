"""Where each person stood, look by look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.core.detections import NOBODY, PERSON, Observation
from aisle.core.observed import Observed
from aisle.core.polygon import Corner
from aisle.core.site import Places
from aisle.events._evidence import SURE

Numbers = npt.NDArray[np.float64]

UPRIGHT = 1.5
"""Height over width of people's boxes from which a camera sees them from the side, not from above."""


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """The person `track` at N looks. `times` are seconds, rising, and each look stands for `spans` seconds, to the next
    one at most. `places` (N, 2) are where the person stood, in shares of the picture; `breadths` (N,) how broad the
    body is, in shares of the picture's height; `hands` where hands that are sure were, in shares. `aspect` is the
    picture's width over its height.
    """

    track: int
    times: tuple[Fraction, ...]
    spans: tuple[Fraction, ...]
    places: Places
    breadths: Numbers
    hands: tuple[tuple[Corner, ...], ...]
    aspect: float = 1.0

    @property
    def seen(self) -> Fraction:
        """Seconds."""
        return sum(self.spans, Fraction(0))


def from_above(observed: Observed) -> bool:
    """Whether the camera looks down on people, by the shape of most boxes; no people are seen from the side."""
    sides = [_sides(look)[_people(look)] for look in observed.observations]
    across = np.concatenate([np.empty((0, 2)), *sides])
    across = across[(across > 0).all(axis=1)]
    return bool(len(across)) and float(np.median(across[:, 1] / across[:, 0])) < UPRIGHT


def walks(observed: Observed) -> tuple[Walk, ...]:
    """One for each person who was followed, by number.

    Seen from the side people stand where their feet are, the middle of the box's lower edge; seen from above, in the
    middle of the box.
    """
    above = from_above(observed)
    looks: dict[int, list[_Look]] = {}
    for look, span in zip(observed.observations, _spans(observed), strict=True):
        size = np.array([look.width, look.height], np.float64)
        corners = look.found.boxes.corners.astype(np.float64)
        middles = (corners[:, :2] + corners[:, 2:]) / 2
        stand = middles if above else np.column_stack([middles[:, 0], corners[:, 3]])
        breadths = _sides(look).min(axis=1) / look.height if len(corners) else np.empty(0)
        for at in np.flatnonzero(_people(look)).tolist():
            track = int(look.found.tracks[at])
            one = _Look(look.time, span, np.clip(stand[at] / size, 0, 1), float(breadths[at]), _hands(look, track))
            looks.setdefault(track, []).append(one)
    aspect = observed.info.width / observed.info.height
    return tuple(_walk(track, found, aspect) for track, found in sorted(looks.items()))


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    time: Fraction
    span: Fraction
    place: Places
    breadth: float
    hands: tuple[Corner, ...]


def _walk(track: int, looks: Sequence[_Look], aspect: float) -> Walk:
    return Walk(
        track,
        tuple(one.time for one in looks),
        tuple(one.span for one in looks),
        np.array([one.place for one in looks]),
        np.array([one.breadth for one in looks]),
        tuple(one.hands for one in looks),
        aspect,
    )


def _people(look: Observation) -> npt.NDArray[np.bool_]:
    named = np.array([label == PERSON for label in look.found.labels], bool)
    found: npt.NDArray[np.bool_] = named & (look.found.tracks != NOBODY)
    return found


def _hands(look: Observation, track: int) -> tuple[Corner, ...]:
    """In shares; a network that looks for both tells a place of a hand that is hidden, too."""
    sure = (hand for hand in look.hands if hand.track == track and hand.score >= SURE)
    return tuple((hand.x / look.width, hand.y / look.height) for hand in sure)


def _sides(look: Observation) -> Numbers:
    """(N, 2) width and height of each box in pixels."""
    corners = look.found.boxes.corners.astype(np.float64)
    return corners[:, 2:] - corners[:, :2]


def _spans(observed: Observed) -> list[Fraction]:
    """Seconds that each look stands for: to the next one, and at most one step of the rate."""
    times = [look.time for look in observed.observations]
    after = [*times[1:], max(observed.end, times[-1])] if times else []
    return [min(next_ - time, 1 / observed.rate) for time, next_ in zip(times, after, strict=True)]
