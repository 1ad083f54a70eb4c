"""How fast a folder of clips becomes a collection, and how soon it answers.

    benchmarks/indexing.py [WAY]

300 clips, spread evenly over `jhmdb` (120), `surveillance_fight` (100) and `shoplifting_lab` (80), indexed as `aisle
index --by WAY` does (both unless said): shots, what describes them, and the records. Times real time are seconds of
video by seconds of clock, networks already opened; objects and motion are described at the same time. Then
each clip asks for the ten most like it, reasons told, in an index that is open already; and the whole is run again with
nothing new. The load is what others asked of the processor at the beginning and the end: 0 for a machine of one's own.

Needs ../shared (AISLE_SHARED).
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import record

from aisle.analysis.describe import Describer, Floats
from aisle.analysis.describe_both import NAME as BOTH
from aisle.analysis.describe_both import Together
from aisle.analysis.describe_motion import NAME as MOTION
from aisle.analysis.describe_objects import NAME as OBJECTS
from aisle.analysis.indexing import Indexed, index_videos
from aisle.analysis.shots import find_cuts
from aisle.analysis.similar import known_query, similar
from aisle.core import Progress, silent
from aisle.core.shots import Shots
from aisle.core.time_map import Stretch
from aisle.data.collection import videos_below
from aisle.deploy.describers import open_describer
from aisle.media.read import Read, Reader
from aisle.search.index import Index
from aisle.search.records import Recipe

SHARED = Path(os.environ.get("AISLE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
CLIPS = {"jhmdb": 120, "surveillance_fight": 100, "shoplifting_lab": 80}
NEAR = 10

Spent = defaultdict[str, float]
"""Seconds by stage."""


class Timed:
    """A describer that notes how long it takes."""

    def __init__(self, name: str, describer: Describer, spent: Spent) -> None:
        self._name, self._describer, self._spent = name, describer, spent

    @property
    def recipe(self) -> Recipe:
        return self._describer.recipe

    def rows(
        self, video: Path, stretches: Sequence[Stretch], *, progress: Progress = silent, read: Read = Reader
    ) -> Floats:
        """See aisle.analysis.describe.Describer."""
        begun = perf_counter()
        try:
            return self._describer.rows(video, stretches, progress=progress, read=read)
        finally:
            self._spent[self._name] += perf_counter() - begun


def timed_shots(spent: Spent) -> Callable[[Path], Shots]:
    def find(video: Path) -> Shots:
        begun = perf_counter()
        try:
            return find_cuts(video)
        finally:
            spent["shots"] += perf_counter() - begun

    return find


def linked(folder: Path) -> None:
    """The clips as a collection below `folder`."""
    for source, count in CLIPS.items():
        home = SHARED / "data" / source
        with (home / "clips.csv").open(encoding="utf-8", newline="") as file:
            paths = sorted(row["path"] for row in csv.DictReader(file))
        for path in (paths[at * len(paths) // count] for at in range(count)):
            link = folder / source / path
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(home / path)


def opened(way: str, spent: Spent) -> Describer:
    if way != BOTH:
        return Timed(way, open_describer(way), spent)
    return Together([Timed(name, open_describer(name), spent) for name in (OBJECTS, MOTION)])


def answers(index: Path) -> dict[str, float]:
    """Milliseconds of a question by each video, the first, which opens the files, left out."""
    taken = []
    with Index(index) as opened_index:
        for name in opened_index.videos():
            begun = perf_counter()
            query = known_query(opened_index, name)
            if query is not None:
                similar(opened_index, query, NEAR)
            taken.append(1000 * (perf_counter() - begun))
    later = np.array(taken[1:])
    return {
        "first": round(taken[0], 1),
        "median": round(float(np.median(later)), 1),
        "95th percentile": round(float(np.quantile(later, 0.95)), 1),
        "most": round(float(later.max()), 1),
    }


def told(done: Indexed, took: float, spent: Spent) -> dict[str, Any]:
    seconds = float(done.seconds)
    return {
        "videos": done.new,
        "problems": len(done.problems),
        "seconds of video": round(seconds),
        "times real time": round(seconds / took, 1),
        "times real time by stage": {name: round(seconds / spent_s, 1) for name, spent_s in spent.items()},
    }


def main() -> None:
    way = sys.argv[1] if len(sys.argv) > 1 else BOTH
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        home, index = Path(name) / "clips", Path(name) / "index"
        linked(home)
        spent = Spent(float)
        describer = opened(way, spent)
        begun = perf_counter()
        done = index_videos(videos_below(home), index, describer, home=home, shots=timed_shots(spent))
        took = perf_counter() - begun
        begun = perf_counter()
        index_videos(videos_below(home), index, describer, home=home, shots=find_cuts)
        again = perf_counter() - begun
        with Index(index) as opened_index:
            parts = opened_index.count
        figures = told(done, took, spent) | {
            "parts": parts,
            "s to see that nothing is new": round(again, 2),
            "ms an answer": answers(index),
            "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        }
    record.save("indexing", record.load("indexing") | {way: figures})


if __name__ == "__main__":
    main()
