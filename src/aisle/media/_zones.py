"""The zones of a site as they are drawn: outlines, which shine inwards while somebody is there; and who that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image as Canvas
from PIL import ImageDraw

from aisle.core.colour import Colour
from aisle.core.detections import NOBODY, PERSON, Observation
from aisle.core.site import Zone, ZoneKind
from aisle.core.video import Image
from aisle.media._sprite import Scatter
from aisle.media._surface import Surface

COLOURS: dict[ZoneKind, Colour] = {
    ZoneKind.SHELF: (250, 190, 88),
    ZoneKind.ENTRANCE: (110, 220, 155),
    ZoneKind.TILL: (125, 185, 255),
    ZoneKind.AREA: (214, 200, 240),
}
SURE = 0.3
"""Joints and hands that are less sure are not shown, and are nowhere."""

_FAINT, _STRONG = 190, 255  # opacity of the outline, empty and with somebody in it
_EDGE, _EDGED = (10, 12, 16), 90  # the dark line beside it, for bright grounds
_GLOW = 0.5  # how strong it is inside, beside the line
_STEPS = 6


@dataclass(frozen=True, slots=True, eq=False)
class DrawnZone:
    """`box` is left, top, right and bottom in pixels, `inside` (H, W) which of those are the zone's."""

    zone: Zone
    colour: Colour
    box: tuple[int, int, int, int]
    inside: npt.NDArray[np.bool_]
    edge: Scatter
    empty: Scatter
    busy: Scatter

    @classmethod
    def of(cls, zone: Zone, width: int, height: int, line: int) -> DrawnZone:
        """In pictures of this size, with an outline of `line` pixels."""
        colour = COLOURS[zone.kind]
        corners = [(x * (width - 1), y * (height - 1)) for x, y in zone.polygon]
        xs, ys = zip(*corners, strict=True)
        box = (max(int(min(xs)), 0), max(int(min(ys)), 0), min(int(max(xs)) + 2, width), min(int(max(ys)) + 2, height))
        near = [(x - box[0], y - box[1]) for x, y in corners]
        size = (box[2] - box[0], box[3] - box[1])
        canvas = Canvas.new("L", size)
        ImageDraw.Draw(canvas).polygon(near, fill=255, outline=255)
        inside = np.asarray(canvas) > 0

        def scatter(weights: Image, colour: Colour) -> Scatter:
            return Scatter(weights * inside, box[0], box[1], width, colour)

        edge = scatter(_outline(near, size, 2 * line + 2, _EDGED), _EDGE)
        empty = scatter(_outline(near, size, 2 * line, _FAINT), colour)
        busy = scatter(_shining(near, size, line), colour)
        return cls(zone, colour, box, inside, edge, empty, busy)

    def draw(self, surface: Surface, *, busy: bool) -> None:
        """As it looks with somebody in it, or without."""
        surface.scatter(self.edge)
        surface.scatter(self.busy if busy else self.empty)

    def holds(self, x: float, y: float) -> bool:
        """Whether that place, in pixels, lies in it."""
        column, row = int(x) - self.box[0], int(y) - self.box[1]
        height, width = self.inside.shape
        return 0 <= row < height and 0 <= column < width and bool(self.inside[row, column])

    def people(self, seen: Observation) -> int:
        """How many stand there, by their feet or, as seen from above, by their middle, or have a hand in it."""
        hands = {hand.track for hand in seen.hands if hand.score >= SURE and self.holds(hand.x, hand.y)} - {NOBODY}
        count = 0
        for (left, top, right, bottom), label, track in zip(
            seen.found.boxes.corners.tolist(), seen.found.labels, seen.found.tracks.tolist(), strict=True
        ):
            middle = (left + right) / 2
            stands = self.holds(middle, bottom - 1) or self.holds(middle, (top + bottom) / 2)
            count += label == PERSON and (stands or track in hands)
        return count


def _outline(corners: list[tuple[float, float]], size: tuple[int, int], line: int, strength: int) -> Image:
    """(H, W) how strong a line of that width along the corners is over each pixel, 0 to 255."""
    canvas = Canvas.new("L", size)
    ImageDraw.Draw(canvas).line([*corners, *corners[:2]], fill=strength, width=line, joint="curve")
    return np.asarray(canvas)


def _shining(corners: list[tuple[float, float]], size: tuple[int, int], line: int) -> Image:
    """As `_outline`, with a light beside it that fades."""
    weights = _outline(corners, size, 2 * line, _STRONG)
    for step in range(_STEPS):
        strength = round(_STRONG * _GLOW * (1 - step / _STEPS) ** 1.5)
        weights = np.maximum(weights, _outline(corners, size, 2 * line * (step + 2), strength))
    return weights
