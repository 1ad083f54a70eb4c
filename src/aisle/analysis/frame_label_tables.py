"""What pictures of videos show, as tables: Parquet for data tools, CSV for spreadsheets, a DataFrame in Python.

One row an object and picture:

| column       | meaning                                                                          |
| ------------ | -------------------------------------------------------------------------------- |
| video        | path of the video                                                                |
| frame        | the picture, from 0                                                              |
| time_s       | seconds from the start of the video                                              |
| class        | what it shows                                                                    |
| confidence   | how surely, 0 to 1                                                               |
| area_percent | how much of the picture that fills; 100 where a network names the whole picture  |

In the CSV the time is there again as h:mm:ss.mmm, without `_s`. The Parquet also knows how many pictures were looked at
and by what.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aisle.analysis._table_files import parquet_rows, write_csv_rows, write_parquet_rows
from aisle.core import AisleError, InputError, MissingPartError, exact, seconds
from aisle.core.frame_labels import FrameLabel, FrameLabels
from aisle.core.rows import legible

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("frame", "class", "confidence")
"""Those that every such table has; the others follow."""

_ABOUT = b"aisle"


class _Row(NamedTuple):
    video: str
    frame: int
    time_s: float
    class_: str
    confidence: float
    area_percent: float


def data_frame(seen: FrameLabels | Sequence[FrameLabels]) -> pd.DataFrame:
    """The rows of one video, or of several behind each other, with the columns frame, class, confidence, time_s,
    area_percent and video. Raises MissingPartError without pandas.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingPartError("a DataFrame", name="pandas", extra="search") from error
    rows = list(_rows([seen] if isinstance(seen, FrameLabels) else seen))
    return pd.DataFrame(
        {
            "frame": pd.Series([row.frame for row in rows], dtype="int64"),
            "class": pd.Series([row.class_ for row in rows], dtype="str"),
            "confidence": pd.Series([row.confidence for row in rows], dtype="float64"),
            "time_s": pd.Series([row.time_s for row in rows], dtype="float64"),
            "area_percent": pd.Series([row.area_percent for row in rows], dtype="float64"),
            "video": pd.Series([row.video for row in rows], dtype="str"),
        }
    )


def write_frame_labels(seen: FrameLabels, path: Path) -> None:
    """By the ending of `path`, .csv or .parquet. Raises OutputError where the disk refuses."""
    if path.suffix.lower() == ".csv":
        write_csv_rows(path, _Row, _rows([seen]))
        return
    about = json.dumps({"video": legible(seen.video), "pictures": seen.pictures, "producer": seen.producer})
    write_parquet_rows(path, _Row, _rows([seen]), {_ABOUT: about.encode()})


def read_frame_labels(path: Path) -> FrameLabels:
    """What `write_frame_labels` wrote as Parquet. Raises InputError, with the row, for what is no such table."""
    rows, told = parquet_rows(path, _Row)
    try:
        about = json.loads(told[_ABOUT])
        video, pictures, producer = str(about["video"]), int(about["pictures"]), str(about["producer"])
    except (KeyError, ValueError) as error:
        do = "write it again: aisle label-frames"
        raise InputError(f"{path} does not say what was looked at", got=str(error), do=do) from error
    found = []
    for place, row in rows:
        frame, time, label, confidence, area = row[1:]
        try:
            found.append(FrameLabel(frame, exact(time), label, confidence, area / 100))
        except AisleError as error:
            raise InputError(f"{place}: no label of a picture", got=str(error)) from error
    return FrameLabels(video, pictures, tuple(found), producer)


def _rows(tables: Iterable[FrameLabels]) -> Iterator[_Row]:
    for seen in tables:
        video = legible(seen.video)
        for row in seen.rows:
            yield _Row(
                video, row.frame, seconds(row.time), row.label, round(row.confidence, 6), round(100 * row.area, 4)
            )
