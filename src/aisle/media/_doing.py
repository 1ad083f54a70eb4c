"""What each person is doing at a moment, in a few words, and how often something was picked up at a shelf."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from aisle.core.detections import Observation
from aisle.core.interaction import Interaction, InteractionKind

LASTING = Fraction(3, 2)
"""Seconds for which what somebody did is still told, for who reads while watching."""

_HELD = 0.5  # the probability from which a hand is said to hold something
_NOW = {
    InteractionKind.PICKED_UP: "picking up",
    InteractionKind.PUT_BACK: "putting back",
    InteractionKind.STOWED: "stowing",
    InteractionKind.CONCEALED: "concealing",
    InteractionKind.TOOK_AWAY: "leaving with",
}


@dataclass(frozen=True, slots=True)
class Doing:
    """`text` is "" where there is nothing to tell; `warns` of something to be looked at."""

    text: str = ""
    warns: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    """An interaction, and what its person has in hand from its end on."""

    did: Interaction
    held: tuple[str, ...]

    @classmethod
    def after(cls, did: Interaction, held: tuple[str, ...]) -> Self:
        if did.kind is InteractionKind.PICKED_UP:
            return cls(did, (*held, did.product))
        gone = held.index(did.product) if did.product in held else len(held) - 1
        return cls(did, tuple(name for number, name in enumerate(held) if number != gone))


class Doings:
    """Looks up what `interactions`, in any order, come to at a moment."""

    def __init__(self, interactions: Iterable[Interaction]) -> None:
        self._steps: dict[int, list[_Step]] = defaultdict(list)
        self._pickups: dict[str, list[Fraction]] = defaultdict(list)
        for did in sorted(interactions, key=lambda each: (each.start, each.end)):
            steps = self._steps[did.track]
            steps.append(_Step.after(did, steps[-1].held if steps else ()))
            if did.kind is InteractionKind.PICKED_UP:
                self._pickups[did.zone].append(did.start)

    def picked_up(self, zone: str, time: Fraction) -> int:
        """How often something was picked up there until then."""
        return bisect_right(self._pickups.get(zone, []), time)

    def of(self, track: int, seen: Observation, *, reaches: bool) -> Doing:
        """What the person does when `seen`: as told by interactions, else by the hands, one of which may `reach` into a
        shelf.
        """
        steps = self._steps.get(track, [])
        last = bisect_right(steps, seen.time, key=lambda step: step.did.start) - 1
        if last >= 0 and seen.time < steps[last].did.end + LASTING:
            did = steps[last].did
            verb = _NOW[did.kind] if seen.time < did.end else did.kind.value
            return Doing(_with(verb, did.product), warns=did.kind is InteractionKind.CONCEALED)
        if reaches:
            return Doing("reaching")
        held = steps[last].held if last >= 0 else ()
        if held:
            return Doing(_with("holding", _counted(held)))
        in_hand = any(hand.track == track and hand.holds >= _HELD for hand in seen.hands)
        return Doing("holding something" if in_hand else "")


def _with(verb: str, product: str) -> str:
    return f"{verb} {product}" if product else f"{verb} something" if verb == "holding" else verb


def _counted(held: tuple[str, ...]) -> str:
    """Products by name where they have one, as often as there are."""
    counts = Counter(held)
    names = [f"{count} {name}" if count > 1 else name for name, count in counts.items() if name]
    nameless = counts[""]
    if nameless and names:
        names.append(f"{nameless} more")
    elif nameless > 1:
        names.append(f"{nameless} things")
    return ", ".join(names)
