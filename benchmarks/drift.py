"""How often a camera is said to be covered, dark or moved that is not, and how surely and soon one that is.

Real videos stand still: clips of two seconds are played forwards and backwards, so that people in them never stop. Then
the same videos are covered, darkened and moved by hand, half of the picture's side being cut off for room to move in.

Run: .venv/bin/python benchmarks/drift.py   (two minutes)
"""

from __future__ import annotations

import csv
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from time import process_time

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter
from record import save

from aisle.analysis.drift import COVERED, DARK, LOOK, MOVED
from aisle.analysis.drift_alarms import DriftAlarms
from aisle.core import Event, Frame
from aisle.data.rendered import render_to
from aisle.media import Reader

Pictures = npt.NDArray[np.uint8]
"""(N, H, W, 3), two a second."""

SHARED = Path(os.environ.get("AISLE_SHARED", Path(__file__).parents[2] / "shared")) / "data"
SHOPS, SHOP_S, EACH = 4, Fraction(60), 3
LEAST, BEFORE, AFTER = 40, 24, 24  # pictures: of a video, and before and after something becomes of its camera
SIZE = (320, 240)
NOISE = np.random.default_rng(7)


def main() -> None:
    videos = {name: list(pictures) for name, pictures in _videos().items()}
    whole: dict[str, dict[str, float]] = {}
    for name, found in videos.items():
        events = [event for pictures in found for event in _events(pictures)]
        hours = sum(len(pictures) for pictures in found) * float(LOOK) / 3600
        counts = {kind: sum(event.kind == kind for event in events) for kind in (COVERED, DARK, MOVED)}
        whole[name] = {"videos": len(found), "hours": round(hours, 3), **counts}
    still = [pictures for found in videos.values() for pictures in found[::2]]
    save(
        "drift",
        {
            "false events": whole,
            "what becomes of a camera": {name: _judged(still, *case) for name, case in CASES.items()},
            "processor_ms_a_look": round(_cost(still[0]), 2),
        },
    )


# --- videos


def _videos() -> dict[str, Iterator[Pictures]]:
    fights = _listed("surveillance_fight")[::EACH]
    return {
        "cctv_samples": (_read(path) for path in sorted((SHARED / "cctv_samples").glob("*.mp4"))),
        "shoplifting_lab": (_swung(_read(path)) for path in _listed("shoplifting_lab")),
        "surveillance_fight": (_swung(_read(path, Fraction(6))) for path in fights),
        "rendered shops": (_rendered(seed) for seed in range(SHOPS)),
    }


def _listed(name: str) -> list[Path]:
    with (SHARED / name / "clips.csv").open(encoding="utf-8") as file:
        return [SHARED / name / row["path"] for row in csv.DictReader(file)]


def _read(path: Path, rate: Fraction = 1 / LOOK) -> Pictures:
    with Reader(path, size=SIZE, rate=rate) as reader:
        return np.stack([frame.image for frame in reader])


def _swung(pictures: Pictures) -> Pictures:
    """Forwards and backwards, as often as it takes."""
    both = np.concatenate([pictures, pictures[-2:0:-1]])
    return np.concatenate([both] * max(-(-LEAST // len(both)), 1))


def _rendered(seed: int) -> Pictures:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.mp4"
        render_to(path, seconds=SHOP_S, width=460, height=340, rate=Fraction(5), seed=900 + seed)
        return _read(path)


# --- what becomes of a camera


def _seen(
    picture: npt.NDArray[np.uint8], across: float = 0, down: float = 0, *, zoom: float = 1, turn: float = 0
) -> Pictures:
    """The middle of `picture`, or what lies so much of its width and height beside it."""
    image = Image.fromarray(picture).rotate(turn, Image.Resampling.BILINEAR)
    width, height = SIZE[0] * 0.6, SIZE[1] * 0.6
    left, top = SIZE[0] * 0.2 + across * width, SIZE[1] * 0.2 + down * height
    box = (left, top, left + width / zoom, top + height / zoom)
    return np.asarray(image.resize(SIZE, Image.Resampling.BILINEAR, box))


def _noisy(values: npt.NDArray[np.floating], noise: float) -> Pictures:
    return np.clip(values + NOISE.normal(0, noise, values.shape), 0, 255).astype(np.uint8)


def _cloth(_: Pictures) -> Pictures:
    folds = (
        70 + 12 * np.sin(np.arange(SIZE[0]) / 40)[None, :, None] + 8 * np.sin(np.arange(SIZE[1]) / 30)[:, None, None]
    )
    return _noisy(np.broadcast_to(folds, (SIZE[1], SIZE[0], 3)), 3)


def _blurred(picture: Pictures) -> Pictures:
    return np.asarray(Image.fromarray(_seen(picture)).filter(ImageFilter.GaussianBlur(18)))


def _painted(picture: Pictures) -> Pictures:
    return np.where(np.arange(SIZE[0])[:, None] < 0.75 * SIZE[0], 90, _seen(picture)).astype(np.uint8)


def _lit(picture: Pictures, least: float, most: float) -> Pictures:
    shares = np.linspace(least, most, SIZE[0])[:, None]
    return np.clip(_seen(picture) * shares, 0, 255).astype(np.uint8)


def _emptied(picture: Pictures) -> Pictures:
    shown = _seen(picture).copy()
    shown[:120, :120] = 110
    return shown


Change = Callable[[Pictures], Pictures]
CASES: dict[str, tuple[str | None, Change]] = {
    "a cloth over it": (COVERED, _cloth),
    "out of focus": (COVERED, _blurred),
    "three quarters painted": (COVERED, _painted),
    "hardly any light": (DARK, lambda picture: _noisy(_seen(picture) * 0.05 + 3, 2)),
    "no light": (DARK, np.zeros_like),
    "moved by 2%": (MOVED, lambda picture: _seen(picture, 0.02)),
    "moved by 4%": (MOVED, lambda picture: _seen(picture, 0.04)),
    "moved by 8%": (MOVED, lambda picture: _seen(picture, 0.08)),
    "moved by 25%": (MOVED, lambda picture: _seen(picture, 0.25, 0.1)),
    "nearer by a fifth": (MOVED, lambda picture: _seen(picture, zoom=1.2)),
    "turned by 5 degrees": (MOVED, lambda picture: _seen(picture, turn=5)),
    "turned by 15 degrees": (MOVED, lambda picture: _seen(picture, turn=15)),
    "half of the light": (None, lambda picture: _lit(picture, 0.5, 0.5)),
    "light from one side": (None, lambda picture: _lit(picture, 0.3, 1.1)),
    "more light": (None, lambda picture: _lit(picture, 1.6, 1.6)),
    "a shelf emptied": (None, _emptied),
}


def _judged(videos: list[Pictures], kind: str | None, change: Change) -> dict[str, float | int | str | None]:
    """How many are told of within `AFTER`, how many are told as something else, and after how many seconds."""
    delays, others, judged = [], 0, 0
    for pictures in videos:
        if len(pictures) < LEAST:
            continue
        judged += 1
        before = [_seen(picture) for picture in pictures[:BEFORE]]
        after = [change(picture) for picture in pictures[BEFORE : BEFORE + AFTER]]
        told = _events(np.stack(before + after))
        right = [event for event in told if event.kind == kind]
        others += any(event.kind != kind for event in told)
        delays += [float(right[0].updated - BEFORE * LOOK)] if right else []
    return {
        "is": kind,
        "cameras": judged,
        "told": len(delays),
        "told as another": others,
        "median_delay_s": statistics.median(delays) if delays else None,
        "longest_delay_s": max(delays, default=None),
    }


def _events(pictures: Pictures) -> list[Event]:
    """The first news of each event."""
    alarms, told = DriftAlarms("a", (COVERED, DARK, MOVED)), dict[str, Event]()
    for number, picture in enumerate(pictures):
        for event in alarms.push(Frame(number * LOOK, picture)):
            told.setdefault(event.id, event)
    return list(told.values())


def _cost(pictures: Pictures) -> float:
    begun = process_time()
    _events(pictures)
    return 1000 * (process_time() - begun) / len(pictures)


if __name__ == "__main__":
    main()
