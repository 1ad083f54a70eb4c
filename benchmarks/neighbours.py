"""How well and how fast the graph of neighbours finds what a look at every vector finds.

    benchmarks/neighbours.py [COUNT ...]

Vectors of 1,024 numbers, COUNT of them (100,000, 300,000 and 1,000,000 unless said), of length 1, of two kinds.
`clustered`: around 1,000 centres, with as much spread as centres are apart, on a surface of 64 dimensions with noise
around it, as a network's features lie near a surface of few dimensions. `random`: of no structure at all, where all are
equally far from each other; no graph finds its way there, and no collection is like that (100,000 only). Queries are
vectors of the same kind that are not in the index. Files are written and read as `aisle index` does; memory is the most
that the building process held, with what it touched of mapped files.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import record

from aisle.search.graph import CONNECTIVITY, EXPANSION_ADD, EXPANSION_SEARCH, Graph, build
from aisle.search.nearest import nearest
from aisle.search.rows import Floats, Rows

WIDTH, QUERIES, NEAR = 1024, 200, 10
CENTRES, INNER, NOISE = 1000, 64, 0.02
COUNTS = (100_000, 300_000, 1_000_000)
BLOCK = 10_000


def vectors(kind: str, count: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    if kind == "random":
        found = rng.standard_normal((count, WIDTH), dtype=np.float32)
    else:
        shape = np.random.default_rng(0)  # the same surface for all
        axes = shape.standard_normal((INNER, WIDTH), dtype=np.float32)
        centres = shape.standard_normal((CENTRES, INNER), dtype=np.float32)
        inner = centres[rng.integers(CENTRES, size=count)] + rng.standard_normal((count, INNER), dtype=np.float32)
        found = inner @ axes + NOISE * rng.standard_normal((count, WIDTH), dtype=np.float32)
    unit: Floats = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


def built(folder: Path, count: int) -> None:
    """In a process of its own, so that its memory is told; prints seconds and megabytes."""
    units = Rows(folder / "units", WIDTH).view(count)
    begun = perf_counter()
    build(units, folder / "graph")
    print(perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measured(kind: str, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = Rows(folder / "units", WIDTH)
        for first in range(0, count, BLOCK):
            rows.put(first, vectors(kind, BLOCK, seed=first + 1))
        done = subprocess.run(
            [sys.executable, __file__, "--build", name, str(count)], capture_output=True, text=True, check=True
        )
        build_s, megabytes = map(float, done.stdout.split())
        units, graph = rows.view(count), Graph(folder / "graph", WIDTH)
        queries = vectors(kind, QUERIES, seed=10**9)
        for query in queries[:20]:
            graph.nearest(units, query, NEAR)  # so that the pages that every query needs are in memory
        hits, quick, exact = 0, [], []
        for query in queries:
            begun = perf_counter()
            found = graph.nearest(units, query, NEAR)
            quick.append(perf_counter() - begun)
            begun = perf_counter()
            wanted = nearest(units, query, NEAR)
            exact.append(perf_counter() - begun)
            hits += len({*found.rows.tolist()} & {*wanted.rows.tolist()})
        return {
            "recall@10": round(hits / NEAR / QUERIES, 4),
            "ms a query, median": round(1000 * float(np.median(quick)), 2),
            "ms a query, 95th percentile": round(1000 * float(np.percentile(quick, 95)), 2),
            "ms looking at all, median": round(1000 * float(np.median(exact)), 1),
            "built in s": round(build_s),
            "building MB": round(megabytes),
            "graph MB": round((folder / "graph").stat().st_size / 2**20),
            "vectors MB": round((folder / "units").stat().st_size / 2**20),
        }


def main() -> None:
    if "--build" in sys.argv:
        built(Path(sys.argv[2]), int(sys.argv[3]))
        return
    counts = [int(text) for text in sys.argv[1:]] or COUNTS
    settings = {"connectivity": CONNECTIVITY, "expansion add": EXPANSION_ADD, "expansion search": EXPANSION_SEARCH}
    figures: dict[str, Any] = record.load("neighbours") | {"settings": settings}
    runs = [("clustered", count) for count in counts] + [("random", count) for count in counts if count <= COUNTS[0]]
    for kind, count in runs:
        figures[f"{kind} {count}"] = measured(kind, count)
        record.save("neighbours", figures)


if __name__ == "__main__":
    main()
