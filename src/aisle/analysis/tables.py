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

import dataclasses
import json
from pathlib import Path
from typing import NamedTuple

from aisle.analysis._table_files import write_csv_rows, write_parquet_rows
from aisle.core.analysis import Analysis
from aisle.core.files import whole
from aisle.core.rows import legible
from aisle.core.time import Grid, seconds

_TOP = 5


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
        "video": legible(analysis.info.path),
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
            {"start_s": seconds(gap.start), "end_s": seconds(gap.end), "reason": legible(gap.reason)}
            for gap in analysis.timeline.skipped
        ],
        "notes": [legible(note) for note in analysis.notes],
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
    write_csv_rows(path, _Row, _rows(analysis))


def write_parquet(analysis: Analysis, path: Path) -> None:
    """One row a segment. Raises MissingPartError without pyarrow."""
    write_parquet_rows(path, _Row, _rows(analysis))


def _rows(analysis: Analysis) -> list[_Row]:
    video = legible(analysis.info.path)
    return [
        _Row(video, seconds(each.start), seconds(each.end), legible(each.label), _probability(each.score))
        for each in analysis.timeline.segments
    ]


def _grid(grid: Grid) -> dict[str, float | int]:
    # Full precision: cell i starts at start_s + i * step_s, and a rounded step would drift over a long video.
    return {"start_s": float(grid.start), "step_s": float(grid.step), "count": grid.count}


def _probability(value: float) -> float:
    return round(float(value), 6)
