"""What a summary leaves in a folder: the short video, the map back to the whole one, and the storyboard.

STEM.summary.csv, one row a kept stretch:

| column                   | meaning                                                            |
| ------------------------ | ------------------------------------------------------------------ |
| video                    | path of the whole video                                            |
| kept_start_s, kept_end_s | seconds of the short video; the end does not belong to the stretch |
| start_s, end_s           | the same stretch in seconds of the whole video                     |
| why                      | what was seen there: motion, people, risk                          |
| peak_s                   | the moment of the whole video that the storyboard shows            |

and each time once more as h:mm:ss.mmm.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from aisle.analysis._table_files import write_csv_rows
from aisle.analysis.summarize import Summary
from aisle.analysis.summary import Kept
from aisle.core import Progress, clock, seconds, silent, whole, writing
from aisle.core.rows import legible
from aisle.core.time_map import TimeMap
from aisle.media.cut import cut, pictures_at
from aisle.media.cut_copy import cut_copy
from aisle.media.storyboard import MOST, Scene, tile, write_storyboard


@dataclass(frozen=True, slots=True)
class SummaryFiles:
    """Where the summary of one video lies. Of a video in which nothing happens there are `csv` and `json` alone."""

    video: Path
    csv: Path
    json: Path
    board: Path

    @classmethod
    def named(cls, stem: Path) -> SummaryFiles:
        """`stem` is a path without an ending, which is appended."""
        kinds = ("mp4", "csv", "json", "png")
        return cls(*(stem.with_name(f"{stem.name}.summary.{kind}") for kind in kinds))


class _Row(NamedTuple):
    video: str
    kept_start_s: float
    kept_end_s: float
    start_s: float
    end_s: float
    why: str
    peak_s: float


def write_summary(
    summary: Summary,
    files: SummaryFiles,
    *,
    video: str | Path,
    copy: bool = False,
    with_clock: bool = True,
    progress: Progress = silent,
) -> TimeMap:
    """Writes all of `files`, of `video`; each is whole or absent, and one of an earlier run is replaced or removed.

    With `copy` nothing is encoded anew, so that stretches begin and end at key frames and there is no clock. Returns
    the map that the short video keeps to. Raises OutputError where the disk refuses, and what `cut` raises.
    """
    times = summary.times
    if not summary.kept:
        for path in (files.video, files.board):
            with writing(path):
                path.unlink(missing_ok=True)
    elif copy:
        times = cut_copy(video, times, files.video, progress=progress)
    else:
        cut(video, times, files.video, with_clock=with_clock, progress=progress)
    write_csv_rows(files.csv, _Row, _rows(summary, times))
    _write_json(summary, times, files.json, copy=copy)
    if summary.kept:
        _write_board(summary, video, files.board)
    return times


def _rows(summary: Summary, times: TimeMap) -> list[_Row]:
    video = legible(summary.info.path)
    return [
        _Row(
            video,
            seconds(here.start),
            seconds(here.end),
            seconds(there.start),
            seconds(there.end),
            " ".join(dict.fromkeys(why for each in inside for why in each.why)),
            seconds(max(inside, key=lambda each: each.most).peak),
        )
        for there, here in times.pairs
        if (inside := [each for each in summary.kept if there.start <= each.peak < there.end])
    ]


def _write_json(summary: Summary, times: TimeMap, path: Path, *, copy: bool) -> None:
    lasts, rules = summary.duration, summary.rules
    record = {
        "video": legible(summary.info.path),
        "duration_s": seconds(lasts),
        "kept_s": seconds(times.lasts),
        "dropped_s": seconds(lasts - times.lasts),
        "share_kept": round(float(times.lasts / lasts), 6) if lasts else 0.0,
        "looked_for": list(summary.looked),
        "rules": {
            "margin_s": seconds(rules.margin),
            "shortest_s": seconds(rules.shortest),
            "shortest_gap_s": seconds(rules.shortest_gap),
            "cut_at_key_frames": copy,
        },
        "stretches": [
            {
                "kept_start_s": row.kept_start_s,
                "kept_end_s": row.kept_end_s,
                "start_s": row.start_s,
                "end_s": row.end_s,
                "why": row.why.split(),
                "peak_s": row.peak_s,
            }
            for row in _rows(summary, times)
        ],
        "skipped": [
            {"start_s": seconds(gap.start), "end_s": seconds(gap.end), "reason": legible(gap.reason)}
            for gap in summary.skipped
        ],
    }
    with whole(path) as part:
        part.write_text(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _write_board(summary: Summary, video: str | Path, path: Path) -> None:
    shown = _shown(summary.kept)
    images = pictures_at(video, [each.peak for each in shown], tile(summary.info))
    scenes = [Scene(each.stretch, image, ", ".join(each.why)) for each, image in zip(shown, images, strict=True)]
    lasts: Fraction = summary.times.lasts
    count = len(summary.kept)
    title = f"{Path(summary.info.path).name}: {clock(lasts)[:-4]} of {clock(summary.duration)[:-4]}"
    left = count - len(shown)
    note = f"{count} stretch{'' if count == 1 else 'es'}"
    note += f", of which the {len(shown)} with most in them are shown; {left} are left out" if left else ""
    write_storyboard(scenes, path, title=legible(title), note=note)


def _shown(kept: Sequence[Kept]) -> list[Kept]:
    """As many as a sheet has room for, those in which most happens, in order of time."""
    best = sorted(kept, key=lambda each: -each.most)[:MOST]
    return sorted(best, key=lambda each: each.stretch)
