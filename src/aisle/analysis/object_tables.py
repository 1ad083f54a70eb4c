"""What was seen and what happened, as tables: Parquet for data tools and for `aisle report`, CSV for spreadsheets.

STEM.objects, one row a thing and look, or a thing and frame of the video:

| column                      | meaning                                                                    |
| --------------------------- | -------------------------------------------------------------------------- |
| video                       | path of the video                                                          |
| time_s, frame               | seconds from the start of the video, and the frame on screen then, from 0  |
| track_id                    | which one it is, from look to look; -1 for what is not followed            |
| label, score                | what it is, and how surely, 0 to 1                                         |
| x1, y1, x2, y2              | left, top, right and bottom in pixels of the video; may lie beyond it      |
| area_percent                | how much of the picture the box fills                                      |
| mask_area_percent           | how much of it the thing itself fills; empty without masks                 |

STEM.hands: video, time_s, frame, track_id, side (left, right), x, y, score, holds (probability of a product in it).
STEM.interactions: video, start_s, end_s, kind, track_id, zone, product, confidence.
STEM.visits: video, track_id, start_s, end_s, items, concealed.

In the CSV every time is there again as h:mm:ss.mmm, without `_s`. Every writer goes by the ending of the path, .csv or
.parquet, and raises OutputError where the disk refuses; every reader raises InputError, with line or row, for what is
no such table. Of the objects only the Parquet is read: it also knows the looks that saw nothing, and the video.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np

from aisle.analysis._table_files import parquet_rows, read_rows, write_csv_rows, write_parquet_rows
from aisle.core.boxes import Boxes
from aisle.core.detections import Detections, Hand, Observation
from aisle.core.errors import AisleError, InputError
from aisle.core.interaction import Interaction, InteractionKind, Visit
from aisle.core.observed import Observed
from aisle.core.rows import legible
from aisle.core.time import exact, seconds
from aisle.core.timeline import Skipped
from aisle.core.video import VideoInfo

Row = TypeVar("Row", bound=NamedTuple)
Made = TypeVar("Made")
Timed = TypeVar("Timed", "_Thing", "_Hand")

_ABOUT = b"aisle"
_SIDES: dict[str, Literal["left", "right"]] = {"left": "left", "right": "right"}
_MICROSECOND = Fraction(1, 1_000_000)  # times are rounded to it in the tables


class _Thing(NamedTuple):
    video: str
    time_s: float
    frame: int
    track_id: int
    label: str
    score: float
    x1: float
    y1: float
    x2: float
    y2: float
    area_percent: float
    mask_area_percent: float


class _Hand(NamedTuple):
    video: str
    time_s: float
    frame: int
    track_id: int
    side: str
    x: float
    y: float
    score: float
    holds: float


class _Interaction(NamedTuple):
    video: str
    start_s: float
    end_s: float
    kind: str
    track_id: int
    zone: str
    product: str
    confidence: float


class _Visit(NamedTuple):
    video: str
    track_id: int
    start_s: float
    end_s: float
    items: int
    concealed: int


def write_objects(observed: Observed, path: Path, *, every_frame: bool = False) -> None:
    """A row for each thing at each look, or with `every_frame` in each frame of the video, as `Observed.at` says."""
    looks = observed.frames() if every_frame else observed.observations
    rows = (row for look in looks for row in _things(legible(observed.info.path), look))
    _write(path, _Thing, rows, {_ABOUT: _about(observed, observed.info.rate if every_frame else observed.rate)})


def write_hands(observed: Observed, path: Path) -> None:
    """A row for each hand at each look."""
    video = legible(observed.info.path)
    rows = [
        _Hand(
            video,
            seconds(look.time),
            look.frame,
            hand.track,
            hand.side,
            round(hand.x, 2),
            round(hand.y, 2),
            round(hand.score, 6),
            round(hand.holds, 6),
        )
        for look in observed.observations
        for hand in look.hands
    ]
    _write(path, _Hand, rows)


def write_interactions(interactions: Iterable[Interaction], path: Path, *, video: str) -> None:
    """A row each, in their order; `video` is its path."""
    rows = [
        _Interaction(
            legible(video),
            *_span(each),
            each.kind,
            each.track,
            legible(each.zone),
            legible(each.product),
            round(each.confidence, 6),
        )
        for each in interactions
    ]
    _write(path, _Interaction, rows)


def write_visits(visits: Iterable[Visit], path: Path, *, video: str) -> None:
    """A row each, in their order; `video` is its path."""
    rows = [_Visit(legible(video), each.track, *_span(each), each.items, each.concealed) for each in visits]
    _write(path, _Visit, rows)


def read_objects(path: Path, hands: Path | None = None) -> Observed:
    """What `write_objects` wrote as Parquet, without masks and poses; `hands` is what `write_hands` wrote, if any.

    A look that saw nothing is known by its time, which lies in no stretch that was skipped.
    """
    rows, told = parquet_rows(path, _Thing)
    blank = _blank(told, path)
    looks = {look.time: look for look in blank.observations}
    for time, things in _by_time(blank, rows).items():
        looks[time] = _look(blank, time, things)
    for time, found in _by_time(blank, read_rows(hands, _Hand) if hands else []).items():
        if time not in looks:
            raise InputError(f"{found[0][0]}: a hand where nobody looked", got=f"at {time} s", do=f"is it of {path}?")
        looks[time] = replace(looks[time], hands=tuple(_hand(where, row) for where, row in found))
    ordered = tuple(sorted(looks.values(), key=lambda look: look.time))
    return _made(str(path), lambda: replace(blank, observations=ordered))


def read_interactions(path: Path) -> tuple[Interaction, ...]:
    """In the order of the file, CSV or Parquet."""
    return tuple(_made(where, partial(_interaction, row)) for where, row in read_rows(path, _Interaction))


def read_visits(path: Path) -> tuple[Visit, ...]:
    """In the order of the file, CSV or Parquet."""
    return tuple(_made(where, partial(_visit, row)) for where, row in read_rows(path, _Visit))


def _write(path: Path, kind: type[Row], rows: Iterable[Row], about: dict[bytes, bytes] | None = None) -> None:
    if path.suffix.lower() == ".csv":
        write_csv_rows(path, kind, rows)
    else:
        write_parquet_rows(path, kind, rows, about)


def _made(where: str, make: Callable[[], Made]) -> Made:
    """Raises InputError for what cannot be, as what `make` makes would."""
    try:
        return make()
    except AisleError as error:
        raise InputError(f"{where}: {error.what}", got=error.got, allowed=error.allowed) from error
    except (ValueError, OverflowError) as error:
        raise InputError(f"{where}: what stands there cannot be", got=str(error)) from error


def _interaction(row: _Interaction) -> Interaction:
    kind, start, end = InteractionKind(row.kind), exact(row.start_s), exact(row.end_s)
    return Interaction(kind, start, end, row.track_id, row.zone, row.product, row.confidence)


def _visit(row: _Visit) -> Visit:
    return Visit(row.track_id, exact(row.start_s), exact(row.end_s), row.items, row.concealed)


def _hand(where: str, row: _Hand) -> Hand:
    if row.side not in _SIDES:
        raise InputError(f"{where}: no such side", got=repr(row.side), allowed="left or right")
    return Hand(row.track_id, _SIDES[row.side], row.x, row.y, row.score, row.holds)


def _span(each: Interaction | Visit) -> tuple[float, float]:
    return seconds(each.start), seconds(each.end)


def _things(video: str, look: Observation) -> list[_Thing]:
    found = look.found
    parts = zip(
        found.tracks.tolist(),
        found.labels,
        found.boxes.scores.tolist(),
        np.round(found.boxes.corners.astype(np.float64), 2).tolist(),
        look.percent().tolist(),
        look.mask_percent().tolist(),
        strict=True,
    )
    return [
        _Thing(
            video,
            seconds(look.time),
            look.frame,
            track,
            legible(label),
            round(score, 6),
            x1,
            y1,
            x2,
            y2,
            round(area, 4),
            round(mask, 4),
        )
        for track, label, score, (x1, y1, x2, y2), area, mask in parts
    ]


def _about(observed: Observed, rate: Fraction) -> bytes:
    """What the columns do not tell, exactly."""
    info = observed.info
    gaps = [[str(gap.start), str(gap.end), legible(gap.reason)] for gap in observed.skipped]
    exactly = {"rate": str(info.rate), "duration": None if info.duration is None else str(info.duration)}
    plain = {name: getattr(info, name) for name in ("width", "height", "frames", "codec", "pixel_format", "rotation")}
    record = {
        "info": plain | exactly | {"path": legible(info.path), "has_audio": info.has_audio},
        "rate": str(rate),
        "end": str(observed.end),
        "skipped": gaps,
    }
    return json.dumps(record).encode()


def _blank(told: dict[bytes, bytes], path: Path) -> Observed:
    """The video, with a look that saw nothing wherever there was one. Raises InputError without such a record."""
    try:
        record = json.loads(told[_ABOUT])
        info: dict[str, Any] = record["info"]
        duration = info["duration"]
        exactly = {"rate": Fraction(info["rate"]), "duration": None if duration is None else Fraction(duration)}
        skipped = tuple(Skipped(Fraction(start), Fraction(end), reason) for start, end, reason in record["skipped"])
        blank = Observed(VideoInfo(**info | exactly), Fraction(record["rate"]), (), skipped, Fraction(record["end"]))
    except (KeyError, ValueError, TypeError, ZeroDivisionError, AisleError) as error:
        do = "detect the video again, or name a STEM.objects.parquet of `aisle detect`"
        raise InputError(f"{path} does not tell of which video it is", got=f"{error}", do=do) from error
    times = [number / blank.rate for number in range(math.ceil(blank.end * blank.rate))]
    seen = (time for time in times if not any(gap.start <= time < gap.end for gap in skipped))
    return replace(blank, observations=tuple(_empty(blank, time, int(time * blank.info.rate)) for time in seen))


def _empty(blank: Observed, time: Fraction, frame: int) -> Observation:
    return Observation(time, frame, blank.info.width, blank.info.height, Detections.none())


def _by_time(blank: Observed, rows: Iterable[tuple[str, Timed]]) -> dict[Fraction, list[tuple[str, Timed]]]:
    """Rows of one moment together, by its exact time; in the table it is rounded."""
    found: dict[Fraction, list[tuple[str, Timed]]] = {}
    for where, row in rows:
        time = _made(where, partial(exact, row.time_s))
        on_grid = round(time * blank.rate) / blank.rate
        found.setdefault(on_grid if abs(on_grid - time) <= _MICROSECOND else time, []).append((where, row))
    return found


def _look(blank: Observed, time: Fraction, rows: list[tuple[str, _Thing]]) -> Observation:
    sides = [(where, (row.x1, row.y1, row.x2, row.y2, row.score)) for where, row in rows]
    for where, each in sides:
        if not all(map(math.isfinite, each)):
            got = dict(zip(("x1", "y1", "x2", "y2", "score"), each, strict=True))
            raise InputError(f"{where}: a thing without a place", got=got, allowed="numbers that are finite")
    corners, scores = np.split(np.array([each for _, each in sides], np.float32), [4], axis=1)
    tracks = np.array([row.track_id for _, row in rows], np.int64)
    areas = np.array([row.mask_area_percent for _, row in rows], np.float32)
    return replace(
        _empty(blank, time, rows[0][1].frame),
        found=Detections(Boxes(corners, scores[:, 0]), tuple(row.label for _, row in rows), tracks),
        mask_areas=None if np.isnan(areas).all() else areas,
    )
