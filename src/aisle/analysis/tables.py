"""A timeline as a file for other programs: JSON with everything, CSV for spreadsheets, Parquet for data tools.

| column         | meaning                                                                     |
| -------------- | --------------------------------------------------------------------------- |
| video          | path of the video                                                           |
| start_s, end_s | seconds from the start of the video; the end does not belong to the segment |
| label, score   | the action, and its mean probability there, 0 to 1                          |
| start, end     | the same times as h:mm:ss.mmm, for people; in the CSV only                  |

Bytes of a path that are no text are written as `\\udcff`. Every writer raises OutputError where the disk refuses.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from pathlib import Path
from typing import NamedTuple

from aisle.core.analysis import Analysis
from aisle.core.errors import MissingPartError
from aisle.core.files import whole
from aisle.core.time import Grid, clock, seconds

_TOP = 5

# What spreadsheets take for a formula: = + - @, also in full width and behind blanks, and a leading tab or line break.
_FORMULA = re.compile(r"\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n]")


class _Row(NamedTuple):
    video: str
    start_s: float
    end_s: float
    label: str
    score: float


def write_json(analysis: Analysis, path: Path) -> None:
    """One object: video, model, duration_s, predictions (the best five), grid, segments, skipped, notes, timing.

    Of a model with a threshold also decision and threshold.
    """
    record = {
        "video": _text(analysis.info.path),
        "model": analysis.model,
        "duration_s": seconds(analysis.timeline.duration),
        **decision(analysis),
        "predictions": [
            {"label": each.label, "probability": _probability(each.probability)} for each in analysis.predictions[:_TOP]
        ],
        "grid": _grid(analysis.scores.grid),
        "segments": [
            {"start_s": row.start_s, "end_s": row.end_s, "label": row.label, "score": row.score}
            for row in _rows(analysis)
        ],
        "skipped": [
            {"start_s": seconds(gap.start), "end_s": seconds(gap.end), "reason": _text(gap.reason)}
            for gap in analysis.timeline.skipped
        ],
        "notes": [_text(note) for note in analysis.notes],
        "timing": dataclasses.asdict(analysis.timing),
    }
    with whole(path) as part:
        text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
        part.write_text(text + "\n", encoding="utf-8")


def decision(analysis: Analysis) -> dict[str, str | float]:
    """The answer of a model with a threshold, and that threshold; nothing of another."""
    if analysis.threshold is None:
        return {}
    return {"decision": analysis.predictions[0].label, "threshold": _probability(analysis.threshold)}


def write_csv(analysis: Analysis, path: Path) -> None:
    """One row a segment. Text that a spreadsheet would run as a formula gets a ' in front, which keeps it text."""
    buffer = io.StringIO()
    table = csv.writer(buffer)
    table.writerow([*_Row._fields, "start", "end"])
    for row, segment in zip(_rows(analysis), analysis.timeline.segments, strict=True):
        plain = row._replace(video=_harmless(row.video), label=_harmless(row.label))
        table.writerow([*plain, clock(segment.start), clock(segment.end)])
    text = buffer.getvalue()
    # Spreadsheets read UTF-8 rightly only behind a mark; other programs trip over it, so it stands only where needed.
    encoding = "utf-8" if text.isascii() else "utf-8-sig"
    with whole(path) as part:
        part.write_text(text, encoding=encoding, newline="")


def write_parquet(analysis: Analysis, path: Path) -> None:
    """One row a segment. Raises MissingPartError without pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise MissingPartError("a Parquet table", name="pyarrow", extra="tables") from None

    schema = pa.schema(
        [
            ("video", pa.string()),
            ("start_s", pa.float64()),
            ("end_s", pa.float64()),
            ("label", pa.string()),
            ("score", pa.float64()),
        ]
    )
    rows = [row._asdict() for row in _rows(analysis)]
    with whole(path) as part, part.open("wb") as file:  # pyarrow itself opens no path that is not UTF-8
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), file)


def _rows(analysis: Analysis) -> list[_Row]:
    video = _text(analysis.info.path)
    return [
        _Row(video, seconds(each.start), seconds(each.end), _text(each.label), _probability(each.score))
        for each in analysis.timeline.segments
    ]


def _grid(grid: Grid) -> dict[str, float | int]:
    # Full precision: cell i starts at start_s + i * step_s, and a rounded step would drift over a long video.
    return {"start_s": float(grid.start), "step_s": float(grid.step), "count": grid.count}


def _probability(value: float) -> float:
    return round(float(value), 6)


def _text(value: str) -> str:
    """Text that can be written as UTF-8: a file name need not be, and is not a reason to lose a result."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _harmless(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell
