"""What goes wrong in a rendered shop: the one list of rare events, who takes part, and when each lasts.

They are staged round a shopper and those who pass, so that nobody walks through anybody, and follow from the day's
seed. `_body` and `_obscured` draw them; a product is hidden by the shopper's own plan, see `_plan`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from aisle.data._habits import RATE, Label
from aisle.data._motion import stand
from aisle.data._person import Person, person
from aisle.data._plan import ORIGIN, Act, Drop, Gaze, Place, Shopper, Spot
from aisle.data._random import derive
from aisle.data._rig import stretch
from aisle.data._shop import Shop


class Kind(StrEnum):
    RUNNING = "running"
    FALLING = "falling"
    FIGHTING = "fighting"
    CONCEALING = "concealing"
    LEFT = "object left"
    BLOCKED = "camera blocked"


MANNERS = ("cloth", "spray", "blur")
"""What happens to a blocked camera: something is hung over it, paint hits it, or it is turned out of focus."""

APART = 0.45
"""Metres between the middles of two people at least."""

TRIES = 100
"""So many times a place and a time are sought; a shop that is too full has none."""

FIRST, LAST, BETWEEN = Fraction(5), Fraction(2), Fraction(3)
"""Seconds before the first event, after the last and between two."""

LIES = Fraction(5)
"""Seconds that a bag lies there at least."""

FASTER = (3.0, 4.0)
"""Times the pace of walking at which people run."""

BEHIND = 3.6
"""How far from the camera runners start, so that they come into the picture at full speed."""

HEIGHT = 1.7
"""Metres of floor that a body takes."""


@dataclass(frozen=True, slots=True)
class Cover:
    """A lens that is covered in one of MANNERS from the start to the end of its event; `seed` is how it looks."""

    manner: str
    seed: int


@dataclass(frozen=True, slots=True)
class Incident:
    """Lasts [start, end) seconds. `actors` are the numbers of those whose boxes are its place; ~n is the bag that
    person n left behind. A blocked camera has none and a `cover`.
    """

    kind: Kind
    start: Fraction
    end: Fraction
    actors: tuple[int, ...] = ()
    cover: Cover | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that might happen, and the people that it brings."""

    incident: Incident
    people: tuple[Shopper, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stage:
    """A moment from which on an event may be played; `count` people are there already."""

    rng: np.random.Generator
    shop: Shop
    start: Fraction
    seconds: Fraction
    count: int

    def person(self, number: int) -> Person:
        return person(derive(int(self.rng.integers(2**31)), number))

    def along(self, beyond: float = 0.0) -> float:
        """A place along the aisle where the camera sees someone whole, or `beyond` metres off."""
        near, far = stretch(self.shop)
        return float(self.rng.uniform(near - beyond, far + beyond))

    @property
    def closed(self) -> bool:
        """Whether a shelf stands at the far end of the aisle."""
        return len(self.shop.shelves) > 2


def hidden(main: Shopper, seconds: Fraction) -> tuple[Incident, ...]:
    """Each product that the shopper conceals, from when the hand sets off with it until the hand is back."""
    pairs = zip(main.acts, main.acts[1:], strict=False)
    return tuple(
        Incident(Kind.CONCEALING, act.start, then.end, (0,)) for act, then in pairs if act.theft and act.start < seconds
    )


def stage(
    shop: Shop, people: Sequence[Shopper], kinds: Sequence[Kind], seconds: Fraction, rng: np.random.Generator
) -> tuple[tuple[Shopper, ...], tuple[Incident, ...]]:
    """`people` and those who take part in the events of `kinds`, and the events by start.

    What the first person conceals is among the events whatever `kinds` are; one of `kinds` for which no time and place
    is free is left out.
    """
    cast, played = list(people), list(hidden(people[0], seconds))
    for kind in kinds:
        for _ in range(TRIES if kind in DRAFTS else 0):
            start = Fraction(int(rng.integers(int(FIRST * RATE), int(seconds * RATE))), RATE)
            draft = DRAFTS[kind](_Stage(rng, shop, start, seconds, len(cast)))
            if _fits(draft, cast, played, seconds):
                cast += draft.people
                played.append(draft.incident)
                break
    return tuple(cast), tuple(sorted(played, key=lambda incident: incident.start))


def _fits(draft: Draft, cast: Sequence[Shopper], played: Sequence[Incident], seconds: Fraction) -> bool:
    new = draft.incident
    least, rest = (LIES, 0) if new.kind is Kind.LEFT else (0, LAST)
    if new.start < FIRST or new.end > seconds - rest or new.end - new.start < least:
        return False
    if any(new.start < one.end + BETWEEN and one.start < new.end + BETWEEN for one in played):
        return False
    return all(_keep_apart(one, other) for one in draft.people for other in cast)


def _keep_apart(one: Shopper, other: Shopper) -> bool:
    """Whether they stay clear of each other, lying or not, and of each other's bags."""
    first, last = max(one.acts[0].start, other.acts[0].start), min(one.acts[-1].end, other.acts[-1].end)
    times = [first + Fraction(step, 8) for step in range(max(math.ceil((last - first) * 8), 0))]
    return all(np.hypot(*(a - b)) > APART for time in times for a in _floor(one, time) for b in _floor(other, time))


def _floor(who: Shopper, time: Fraction) -> Iterator[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Points (2,) of the floor that someone takes."""
    number = who.number(time)
    if number is not None:
        stance = stand(who, number, time)
        yield stance.ground[:2]
        if stance.lies:
            yield from ((stance.ground + stance.ahead * stance.lies * far)[:2] for far in (HEIGHT / 2, HEIGHT))
    if who.drop is not None and time >= who.drop.time:
        yield np.array([who.drop.spot.x, who.drop.spot.y])


class _Script:
    """Acts of someone in order, each beginning where the one before ended."""

    def __init__(self, who: Person, origin: Spot, start: Fraction) -> None:
        self.who, self.origin, self.start = who, origin, start
        self._acts: list[Act] = []
        self._place, self._lies = Place.SIDE, 0.0

    @property
    def time(self) -> Fraction:
        """When the last act ends."""
        return self._acts[-1].end if self._acts else self.start

    @property
    def spot(self) -> Spot:
        return self._acts[-1].spot if self._acts else self.origin

    def act(
        self,
        seconds: float,
        spot: Spot | None = None,
        *,
        label: Label = Label.NOTHING,
        place: Place = Place.SIDE,
        gaze: Gaze = Gaze.AHEAD,
        grasp: tuple[float, float, float] | None = None,
        lies: float = 0.0,
    ) -> None:
        end = self.time + Fraction(max(round(seconds * RATE), 1), RATE)
        arm = self.who.hand
        self._acts.append(Act(self.time, end, label, place, spot or self.spot, gaze, arm, grasp=grasp, lies=lies))

    def walk(self, spot: Spot, faster: float = 1.2) -> None:
        """To `spot` in about the time that their pace asks for; `faster` is what they take longer."""
        way = math.hypot(spot.x - self.spot.x, spot.y - self.spot.y)
        self.act(faster * way / self.who.pace, spot)

    def shopper(self, drop: Drop | None = None) -> Shopper:
        return Shopper(self.who, self.origin, tuple(self._acts), basket=False, drop=drop)


def _run(stage: _Stage) -> Draft:
    """Through the aisle, or in and out again where it is closed."""
    rng, who = stage.rng, stage.person(0)
    x = rng.choice([-1, 1]) * rng.uniform(0.1, 0.35)
    speed = who.pace * rng.uniform(*FASTER)
    if not stage.closed:
        toward = rng.choice([-1, 1])
        script = _Script(who, Spot(x, -toward * BEHIND, 0.0 if toward > 0 else math.pi), stage.start)
        script.act(1.5 * 2 * BEHIND / speed, Spot(x, toward * BEHIND, script.origin.heading))
    else:
        turn = Spot(x, stage.along(), 0.0)
        script = _Script(who, Spot(x, -BEHIND, 0.0), stage.start)
        script.act(1.5 * (turn.y + BEHIND) / speed, turn)
        script.act(0.3, Spot(x, turn.y, rng.choice([-1, 1]) * 1.5))
        script.act(1.5 * (turn.y + BEHIND) / speed, Spot(x, -BEHIND, math.pi))
    return Draft(Incident(Kind.RUNNING, stage.start, script.time, (stage.count,)), (script.shopper(),))


def _fall(stage: _Stage) -> Draft:
    """On the face or on the back; after some seconds on the floor they get up and go."""
    rng, who = stage.rng, stage.person(0)
    toward = int(rng.choice([-1, 1]))
    x, middle = rng.uniform(-0.3, 0.3), stage.along()
    if stage.closed:  # no one falls into the shelf at the end
        middle = min(middle, stage.shop.shelves[2].middle[1] - HEIGHT / 2 - 0.15)
    y = middle - toward * HEIGHT / 2
    script = _Script(who, Spot(x, ORIGIN.y, 0.0), stage.start)
    script.walk(Spot(x, y, rng.uniform(-0.15, 0.15)))
    start = script.time
    script.act(rng.uniform(0.6, 0.9), lies=toward)
    script.act(rng.uniform(4, 6), lies=toward)
    script.act(rng.uniform(1.5, 2.2))
    end = script.time
    script.walk(Spot(x, ORIGIN.y, math.pi))
    return Draft(Incident(Kind.FALLING, start, end, (stage.count,)), (script.shopper(),))


def _fight(stage: _Stage) -> Draft:
    """Two come in one behind the other, face each other, strike, and go."""
    rng = stage.rng
    x, y, turn = rng.uniform(-0.3, 0.3), stage.along(), 0.0
    scripts = [_Script(stage.person(n), Spot(x, ORIGIN.y, 0.0), stage.start + n) for n in (0, 1)]
    for script, side in zip(scripts, (1, -1), strict=True):
        script.walk(Spot(x, y + side * 0.28, 0.0))
    ready = max(script.time for script in scripts)
    spots = [Spot(x, y + side * 0.28, math.pi * (side > 0)) for side in (1, -1)]
    for script, spot in zip(scripts, spots, strict=True):
        script.act(float(ready - script.time) + 0.8, spot)
    start = scripts[0].time
    for _ in range(int(rng.integers(6, 10))):
        beat, turn = rng.uniform(0.5, 0.8), turn + rng.uniform(-0.5, 0.5)
        x, y = x + rng.uniform(-0.08, 0.08), y + rng.uniform(-0.08, 0.08)
        for script, side in zip(scripts, (1, -1), strict=True):
            spot = Spot(x + side * 0.27 * math.sin(turn), y + side * 0.27 * math.cos(turn), turn + math.pi * (side > 0))
            script.act(beat, spot, place=Place.FIST)
    end = min(script.time for script in scripts)
    scripts[0].act(1.2)
    for script in reversed(scripts):
        script.walk(Spot(x, ORIGIN.y, math.pi))
    cast = tuple(script.shopper() for script in scripts)
    return Draft(Incident(Kind.FIGHTING, start, end, (stage.count, stage.count + 1)), cast)


def _leave(stage: _Stage) -> Draft:
    """A bag is put down; its owner goes, and it lies there until the end."""
    rng, who = stage.rng, stage.person(0)
    x, y = rng.uniform(-0.3, 0.3), stage.along(0.2) - 0.4
    script = _Script(who, Spot(x, ORIGIN.y, 0.0), stage.start)
    script.walk(Spot(x, y, rng.uniform(-0.6, 0.6)))
    heading, aside = script.spot.heading, 0.18 * who.hand
    place = (
        x + 0.4 * math.sin(heading) + aside * math.cos(heading),
        y + 0.4 * math.cos(heading) - aside * math.sin(heading),
    )
    script.act(1.0, label=Label.REACH, place=Place.SHELF, gaze=Gaze.HAND, grasp=(*place, 0.42))
    drop = Drop(script.time, Spot(*place, heading))
    script.act(0.8, label=Label.RETRACT)
    script.walk(Spot(x, ORIGIN.y, math.pi))
    bag = Incident(Kind.LEFT, drop.time, stage.seconds, (~stage.count,))
    return Draft(bag, (script.shopper(drop),))


def _block(stage: _Stage) -> Draft:
    rng = stage.rng
    cover = Cover(str(rng.choice(MANNERS)), int(rng.integers(2**31)))
    end = stage.start + Fraction(round(rng.uniform(4, 8) * RATE), RATE)
    return Draft(Incident(Kind.BLOCKED, stage.start, end, cover=cover))


DRAFTS: dict[Kind, Callable[[_Stage], Draft]] = {
    Kind.RUNNING: _run,
    Kind.FALLING: _fall,
    Kind.FIGHTING: _fight,
    Kind.LEFT: _leave,
    Kind.BLOCKED: _block,
}
"""How each kind is played that people other than the shopper bring."""
