"""What `aisle detect` and `aisle analyze` left in a folder, by recording, and when each recording began."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from fractions import Fraction
from pathlib import Path

from aisle.analysis.object_tables import read_interactions, read_objects, read_visits
from aisle.core import AisleError, InputError, Segment, UsageError, exact
from aisle.core.interaction import Interaction, Visit
from aisle.core.observed import Observed
from aisle.core.rows import problem, read_lines
from aisle.media.probe import recorded_at

OBJECTS = ".objects.parquet"


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """`interactions`, `visits` and `actions` are None where the folder has no such file. `began` is None where nobody
    knows; `video` where the file is, if it still is.
    """

    name: str
    observed: Observed
    interactions: tuple[Interaction, ...] | None
    visits: tuple[Visit, ...] | None
    actions: tuple[Segment, ...] | None
    began: datetime | None
    video: Path | None

    @property
    def seconds(self) -> Fraction:
        """Of the video that were looked at."""
        return self.observed.end - sum((gap.end - gap.start for gap in self.observed.skipped), Fraction(0))

    def clock(self, time: Fraction) -> datetime | None:
        return None if self.began is None else self.began + timedelta(seconds=float(time))


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """`problems` are recordings that were left out, and why."""

    folder: Path
    recordings: tuple[Recording, ...]
    problems: tuple[AisleError, ...]


def read_results(folder: Path, started: str | None, zone: tzinfo) -> Results:
    """`started` is the moment at which the one recording began, or a CSV `video,started` for several; without it the
    videos say it. Times without an offset are those of `zone`.

    Raises UsageError for what is no folder or has nothing of `aisle detect` in it, and for a `started` that fits
    nothing; InputError where not one recording can be read.
    """
    files = sorted(folder.glob(f"*{OBJECTS}")) if folder.is_dir() else []
    if not files:
        got = f"{folder}, {'a folder without any' if folder.is_dir() else 'which is no folder'}"
        do = f"aisle detect VIDEO --out {folder}"
        raise UsageError(f"a report is made from files *{OBJECTS}", got=got, do=do)
    names = [file.name.removesuffix(OBJECTS) for file in files]
    told = {} if started is None else _started(started, names, zone)
    recordings, problems = [], []
    for name, file in zip(names, files, strict=True):
        try:
            recordings.append(_recording(name, file, told.get(name)))
        except AisleError as error:
            problems.append(error)
    if not recordings:
        raise problems[0]
    return Results(folder, tuple(recordings), tuple(problems))


def _recording(name: str, file: Path, began: datetime | None) -> Recording:
    folder = file.parent
    hands = _one(folder, f"{name}.hands")
    observed = read_objects(file, hands)
    interactions, visits = _one(folder, f"{name}.interactions"), _one(folder, f"{name}.visits")
    timeline = folder / f"{name}.json"
    video = _video(observed.info.path, folder)
    return Recording(
        name,
        observed,
        None if interactions is None else read_interactions(interactions),
        None if visits is None else read_visits(visits),
        _actions(timeline) if timeline.is_file() else None,
        began or (recorded_at(video) if video else None),
        video,
    )


def _one(folder: Path, stem: str) -> Path | None:
    """The table, as Parquet where there are both."""
    return next((path for kind in ("parquet", "csv") if (path := folder / f"{stem}.{kind}").is_file()), None)


def _video(path: str, folder: Path) -> Path | None:
    """Where it was, or in the folder of the results."""
    return next((place for place in (Path(path), folder / Path(path).name) if place.is_file()), None)


def _actions(file: Path) -> tuple[Segment, ...]:
    """The segments of a timeline that `aisle analyze` wrote."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))["segments"]
        return tuple(
            Segment(exact(each["start_s"]), exact(each["end_s"]), str(each["label"]), float(each["score"]))
            for each in told
        )
    except OSError as error:
        raise InputError(f"cannot read {file}", got=error.strerror, do="check that it is there and readable") from error
    except (ValueError, KeyError, TypeError, UsageError) as error:
        do = "analyse the video again, or take the file away"
        raise InputError(f"{file} is no timeline of aisle analyze", got=str(error), do=do) from error


# --- when recordings began


def moment(told: str, zone: tzinfo) -> datetime:
    """In UTC, as Python reckons between two times of one zone by the wall, whose clocks are put forward and back.

    Raises UsageError for what is no date with a time.
    """
    try:
        time = datetime.fromisoformat(told)
    except ValueError as error:
        raise UsageError("not a date and time", got=repr(told), allowed="2026-11-30 09:00") from error
    try:
        return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError as error:
        raise UsageError("not a date of our time", got=repr(told), allowed="2026-11-30 09:00") from error


def _started(told: str, names: list[str], zone: tzinfo) -> Mapping[str, datetime]:
    if _is_file(told):
        return _table(Path(told), names, zone)
    if len(names) > 1:
        got, do = f"{len(names)} recordings", "name a table: --started TIMES.csv with the columns video,started"
        raise UsageError("one moment is the start of one recording", got=got, do=do)
    return {names[0]: moment(told, zone)}


def _is_file(told: str) -> bool:
    try:
        return Path(told).is_file()
    except OSError:  # longer than any name
        return False


def _table(file: Path, names: list[str], zone: tzinfo) -> Mapping[str, datetime]:
    (head, columns), *lines = read_lines(file) or [(1, ())]
    if [column.lower() for column in columns] != ["video", "started"]:
        got = ", ".join(columns) or "nothing"
        raise problem(file, head, "the heading is another", got, "write it anew", "video,started")
    found = {}
    for line, cells in lines:
        if len(cells) != 2:
            raise problem(file, line, "a row is a video and a time", f"{len(cells)} cells", "quote cells with commas")
        name = cells[0] if cells[0] in names else Path(cells[0]).stem
        if name not in names:
            do = "correct the name, or take the line away"
            raise problem(file, line, "no such recording in the folder", cells[0], do, ", ".join(names))
        try:
            found[name] = moment(cells[1], zone)
        except UsageError as error:
            raise problem(file, line, error.what, error.got, "correct the time", error.allowed) from error
    return found
