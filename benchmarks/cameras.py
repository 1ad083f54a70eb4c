"""How many cameras one service watches in real time on this machine, and how late it knows: over RTSP, through the API.

A camera counts as watched where no picture of it was dropped while it was looked at. How late a risk is known is
counted from the picture it is about; the most of it is the model's own window, which looks as far ahead as back. How
late an alarm is, is counted from the picture with which the risk rose: the cameras are set to warn of nearly any risk.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import record
from serve import aisle_serve, resident

from aisle import open_model
from aisle.data.rendered import render_to
from aisle.live.watcher import PIECE

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from rtsp import RtspCamera  # the tests' own server

SIZES = ((320, 240), (920, 680))
COUNTS = (1, 4, 5, 6)
RATE, SETTLE_S, LOOK_S = Fraction(25), 14.0, 20.0
MODEL, ANY_RISK = "shoplifting", 1e-6


def main() -> None:
    figures: dict[str, Any] = {"model": MODEL, "pictures_a_second": int(RATE), "window_s": window()}
    with tempfile.TemporaryDirectory() as folder:
        for width, height in SIZES:
            video = Path(folder, f"{width}.mp4")
            render_to(video, seconds=Fraction(20), width=width, height=height, rate=RATE, seed=3)
            camera = RtspCamera(video)
            camera.start()
            try:
                with aisle_serve(Path(folder, f"data-{width}"), "--models", MODEL) as (base, process):
                    figures[f"{width}x{height}"] = list(rounds(base, process.pid, camera.url))
            finally:
                camera.cut_off()
    record.save("cameras", figures)


def rounds(base: str, pid: int, url: str) -> Sequence[dict[str, Any]]:
    """Ever more cameras, until pictures are dropped."""
    found: list[dict[str, Any]] = []
    with httpx.Client(base_url=base, timeout=60) as client:
        for count in COUNTS:
            names = [f"camera {number} of {count}" for number in range(count)]
            streams = [added(client, name, url) for name in names]
            alarms = first_alarms(client, names)
            before, delays = statuses(client, streams), list[float]()
            until = time.monotonic() + LOOK_S
            while time.monotonic() < until:
                time.sleep(0.5)
                delays += [each["delay_s"] for each in statuses(client, streams) if each["delay_s"] is not None]
            after = statuses(client, streams)
            seen = sum(new["frames"] - old["frames"] for new, old in zip(after, before, strict=True))
            dropped = sum(new["dropped"] - old["dropped"] for new, old in zip(after, before, strict=True))
            found.append(
                {
                    "cameras": count,
                    "pictures_a_second": round(seen / LOOK_S, 1),
                    "dropped_percent": round(100 * dropped / max(seen + dropped, 1), 2),
                    "late_median_s": round(sorted(delays)[len(delays) // 2], 2) if delays else None,
                    "late_most_s": round(max(delays, default=0.0), 2),
                    "alarm_median_s": round(sorted(alarms)[len(alarms) // 2], 2) if alarms else None,
                    "memory_mb": round(resident(pid)),
                }
            )
            print(found[-1], flush=True)
            for stream in streams:
                client.delete(f"/v1/streams/{stream}").raise_for_status()
            if dropped:
                break
    return found


def added(client: httpx.Client, name: str, url: str) -> str:
    asked = {"name": name, "source": url, "model": MODEL, "threshold": ANY_RISK}
    return str(client.post("/v1/streams", json=asked).raise_for_status().json()["id"])


def first_alarms(client: httpx.Client, names: Sequence[str]) -> list[float]:
    """Seconds from the picture with which each camera's first alarm began to when it is told, while all settle."""
    found: dict[str, float] = {}
    until = time.monotonic() + SETTLE_S + len(names)
    while time.monotonic() < until:
        for event in client.get("/v1/events", params={"limit": 50}).json()["items"]:
            if event["camera"] in names and event["camera"] not in found:
                found[event["camera"]] = time.time() - datetime.fromisoformat(event["at"]).timestamp()
        time.sleep(0.1)
    return list(found.values())


def statuses(client: httpx.Client, streams: Sequence[str]) -> list[dict[str, Any]]:
    return [client.get(f"/v1/streams/{stream}").json()["status"] for stream in streams]


def window() -> float:
    """Seconds that must have been seen after a picture before its risk is known, at most."""
    model = open_model(MODEL)
    ahead = model.bundle.window // 2 * model.steps.stride + model.steps.first - model.steps.stride + PIECE
    return round(float(ahead / model.reads.rate), 2)


if __name__ == "__main__":
    main()
