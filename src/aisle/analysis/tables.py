"""A timeline as a file for other programs: JSON with everything, CSV for spreadsheets, Parquet for data tools.

| column         | meaning                                                                     |
| -------------- | --------------------------------------------------------------------------- |
| video          | path of the video                                                           |
| start_s, end_s | seconds from the start of the video; the end does not belong to the segment |
| label, score   | the action, and its mean probability there, 0 to 1                          |
| start, end     | the same times as h:mm:ss.mmm, for people; in the CSV only                  |

Of a model that says where there are more columns, which are empty where nothing is warned of:

| column                   | meaning                                                                        |
| ------------------------ | ------------------------------------------------------------------------------ |
| hottest                  | the riskiest moment of the segment, in seconds                                 |
| left, top, right, bottom | where in the picture that was, as shares of its width and height               |
| who, track_id            | who or what was there, where people and things were followed; -1 is nobody     |

Bytes of a path that are no text are written as `\\udcff`. Every writer raises OutputError where the disk refuses.
"""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import NamedTuple

from aisle.analysis._table_files import write_csv_rows, write_parquet_rows
from aisle.analysis.places import places
from aisle.core.analysis import Analysis
from aisle.core.detections import NOBODY
from aisle.core.files import whole
from aisle.core.observed import Observed
from aisle.core.rows import legible
from aisle.core.time import Grid, seconds
from aisle.core.unusual import Where

_TOP = 5


class _Row(NamedTuple):
    video: str
    start_s: float
    end_s: float
    label: str
    score: float


class _PlacedRow(NamedTuple):
    video: str
    start_s: float
    end_s: float
    label: str
    score: float
    hottest: float
    left: float
    top: float
    right: float
    bottom: float
    who: str
    track_id: int


def write_json(analysis: Analysis, path: Path, observed: Observed | None = None) -> None:
    """One object: video, model, duration_s, predictions (the best five), grid, segments, skipped, notes, timing.

    Of a model with a threshold also decision and threshold; of one that says where, what it warns of has a place, and
    of what was `observed`, who was there. `drift` is there where something became of the camera itself.
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
            {"start_s": row.start_s, "end_s": row.end_s, "label": row.label, "score": row.score} | _place(place)
            for row, place in zip(_rows(analysis), places(analysis, observed), strict=True)
        ],
        "skipped": [
            {"start_s": seconds(gap.start), "end_s": seconds(gap.end), "reason": legible(gap.reason)}
            for gap in analysis.timeline.skipped
        ],
        **_drift(analysis),
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


def _place(where: Where | None) -> dict[str, object]:
    if where is None:
        return {}
    who = {} if where.label is None else {"who": legible(where.label), "track_id": where.track}
    return {"hottest_s": seconds(where.time), "place": [round(side, 4) for side in where.place], **who}


def _drift(analysis: Analysis) -> dict[str, object]:
    """What became of the camera itself; nothing where nothing did."""
    found = [
        {
            "start_s": seconds(each.start),
            "end_s": seconds(each.end),
            "kind": each.label,
            "score": _probability(each.score),
        }
        for each in analysis.drift
    ]
    return {"drift": found} if found else {}


def write_csv(analysis: Analysis, path: Path, observed: Observed | None = None) -> None:
    """One row a segment. Text that a spreadsheet would run as a formula gets a ' in front, which keeps it text."""
    if analysis.heat is None:
        write_csv_rows(path, _Row, _rows(analysis))
    else:
        write_csv_rows(path, _PlacedRow, _placed_rows(analysis, observed))


def write_parquet(analysis: Analysis, path: Path, observed: Observed | None = None) -> None:
    """One row a segment. Raises MissingPartError without pyarrow."""
    if analysis.heat is None:
        write_parquet_rows(path, _Row, _rows(analysis))
    else:
        write_parquet_rows(path, _PlacedRow, _placed_rows(analysis, observed))


def _placed_rows(analysis: Analysis, observed: Observed | None) -> list[_PlacedRow]:
    rows = zip(_rows(analysis), places(analysis, observed), strict=True)
    return [_placed(row, place) for row, place in rows]


def _placed(row: _Row, where: Where | None) -> _PlacedRow:
    """NaN is an empty cell, and NOBODY whoever is not known."""
    if where is None:
        return _PlacedRow(*row, math.nan, math.nan, math.nan, math.nan, math.nan, "", NOBODY)
    left, top, right, bottom = (round(side, 4) for side in where.place)
    track = NOBODY if where.track is None else where.track
    return _PlacedRow(*row, seconds(where.time), left, top, right, bottom, legible(where.label or ""), track)


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
