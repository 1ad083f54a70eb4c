"""How well shots are found in videos that are spliced from real clips, with cuts, fades, dissolves and wipes.

    benchmarks/shots.py [--development]

Clips of jhmdb (films and the web) and of surveillance_fight (security cameras) follow each other so that neighbours
come from different films or cameras. Of the changes six in ten are cuts; the others last 8 to 36 pictures. A third of
the videos has a rate that varies. A change is found where it overlaps the truth, two pictures more on either side.
False changes are also counted in real videos that are one shot each. The rules of the quick method, and from when on
TransNetV2 is believed, were chosen on --development, which has other clips and other seeds, and on the two videos of
cctv_samples.

Needs ../shared (AISLE_SHARED).
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import record

from aisle.analysis.shots import QUICK, Method, find_shots
from aisle.core import Frame
from aisle.core.shots import Change
from aisle.core.video import Image
from aisle.evaluate.shots import ShotReport, judge, pooled
from aisle.media.read import Reader
from aisle.media.write import Writer

SHARED = Path(os.environ.get("AISLE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
SIZE, RATE = (320, 240), Fraction(25)
VIDEOS, CLIPS = 12, 24
SHORTEST = 12
"""Pictures of a clip that are left to itself between two changes."""


@dataclass(frozen=True, slots=True)
class Clip:
    path: Path
    group: str


def clips(name: str, development: bool) -> list[Clip]:
    """Those of half of the groups."""
    folder = SHARED / "data" / name
    with (folder / "clips.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    groups = sorted({row["group"] for row in rows})
    chosen = set(groups[0::2] if development else groups[1::2])
    return [Clip(folder / row["path"], f"{name}/{row['group']}") for row in rows if row["group"] in chosen]


def spliced(source: list[Clip], rng: np.random.Generator) -> tuple[list[Image], list[tuple[int, int]]]:
    """The pictures, and of each change the first picture that is not of the old shot alone, and the first that is of
    the new one alone.
    """
    shown: list[Image] = []
    truth: list[tuple[int, int]] = []
    last = ""
    for _ in range(CLIPS):
        clip = source[int(rng.integers(len(source)))]
        while clip.group == last:
            clip = source[int(rng.integers(len(source)))]
        with Reader(clip.path, size=SIZE) as reader:
            pictures = [frame.image for frame in reader]
        if len(pictures) < 2 * SHORTEST:
            continue
        last = clip.group
        if not shown:
            shown += pictures
            continue
        begin = truth[-1][1] if truth else 0
        room = min(len(shown) - begin - SHORTEST, len(pictures) - SHORTEST, 36)
        kind = str(rng.choice(["cut", "dissolve", "fade", "wipe"], p=[0.6, 0.2, 0.12, 0.08]))
        if kind == "cut" or room < 8:
            truth.append((len(shown), len(shown)))
            shown += pictures
            continue
        length = int(rng.integers(8, room + 1))
        old, new = shown[-length:], pictures[:length]
        del shown[-length:]
        first = len(shown)
        shown += mixed(kind, old, new)
        truth.append((first, len(shown)))
        shown += pictures[length:]
    return shown, truth


def mixed(kind: str, old: list[Image], new: list[Image]) -> Iterator[Image]:
    count = len(old)
    for number, (one, other) in enumerate(zip(old, new, strict=True)):
        share = (number + 1) / (count + 1)
        if kind == "dissolve":
            yield ((1 - share) * one + share * other).astype(np.uint8)
        elif kind == "fade":
            yield (max(1 - 2 * share, 0) * one + max(2 * share - 1, 0) * other).astype(np.uint8)
        else:
            edge = round(share * one.shape[1])
            yield np.concatenate([other[:, :edge], one[:, edge:]], axis=1)


def written(pictures: list[Image], path: Path, rng: np.random.Generator, varies: bool) -> list[Fraction]:
    """When each picture comes on screen, and when the last goes."""
    steps = [Fraction(int(rng.integers(2, 6)), 75) if varies else 1 / RATE for _ in pictures]
    times = [sum(steps[:at], Fraction(0)) for at in range(len(steps) + 1)]
    with Writer(path, *SIZE, RATE) as writer:
        for time, image in zip(times, pictures, strict=False):
            writer.write(Frame(time, image))
    return times


def run(methods: list[Method], development: bool) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    reports: dict[str, list[ShotReport]] = {method.name: [] for method in methods}
    spent = dict.fromkeys(reports, 0.0)
    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(VIDEOS):
            rng = np.random.default_rng((1 if development else 2, number))
            source = clips(("jhmdb", "surveillance_fight")[number % 2], development)
            pictures, places = spliced(source, rng)
            path = Path(folder, f"{number}.mp4")
            times = written(pictures, path, rng, varies=number % 3 == 2)
            truth = [Change(times[first], times[after]) for first, after in places]
            seconds += float(times[-1])
            for method in methods:
                begun = perf_counter()
                found = find_shots(path, method)
                spent[method.name] += perf_counter() - begun
                reports[method.name].append(judge(found.changes, truth, found.rate))
    for name, each in reports.items():
        figures[name] = told(pooled(each)) | {"times real time": round(seconds / spent[name], 1)}
        figures[name]["by source"] = {
            source: told(pooled(each[at::2])) for at, source in enumerate(("jhmdb", "surveillance_fight"))
        }
        figures[name]["at a varying rate"] = told(pooled(each[2::3]))
    return figures


def single(methods: list[Method]) -> dict[str, Any]:
    """Changes found in videos without any: cameras that stand still."""
    videos = [*sorted(SHARED.glob("data/cctv_samples/*.mp4")), *sorted(SHARED.glob("data/shoplifting_lab/*/*.mp4"))]
    figures: dict[str, Any] = {}
    for method in methods:
        shots = [find_shots(video, method) for video in videos]
        minutes = sum(float(one.duration) for one in shots) / 60
        figures[method.name] = {"false": sum(len(one.changes) for one in shots), "minutes": round(minutes, 1)}
    return figures


def told(report: ShotReport) -> dict[str, Any]:
    late = [float(off) for off in report.off]
    return {
        "f1": round(report.f1, 4),
        "precision": round(report.precision, 4),
        "recall": round(report.recall, 4),
        "cuts found": f"{report.found_cuts} of {report.cuts}",
        "gradual found": f"{report.found_gradual} of {report.gradual}",
        "false": report.false,
        "cuts to the picture": round(report.exact, 4),
        "farthest cut, pictures": max(map(abs, late), default=0),
    }


def main() -> None:
    development = "--development" in sys.argv
    methods = [QUICK]
    if "--fast" not in sys.argv:
        from aisle.deploy.shots import open_shots

        methods.append(open_shots())
    figures = run(methods, development)
    if development:
        for name, figure in figures.items():
            print(name, figure)
    else:
        record.save("shots", figures | {"videos of one shot": single(methods)})


if __name__ == "__main__":
    main()
