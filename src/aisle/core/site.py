"""A place as its camera sees it: shelves, entrances and tills, as polygons in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.float64]


class ZoneKind(StrEnum):
    SHELF = "shelf"
    ENTRANCE = "entrance"
    TILL = "till"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Zone:
    """`polygon` has three corners or more, x and y as shares of the picture's width and height, 0 to 1, in order."""

    name: str
    kind: ZoneKind
    polygon: tuple[tuple[float, float], ...]

    def contains(self, places: Places) -> npt.NDArray[np.bool_]:
        """(N,) whether each of `places` (N, 2), x and y as shares, lies inside (even-odd rule)."""
        inside = np.zeros(len(places), bool)
        corners = np.array(self.polygon)
        for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            crosses = (y1 > places[:, 1]) != (y2 > places[:, 1])
            if y1 != y2:
                inside ^= crosses & (places[:, 0] < x1 + (places[:, 1] - y1) / (y2 - y1) * (x2 - x1))
        return inside


@dataclass(frozen=True, slots=True)
class Site:
    """The zones of one camera, each with a name of its own."""

    name: str
    zones: tuple[Zone, ...]

    def of_kind(self, kind: ZoneKind) -> tuple[Zone, ...]:
        return tuple(zone for zone in self.zones if zone.kind is kind)
