"""What noticing adds to an analysis with the same backbone: processor time of one video, alone and with it, in turns.

python benchmarks/noticing_cost.py NORMAL_DIR VIDEO
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import record

from aisle.analysis.video import analyze
from aisle.deploy.model import open_models

RUNS = 3


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("normal", type=Path)
    asked.add_argument("video", type=Path)
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as home:
        bundle = Path(home) / "usual"
        command = ["train", "--task", "anomaly", "--data", str(told.normal), "--out", str(bundle), "-q"]
        subprocess.run([sys.executable, "-m", "aisle", *command], check=True)
        plain, noticing = open_models(["kinetics-i3d", bundle])
        spent: dict[str, list[tuple[float, float]]] = {"alone": [], "noticing": []}
        for _ in range(RUNS + 1):  # the first of each prepares the network
            for name, model in (("alone", plain), ("noticing", noticing)):
                begun = process_time(), perf_counter()
                analysis = analyze(told.video, model)
                spent[name].append((process_time() - begun[0], perf_counter() - begun[1]))
    seconds = float(analysis.timeline.duration)
    figures = {
        name: {
            "processor_s_a_video_s": round(median(own[0] for own in runs[1:]) / seconds, 4),
            "wall_s_a_video_s": round(median(own[1] for own in runs[1:]) / seconds, 4),
        }
        for name, runs in spent.items()
    }
    more = figures["noticing"]["processor_s_a_video_s"] / figures["alone"]["processor_s_a_video_s"] - 1
    record.save("noticing_cost", {"video_s": seconds, **figures, "more_processor_percent": round(100 * more, 1)})


if __name__ == "__main__":
    main()
