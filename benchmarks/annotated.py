"""What the annotated video with people and things costs, against the plain analysis: wall clock and processor time.

Run: .venv/bin/python benchmarks/annotated.py [DETECTOR]   (minutes; on a machine that does nothing else)
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import TypeVar

from record import save

from aisle.analysis.seen import drawable
from aisle.analysis.video import analyze
from aisle.apps.seeing import seer
from aisle.core.site import Site, Zone, ZoneKind
from aisle.data.rendered import render_to
from aisle.deploy.model import open_model
from aisle.media.annotate import annotate
from aisle.media.read import Reader

T = TypeVar("T")

SECONDS, RATE, SEED, ROUNDS = Fraction(60), Fraction(30), 2026, 3
SITE = Site(
    "rendered",
    (
        Zone("left", ZoneKind.SHELF, ((0.0, 0.0), (0.3, 0.0), (0.3, 1.0), (0.0, 1.0))),
        Zone("right", ZoneKind.SHELF, ((0.75, 0.0), (1.0, 0.0), (1.0, 1.0), (0.75, 1.0))),
    ),
)


def main(detector: str) -> None:
    model = open_model("kinetics-i3d")
    see = seer(detector, quiet=True)(Reader)
    with tempfile.TemporaryDirectory() as folder:
        video, copy = Path(folder) / "shop.mp4", Path(folder) / "copy.mp4"
        render_to(video, seconds=SECONDS, seed=SEED)
        analysis = analyze(video, model)  # which also makes the networks ready
        seen = see(video, site=SITE, timeline=analysis.timeline)
        steps: dict[str, Callable[[], object]] = {
            "plain analysis": partial(analyze, video, model),
            "people and things": partial(see, video, site=SITE, timeline=analysis.timeline),
            "copy with all of it": partial(annotate, video, analysis.timeline, copy, objects=drawable(seen, analysis)),
            "copy with actions alone": partial(annotate, video, analysis.timeline, copy),
        }
        took = {name: _best(step) for name, step in steps.items()}
        megabytes = copy.stat().st_size / 1e6
    plain = took["plain analysis"]
    whole = [sum(took[name][axis] for name in list(steps)[:3]) for axis in (0, 1)]
    frames = float(SECONDS * RATE)
    save(
        "annotated",
        {
            "video": f"rendered, 920x680, {RATE} frames/s, {SECONDS} s, H.264",
            "detector": detector,
            "rounds": ROUNDS,
            "steps": {
                name: {"wall_ms_a_frame": round(1e3 * wall / frames, 2), "cpu_ms_a_frame": round(1e3 * cpu / frames, 2)}
                for name, (wall, cpu) in took.items()
            },
            "times_plain_analysis": {"wall": round(whole[0] / plain[0], 2), "cpu": round(whole[1] / plain[1], 2)},
            "copy_mb": round(megabytes, 2),
        },
    )


def _best(step: Callable[[], object]) -> tuple[float, float]:
    """The least wall clock and processor time of a few rounds, in seconds."""
    walls, busy = [], []
    for _ in range(ROUNDS):
        wall, cpu = perf_counter(), process_time()
        step()
        walls.append(perf_counter() - wall)
        busy.append(process_time() - cpu)
    return min(walls), min(busy)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "mobilenet-ssd")
