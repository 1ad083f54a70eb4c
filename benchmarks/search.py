"""How good the answers of `aisle similar` are: every clip asks for its like among the clips of all other groups.

    benchmarks/search.py [--rows FILE]

Rows of whole clips by objects, motion, both and colours; random answers beside them. A group is a film (jhmdb), a
source video (fights) or an actor (shoplifting): answers of the same one do not count, so that nothing is found by its
place. In the sets of places it is the other way round: the class is the film or the camera, and only the clip itself is
left out. Each set is a collection of its own, and has its own space. The shares of objects and motion in `both`, and
what is read of the networks, were chosen on every other class of jhmdb (`development`). Figures are means over queries;
intervals draw groups anew. --rows keeps what was computed.

Needs ../shared (AISLE_SHARED).
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import record

from aisle.analysis.indexing import length
from aisle.core import silent
from aisle.core.time_map import Stretch, TimeMap
from aisle.deploy.describers import WEIGHTS, open_describer
from aisle.evaluate.retrieval import Retrieval, retrieve
from aisle.media.cut import cut
from aisle.search.rows import Floats
from aisle.search.space import Block, fit

SHARED = Path(os.environ.get("AISLE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
WAYS = ("objects", "motion", "colours")
PIECE = 6
"""Seconds of the pieces of the two long videos; every other one is left out, so that pieces do not touch."""

SUBSETS = {
    "sport: catch, kick_ball, shoot_ball, swing_baseball": ("catch", "kick_ball", "shoot_ball", "swing_baseball"),
    "body: jump, pullup, run, stand, walk": ("jump", "pullup", "run", "stand", "walk"),
    "hands: brush_hair, pick, pour, push, throw, wave": ("brush_hair", "pick", "pour", "push", "throw", "wave"),
}


@dataclass(frozen=True, slots=True)
class Clip:
    path: Path
    source: str
    label: str
    group: str


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Raw rows (N, D) of `clips` by each way, with their blocks."""

    clips: tuple[Clip, ...]
    raw: Mapping[str, Floats]
    blocks: Mapping[str, tuple[Block, ...]]


def labelled(name: str) -> list[Clip]:
    folder = SHARED / "data" / name
    with (folder / "clips.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [Clip(folder / row["path"], name, row["label"], row.get("group") or row["actor"]) for row in rows]


def pieces(folder: Path) -> list[Clip]:
    """Of the two long videos of cctv_samples."""
    found = []
    for video in sorted((SHARED / "data" / "cctv_samples").glob("*.mp4")):
        for start in range(0, int(length(video)) - PIECE, 2 * PIECE):
            path = folder / f"{video.stem}-{start}.mp4"
            cut(video, TimeMap((Stretch(Fraction(start), Fraction(start + PIECE)),)), path, with_clock=False)
            found.append(Clip(path, "cctv_samples", video.stem, path.stem))
    return found


def described(clips: list[Clip]) -> tuple[Rows, dict[str, Any]]:
    raw, blocks, spent = {}, {}, {}
    for way in WAYS:
        describer, begun, seconds = open_describer(way), perf_counter(), Fraction(0)
        rows = []
        for clip in clips:
            whole = Stretch(Fraction(0), length(clip.path))
            seconds += whole.lasts
            rows.append(describer.rows(clip.path, [whole], progress=silent)[0])
        raw[way], blocks[way] = np.stack(rows), describer.recipe.blocks
        spent[way] = round(float(seconds) / (perf_counter() - begun), 1)
    return Rows(tuple(clips), raw, blocks), spent


def units(rows: Rows, chosen: list[int], way: str) -> Floats:
    """(N, D) of `chosen` in the space of these alone."""
    ways = ("objects", "motion") if way == "both" else (way,)
    raw = np.concatenate([rows.raw[one][chosen] for one in ways], axis=1)
    return fit(raw, [block for one in ways for block in rows.blocks[one]]).apply(raw)


def sets(clips: tuple[Clip, ...]) -> dict[str, tuple[list[int], list[str], list[str]]]:
    """By name: which clips, their classes, and the groups that no answer may come from."""
    labels = sorted({clip.label for clip in clips if clip.source == "jhmdb"})
    told = labels[1::2]
    chosen = {
        "development: every other class of jhmdb": [at for at, clip in enumerate(clips) if clip.label in labels[::2]],
        f"actions: the other {len(told)} classes of jhmdb": [at for at, clip in enumerate(clips) if clip.label in told],
    }
    for name, some in SUBSETS.items():
        chosen[f"actions, {name}"] = [
            at for at, clip in enumerate(clips) if clip.source == "jhmdb" and clip.label in some
        ]
    chosen["fights: fight or normal"] = [at for at, clip in enumerate(clips) if clip.source == "surveillance_fight"]
    chosen["shoplifting lab: shoplifting or normal"] = [
        at for at, clip in enumerate(clips) if clip.source == "shoplifting_lab"
    ]
    found = {
        name: (some, [clips[at].label for at in some], [clips[at].group for at in some])
        for name, some in chosen.items()
    }
    found["kinds: films, fights, a laboratory, a passage, a belt"] = (
        list(range(len(clips))),
        [clip.label if clip.source == "cctv_samples" else clip.source for clip in clips],
        [f"{clip.source}/{clip.group}" for clip in clips],
    )
    for source, name in (("surveillance_fight", "places: the camera of a fight"), ("jhmdb", "places: the film")):
        often = Counter(clip.group for clip in clips if clip.source == source)
        some = [at for at, clip in enumerate(clips) if clip.source == source and often[clip.group] > 2]
        found[name] = (some, [clips[at].group for at in some], [str(at) for at in some])
    return found


def judged(rows: Rows, way: str, some: list[int], labels: list[str], groups: list[str]) -> Retrieval:
    names = sorted(set(labels))
    classes = np.array([names.index(label) for label in labels])
    if way == "random":
        similar = np.random.default_rng(0).random((len(some), len(some))).astype(np.float32)
    else:
        unit = units(rows, some, way)
        similar = unit @ unit.T
    return retrieve(similar, classes, groups)


def told(found: Retrieval) -> dict[str, Any]:
    def figure(name: str) -> str:
        spread = found.confidence.get(name)
        value = getattr(found, name)
        return f"{value:.3f}" + (f" ({spread.low:.3f}-{spread.high:.3f})" if spread else "")

    return {
        "precision@10": figure("precision"),
        "mean average precision": figure("average_precision"),
        "recall@1": figure("first"),
    }


def kept(path: Path, clips: list[Clip]) -> tuple[Rows, dict[str, Any]]:
    """What an earlier run computed, or this one keeps."""
    if not path.is_file():
        rows, spent = described(clips)
        np.savez(path, **{f"raw {way}": rows.raw[way] for way in WAYS})
        return rows, spent
    with np.load(path) as file:
        raw = {way: file[f"raw {way}"] for way in WAYS}
    return Rows(tuple(clips), raw, {way: open_describer(way).recipe.blocks for way in WAYS}), {}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clips = [clip for name in ("jhmdb", "surveillance_fight", "shoplifting_lab") for clip in labelled(name)]
        clips += pieces(Path(folder))
        at = sys.argv.index("--rows") if "--rows" in sys.argv else 0
        rows, spent = kept(Path(sys.argv[at + 1]), clips) if at else described(clips)
    table = {}
    for name, (some, labels, groups) in sets(rows.clips).items():
        told_of = {"clips": len(some), "classes": len(set(labels)), "groups": len(set(groups))}
        ways = ("both", *WAYS, "random")
        table[name] = told_of | {way: told(judged(rows, way, some, labels, groups)) for way in ways}
    spent = spent or record.load("search").get("times real time", {})  # rows that were kept took no time now
    record.save("search", {"weights": WEIGHTS, "times real time": spent, "sets": table})


if __name__ == "__main__":
    main()
