"""A collection of videos that the service searches: an index by `aisle index`, and the folder its videos lie in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Lock

from aisle.analysis.describe import Describer
from aisle.analysis.similar import agrees, known_query, new_query, similar
from aisle.core import InputError, UsageError
from aisle.core.collection import EVERYTHING, Filters, Match, Part
from aisle.core.time_map import Stretch
from aisle.deploy.describers import open_describer
from aisle.media.fit import fit
from aisle.media.read import Read, Reader
from aisle.media.still import jpeg
from aisle.search.index import DIVERSITY, Index

SHOWN = 2000
"""Videos of which the map shows the places; of more, so many that are spread evenly over them."""

SIDE = 240
"""Pixels of the short side of a still."""

_INSTANT = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Point:
    """Where a video lies on the map, 0 to 1 each way."""

    part: Part
    x: float
    y: float


class Searched:
    """Asked by several threads at a time. What describes videos is opened with the first question that needs it."""

    def __init__(
        self, folder: Path, *, read: Read = Reader, describe: Callable[[str], Describer] = open_describer
    ) -> None:
        """Raises UsageError where no index lies in `folder`, or the videos that it tells of have gone; DamagedError."""
        self.index = Index(folder)
        home = self.index.home
        if home is None:
            self.index.close()
            do = f"index them where they are now: aisle index DIR --out {folder}"
            raise UsageError("the videos of the index are not where they were", got=folder, do=do)
        self.home, self._read, self._describe = home, read, describe
        self._describer: Describer | None = None
        self._turn = Lock()

    def close(self) -> None:
        """No more questions."""
        self.index.close()

    def path_of(self, name: str) -> Path | None:
        """The file of a video that is indexed; None for any other name, and for one that has gone."""
        if name not in self.index.videos():
            return None
        path = self.home / name
        return path if path.is_file() else None

    def like_known(
        self, name: str, at: Stretch | None, count: int, filters: Filters = EVERYTHING, *, diversity: float = DIVERSITY
    ) -> tuple[Match, ...]:
        """What is like a video of the collection, or seconds of it. Raises InputError where it is none of these."""
        known = known_query(self.index, name, at)
        if known is None:
            path = self.path_of(name)
            if path is None:
                raise InputError("no such video in the collection", got=name, do="list them: /v1/collection")
            return self.like_new(path, at, count, filters, name=name, diversity=diversity)
        return similar(self.index, known, count, filters, diversity=diversity)

    def like_new(
        self,
        video: Path,
        at: Stretch | None,
        count: int,
        filters: Filters = EVERYTHING,
        *,
        name: str | None = None,
        diversity: float = DIVERSITY,
    ) -> tuple[Match, ...]:
        """What is like any other video, or seconds of it, which are looked at, one question at a time. Raises
        InputError where it cannot be read.
        """
        with self._turn:
            if self._describer is None:
                self._describer = self._describe(self.index.recipe.by)
                agrees(self.index, self._describer)
            query = new_query(video, self._describer, at, name=name, read=self._read)
        return similar(self.index, query, count, filters, diversity=diversity)

    def points(self) -> list[Point]:
        """The map: videos near each other are alike."""
        parts, places = self.index.places()
        chosen: Sequence[int] = range(len(parts))
        if len(parts) > SHOWN:
            chosen = [round(at * (len(parts) - 1) / (SHOWN - 1)) for at in range(SHOWN)]
        return [Point(parts[at], float(places[at, 0]), float(places[at, 1])) for at in chosen]

    def counts(self) -> tuple[int, Counter[str], Counter[str]]:
        """How many videos there are, in all, by category and by camera, where these are known."""
        abouts = [known.about for known in self.index.videos().values()]
        categories = Counter(about.category for about in abouts if about.category)
        return len(abouts), categories, Counter(about.camera for about in abouts if about.camera)

    def still(self, name: str, time: Fraction) -> bytes | None:
        """A JPEG of what is on screen; None where there is no such video. Raises InputError where it cannot be read."""
        path = self.path_of(name)
        if path is None:
            return None
        with self._read(
            path,
            size=lambda info: fit(info.width, info.height, short_side=min(SIDE, info.height, info.width), multiple=2),
            rate=1 / _INSTANT,
            start=time,
            end=time + _INSTANT,
        ) as reader:
            frame = next(iter(reader), None)
        if frame is None:
            raise InputError(f"{name} has no picture there", got=f"{float(time):.2f} s", do="choose an earlier moment")
        return jpeg(frame.image)
