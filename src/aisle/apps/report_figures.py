"""The figures of a shop: visits to shelves by hour, the funnel, and who left with what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from fractions import Fraction

from aisle.apps.report_reading import Recording
from aisle.core.site import Site, ZoneKind
from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.periods import mean, rate, share
from aisle.events.funnel import Rung, ShelfVisit, Step, Visits, funnel, shelf_visits
from aisle.events.stays import Stay, stays
from aisle.events.unpaid import Leaving
from aisle.events.walks import Walk, from_above, walks

Person = tuple[str, int]
"""A recording's name and a number in it: nobody is known again in another recording."""

_LEFT = Fraction(1)
"""Seconds before the end of a recording at which somebody must have been gone to have left."""

_HOUR = Fraction(3600)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One recording with its people: `at_shelves` is what they did there, `at_tills` where they stood otherwise."""

    recording: Recording
    walks: tuple[Walk, ...]
    at_shelves: Visits
    at_tills: tuple[Stay, ...]
    above: bool


@dataclass(frozen=True, slots=True)
class AtShelf:
    """A visit to a shelf, of whom, and in which hour: of the clock where it is known, else of the recording."""

    person: Person
    hour: str
    visit: ShelfVisit

    @property
    def shelf(self) -> str:
        return self.visit.stay.zone


@dataclass(frozen=True, slots=True, eq=False)
class Period:
    """`hours` are hours of recording by hour of the clock, in order. `clocked` says that they are of a real clock."""

    name: str
    scenes: tuple[Scene, ...]
    visits: tuple[AtShelf, ...]
    hours: Mapping[str, float]
    clocked: bool

    @property
    def people(self) -> int:
        return sum(len(scene.walks) for scene in self.scenes)

    @property
    def watched(self) -> float:
        """Hours."""
        return float(sum(scene.recording.seconds for scene in self.scenes) / _HOUR)


@dataclass(frozen=True, slots=True)
class Summary:
    """Of some visits. `counts` are how many went as far as each step, or further; `dwell` is the mean in seconds."""

    visits: int
    people: int
    dwell: Interval
    counts: tuple[int, ...]
    taken: int
    returned: int
    rungs: tuple[Rung, ...]

    def share(self, step: Step, of: Step = Step.VISITED) -> Interval:
        return share(self.counts[step], self.counts[of], min(self.people, self.counts[of]))

    def per_hour(self, hours: float) -> Interval:
        return rate(self.visits, self.people, hours)


def scene(recording: Recording, site: Site | None) -> Scene:
    """Without a site nobody is at a shelf."""
    people, above = walks(recording.observed), from_above(recording.observed)
    done = recording.interactions or ()
    shelves = site.of_kind(ZoneKind.SHELF) if site else ()
    tills = site.of_kind(ZoneKind.TILL) if site else ()
    standing = [stay for walk in people for stay in stays(walk, shelves, done)]
    paying = [stay for walk in people for stay in stays(walk, tills)]
    found = shelf_visits(standing, done, recording.actions or ())
    return Scene(recording, people, found, tuple(paying), above)


def period(name: str, scenes: Iterable[Scene], zone: tzinfo) -> Period:
    """Hours are of the clock in `zone` where every recording's start is known, else of each recording."""
    told = tuple(scenes)
    clocked = all(one.recording.began for one in told)
    hours = [_hours(one.recording, zone if clocked else None) for one in told]
    visits = tuple(
        AtShelf((one.recording.name, visit.stay.track), _hour(spans, visit.stay.start), visit)
        for one, spans in zip(told, hours, strict=True)
        for visit in one.at_shelves.visits
    )
    lasting: dict[str, Fraction] = {}
    for start, end, hour in sorted(
        (span for spans in hours for span in spans), key=lambda span: (len(span[2]), span[2])
    ):
        lasting[hour] = lasting.get(hour, Fraction(0)) + end - start
    return Period(name, told, visits, {hour: float(span / _HOUR) for hour, span in lasting.items()}, clocked)


def split(whole: Period, day: datetime, zone: tzinfo) -> tuple[Period, Period]:
    """Recordings that began before `day`, and the others."""
    before = [one for one in whole.scenes if one.recording.began is not None and one.recording.began < day]
    after = [one for one in whole.scenes if one not in before]
    name = f"{day.astimezone(zone):%Y-%m-%d}"
    return period(f"before {name}", before, zone), period(f"from {name} on", after, zone)


def summary(visits: Sequence[AtShelf]) -> Summary:
    people = [one.person for one in visits]
    rungs = funnel(one.visit for one in visits)
    return Summary(
        len(visits),
        len(set(people)),
        mean([float(one.visit.stay.dwell) for one in visits], people),
        tuple(rung.count for rung in rungs),
        sum(one.visit.taken for one in visits),
        sum(one.visit.returned for one in visits),
        rungs,
    )


def shelves(site: Site | None) -> tuple[str, ...]:
    return tuple(zone.name for zone in site.of_kind(ZoneKind.SHELF)) if site else ()


def leavings(scenes: Iterable[Scene]) -> tuple[Leaving, ...]:
    """Who was seen to leave, by the clock; nobody of a recording without one."""
    return tuple(one for scene in scenes if scene.recording.visits is not None for one in _leavings(scene))


def _leavings(scene: Scene) -> Iterator[Leaving]:
    recording = scene.recording
    for visit in recording.visits or ():
        came, left = recording.clock(visit.start), recording.clock(visit.end)
        if came is None or left is None or visit.end > recording.observed.end - _LEFT:
            continue
        stood = [stay for stay in scene.at_tills if stay.track == visit.track]
        paying = (recording.clock(stood[0].start), recording.clock(stood[-1].end)) if stood else (None, None)
        known = (paying[0], paying[1]) if paying[0] and paying[1] else None
        yield Leaving(recording.name, visit, came, left, known)


def _hours(recording: Recording, zone: tzinfo | None) -> list[tuple[Fraction, Fraction, str]]:
    """Start and end, in seconds of the recording, of each hour of it: of the clock in `zone`, or of its own."""
    found: list[tuple[Fraction, Fraction, str]] = []
    start, end = Fraction(0), recording.observed.end
    while start < end or not found:
        at = recording.clock(start) if zone else None
        if at is None:
            rest, hour = _HOUR, f"hour {int(start // _HOUR) + 1}"
        else:
            local = at.astimezone(zone)
            past = Fraction(60 * local.minute + local.second) + Fraction(local.microsecond, 1_000_000)
            rest, hour = _HOUR - past, f"{local:%Y-%m-%d %H}:00"
        found.append((start, min(start + rest, end), hour))
        start += rest
    return found


def _hour(spans: Sequence[tuple[Fraction, Fraction, str]], time: Fraction) -> str:
    return next(hour for start, _, hour in reversed(spans) if start <= time)
