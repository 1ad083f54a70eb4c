"""How well whole videos are sorted into categories: aisle train --task video-class, on groups that it has not seen.

    benchmarks/video_class.py [--rows FILE]

Five folds by group: films (jhmdb), source videos (fights), actors (shoplifting). In each the space, the classifier and
how strongly that is held back come of the other groups alone. Colours, and always naming the commonest category, stand
beside what videos are described by otherwise. --rows as in benchmarks/search.py, whose rows it takes.

Needs ../shared (AISLE_SHARED).
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import record

from aisle.core import Example, LabelSet
from aisle.train.video_class import KINDS, Learnt, learn
from search import Rows, described, kept, labelled, pieces, sets

WAYS = {"objects": ("objects",), "motion": ("motion",), "both": ("objects", "motion"), "colours": ("colours",)}
SORTED = ("development", "actions", "fights", "shoplifting")
"""Sets of benchmarks/search.py whose classes are categories, as their names begin."""


def examples_of(rows: Rows, some: Sequence[int], labels: Sequence[str], groups: Sequence[str]) -> list[Example]:
    return [
        Example(str(at), rows.clips[at].path, group, label=label)
        for at, label, group in zip(some, labels, groups, strict=True)
    ]


def learnt(rows: Rows, some: list[int], examples: list[Example], way: str, kind: str) -> Learnt:
    raw = np.concatenate([rows.raw[one][some] for one in WAYS[way]], axis=1)
    blocks = [block for one in WAYS[way] for block in rows.blocks[one]]
    return learn(raw, examples, LabelSet(tuple(sorted({one.label for one in examples}))), blocks, kind=kind)


def told(found: Learnt) -> dict[str, Any]:
    report, span = found.report, found.report.confidence["top1"]
    return {
        "top1": f"{report.top1:.3f} ({span.low:.3f}-{span.high:.3f})",
        "macro F1": round(report.macro.f1, 3),
        "calibration error": round(report.calibration_error, 3),
    }


def rows_of(clips_at: int) -> Rows:
    """All rows of benchmarks/search.py."""
    with tempfile.TemporaryDirectory() as folder:
        clips = [clip for name in ("jhmdb", "surveillance_fight", "shoplifting_lab") for clip in labelled(name)]
        clips += pieces(Path(folder))
        return kept(Path(sys.argv[clips_at + 1]), clips)[0] if clips_at else described(clips)[0]


def main() -> None:
    rows = rows_of(sys.argv.index("--rows") if "--rows" in sys.argv else 0)
    table = {}
    for name, (some, labels, groups) in sets(rows.clips).items():
        if not name.startswith(SORTED):
            continue
        examples = examples_of(rows, some, labels, groups)
        common = max(Counter(labels).values()) / len(labels)
        facts: dict[str, Any] = {"videos": len(some), "categories": len(set(labels)), "groups": len(set(groups))}
        table[name] = facts | {"the commonest": round(common, 3)}
        for kind in KINDS:
            table[name][kind] = {way: told(learnt(rows, some, examples, way, kind)) for way in WAYS}
        print(name, table[name], file=sys.stderr, flush=True)
    record.save("video_class", {"sets": table})


if __name__ == "__main__":
    main()
