"""Peak memory of a two-hour video beside a two-minute one, all outputs included.

The network takes the same memory for every piece, so a stand-in of its shape (1,024 features and 400 labels a step)
takes its place here, and two hours pass in a minute. What the figures show growing is scores and tables.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import record

from aisle.analysis.backbone import Bytes, Floats
from aisle.analysis.outputs import Outputs, write
from aisle.analysis.video import analyze
from aisle.core import Frame, LabelSet
from aisle.media.write import Writer
from aisle.models.card import Card, Reads, Steps, card

LENGTHS = {"two minutes": 120, "two hours": 7200}


class StandIn:
    """Answers like kinetics-i3d in shape and delay, at once."""

    def __init__(self, like: Card) -> None:
        self.name, self.labels, self.reads, self.steps = "stand-in", like.label_set, like.reads, like.steps
        self.fingerprint, self.features = "stand-in", like.features

    name: str
    labels: LabelSet
    reads: Reads
    steps: Steps
    fingerprint: str

    def stream(self, *, height: int, width: int) -> StandIn:
        self.rng = np.random.default_rng(height * width)
        return self

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        del last
        count = len(frames) // self.steps.stride
        drawn = self.rng.standard_normal((count, self.features + len(self.labels)), np.float32)
        return drawn[:, : self.features], 4 * drawn[:, self.features :]


def peak_mb(video: str, out: str) -> None:
    analysis = analyze(video, StandIn(card("kinetics-i3d")))
    write(analysis, Outputs.named(Path(out), "long"), video=video, annotated=False)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, analysis.scores.grid.count)


def run(folder: Path) -> dict[str, Any]:
    figures = {}
    for name, seconds in LENGTHS.items():
        video = folder / f"{seconds}.mp4"
        image = np.zeros((48, 64, 3), np.uint8)
        with Writer(video, 64, 48, Fraction(5)) as writer:
            for number in range(5 * seconds):
                image[:, number % 64] += 40
                writer.write(Frame(Fraction(number, 5), image))
        done = subprocess.run(
            [sys.executable, __file__, str(video), str(folder)], check=True, capture_output=True, text=True
        )
        peak, steps = done.stdout.split()
        figures[name] = {"peak_mb": round(float(peak)), "steps": int(steps)}
    figures["difference_mb"] = figures["two hours"]["peak_mb"] - figures["two minutes"]["peak_mb"]
    return figures


if __name__ == "__main__":
    if len(sys.argv) == 3:
        peak_mb(sys.argv[1], sys.argv[2])
    else:
        with tempfile.TemporaryDirectory() as name:
            record.save("memory", run(Path(name)))
