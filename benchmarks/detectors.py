"""What each detector takes for a picture of 640 x 480 from real video: on one core and on two, one picture at a time
and eight together, in each runtime and precision; and how far bf16 and ONNX Runtime are from OpenVINO in f32.

Pictures are from ../shared/data (AISLE_SHARED names another folder), weights from where `open_detector` finds them.
Each figure is of a process of its own. Beside the time that passed stands what all cores together spent, which others
on the machine disturb less.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import av
import numpy as np
import record

from aisle.core.detections import Detections
from aisle.core.video import Image
from aisle.deploy.object_detectors import DETECTORS, open_detector
from aisle.evaluate.detection import overlaps

DATA = Path(os.environ.get("AISLE_SHARED") or Path(__file__).resolve().parents[2] / "shared") / "data"
KINDS = (("openvino", "f32"), ("openvino", "bf16"), ("onnxruntime", "f32"))
LEAST, SECONDS = 5, 2.0
"""Rounds timed at least, and until so many seconds have passed."""

SAME_PLACE = 0.5
"""From this overlap on, two boxes of one label are one thing."""


def pictures(count: int) -> list[Image]:
    """640 x 480, of people in a laboratory, at a table and in fights, and of bottles."""
    videos = [
        *sorted(DATA.glob("shoplifting_lab/*/*.mp4"))[::12],
        *sorted(DATA.glob("surveillance_fight/*/*.mp4"))[::25],
    ]
    videos += [*DATA.glob("cctv_samples/*.mp4")]
    found: list[Image] = []
    for video in videos:
        with av.open(str(video)) as container:
            frames = (frame for number, frame in enumerate(container.decode(video=0)) if number % 20 == 19)
            found += [
                frame.reformat(640, 480, format="rgb24").to_ndarray()
                for frame, _ in zip(frames, range(2), strict=False)
            ]
    return found[:count]


def timed(name: str, runtime: str, precision: str, cores: int) -> dict[str, Any]:
    """Milliseconds a picture: the median of what passed, the least, and what the cores spent."""
    os.sched_setaffinity(0, range(cores))
    begun = perf_counter()
    detector = open_detector(name, runtime=runtime, precision=precision)
    images = pictures(8)
    detector(images[:1])
    figures: dict[str, Any] = {"opening_s": round(perf_counter() - begun, 2)}
    for label, together in (("one", images[:1]), ("eight", images)):
        detector(together)
        passed, spent = [], process_time()
        while len(passed) < LEAST or sum(passed) < SECONDS:
            begun = perf_counter()
            detector(together)
            passed.append(perf_counter() - begun)
        cpu = (process_time() - spent) / len(passed)
        each = {"median": median(passed), "least": min(passed), "processor": cpu}
        figures[label] = {part: round(1000 * value / len(together), 1) for part, value in each.items()}
    return figures


def apart(name: str, runtime: str, precision: str) -> dict[str, float]:
    """Against OpenVINO in f32, at the detector's own score."""
    images = pictures(40)
    wanted = open_detector(name)(images)
    got = open_detector(name, runtime=runtime, precision=precision)(images)
    pairs = [pair for one, other in zip(wanted, got, strict=True) for pair in _pairs(one, other)]
    places, scores = np.array(pairs).T if pairs else np.zeros((2, 1))
    return {
        "things": sum(map(len, wanted)),
        "found_too": len(pairs),
        "found_more": sum(map(len, got)) - len(pairs),
        "mean_iou": round(float(places.mean()), 4),
        "least_iou": round(float(places.min()), 4),
        "mean_score_difference": round(float(scores.mean()), 5),
        "most_score_difference": round(float(scores.max()), 5),
    }


def _pairs(one: Detections, other: Detections) -> list[tuple[float, float]]:
    """(IoU, difference of scores) of each thing with the nearest of its label."""
    same = np.array([[label == named for named in other.labels] for label in one.labels], bool)
    places = overlaps(one.boxes.corners, other.boxes.corners) * same.reshape(len(one), len(other))
    best = [(row, int(places[row].argmax())) for row in range(len(one)) if len(other)]
    return [
        (float(places[row, nearest]), abs(float(one.boxes.scores[row] - other.boxes.scores[nearest])))
        for row, nearest in best
        if places[row, nearest] > SAME_PLACE
    ]


def _in_a_process(*words: str) -> Any:
    done = subprocess.run([sys.executable, __file__, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main(names: list[str]) -> None:
    figures = record.load("detectors")
    for name in names or DETECTORS:
        figures[name] = {}
        for runtime, precision in KINDS:
            if name == "mobilenet-ssd" and runtime == "onnxruntime":
                continue  # it is no ONNX file
            kind = figures[name][f"{runtime}-{precision}"] = {}
            for cores in (1, 2):
                kind[f"cores_{cores}"] = _in_a_process("timed", name, runtime, precision, str(cores))
            if (runtime, precision) != KINDS[0]:
                kind["against_openvino_f32"] = _in_a_process("apart", name, runtime, precision)
    record.save("detectors", figures)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["timed", name, runtime, precision, cores]:
            print(json.dumps(timed(name, runtime, precision, int(cores))))
        case ["apart", name, runtime, precision]:
            print(json.dumps(apart(name, runtime, precision)))
        case names:
            main(names)
