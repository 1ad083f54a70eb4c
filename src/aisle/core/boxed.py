"""Pictures with boxes round what is to be found in them, as every layout hands them over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from aisle.core.boxes import Floats
from aisle.core.dataset import of_split
from aisle.core.errors import InputError, UsageError
from aisle.core.labels import LabelSet


@dataclass(frozen=True, slots=True, eq=False)
class BoxedPicture:
    """`corners` (N, 4), left, top, right and bottom in pixels of the upright picture, half-open, none of them empty or
    outside it, and what is in each.

    `name` is unique in its set and stands in tables. `split` is one of SPLITS where the set fixes it, else empty.
    `place` is the file, and the line in it, that tells of the picture. A picture without boxes shows nothing that is
    looked for.
    """

    name: str
    path: Path
    width: int
    height: int
    corners: Floats
    labels: tuple[str, ...]
    split: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        if self.corners.shape != (len(self.labels), 4):
            got = f"corners {self.corners.shape}, {len(self.labels)} labels"
            raise UsageError("every box has four corners and a label", got=got, allowed="(N, 4) and N")
        inside = (self.corners[:, :2] >= 0).all() and (self.corners[:, 2:] <= (self.width, self.height)).all()
        if not (inside and (self.corners[:, :2] < self.corners[:, 2:]).all()):
            raise UsageError(
                f"a box of {self.name} is empty or reaches beyond it",
                got=self.corners.tolist(),
                allowed=f"left < right <= {self.width} and top < bottom <= {self.height}",
            )


@dataclass(frozen=True, slots=True)
class BoxedSet:
    """`kind` is the layout in which `folder` is written. `notes` are the rules that were applied, with counts;
    `problems` are boxes and pictures that were left out or mended, each with its file and line.
    """

    kind: str
    folder: Path
    labels: LabelSet
    pictures: tuple[BoxedPicture, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[InputError, ...] = ()

    def split(self, name: str) -> Self:
        """Only the pictures of one side. Raises UsageError when there are none."""
        return replace(self, pictures=of_split(self.pictures, name, self.folder, "picture"))

    def counts(self) -> dict[str, int]:
        """How many boxes there are of each label."""
        found = dict.fromkeys(self.labels, 0)
        for label in (label for picture in self.pictures for label in picture.labels):
            found[label] += 1
        return found
