"""What was seen, drawn into a video: who is where and does what, products, hands, and the zones of the place."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aisle.core import Frame, Timeline, UsageError
from aisle.core.colour import Colour, label_colour, track_colour
from aisle.core.detections import NOBODY, PERSON, Observation
from aisle.core.interaction import Interaction
from aisle.core.observed import Observed
from aisle.core.site import Site, ZoneKind
from aisle.core.unusual import Unusual, whose
from aisle.media import _marks
from aisle.media._doing import Doings
from aisle.media._letters import QUIET, WARN, Labels, Line, Words
from aisle.media._places import Places, Spot
from aisle.media._risk import Gauge, Risk
from aisle.media._sprite import Sprite
from aisle.media._surface import Pixels, Surface
from aisle.media._zones import SURE, DrawnZone
from aisle.media.draw import Overlay

__all__ = ["ObjectOverlay", "Objects", "Risk"]

_TEXT, _SMALLEST = 0.027, 10  # of the picture's unit, and in pixels
_LEGIBLE = 164  # pixels of that unit; in smaller pictures letters would cover what they name
_LINE = 0.0026
_FACE = 5  # joints that come first: nose, eyes and ears, which would hide who it is and tell nothing


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """What is to be drawn: what was `observed`, what people did, and, where they are known, the place and the risk."""

    observed: Observed
    interactions: tuple[Interaction, ...] = ()
    site: Site | None = None
    risk: Risk | None = None


class ObjectOverlay:
    """Draws on frames of one size: everything of `objects`, and under it the panel of `timeline`, if there is one.

    Letters and lines grow with the picture. Labels keep inside of it and off each other; in pictures with less than
    164 pixels of height there are frames without labels. People are told by the colours of their tracks. Who or what
    is most `unusual` is named so. Raises UsageError for a timeline without length.
    """

    def __init__(
        self,
        width: int,
        height: int,
        objects: Objects,
        timeline: Timeline | None = None,
        unusual: Unusual | None = None,
    ) -> None:
        unit = min(height, width * 3 // 4)
        self._shape = (height, width, 3)
        self._objects, self._unusual = objects, unusual
        self._text = max(round(unit * _TEXT), _SMALLEST) if unit >= _LEGIBLE else 0
        self._line = max(round(unit * _LINE), 1)
        self._panel = None if timeline is None else Overlay(width, height, timeline)
        below = 0 if self._panel is None else self._panel.height
        self._labels = Labels(self._text, round(width * 0.6))
        self._doings = Doings(objects.interactions)
        zones = () if objects.site is None else objects.site.zones
        self._zones = [DrawnZone.of(zone, width, height, self._line) for zone in zones]
        self._gauge = Gauge(objects.risk, width, max(self._text, 8)) if objects.risk and self._text else None
        self._places = Places((0, 0, width, height - below), taken=() if self._gauge is None else (self._gauge.spot,))

    def draw(self, frame: Frame) -> Frame:
        """A copy of `frame` with all that is known of its time over it. Raises UsageError for one of another size."""
        if frame.image.shape != self._shape:
            raise UsageError("the overlay is made for one size", got=frame.image.shape, allowed=f"{self._shape}")
        image = frame.image.copy(order="C")
        self.draw_on(Pixels(image), frame.time)
        return Frame(frame.time, image)

    def draw_on(self, surface: Surface, time: Fraction) -> None:
        """What is known of `time`, on a picture of this size."""
        seen = self._objects.observed.at(time)
        self._places.begin()
        stamps = self._zones_at(surface, time, seen)
        if seen is not None:
            stamps += self._things(surface, seen)
        for sprite, spot in stamps:  # labels last, so that no frame crosses one
            surface.stamp(sprite, *spot[:2])
        if self._gauge is not None:
            self._gauge.draw(surface, time)
        if self._panel is not None:
            self._panel.draw_on(surface, time)

    # --- zones

    def _zones_at(self, surface: Surface, time: Fraction, seen: Observation | None) -> list[tuple[Sprite, Spot]]:
        stamps = []
        for drawn in self._zones:
            count = 0 if seen is None else drawn.people(seen)
            drawn.draw(surface, busy=count > 0)
            if self._text:
                sprite = self._labels.of((self._counted(drawn, count, time),), drawn.colour)
                spot = self._places.inside(drawn.box, sprite.width, sprite.height, drawn.zone.name)
                stamps += [] if spot is None else [(sprite, spot)]
        return stamps

    def _counted(self, drawn: DrawnZone, count: int, time: Fraction) -> Line:
        taken = self._doings.picked_up(drawn.zone.name, time)
        figures = [f"{count} here"] if count else []
        figures += [f"{taken} picked up"] if taken else []
        return (Words(drawn.zone.name), *([Words(", ".join(figures), QUIET)] if figures else []))

    # --- things and people

    def _things(self, surface: Surface, seen: Observation) -> list[tuple[Sprite, Spot]]:
        found, stamps = seen.found, []
        corners = found.boxes.corners.astype(float)
        order = sorted(range(len(found)), key=lambda at: (found.labels[at] != PERSON, found.tracks[at], at))
        heat = None if self._unusual is None else self._unusual.at(seen.time)
        strange = None if heat is None else whose(heat, seen)
        for at in reversed(order):  # people over products
            person = found.labels[at] == PERSON
            colour = WARN if at == strange else _colour(seen, at)
            _marks.frame(surface, corners[at], colour, self._line, corners=person)
        self._joints(surface, seen)
        if self._text:
            for at in order:
                told = self._told(seen, at)
                sprite = self._labels.of(_warned(told) if at == strange else told, _colour(seen, at))
                name = int(found.tracks[at]) if found.tracks[at] != NOBODY else (found.labels[at], at)
                person = found.labels[at] == PERSON
                spot = self._places.beside(corners[at], sprite.width, sprite.height, name, must=person)
                stamps += [] if spot is None else [(sprite, spot)]
        return stamps

    def _told(self, seen: Observation, at: int) -> tuple[Line, ...]:
        label, track = seen.found.labels[at], int(seen.found.tracks[at])
        if label != PERSON:
            return ((Words(label),),)
        name = (Words(label.capitalize() if track == NOBODY else f"{label.capitalize()} {track}"),)
        doing = self._doings.of(track, seen, reaches=self._reaches(seen, track)) if track != NOBODY else None
        if doing is None or not doing.text:
            return (name,)
        return name, (Words(doing.text, WARN if doing.warns else QUIET),)

    def _reaches(self, seen: Observation, track: int) -> bool:
        hands = [hand for hand in seen.hands if hand.track == track and hand.score >= SURE]
        shelves = [drawn for drawn in self._zones if drawn.zone.kind is ZoneKind.SHELF]
        return any(shelf.holds(hand.x, hand.y) for hand in hands for shelf in shelves)

    def _joints(self, surface: Surface, seen: Observation) -> None:
        for pose in seen.poses:
            colour = track_colour(pose.track)
            for x, y, sure in pose.joints[_FACE:]:
                if sure >= SURE:
                    _marks.dot(surface, float(x), float(y), 0.9 * self._line + 0.5, colour)
        for hand in seen.hands:
            if hand.score >= SURE:
                empty = not hand.holds >= 0.5
                _marks.dot(surface, hand.x, hand.y, 2.2 * self._line + 1, track_colour(hand.track), ring=empty)


def _warned(told: tuple[Line, ...]) -> tuple[Line, ...]:
    (name, *more), *lines = told
    return (Words(f"unusual: {name.text.lower()}", WARN), *more), *lines


def _colour(seen: Observation, at: int) -> Colour:
    track, label = int(seen.found.tracks[at]), seen.found.labels[at]
    return track_colour(track) if label == PERSON and track != NOBODY else label_colour(label)
