"""A shop in which what is to be seen is known: somebody walks, takes a can from a shelf and leaves."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from aisle.core import VideoInfo
from aisle.core.boxes import Boxes
from aisle.core.detections import PERSON, Detections, Hand, Observation, Pose
from aisle.core.interaction import Interaction, InteractionKind
from aisle.core.observed import Observed
from aisle.core.site import Site, Zone, ZoneKind
from aisle.core.video import Image
from aisle.media.draw_objects import Objects

SHELF = Zone("Dairy", ZoneKind.SHELF, ((0.05, 0.1), (0.4, 0.1), (0.4, 0.4), (0.05, 0.4)))
DOOR = Zone("Door", ZoneKind.ENTRANCE, ((0.7, 0.5), (0.95, 0.5), (0.95, 0.8), (0.7, 0.8)))
SITE = Site("corner shop", (SHELF, DOOR))
RATE = Fraction(5)
PICKED = Interaction(InteractionKind.PICKED_UP, Fraction(1), Fraction(3, 2), 1, "Dairy", "can", 0.9)


def observed(width: int = 320, height: int = 240, *, person: Sequence[float] = (0.2, 0.3, 0.4, 0.8)) -> Observed:
    """Person 1 in `person`, in shares of the picture, and a can beside them, for 3 seconds."""
    scale = np.array([width, height, width, height], np.float32)
    corners = np.array([person, (0.5, 0.5, 0.55, 0.6)], np.float32) * scale
    found = Detections(Boxes(corners, np.array([0.9, 0.8], np.float32)), (PERSON, "can"), np.array([1, 2]))
    joints = np.tile(np.array([0.3 * width, 0.5 * height, 0.9], np.float32), (17, 1))
    hand = Hand(1, "left", 0.3 * width, 0.35 * height, 0.9, 0.8)
    each = [
        Observation(number / RATE, number * 6, width, height, found, (Pose(1, joints),), (hand,))
        for number in range(15)
    ]
    info = VideoInfo("shop.mp4", width, height, Fraction(30), Fraction(3), None, "h264", "yuv420p")
    return Observed(info, RATE, tuple(each), duration=Fraction(3))


def objects(width: int = 320, height: int = 240) -> Objects:
    """All of it, as it is drawn."""
    return Objects(observed(width, height), (PICKED,), SITE)


class Somebody:
    """A detector that sees one person in every picture, who walks to the right with the calls."""

    labels = (PERSON,)

    def __init__(self) -> None:
        self.looked = 0

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        found = []
        for image in images:
            height, width = image.shape[:2]
            left = (0.2 + 0.01 * self.looked) * width
            corners = np.array([[left, 0.2 * height, left + 0.3 * width, 0.9 * height]], np.float32)
            found.append(Detections.of(Boxes(corners, np.array([0.95], np.float32)), [PERSON]))
            self.looked += 1
        return found
