"""How long a user waits before anything happens: `aisle --help`, and a 10 s clip with a bundle that is ready."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import record

from aisle import open_model
from aisle.data.rendered import render_to
from aisle.deploy.cache import cache_folder

TRIES = 5


def cost(*arguments: str) -> tuple[float, float]:
    """Wall-clock and processor seconds of one `aisle` process."""
    before, begun = os.times(), perf_counter()
    subprocess.run([sys.executable, "-m", "aisle", *arguments], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return perf_counter() - begun, used


def run(folder: Path) -> dict[str, Any]:
    clip = folder / "clip.mp4"
    render_to(clip, seconds=Fraction(10), width=320, height=240)
    open_model("kinetics-i3d")
    cost("--help")
    helped = [cost("--help") for _ in range(TRIES)]
    shutil.rmtree(cache_folder() / "compiled", ignore_errors=True)
    cold = cost("classify", str(clip), "--quiet")
    warm = [cost("classify", str(clip), "--quiet") for _ in range(TRIES)]
    return {
        "help_cpu_s": round(min(cpu for _, cpu in helped), 3),
        "help_wall_s": round(min(wall for wall, _ in helped), 3),
        "classify_10s_clip_first_time_s": round(cold[0], 2),
        "classify_10s_clip_again_s": round(min(wall for wall, _ in warm), 2),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        record.save("startup", run(Path(name)))
