"""What every published network takes on this machine: time a view on each runtime, operations, weights, memory.

Weights are random, as time does not depend on them, and nothing has to be fetched. Each network is packaged once and
each runtime measured in a process of its own. Networks that results/networks.json has already are left out, so that
a run that was stopped goes on; `--again` measures all, names measure these alone.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import record

from aisle.apps.apart import apart, peak_memory
from aisle.core import AisleError, Progress
from aisle.deploy.clip import read_clip_bundle
from aisle.deploy.clip_runtime import load_clip_network
from aisle.deploy.clip_samples import generated
from aisle.deploy.untrained import build_untrained
from aisle.models.clip import clip_model, clip_models

RUNTIMES = ("pytorch", "onnxruntime", "openvino-fp32", "openvino-bf16", "openvino-int8")
LEAST, MOST, SECONDS = 3, 30, 10.0
"""Views timed, at least, and at most or until so many seconds have passed."""


def timed(runtime: str, folder: Path, listener: Progress) -> dict[str, float]:
    """One view after the other, without the first, on which the network is prepared."""
    bundle = read_clip_bundle(folder)
    network = load_clip_network(runtime, folder, bundle)
    (sample,) = generated(bundle, 1, seed=0)
    views = [np.ascontiguousarray(sample[name])[None] for name in bundle.views]
    network(views)
    spent: list[float] = []
    while len(spent) < LEAST or (len(spent) < MOST and sum(spent) < SECONDS):
        begun = perf_counter()
        network(views)
        spent.append(perf_counter() - begun)
        listener(len(spent), None)
    median = float(np.median(spent))
    return {
        "seconds_a_view": round(median, 4),
        "views_a_second": round(1 / median, 2),
        "peak_memory_mb": round(peak_memory() / 2**20),
    }


def packaged(name: str, folder: Path, listener: Progress) -> str:
    return str(build_untrained(clip_model(name), folder, progress=listener))


def measured(name: str, folder: Path) -> dict[str, Any]:
    """What one runtime cannot do is told in its place."""
    try:
        apart(packaged, name, folder)
    except AisleError as error:
        return {"error": str(error)}
    bundle = read_clip_bundle(folder)
    runtimes: dict[str, Any] = {}
    for runtime in RUNTIMES:
        try:
            runtimes[runtime] = apart(timed, runtime, folder)
        except AisleError as error:
            runtimes[runtime] = {"error": str(error)}
        print(name, runtime, runtimes[runtime], flush=True)
    sampling = bundle.sampling
    return {
        "title": bundle.title,
        "reads": f"{sampling.frames} pictures of {sampling.test_crop}x{sampling.test_crop}: {', '.join(bundle.views)}",
        "gflops_a_view": bundle.gflops,
        "million_parameters": round(bundle.parameters / 1e6, 3),
        "runtimes": runtimes,
    }


def main() -> None:
    asked = sys.argv[1:]
    figures = {} if "--again" in asked else record.load("networks")
    names = [name for name in asked if name != "--again"]
    wanted = names or [name for name in clip_models() if not clip_model(name).is_tiny and name not in figures]
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            figures[name] = measured(name, Path(folder) / "bundle")
        record.save("networks", dict(sorted(figures.items())))


if __name__ == "__main__":
    main()
