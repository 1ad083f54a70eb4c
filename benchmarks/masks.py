"""What masks of people cost, and what reading smaller pictures changes, on frames of people_counted.csv.

    benchmarks/masks.py

Speed is that of a picture of 4:3, for each side that is read, precision and number of threads: the best of some looks,
and the processor's own time, which other programs disturb less. Agreement is the overlap (IoU) with the masks at 1024
pixels in float32, which are those of the published code but for the padding; the boxes are the hand-drawn ones. Nobody
drew masks by hand, so this tells what a smaller side changes, not what is right.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import people
import record

from aisle.core.boxes import Boxes
from aisle.core.video import Image
from aisle.deploy.cache import cache_folder
from aisle.deploy.masks import LARGEST, SIDE, open_masks
from aisle.deploy.masks_runtime import Opened
from aisle.objects.mobile_sam import FindMasks, MobileSAM

SIDES = (512, 768, 1024)
PRECISIONS = ("bf16", "f32")
THREADS = (1, 2)
LOOKS = 3
BOXES = 8
EVERY = 7
"""Of the frames that show somebody, so many are passed over for each that is looked at."""


def opened(side: int, precision: str, threads: int = 0) -> Opened:
    open_masks(side=side)  # built where it is missing
    return Opened(cache_folder() / "masks" / f"mobile-sam-{side}", precision=precision, threads=threads)


def best(work: Callable[[], object]) -> dict[str, float]:
    """Seconds on the clock, and of the processor."""
    work()
    taken = []
    for _ in range(LOOKS):
        clock, processor = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - clock, time.process_time() - processor))
    clocks, processors = zip(*taken, strict=True)
    return {"seconds": round(min(clocks), 3), "processor_seconds": round(min(processors), 3)}


def speed(side: int, precision: str, threads: int) -> dict[str, Any]:
    encode, decode = opened(side, precision, threads)(side * 3 // 4, side)
    pixels = np.random.default_rng(0).normal(size=(1, 3, side * 3 // 4, side)).astype(np.float32)
    corners = np.tile(np.array([0.2, 0.2, 0.4, 0.6], np.float32) * side, (BOXES, 1))
    maps = encode(pixels)
    row = {"side": side, "precision": precision, "threads": threads, "picture": best(lambda: encode(pixels))}
    eight = best(lambda: decode(maps, corners))
    return row | {"a_box": {name: round(value / BOXES, 4) for name, value in eight.items()}}


def memory(side: int) -> int:
    """Megabytes at most, of a process that finds masks of eight boxes in a picture, with the libraries."""
    image = np.zeros((side * 3 // 4, side, 3), np.uint8)
    boxes = np.tile(np.array([10, 10, 90, 90], np.float32), (BOXES, 1))
    open_masks(side=side)(image, Boxes(boxes, np.ones(BOXES, np.float32)))
    said = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("utf-8").splitlines())
    return round(int(said["VmHWM"].split()[0]) / 1024)  # getrusage would tell the parent's where that was larger


def agreement() -> dict[str, Any]:
    frames = [one for one in people.counted() if len(one.corners) and people.path(one.video).is_file()][::EVERY]
    exact = MobileSAM(opened(LARGEST, "f32"), side=LARGEST)
    others = {(side, name): MobileSAM(opened(side, name), side=side) for side in SIDES for name in PRECISIONS}
    del others[LARGEST, "f32"]
    shares: dict[tuple[int, str], list[float]] = {key: [] for key in others}
    for one, image in people.pictures(frames):
        boxes = Boxes(one.corners[~one.hard], np.ones(int((~one.hard).sum()), np.float32))
        wanted = exact(image, boxes)
        for key, sam in others.items():
            shares[key] += overlap(sam, image, boxes, wanted)
    return {
        "frames": len(frames),
        "people": len(shares[SIDE, "bf16"]),
        "iou": [
            {
                "side": side,
                "precision": precision,
                "mean": round(float(np.mean(found)), 4),
                "median": round(float(np.median(found)), 4),
                "tenth_percentile": round(float(np.quantile(found, 0.1)), 4),
            }
            for (side, precision), found in shares.items()
        ],
    }


def overlap(sam: FindMasks, image: Image, boxes: Boxes, wanted: np.ndarray) -> list[float]:
    return [float((a & b).sum() / max((a | b).sum(), 1)) for a, b in zip(sam(image, boxes), wanted, strict=True)]


def main() -> None:
    agreed = agreement()
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        megabytes = {str(side): pool.apply(memory, (side,)) for side in SIDES}
    rows = [speed(side, precision, threads) for side in SIDES for precision in PRECISIONS for threads in THREADS]
    record.save("masks", {"agreement": agreed, "megabytes": megabytes, "speed": rows})


if __name__ == "__main__":
    main()
