"""What pictures of a video show, one row an object and picture: the table that everything about objects is made of."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aisle.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class FrameLabel:
    """In the picture `frame` (from 0 in the video, at `time` seconds) is a `label`, so surely (0 to 1).

    `area` is the share of the picture that it fills, by its mask where there is one, else by its box; 1 where a network
    names the picture as a whole.
    """

    frame: int
    time: Fraction
    label: str
    confidence: float
    area: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.confidence <= 1 and 0 <= self.area <= 1):
            got = f"{self.label}: confidence {self.confidence}, area {self.area}"
            raise UsageError("a confidence and an area are shares", got=got, allowed="0 to 1")


@dataclass(frozen=True, slots=True)
class FrameLabels:
    """The `rows` of a video, in order of time and then the surest first. `pictures` is how many were looked at, also
    those that showed nothing; `producer` names what looked, so that tables of one kind can be told from others.
    """

    video: str
    pictures: int
    rows: tuple[FrameLabel, ...]
    producer: str

    def __post_init__(self) -> None:
        seen = len({row.frame for row in self.rows})
        if self.pictures < seen:
            got = f"{self.pictures} pictures, {seen} with labels"
            raise UsageError("every picture with a label was looked at", got=got)
