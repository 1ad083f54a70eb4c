"""What finding and following takes, and how well people are followed on rendered truth.

    benchmarks/following.py SHOPS [--detector NAME|FILE]... [--videos N]

SHOPS is a folder that `aisle data render` wrote. Speed: each detector on one of its videos, as it is (920x680) and at
640x480, at 30 frames and five looks a second, with poses and without; beside the wall clock stand the processor's
seconds a second of video, of all threads, which others on the machine disturb less. Following: boxes of the truth as a
fair detector would find them, with 7% missed, edges off by 4% of the box (standard deviation) and a false box in one
look of twenty; five times each video with other noise. Once whoever comes back after more than two seconds is the same
person, and once, `by_stay`, somebody new, which is all that the tracker can know. A detector that knows people from
above (`overhead`) is also judged by what it really finds.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import record

from aisle.analysis.observe import observe
from aisle.core.boxes import Boxes
from aisle.core.detections import NOBODY, PERSON, Detections
from aisle.data.truth import Truth, read_truth
from aisle.deploy.detectors import Networks
from aisle.deploy.object_detectors import DETECTORS, open_detector
from aisle.evaluate.tracking import Followed, evaluate_tracking
from aisle.media.read import Reader
from aisle.media.write import Writer
from aisle.objects.detector import ObjectDetector
from aisle.objects.movenet import FindPoses, MoveNet
from aisle.objects.observer import RATE, Observer
from aisle.objects.tracking import Tracker

SEEDS = 5
MISSED, OFF, FALSE = 0.07, 0.04, 0.05
AWAY = Fraction(2)  # seconds
OVERHEAD = "overhead"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shops", type=Path)
    parser.add_argument("--detector", action="append", default=[])
    parser.add_argument("--videos", type=int, help="how many of the shops; all without")
    given = parser.parse_args()
    truths = sorted(given.shops.glob("*_truth.json"))[: given.videos]
    names = given.detector or list(DETECTORS)
    figures = record.load("following")
    figures["speed"] = {name: speeds(open_detector(name), _video(truths[0])) for name in names}
    known = [read_truth(path) for path in truths]
    figures["following"] = {
        "truth_with_noise": followed_truth(known),
        "truth_with_noise_by_stay": followed_truth(known, by_stay=True),
    }
    if OVERHEAD in names:
        figures["following"][OVERHEAD] = followed_found(truths, open_detector(OVERHEAD))
    record.save("following", figures)


def speeds(detector: ObjectDetector, video: Path) -> dict[str, Any]:
    """By size of the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.mp4"
        with Reader(video, size=(640, 480)) as reader, Writer(small, 640, 480, reader.info.rate) as writer:
            for frame in reader:
                writer.write(frame)
        poses = MoveNet(Networks())
        return {
            f"{size}, {parts}": speed(detector, path, find)
            for size, path in (("640x480", small), ("as rendered", video))
            for parts, find in (("boxes", None), ("boxes and poses", poses))
        }


def speed(detector: ObjectDetector, video: Path, poses: FindPoses | None) -> dict[str, float]:
    observe(video, Observer(detector, batch=4, poses=poses))  # so that networks are open and files are read
    wall, processor = perf_counter(), process_time()
    observed = observe(video, Observer(detector, batch=4, poses=poses))
    wall, processor = perf_counter() - wall, process_time() - processor
    lasts = float(observed.end)
    return {
        "seconds_of_video": round(lasts, 2),
        "times_real_time": round(lasts / wall, 2),
        "processor_s_per_video_s": round(processor / lasts, 4),
    }


def followed_truth(truths: Sequence[Truth], *, by_stay: bool = False) -> dict[str, Any]:
    """What the tracker makes of noisy boxes of the truth."""
    videos = []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        for truth in truths:
            looks = [seen(truth, frame) for frame in _looked_at(truth)]
            tracker = Tracker()
            found = [
                tracker.push(number / RATE, np.zeros((1, 1, 3), np.uint8), noisy(look, truth.size, rng))
                for number, look in enumerate(looks)
            ]
            videos.append(Followed(stays(looks) if by_stay else looks, [only_followed(each) for each in found]))
    return asdict(evaluate_tracking(videos)) | {"videos": len(truths), "times": SEEDS}


def stays(looks: Sequence[Detections]) -> list[Detections]:
    """The same with another number for whoever comes back after more looks than they are remembered for."""
    last: dict[int, int] = {}
    stay: dict[int, int] = {}
    renamed = []
    for number, look in enumerate(looks):
        for track in look.tracks.tolist():
            if number - last.get(track, -1000) > AWAY * RATE:
                stay[track] = len(stay) + 1000 * number
            last[track] = number
        renamed.append(replace(look, tracks=np.array([stay[track] for track in look.tracks.tolist()], np.int64)))
    return renamed


def followed_found(truths: Sequence[Path], detector: ObjectDetector) -> dict[str, Any]:
    """What becomes of the boxes that a detector finds."""
    videos = []
    for path in truths:
        truth = read_truth(path)
        observed = observe(_video(path), Observer(detector, batch=4))
        looks = [seen(truth, look.frame) for look in observed.observations]
        videos.append(Followed(looks, [only_followed(look.found) for look in observed.observations]))
    return asdict(evaluate_tracking(videos)) | {"videos": len(truths)}


def seen(truth: Truth, frame: int) -> Detections:
    there = [(track.id, box) for track in truth.tracks if (box := track.boxes[frame]) is not None]
    corners = np.array([box for _, box in there], np.float32).reshape(-1, 4)
    tracks = np.array([number for number, _ in there], np.int64)
    return Detections(Boxes(corners, np.ones(len(there), np.float32)), (PERSON,) * len(there), tracks)


def noisy(look: Detections, size: tuple[int, int], rng: np.random.Generator) -> Detections:
    corners = look.boxes.corners
    sides = np.tile(corners[:, 2:] - corners[:, :2], 2)
    corners = (corners + rng.normal(0, OFF, corners.shape) * sides)[rng.random(len(look)) >= MISSED]
    scores = rng.normal(0.75, 0.12, len(corners)).clip(0.35, 0.99)
    if rng.random() < FALSE:
        side = rng.uniform(60, 220, 2)
        place = rng.uniform(0, np.array(size) - side)
        corners = np.vstack([corners, np.concatenate([place, place + side])])
        scores = np.append(scores, rng.uniform(0.3, 0.6))
    return Detections.of(Boxes(corners.astype(np.float32), scores.astype(np.float32)), (PERSON,) * len(corners))


def only_followed(found: Detections) -> Detections:
    return found.only(found.tracks != NOBODY)


def _looked_at(truth: Truth) -> range:
    return range(0, truth.frames, int(Fraction(truth.rate) / RATE))


def _video(truth: Path) -> Path:
    return truth.with_name(truth.name.replace("_truth.json", "_crop.mp4"))


if __name__ == "__main__":
    main()
