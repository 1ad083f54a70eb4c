"""Throughput against what one would otherwise write: PyTorch eager, 64-frame windows, stride 8, OpenCV frame by frame.

Both see the same rendered 920x680, 30 frames/s video at the same picture size and answer every 8 frames. The baseline
is timed over a few windows and extrapolated: each window costs the same, and an hour of it would take days.
"""

from __future__ import annotations

import tempfile
from collections import deque
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np
import record
import torch

from aisle import open_model
from aisle.data.rendered import render_to
from aisle.deploy.bench import measure
from aisle.deploy.weights import find_weights, read_arrays
from aisle.media.fit import fit
from aisle.models.card import card
from aisle.models.i3d import published

SECONDS = Fraction(60)
WINDOW, STRIDE, TIMED = 64, 8, 3
FIELDS = (
    "decode_fps",
    "inference_fps",
    "whole_fps",
    "times_real",
    "gflops",
    "peak_int8_gflops",
    "peak_fp32_gflops",
    "memory_mb",
)


def baseline(video: Path, size: tuple[int, int]) -> dict[str, float]:
    """Frames of the source a second, in the straightforward way: read, resize, keep 64, run, advance by 8."""
    net = published(read_arrays(find_weights(card("kinetics-i3d"))))
    capture = cv2.VideoCapture(str(video))
    waiting: deque[Any] = deque(maxlen=WINDOW)
    times, read = [], 0
    begun = perf_counter()
    while len(times) <= TIMED:
        taken, frame = capture.read()
        if not taken:
            raise SystemExit(f"{video} is too short for {TIMED} windows")
        waiting.append(cv2.cvtColor(cv2.resize(frame, size), cv2.COLOR_BGR2RGB))
        read += 1
        if len(waiting) == WINDOW and (read - WINDOW) % STRIDE == 0:
            clip = torch.from_numpy(np.stack(waiting)).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
            with torch.no_grad():
                net.logits(net.maps(clip).mean((3, 4), keepdim=True)).softmax(1)
            times.append(perf_counter() - begun)
            begun = perf_counter()
    a_window = min(times[1:])  # the first pays for the warm-up and the first 64 frames
    return {"seconds_a_window": a_window, "frames_a_second": STRIDE / a_window}


def run(folder: Path) -> dict[str, Any]:
    video = folder / "shop.mp4"
    render_to(video, seconds=SECONDS)
    figures: dict[str, Any] = {"video": f"rendered, 920x680, 30 frames/s, {SECONDS} s, H.264"}
    for runtime in ("openvino-int8", "openvino-bf16", "openvino-fp32"):
        model = open_model("kinetics-i3d", runtime=runtime)
        speed = measure(video, model)
        print(speed, flush=True)
        figures[runtime] = {field: round(getattr(speed, field), 2) for field in FIELDS}
    size = fit(920, 680, short_side=model.reads.short_side, multiple=model.reads.multiple)
    plain = baseline(video, size)
    # Both in seconds of work for one answer: the same timeline resolution costs the baseline one window an answer.
    ours = model.steps.stride / figures["openvino-int8"]["whole_fps"]
    figures["baseline"] = {key: round(value, 4) for key, value in plain.items()}
    figures["times_baseline"] = round(plain["seconds_a_window"] / ours, 1)
    figures["picture"] = f"{size[0]}x{size[1]}"
    return figures


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        record.save("speed", run(Path(name)))
