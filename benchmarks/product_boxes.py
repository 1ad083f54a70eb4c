"""How well products are found after learning from 20 photos: five-fold over `grocery_boxes`, into product_boxes.json.

    benchmarks/product_boxes.py [WAY ...]

All 25 photos are of one refrigerator, so the figures say how well a detector learns one place from a few photos, and
little about others. Each photo is judged by a detector that has not seen it; nothing was chosen on them but, for
precision, recall and F1, the score from where on a box counts, which is that of the photos of the other four folds. The
five photos without products are learnt from only. Times are of one thread, in seconds of processor time. A fold that is
done is kept in AISLE_FOLDS, where that names a folder, and is not done again.
"""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import record
import torch

from aisle.core.boxed import BoxedPicture, BoxedSet
from aisle.core.detections import Detections
from aisle.data.boxed_pictures import mark, open_boxed, picture
from aisle.data.boxed_split import folds
from aisle.deploy.detector_bundle import DetectorCard
from aisle.deploy.detector_initial import student
from aisle.deploy.detector_package import package_detector
from aisle.deploy.object_detectors import open_detector
from aisle.evaluate.detection import BoxFigures, evaluate_boxes
from aisle.train.detector import LOWEST, learn_boxes, shown

SHARED = Path(os.environ.get("AISLE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
DATA = SHARED / "data/grocery_boxes"
FOLDS = 5
FIGURES = ("ap50", "ap50_95", "precision", "recall", "f1", "mean_iou")


@dataclass(frozen=True, slots=True)
class Setting:
    """One way of learning; None is what the network's own recipe says."""

    model: str = "yolox-nano"
    weights: str | None = None
    side: int = 320
    epochs: int = 50
    paste: float | None = None
    mosaic: float | None = None


WAYS = {
    "yolox-nano": Setting(),
    "yolox-nano, 416 pixels": Setting(side=416),
    "yolox-nano, nothing pasted": Setting(paste=0),
    "yolox-nano, no mosaic": Setting(mosaic=0),
    "yolox-nano, random weights": Setting(weights="random"),
    "rt-detr on EfficientNet-Lite0": Setting(model="rt-detr"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """What the detector of one fold found in each of its photos, and what it took."""

    names: tuple[str, ...]
    found: tuple[Detections, ...]
    seconds: float
    ms: float
    peak_mb: float


def main() -> None:
    torch.set_num_threads(1)
    chosen = sys.argv[1:] or ["yolox-nano"]
    boxes = open_boxed(DATA)
    figures = record.load("product_boxes")
    for name in chosen:
        if "/" in name:  # one fold, in a process of its own, whose peak is then its own
            way, _, number = name.partition("/")
            _kept(way, int(number)).write_bytes(pickle.dumps(_fold(boxes, WAYS[way], int(number))))
            continue
        figures[name] = judged(boxes, name)
        record.save("product_boxes", figures)


def judged(boxes: BoxedSet, name: str) -> dict[str, Any]:
    """The figures of one way over all folds."""
    done = [_done(name, number) for number in range(FOLDS)]
    pictures = {one.name: one for one in boxes.pictures}
    truth = [[pictures[one] for one in fold.names] for fold in done]
    pooled = evaluate_boxes([p for part in truth for p in part], [f for fold in done for f in fold.found], boxes.labels)
    crosswise = [_crosswise(truth, done, number, boxes) for number in range(FOLDS)]
    hits = sum((one.recall or 0) * one.boxes for one in crosswise)
    found, true = sum(one.found for one in crosswise), sum(one.boxes for one in crosswise)
    overlap = sum((one.mean_iou or 0) * (one.recall or 0) * one.boxes for one in crosswise)
    return {
        "setting": asdict(WAYS[name]),
        "photos": pooled.pictures,
        "boxes": true,
        "ap50": pooled.all.ap50,
        "ap50_95": pooled.all.ap50_95,
        "ap50_by_fold": [_report(part, fold, boxes).ap50 for part, fold in zip(truth, done, strict=True)],
        "confidence": {figure: span.to_json() for figure, span in pooled.confidence.items()},
        "precision": hits / max(found, 1),
        "recall": hits / true,
        "f1": 2 * hits / max(found + true, 1),
        "mean_iou": overlap / max(hits, 1e-9),
        "per_class": {one.label: {figure: getattr(one, figure) for figure in FIGURES} for one in pooled.per_class},
        "training_s_on_one_thread": [round(fold.seconds, 1) for fold in done],
        "ms_a_photo": round(sum(fold.ms for fold in done) / FOLDS, 1),
        "peak_mb_of_training": round(max(fold.peak_mb for fold in done)),
    }


def _report(truth: Sequence[BoxedPicture], fold: Fold, boxes: BoxedSet, score: float | None = None) -> BoxFigures:
    return evaluate_boxes(truth, fold.found, boxes.labels, score=score, resamples=1).all


def _crosswise(truth: list[list[BoxedPicture]], done: list[Fold], number: int, boxes: BoxedSet) -> BoxFigures:
    """A fold at the score that was best for the others."""
    others = [index for index in range(FOLDS) if index != number]
    pictures = [one for index in others for one in truth[index]]
    found = [one for index in others for one in done[index].found]
    score = evaluate_boxes(pictures, found, boxes.labels, resamples=1).score
    return _report(truth[number], done[number], boxes, score)


def _done(name: str, number: int) -> Fold:
    kept = _kept(name, number)
    if not kept.is_file():
        subprocess.run([sys.executable, __file__, f"{name}/{number}"], check=True)
    fold: Fold = pickle.loads(kept.read_bytes())
    return fold


def _kept(name: str, number: int) -> Path:
    folder = Path(os.environ.get("AISLE_FOLDS") or Path(tempfile.gettempdir()) / "aisle-product-boxes")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name.replace(' ', '-').replace(',', '')}-{number}.pickle"


def _fold(boxes: BoxedSet, way: Setting, number: int) -> Fold:
    learnt, aside = list(folds(boxes, FOLDS))[number]
    network, _ = student(way.model, tuple(boxes.labels), weights=way.weights, side=way.side)
    changed = {name: value for name in ("paste", "mosaic") if (value := getattr(way, name)) is not None}
    recipe = replace(network.recipe, epochs=way.epochs, augment=replace(network.recipe.augment, **changed))
    course = learn_boxes(network, shown(learnt.pictures, boxes.labels, network), recipe)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    card = DetectorCard("fold", "fold", network.family, tuple(boxes.labels), 0.5, (way.side, way.side), "none")
    images = [picture(one) for one in aside.pictures]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "bundle"
        package_detector(network, card, target, samples=images[:1], seen=map(mark, learnt.pictures))
        detector = open_detector(target, score=LOWEST)
        detector(images[:1])
        begun = time.process_time()
        found = [detector([image])[0] for image in images]
        ms = 1000 * (time.process_time() - begun) / len(images)
    print(f"fold {number}: {course.seconds:.0f} s, loss {course.losses[-1]:.2f}", file=sys.stderr)
    return Fold(tuple(one.name for one in aside.pictures), tuple(found), course.seconds, ms, peak)


if __name__ == "__main__":
    main()
