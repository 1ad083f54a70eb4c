"""From the rows of a label file to clips, and from clips to a dataset; what every dataset of clips goes through."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath

from aisle.core import SPLITS, Dataset, Example, InputError, LabelSet, Segment, exact, seconds
from aisle.core.overlap import overlaps
from aisle.data.table import Row, Table

VIDEOS = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg"),
        *(".ts", ".mts", ".m2ts", ".wmv", ".flv", ".3gp", ".ogv"),
    }
)
"""How the names of videos end, in lower case."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", re.IGNORECASE)
_LATEST = Fraction(10**9)
"""Where a stretch to the end of its video is taken to end when stretches are compared."""


def clip_name(path: str, start: Fraction = Fraction(0), end: Fraction | None = None) -> str:
    """`normal/a.mp4` for a whole video, `normal/a.mp4@1.5-4.0` for a stretch of it."""
    if start == 0 and end is None:
        return path
    return f"{path}@{seconds(start)}-{'' if end is None else seconds(end)}"


def read_clips(table: Table, folder: Path) -> tuple[list[Example], list[InputError]]:
    """Paths in the table are relative to `folder`. Rows that cannot be used become problems."""
    clips, problems = [], list(table.problems)
    for row in table.rows:
        try:
            clips.append(_example(row, table, folder))
        except InputError as error:
            problems.append(error)
    return clips, problems


def clip_dataset(
    kind: str,
    folder: Path,
    clips: Sequence[Example],
    problems: Sequence[InputError],
    *,
    grouped: bool,
    notes: Iterable[str] = (),
) -> Dataset:
    """Labels are sorted by name. Of clips that contradict each other the first stays, the others become problems.

    Raises InputError where no clip is left.
    """
    wrong = _contradictions(clips)
    examples = tuple(clip for clip in clips if clip.place not in wrong)
    told = (*problems, *wrong.values())
    if not examples:
        got = told[0] if told else "no clips"
        raise InputError(f"{folder} has no clip that can be used", got=got, do="correct it, then: aisle data check DIR")
    labels = LabelSet(tuple(sorted({example.label for example in examples})))
    return Dataset(kind, folder, "clips", labels, examples, grouped, (*notes, *_notes(examples, grouped)), told)


def _example(row: Row, table: Table, folder: Path) -> Example:
    place = f"{table.file}:{row.line}"
    path = _path(row, folder, place)
    start, end = _time(row.start, "start", place), _time(row.end, "end", place)
    if end is not None and start is None:
        raise InputError(f"{place}: an end without a start", got=row.end, do="write the start, 0 for the beginning")
    if end is not None and start is not None and start >= end:
        raise InputError(
            f"{place}: the stretch ends before it starts", got=f"{row.start} to {row.end}", do="correct it"
        )
    if not row.label:
        raise InputError(f"{place}: no label", got=repr(row.label), do="write the class of the clip")
    if "group" in table.columns and not row.group:
        raise InputError(f"{place}: no group", got=repr(row.group), do="write the film, place or person, on every line")
    if row.split not in ("", *SPLITS):
        raise InputError(f"{place}: unknown split", got=row.split, allowed=", ".join(SPLITS), do="correct it")
    begin, name = start or Fraction(0), path.as_posix()
    return Example(
        name=clip_name(name, begin, end),
        path=folder / path,
        group=row.group or name,
        split=row.split,
        start=begin,
        end=end,
        label=row.label,
        place=place,
    )


def _path(row: Row, folder: Path, place: str) -> PurePosixPath:
    path = PurePosixPath(row.path)
    if not row.path:
        raise InputError(f"{place}: no path", got=repr(row.path), do="write the video's path")
    if path.is_absolute() or PureWindowsPath(row.path).drive or ".." in path.parts:
        raise InputError(
            f"{place}: the path leads out of the dataset",
            got=row.path,
            allowed=f"a path relative to {folder}",
            do="move the video into the folder",
        )
    if not (folder / path).is_file():
        hint = "write / between folders" if "\\" in row.path else "put it there, or delete the line"
        raise InputError(f"{place}: no such video", got=row.path, do=hint)
    return path


def _time(text: str, column: str, place: str) -> Fraction | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or exact(text) < 0:
        raise InputError(
            f"{place}: {column} is no time", got=repr(text), allowed="seconds from 0, such as 12.5", do="correct it"
        )
    return exact(text)


def _contradictions(clips: Sequence[Example]) -> dict[str, InputError]:
    """By place, clips that say something else than an earlier one of their stretch, video or group."""
    stretches: dict[str, Example] = {}
    groups: dict[Path, Example] = {}
    splits: dict[str, Example] = {}
    wrong = {}
    for clip in clips:
        first = stretches.setdefault(clip.name, clip)
        home = groups.setdefault(clip.path, clip)
        side = splits.setdefault(clip.group, clip)
        if first is not clip:
            what = "the line is there twice" if first.label == clip.label else "a clip has two labels"
            wrong[clip.place] = _contradiction(clip, what, f"{clip.label}; {first.label} in {first.place}")
        elif home.group != clip.group:
            got = f"{clip.group}; {home.group} in {home.place}"
            wrong[clip.place] = _contradiction(clip, "a video is in two groups", got)
        elif side.split != clip.split:
            got = f"{clip.group} in {clip.split or 'none'}; {side.split or 'none'} in {side.place}"
            wrong[clip.place] = _contradiction(clip, "a group is in two splits", got)
    return wrong


def _contradiction(clip: Example, what: str, got: str) -> InputError:
    return InputError(f"{clip.place}: {what}", got=got, do="keep one of them")


def _notes(examples: Sequence[Example], grouped: bool) -> list[str]:
    stretches = defaultdict(list)
    for example in examples:
        end = _LATEST if example.end is None else example.end
        stretches[example.path].append(Segment(example.start, end, example.label, 1.0))
    overlapping = sum(map(overlaps, stretches.values()))
    told = {
        f"{overlapping} clips overlap others of their video": overlapping > 0,
        "clips without a group are kept apart by video only, so one scene may be on both sides of a split": not grouped,
    }
    return [text for text, true in told.items() if true]
