"""A folder of videos to search: every video at any depth, with what its folder, its name and a table say of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from aisle.core import AisleError, InputError, UsageError
from aisle.core.collection import About
from aisle.core.rows import problem, read_lines
from aisle.data.clips import VIDEOS
from aisle.media.probe import recorded_at

COLUMNS = ("path", "category", "camera", "recorded")

_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d{1,2}(?!\d))")


@dataclass(frozen=True, slots=True)
class Listed:
    """`name` is its path below the folder, with / between its parts."""

    name: str
    path: Path
    about: About


def videos_below(folder: Path, told: Mapping[str, About] | None = None) -> tuple[Listed, ...]:
    """All videos below `folder`, in order of their names, hidden ones left out; `told` says more of some, by name.

    A video's category is the first folder that it lies in, its day that in its name, else the one that its container
    tells. Raises UsageError for what is no folder, and for names in `told` that are not there.
    """
    if not folder.is_dir():
        raise UsageError("a collection is a folder", got=f"{folder}: {'a file' if folder.exists() else 'not there'}")
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if _is_video(path, folder))
    if missing := sorted(set(told or {}) - set(names)):
        more = f", and {len(missing) - 3} more" if len(missing) > 3 else ""
        got = f"{', '.join(missing[:3])}{more}"
        raise UsageError(
            f"{folder} has no such video", got=got, allowed="paths below the folder", do="correct the table"
        )
    return tuple(Listed(name, folder / name, _about(folder, name, (told or {}).get(name))) for name in names)


def check_some(videos: Sequence[Listed], folder: Path) -> None:
    """Raises InputError where there are no `videos` below `folder`."""
    if not videos:
        raise InputError(
            f"{folder} holds no video",
            got="none, at any depth",
            allowed=", ".join(sorted(VIDEOS)),
            do="name the folder that they lie in",
        )


def read_about(file: Path) -> dict[str, About]:
    """By path, from a CSV with the columns path, and any of category, camera, recorded (2026-01-31).

    Raises InputError, with the line.
    """
    lines = read_lines(file)
    head, heading = lines[0] if lines else (1, ())
    if "path" not in heading or set(heading) - set(COLUMNS):
        got = ", ".join(heading) or "nothing"
        raise problem(file, head, "the heading is another", got, "name the columns so", ", ".join(COLUMNS))
    found: dict[str, About] = {}
    for line, cells in lines[1:]:
        if len(cells) != len(heading):
            raise problem(file, line, "the line does not fit the heading", ", ".join(cells), "write it anew")
        row = dict(zip(heading, cells, strict=True))
        name = PurePosixPath(row["path"]).as_posix()
        if name in found:
            raise problem(file, line, "the video is there twice", name, "keep one line")
        day = _day(row["recorded"], file, line) if row.get("recorded") else None
        found[name] = About(row.get("category", ""), row.get("camera", ""), day)
    return found


def day_in(name: str) -> date | None:
    """The first day that the name of a file tells, as 20260131, 2026-01-31 or 2026_01_31."""
    for found in _DAY.finditer(name):
        try:
            return date(int(found[1]), int(found[3]), int(found[4]))
        except ValueError:  # the 31st of June
            continue
    return None


def _about(folder: Path, name: str, told: About | None) -> About:
    where = PurePosixPath(name)
    category = where.parts[0] if len(where.parts) > 1 else ""
    if told is None:
        return About(category, "", day_in(where.name) or _recorded(folder / name))
    day = told.recorded or day_in(where.name) or _recorded(folder / name)
    return About(told.category or category, told.camera, day)


def _recorded(path: Path) -> date | None:
    """None also for what cannot be read, which is told when it is read."""
    try:
        found = recorded_at(path)
    except AisleError:
        return None
    return None if found is None else found.date()


def _day(text: str, file: Path, line: int) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise problem(file, line, "no day", text, "write it so", "2026-01-31") from error


def _is_video(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    if hidden or not path.is_file():
        return False
    return path.suffix.lower() in VIDEOS
