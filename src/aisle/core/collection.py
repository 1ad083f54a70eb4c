"""Videos that can be searched: their parts, what is looked for among them, and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from aisle.core.errors import UsageError
from aisle.core.time_map import Stretch


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a video beside its pictures; empty or None where nothing is. `recorded` is the camera's day."""

    category: str = ""
    camera: str = ""
    recorded: date | None = None


UNKNOWN = About()


@dataclass(frozen=True, slots=True)
class Part:
    """[start, end) seconds of `video`, a path below the collection's folder with / between its names; `is_whole` where
    that is all of it.
    """

    video: str
    start: Fraction
    end: Fraction
    is_whole: bool = False
    about: About = UNKNOWN

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            got = f"{self.video} [{self.start}, {self.end})"
            raise UsageError("a part of a video starts at or after 0 and ends later", got=got)

    @property
    def stretch(self) -> Stretch:
        return Stretch(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Filters:
    """What an answer must be; nothing said admits everything. Days are [since, until); a video without a day is on
    none.
    """

    categories: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None
    not_videos: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.since >= self.until:
            got = f"since {self.since} until {self.until}"
            raise UsageError("no day is in it", got=got, allowed="a day before the other", do="change one of them")

    def admits(self, part: Part) -> bool:
        """Whether `part` is all that is asked for."""
        about = part.about
        if part.video in self.not_videos:
            return False
        if (self.categories and about.category not in self.categories) or (
            self.cameras and about.camera not in self.cameras
        ):
            return False
        return self._is_of_the_days(about.recorded)

    def _is_of_the_days(self, day: date | None) -> bool:
        if self.since is None and self.until is None:
            return True
        return (
            day is not None and (self.since is None or self.since <= day) and (self.until is None or day < self.until)
        )


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class SharedObject:
    """`share` of the similarity comes from both showing `label`, 0 to 1."""

    label: str
    share: float


@dataclass(frozen=True, slots=True)
class Moments:
    """What of the query looks like what of the answer; `similarity` is their cosine."""

    asked: Stretch
    found: Stretch
    similarity: float


@dataclass(frozen=True, slots=True)
class Match:
    """`similarity` is a cosine, -1 to 1. `copies` are near-duplicates of `part`, which stands for them all. The
    reasons: `objects` that both show, the weightiest first, and `moments` that look alike, the likest first.
    """

    part: Part
    similarity: float
    copies: tuple[Part, ...] = ()
    objects: tuple[SharedObject, ...] = field(default=())
    moments: tuple[Moments, ...] = field(default=())


def videos_of(matches: Iterable[Match]) -> tuple[str, ...]:
    """Each video once, in order."""
    return tuple(dict.fromkeys(match.part.video for match in matches))
