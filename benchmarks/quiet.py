"""What `aisle summarize` keeps and drops, and how fast: real videos looked at by eye, and rendered days with long gaps.

    benchmarks/quiet.py [DETECTOR]

The truth of cctv_samples is busy_seconds.csv: what is to be seen at each whole second, by eye: a `person`, a `part` of
one (a foot, a hand, a bottle that a hand moves), the `shadow` of one out of sight, or nothing. A moment is found where
it is kept. Quiet are moments with nothing, not even a shadow, within `FAR` seconds, so that no margin reaches them.
Rendered days say themselves who is in the picture; some have a clock burnt in, light that goes down, the noise of a
poor camera. The levels were chosen on one-by-one-person-detection.mp4 and on days with other seeds than these. Speed is
the pass over the pictures, and that with writing the short video, in times real time.

Needs ../shared (AISLE_SHARED); leaves out what is missing and says so. DETECTOR adds a row with people by it.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import record
from PIL import Image as Canvas
from PIL import ImageDraw, ImageFont

from aisle.analysis.summarize import Summary, summarize
from aisle.analysis.summary import Rules
from aisle.core import Frame, clock
from aisle.core.time_map import TimeMap
from aisle.core.video import Image
from aisle.data._scene import Studio, compose
from aisle.deploy.object_detectors import open_detector
from aisle.media import Writer, to_rgb
from aisle.media.cut import cut
from aisle.objects.detector import ObjectDetector

SEEN = Path(__file__).with_name("busy_seconds.csv")
SHARED = Path(os.environ.get("AISLE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
FAR = 4
"""Seconds from a quiet moment to the next one in which something is to be seen, at least."""

RATE, WIDTH, HEIGHT = Fraction(10), 460, 340
VISITS = ((40, 75), (150, 162), (230, 262))
"""Seconds of a rendered day in which somebody shops; it lasts `DAY`."""

DAY = 340


@dataclass(frozen=True, slots=True)
class Truth:
    """`busy` and `quiet` moments of `video`, in seconds."""

    video: Path
    busy: tuple[Fraction, ...]
    quiet: tuple[Fraction, ...]


def looked_at(name: str) -> Truth:
    with SEEN.open(encoding="utf-8", newline="") as file:
        seen = {int(row["second"]): row["seen"] for row in csv.DictReader(file) if row["video"] == name}
    busy = [second for second, what in seen.items() if what in ("person", "part")]
    some = [second for second, what in seen.items() if what]
    return truth(SHARED / "data" / "cctv_samples" / name, busy, some, len(seen))


def truth(video: Path, busy: list[int], some: list[int], seconds: int) -> Truth:
    quiet = [second for second in range(seconds) if all(abs(second - other) >= FAR for other in some)]
    return Truth(video, tuple(map(Fraction, busy)), tuple(map(Fraction, quiet)))


# --- rendered days


def plain(image: Image, time: Fraction) -> Image:
    del time
    return image


def with_clock(image: Image, time: Fraction) -> Image:
    canvas = Canvas.fromarray(image)
    text = f"2026-12-01 {clock(time + 8 * 3600).zfill(12)[:8]}"
    ImageDraw.Draw(canvas).text((8, 6), text, fill=(255, 255, 255), font=ImageFont.load_default(18))
    return np.asarray(canvas)


def dimmed(image: Image, time: Fraction) -> Image:
    """The light goes down by a third at 110 s and up again at 300 s, and drifts by a tenth all the while."""
    level = (0.67 if 110 <= time < 300 else 1.0) * (1 + 0.05 * np.sin(float(time) / 20))
    return np.asarray(np.clip(image * level, 0, 255), np.uint8)


def noisy(image: Image, time: Fraction) -> Image:
    noise = np.random.default_rng(int(time * 1000)).normal(0, 9, image.shape)
    return np.asarray(np.clip(image + noise, 0, 255), np.uint8)


DAYS: dict[str, tuple[int, Callable[[Image, Fraction], Image]]] = {
    "plain": (701, plain),
    "clock": (702, with_clock),
    "light": (703, dimmed),
    "noise": (704, noisy),
}


def rendered(name: str, folder: Path) -> Truth:
    seed, change = DAYS[name]
    busy: set[int] = set()
    path = folder / f"{name}.mp4"
    with Writer(path, WIDTH, HEIGHT, RATE) as writer:
        for frame, somebody in frames(seed):
            if somebody and frame.time.denominator == 1:
                busy.add(int(frame.time))
            writer.write(Frame(frame.time, change(frame.image, frame.time)))
    return truth(path, sorted(busy), sorted(busy), DAY)


def frames(seed: int) -> Iterator[tuple[Frame, bool]]:
    """Each with whether somebody is in the picture."""
    studios = [Studio(compose(seed, 1, visit, 30 * 60), WIDTH, HEIGHT) for visit in (1, 1, 1)]
    for number in range(int(DAY * RATE)):
        time = number / RATE
        visit = next((at for at, (start, end) in enumerate(VISITS) if start <= time < end), None)
        shot = (
            studios[0].shoot(Fraction(-10), number)
            if visit is None
            else studios[visit].shoot(time - VISITS[visit][0], number)
        )
        somebody = any(sight.box for sight in shot.sights.values())
        yield Frame(time, to_rgb(shot.planes)[:HEIGHT, :WIDTH]), somebody


# --- figures


def judged(known: Truth, detector: ObjectDetector | None) -> dict[str, Any]:
    keep = ("motion",) if detector is None else ("motion", "people")
    begun, spent = perf_counter(), process_time()
    summary = summarize(known.video, keep=keep, detector=detector, rules=Rules())
    looked, used = perf_counter() - begun, process_time() - spent
    written = writing(known.video, summary)
    lasts = float(summary.duration)
    return {
        "seconds": round(lasts, 1),
        "busy": len(known.busy),
        "found": share(known.busy, summary.times),
        "missed_at": [int(time) for time in known.busy if summary.times.shortened(time) is None],
        "quiet": len(known.quiet),
        "dropped": None if not known.quiet else round(1 - (share(known.quiet, summary.times) or 0.0), 4),
        "kept_share": round(float(summary.times.lasts) / lasts, 3),
        "times_real_time": round(lasts / looked, 1),
        "times_real_time_with_writing": round(lasts / (looked + written), 1),
        "processor_s_a_minute": round(used / lasts * 60, 2),
    }


def share(moments: tuple[Fraction, ...], times: TimeMap) -> float | None:
    if not moments:
        return None
    return round(sum(times.shortened(moment) is not None for moment in moments) / len(moments), 4)


def writing(video: Path, summary: Summary) -> float:
    """Seconds."""
    begun = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        if summary.kept:
            cut(video, summary.times, Path(folder) / "short.mp4")
    return perf_counter() - begun


def main() -> None:
    detectors = {"motion": None} | {name: open_detector(name, labels=("person",)) for name in sys.argv[1:2]}
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        known = {f"rendered, {name}": rendered(name, Path(folder)) for name in DAYS}
        for name in ("one-by-one-person-detection.mp4", "bottle-detection.mp4"):
            if (SHARED / "data" / "cctv_samples" / name).exists():
                known[name] = looked_at(name)
            else:
                print(f"{name} is missing: left out")
        for way, detector in detectors.items():
            figures[way] = {name: judged(each, detector) for name, each in known.items()}
    record.save("quiet", figures)


if __name__ == "__main__":
    main()
