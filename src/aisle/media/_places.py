"""Where labels go: beside what they name, inside the picture, and not over each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

Spot = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels, half-open."""


class Places:
    """Labels of one picture after another. A label stays on the side where it was as long as there is room, so that it
    does not jump.
    """

    def __init__(self, room: Spot, *, taken: Iterable[Spot] = ()) -> None:
        """Labels keep inside of `room` and off what is `taken` in every picture."""
        self._room, self._always = room, tuple(taken)
        self._taken: list[Spot] = []
        self._sides: dict[Hashable, int] = {}
        self._before: dict[Hashable, int] = {}

    def begin(self) -> None:
        """The next picture, in which no label stands yet."""
        self._taken = list(self._always)
        self._before, self._sides = self._sides, {}

    def beside(self, box: Sequence[float], width: int, height: int, name: Hashable, *, must: bool) -> Spot | None:
        """The spot of a label of this size, which names what is in `box`, and which is taken from now on.

        None where there is no free one, or where the room is too small; one that `must` be shown goes where it covers
        the least.
        """
        return self._put(_around(box, width, height), name, must=must)

    def inside(self, box: Sequence[float], width: int, height: int, name: Hashable) -> Spot | None:
        """As `beside`, for a label that must be shown and stands inside of `box`."""
        return self._put(_within(box, width, height), name, must=True)

    def _put(self, spots: list[Spot], name: Hashable, *, must: bool) -> Spot | None:
        left, top, right, bottom = spots[0]
        if right - left > self._room[2] - self._room[0] or bottom - top > self._room[3] - self._room[1]:
            return None
        before = self._before.get(name, 0)
        best, least = 0, None
        for side in (before, *(side for side in range(len(spots)) if side != before)):
            spot = self._held(spots[side])
            cost = sum(_shared(spot, other) for other in self._taken)
            if least is None or cost < least:
                best, least = side, cost
            if not cost:
                break
        if least and not must:
            return None
        self._sides[name] = best
        self._taken.append(self._held(spots[best]))
        return self._taken[-1]

    def _held(self, spot: Spot) -> Spot:
        """As near as can be inside of the room."""
        left, top, right, bottom = spot
        x = min(max(left, self._room[0]), self._room[2] - (right - left))
        y = min(max(top, self._room[1]), self._room[3] - (bottom - top))
        return x, y, x + right - left, y + bottom - top


def _around(box: Sequence[float], width: int, height: int) -> list[Spot]:
    """Above, inside at the top, below, and at the sides; from the left and from the right."""
    left, top, right, bottom = (round(float(side)) for side in box)
    gap = max(height // 12, 1)
    corners = (
        (left, top - height - gap),
        (right - width, top - height - gap),
        (left + 2 * gap, top + 2 * gap),
        (left, bottom + gap),
        (right - width, bottom + gap),
        (right + gap, top),
        (left - width - gap, top),
        (left + 2 * gap, bottom - height - 2 * gap),
    )
    return [(x, y, x + width, y + height) for x, y in corners]


def _within(box: Sequence[float], width: int, height: int) -> list[Spot]:
    """In the middle and the corners, at the top and at the bottom."""
    left, top, right, bottom = (round(float(side)) for side in box)
    gap = max(height // 4, 2)
    columns = ((left + right - width) // 2, left + gap, right - width - gap)
    return [(x, y, x + width, y + height) for y in (top + gap, bottom - height - gap) for x in columns]


def _shared(one: Spot, other: Spot) -> int:
    """Pixels that both cover."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0) * max(high, 0)
