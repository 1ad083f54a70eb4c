"""What is in a picture: things with boxes, names and numbers, their masks, and people's joints and hands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from aisle.core.boxes import Boxes, Floats
from aisle.core.errors import UsageError

Numbers = npt.NDArray[np.int64]
Masks = npt.NDArray[np.bool_]

PERSON = "person"
"""The label of people, whichever detector found them."""

NOBODY = -1
"""The number of who or what is not followed."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """N things in one picture, in no order: `labels` says what each is, `tracks` (N,) which one it is from picture to
    picture, or NOBODY, and `masks` (N, H, W) which pixels of the picture are its own, where that is known.
    """

    boxes: Boxes
    labels: tuple[str, ...]
    tracks: Numbers
    masks: Masks | None = None

    def __post_init__(self) -> None:
        count = len(self.boxes)
        lengths = {"labels": len(self.labels), "tracks": len(self.tracks)}
        lengths |= {} if self.masks is None else {"masks": len(self.masks)}
        if set(lengths.values()) != {count}:
            raise UsageError("each thing has all of its parts", got=lengths, allowed=f"{count}, as there are boxes")

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def of(cls, boxes: Boxes, labels: Sequence[str], masks: Masks | None = None) -> Self:
        """Things that are not followed."""
        return cls(boxes, tuple(labels), np.full(len(boxes), NOBODY, np.int64), masks)

    @classmethod
    def none(cls) -> Self:
        return cls.of(Boxes.joined(), ())

    def only(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Self:
        """Those that `chosen` points at: N booleans, or indices in the order in which they are wanted."""
        numbers = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        boxes = Boxes(self.boxes.corners[numbers], self.boxes.scores[numbers])
        masks = None if self.masks is None else self.masks[numbers]
        return type(self)(boxes, tuple(self.labels[number] for number in numbers), self.tracks[numbers], masks)

    def labelled(self, *labels: str) -> Self:
        """Those that are called so."""
        return self.only(np.array([label in labels for label in self.labels], bool))


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """`joints` (17, 3) of the person `track`, in the order of `aisle.objects.movenet.JOINTS`: x and y in pixels, and
    confidence, 0 to 1.
    """

    track: int
    joints: Floats


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand of the person `track`: where, in pixels, and how sure that is, 0 to 1.

    `holds` is the probability that a product is in it, NaN where nothing tells. `evidence` is what a network made of
    the whole person, for a network that reads people over time; () where none did.
    """

    track: int
    side: Literal["left", "right"]
    x: float
    y: float
    score: float
    holds: float = math.nan
    evidence: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Handling:
    """How likely it is, 0 to 1, that a product is in a hand of the person `track` now, and that at this look one is
    picked up, put back, stowed in a basket or concealed, as a network says that reads what comes before and after.
    """

    track: int
    holds: float
    picked_up: float
    put_back: float
    stowed: float
    concealed: float


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What was seen at `time` seconds, in frame number `frame` (from 0) of a video of `width` x `height` pixels.

    `mask_areas` (N,) is how much of the picture the masks filled, 0 to 100, where they themselves were not kept.
    """

    time: Fraction
    frame: int
    width: int
    height: int
    found: Detections
    poses: tuple[Pose, ...] = ()
    hands: tuple[Hand, ...] = ()
    mask_areas: Floats | None = None
    handling: tuple[Handling, ...] = ()

    def without_masks(self) -> Observation:
        """The same without the masks, whose areas it still knows. Masks of an hour fill no computer's memory."""
        found = replace(self.found, masks=None)
        return self if self.found.masks is None else replace(self, found=found, mask_areas=self.mask_percent())

    def scaled(self, width: int, height: int) -> Observation:
        """The same in pixels of the video as `width` x `height`; masks keep their own size."""
        ways = np.array([width / self.width, height / self.height], np.float32)
        boxes = Boxes(self.found.boxes.corners * np.tile(ways, 2), self.found.boxes.scores)
        return replace(
            self,
            width=width,
            height=height,
            found=replace(self.found, boxes=boxes),
            poses=tuple(replace(pose, joints=pose.joints * np.append(ways, 1)) for pose in self.poses),
            hands=tuple(replace(hand, x=hand.x * float(ways[0]), y=hand.y * float(ways[1])) for hand in self.hands),
        )

    def percent(self) -> Floats:
        """(N,) how much of the picture each box fills, 0 to 100; what reaches beyond the picture does not count."""
        bounds = np.tile(np.array([self.width, self.height], np.float32), 2)
        corners = np.clip(self.found.boxes.corners, 0, bounds)
        sides = np.maximum(corners[:, 2:] - corners[:, :2], 0)
        share: Floats = 100 * sides.prod(axis=1) / np.float32(self.width * self.height)
        return share

    def mask_percent(self) -> Floats:
        """(N,) how much of the picture each mask fills, 0 to 100; NaN without masks."""
        masks = self.found.masks
        if self.mask_areas is not None:
            return self.mask_areas
        if masks is None:
            return np.full(len(self.found), np.nan, np.float32)
        share: Floats = (100 * masks.reshape(len(masks), math.prod(masks.shape[1:])).mean(axis=1)).astype(np.float32)
        return share
