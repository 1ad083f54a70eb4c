"""A shop, its camera and its people, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from aisle.data._backdrop import Scenery
from aisle.data._body import Figure, figure, left_behind
from aisle.data._camera import Camera, Window
from aisle.data._cloth import Wardrobe
from aisle.data._habits import RATE
from aisle.data._incidents import Incident, Kind, stage
from aisle.data._obscured import obscure
from aisle.data._paint import Ground, Outline, Painter
from aisle.data._passers import passers
from aisle.data._person import Person, person
from aisle.data._plan import Shopper, shopper
from aisle.data._random import derive, stream
from aisle.data._rig import mount
from aisle.data._sensor import Plane, Planes, Sensor, look, put
from aisle.data._shop import Shop, stock
from aisle.data.truth import Box, Hand

PALM = 0.04
"""A palm is this thick."""

SHOPS, BUSY = 1000, 0.9
"""Where the seeds of shops begin that are visited again, and the share of visits there in which others come."""

ATTEMPTS = 30
"""So many days are looked at for one in which all that is asked for finds a time and a place."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A shop and who comes on the day number `day`; the first of `people` is the one whose acts are labelled."""

    shop: Shop
    people: tuple[Shopper, ...]
    day: int
    incidents: tuple[Incident, ...] = ()

    def taken(self, time: Fraction) -> frozenset[int]:
        """The numbers of the products that are not on the shelves."""
        off = (who.taken(number) for who in self.people if (number := who.number(time)) is not None)
        return frozenset().union(*off)

    def figures(self, time: Fraction) -> dict[int, Figure]:
        """The bodies of those who are there, by their number in `people`; ~n is what person n left behind.

        Whatever lies on the floor comes first, as it is drawn first.
        """
        left = ((~number, left_behind(who, time)) for number, who in enumerate(self.people))
        stand_last = sorted(enumerate(self.people), key=lambda one: not _lies(one[1], time))
        found = ((number, figure(who, self.shop, time)) for number, who in stand_last)
        return {number: body for number, body in (*left, *found) if body is not None}


def _lies(who: Shopper, time: Fraction) -> bool:
    number = who.number(time)
    return number is not None and any(act.lies for act in who.acts[max(number - 1, 0) : number + 1])


def compose(seed: int, subject: int, visit: int, frames: int) -> Scene:
    """What happens in at least `frames` thirtieths of a second. A subject looks the same on each visit.

    A shorter video is the start of a longer one. Raises UsageError for a negative seed.
    """
    shop = stock(derive(seed, subject, visit))
    main = shopper(shop, person(derive(seed, subject)), frames, shop.seed)
    return Scene(shop, (main, *passers(shop, main, Fraction(frames, RATE), shop.seed)), shop.seed)


def compose_day(seed: int, camera: int, subject: int, visit: int, frames: int, kinds: Sequence[Kind] = ()) -> Scene:
    """As `compose`, in the shop number `camera`, whoever comes: nothing is stolen there and others come more often.

    `kinds` are the rare events of that day, see `_incidents`.
    """
    shop, who = stock(derive(seed, SHOPS, camera)), person(derive(seed, subject))
    days = (_day(shop, who, derive(seed, subject, visit, attempt), frames, kinds) for attempt in range(ATTEMPTS))
    for day in days:
        if sorted(incident.kind for incident in day.incidents) == sorted(kinds):
            break
    return day


def _day(shop: Shop, who: Person, day: int, frames: int, kinds: Sequence[Kind]) -> Scene:
    seconds = Fraction(frames, RATE)
    main = shopper(shop, who, frames, day, hides=float(Kind.CONCEALING in kinds))
    cast = (main, *passers(shop, main, seconds, day, often=BUSY))
    people, incidents = stage(shop, cast, kinds, seconds, stream(day, 20))
    return Scene(shop, people, day, incidents)


@dataclass(frozen=True, slots=True)
class Sight:
    """Where a body is in the picture, as `aisle.data.truth` tells it."""

    box: Box | None
    left: Hand
    right: Hand


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame: `planes` (1.5 H, W) is I420, `sights` are of those who are there, by their number."""

    planes: Plane
    sights: dict[int, Sight]


class Studio:
    """Draws a scene at one size; both sides are even."""

    def __init__(self, scene: Scene, width: int, height: int) -> None:
        self._scene = scene
        self.camera = Camera(mount(scene.shop), width, height)
        self._half = Camera(self.camera.mount, width // 2, height // 2)
        self._look = look(scene.shop.seed)
        self._sensor = Sensor(width, height, self._look, scene.day)
        self._scenery = Scenery(scene.shop, self.camera)
        self._painter = Painter(self._half, self._sensor)
        self._wardrobes = [Wardrobe(who.person, scene.shop) for who in scene.people]
        self._wardrobes = [*self._wardrobes, *reversed(self._wardrobes)]  # number ~n is dressed as n
        self._plate = Planes(np.empty((height * 3 // 2, width), np.uint8))
        self._ground = Ground(*(np.empty((height // 2, width // 2, *depth), np.float32) for depth in [(), (3,)]))
        self._rays = self._half.rays(self._half.whole, (0, 0))
        self._draw(self.camera.whole)

    def shoot(self, time: Fraction, number: int) -> Shot:
        """The picture at `time`, which is frame `number`."""
        for window in self._scenery.take(self._scene.taken(time)):
            self._draw(_even(window))
        planes = Planes(self._plate.picture.copy())
        bodies = self._scene.figures(time)
        outlines = {who: self._painter.outline(body.limbs) for who, body in bodies.items()}
        self._painter.people(
            planes, self._ground, [(outline, self._wardrobes[who]) for who, outline in outlines.items()]
        )
        for incident in self._scene.incidents:
            obscure(planes, incident, time, self._look.colour)
        sights = {who: self._sight(bodies[who], outline) for who, outline in outlines.items()}
        return Shot(self._sensor.record(planes.picture, number), sights)

    def _sight(self, body: Figure, outline: Outline) -> Sight:
        pixels, depths = self._half.project(np.stack(body.palms))
        hands = [self._hand(*place) for place in zip(pixels.tolist(), depths.tolist(), strict=True)]
        rows, columns = self._half.clip(outline.low.min(axis=0), outline.high.max(axis=0))
        seen = rows.start < rows.stop and columns.start < columns.stop
        box = (2 * columns.start, 2 * rows.start, 2 * columns.stop, 2 * rows.stop) if seen else None
        return Sight(box, hands[0], hands[1])

    def _hand(self, pixel: tuple[float, float], depth: float) -> Hand:
        x, y = pixel
        inside = 0 <= x < self._half.width and 0 <= y < self._half.height
        visible = inside and depth < self._ground.depth[int(y), int(x)] + PALM
        return round(2 * x), round(2 * y), int(visible)

    def _draw(self, window: Window) -> None:
        """Draws the empty shop anew in `window`, whose edges are even."""
        rows, columns = window
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        view = self._scenery.view(window)
        put(self._plate, window, self._sensor.develop(view.light, window, 1))
        half = slice(rows.start // 2, rows.stop // 2), slice(columns.start // 2, columns.stop // 2)
        self._ground.depth[half] = view.depth[::2, ::2]
        self._ground.points[half] = self.camera.position + self._rays[half] * self._ground.depth[half][..., None]


def _even(window: Window) -> Window:
    """The same window, grown to even edges."""
    rows, columns = (slice(part.start // 2 * 2, -(-part.stop // 2) * 2) for part in window)
    return rows, columns
