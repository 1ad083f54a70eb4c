"""Timelines from tables, as other programs write them: `video,start,end,label,score`, a row a segment.

Times are in seconds; `end` does not belong to the segment. Columns go by their name, in any order; others are ignored.
In a table that `aisle analyze` wrote, `start_s` and `end_s` are the seconds. The truth needs no score, and may have a
`group` column with the person or place of each video. Between segments a video shows background; a row of
that name says the same, and is how a truth tells that a video goes on after its last action.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from aisle.core import BACKGROUND, InputError, LabelSet, Segment, Timeline, UnknownNameError
from aisle.core.overlap import RULE, flatten, overlaps
from aisle.core.rows import problem, read_lines

LONGEST = 10**9
"""Seconds, 31 years: more is a time in another unit."""

_NEEDS = ("video", "start", "end", "label")
_SECONDS = {"start": "start_s", "end": "end_s"}
_NUMBER = re.compile(r"[+-]?(\d{1,30}([.,]\d{0,30})?|[.,]\d{1,30})([eE][+-]?\d{1,3})?")


@dataclass(frozen=True, slots=True)
class Comparison:
    """True and predicted timelines by video, in the order in which the truth names them.

    Both timelines of a video last until the last end in either. `predicted` lacks videos without a row. `labels` are
    those of the truth, sorted, with background last. `notes` are the rules that were applied, with counts.
    """

    truth: dict[str, Timeline]
    predicted: dict[str, Timeline]
    labels: LabelSet
    groups: dict[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    video: str
    start: Fraction
    end: Fraction
    label: str
    score: float
    group: str


def read_comparison(truth: Path, predicted: Path) -> Comparison:
    """Reads both tables: UTF-8 or UTF-16; comma, semicolon or tab; decimal point, or comma where that is no delimiter.

    Where rows of a video overlap, `aisle.core.overlap.RULE` holds; rows without length are dropped; notes count both.
    Raises InputError, with file and line, for a file that cannot be read, a missing or double column, a cell that is
    not what its column says, an end before its start, a video with two groups, no action in the truth, and a predicted
    video or label that the truth does not have.
    """
    true_rows, rows = _read(truth, _NEEDS), _read(predicted, (*_NEEDS, "score"))
    labels = (*sorted({row.label for row in true_rows} - {BACKGROUND}), BACKGROUND)
    if len(labels) == 1:
        got = f"{len(true_rows)} rows, all of them background" if true_rows else "no rows"
        raise InputError(f"{truth} has no action to compare with", got=got, do="write a row for each true segment")
    videos = {row.video for row in true_rows}
    for row in rows:
        _check_known(predicted, row, "video", row.video, videos)
        _check_known(predicted, row, "label", row.label, labels)
    ends: dict[str, Fraction] = defaultdict(Fraction)
    for row in [*true_rows, *rows]:
        ends[row.video] = max(row.end, ends[row.video])
    return Comparison(
        truth=_timelines(true_rows, ends),
        predicted=_timelines(rows, ends),
        labels=LabelSet(labels),
        groups=_groups(truth, true_rows),
        notes=(*_notes("true", true_rows), *_notes("predicted", rows)),
    )


def _read(file: Path, needs: Sequence[str]) -> list[_Row]:
    (head, names), *lines = read_lines(file) or [(1, ())]
    places = _places(file, head, names, needs)
    rows = []
    for line, cells in lines:
        if len(cells) < len(names) or any(cells[len(names) :]):
            got = f"{len(cells)} cells for {len(names)} columns"
            raise problem(file, line, "the line does not fit the heading", got, "quote cells that hold the delimiter")
        rows.append(_row(file, line, {column: cells[place] for column, place in places.items()}))
    return rows


def _places(file: Path, line: int, names: Sequence[str], needs: Sequence[str]) -> dict[str, int]:
    """Where the columns of `needs` stand, and `group` if it is there."""
    known = [name.lower() for name in names]
    wanted = [*needs, "group"] if "group" in known else needs
    columns = {column: _SECONDS[column] if _SECONDS.get(column) in known else column for column in wanted}
    got = ", ".join(names) or "an empty file"
    for column in columns.values():
        if column not in known:
            allowed = f"{','.join(needs)} in the first line"
            raise problem(file, line, f"the column {column} is missing", got, "add it", allowed)
        if known.count(column) > 1:
            raise problem(file, line, f"the column {column} is there twice", got, "keep one of them")
    return {column: known.index(name) for column, name in columns.items()}


def _row(file: Path, line: int, cells: Mapping[str, str]) -> _Row:
    for column in ("video", "label"):
        if not cells[column]:
            raise problem(file, line, f"the {column} is missing", "an empty cell", "write its name")
    start, end = (_time(file, line, column, cells[column]) for column in ("start", "end"))
    if start > end:
        got = f"start {cells['start']}, end {cells['end']}"
        raise problem(file, line, "the segment ends before it starts", got, "correct the times")
    score = _score(file, line, cells["score"]) if "score" in cells else 1.0
    return _Row(line, cells["video"], start, end, cells["label"], score, cells.get("group", ""))


def _time(file: Path, line: int, column: str, cell: str) -> Fraction:
    time = Fraction(cell.replace(",", ".")) if _NUMBER.fullmatch(cell) else Fraction(-1)
    if not 0 <= time <= LONGEST:
        allowed = f"seconds as 12 or 12.5, from 0 to {LONGEST:.0e}"
        raise problem(file, line, f"the {column} is not a time", cell or "an empty cell", "correct it", allowed)
    return time


def _score(file: Path, line: int, cell: str) -> float:
    score = float(cell.replace(",", ".")) if _NUMBER.fullmatch(cell) else -1.0
    if not 0 <= score <= 1:
        do = "write a probability; a sigmoid makes one of a logit and keeps the order"
        raise problem(file, line, "the score is not a probability", cell or "an empty cell", do, "0 to 1")
    return score


def _check_known(file: Path, row: _Row, kind: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        near = UnknownNameError(kind, name, known, do=f"name it as the truth does, or leave the {kind} out")
        raise problem(file, row.line, f"the truth has no such {kind}", near.got, near.do)


def _timelines(rows: Sequence[_Row], ends: Mapping[str, Fraction]) -> dict[str, Timeline]:
    return {video: Timeline(ends[video], flatten(segments)) for video, segments in _segments(rows).items()}


def _segments(rows: Sequence[_Row]) -> dict[str, list[Segment]]:
    """By video; those without length are left out."""
    found: dict[str, list[Segment]] = {row.video: [] for row in rows}
    for row in rows:
        if row.start < row.end:
            found[row.video].append(Segment(row.start, row.end, row.label, row.score))
    return found


def _groups(file: Path, rows: Sequence[_Row]) -> dict[str, str]:
    """The group of each video; without a group it is its own."""
    groups: dict[str, str] = {}
    for row in rows:
        group = row.group or row.video
        if groups.setdefault(row.video, group) != group:
            got = f"{row.video} in {groups[row.video]} and in {group}"
            raise problem(file, row.line, "a video has two groups", got, "keep one of them")
    return groups


def _notes(kind: str, rows: Sequence[_Row]) -> list[str]:
    empty = sum(row.start == row.end for row in rows)
    overlapping = sum(overlaps(segments) for segments in _segments(rows).values())
    notes = {
        f"{empty} {kind} segments without length are dropped": empty,
        f"{overlapping} {kind} segments overlap an earlier one: {RULE}": overlapping,
    }
    return [note for note, count in notes.items() if count]
