"""A stretch of video as networks read it: views of the same moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy.typing as npt

from aisle.core.errors import UsageError

Array = npt.NDArray[Any]

VIEWS = ("rgb", "flow", "person_rgb", "person_flow", "poses")
"""What a network may read. T pictures, H x W pixels, S the side of a crop, P people.

rgb           (T, H, W, 3) uint8
flow          (T, H, W, 2) uint8: motion to the right and down since the picture before, 0 to 255 for -FASTEST to
              FASTEST pixels; in the first picture nothing moves
person_rgb    (T, S, S, 3) uint8: what is around the person
person_flow   (T, S, S, 2) uint8: `flow` there
poses         (T, P, 17, 3) float32: the joints of COCO: x and y as shares of the picture's width and height, and
              confidence; all 0 where there is no such person
"""

WHOLE = ("rgb", "flow")
"""Those of whole pictures, which crops are taken of."""

FASTEST = 20.0
"""Pixels from picture to picture beyond which motion is cut (Carreira and Zisserman, CVPR 2017, section 2.5)."""

JOINTS = 17

MIRRORED = (0, *(joint for left in range(1, JOINTS, 2) for joint in (left + 1, left)))
"""Which joint each one is in a mirror: COCO's left joints are the odd ones, and the right one follows each."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """`views` by name, all of the same T pictures, which are `rate` a second."""

    views: Mapping[str, Array]
    rate: Fraction

    def __post_init__(self) -> None:
        unknown = sorted(set(self.views) - set(VIEWS))
        lengths = {len(view) for view in self.views.values()}
        if unknown or len(lengths) != 1:
            raise UsageError(
                "the views of a clip are of the same pictures",
                got=f"unknown: {', '.join(unknown)}" if unknown else f"lengths {sorted(lengths)}",
                allowed=", ".join(VIEWS),
            )

    @property
    def frames(self) -> int:
        return len(next(iter(self.views.values())))
