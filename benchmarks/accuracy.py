"""Top-5 hit rate of every runtime on 40 real clips whose class has a counterpart in Kinetics-400.

Nothing is trained or tuned on these clips: int8 is calibrated on generated video. Five clips a class, each from another
film (`group`), the first of each in the order of clips.csv. A hit is one of the listed classes among the top 5.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np
import record

from aisle import analyze, open_model
from aisle.data.names import read_names
from aisle.deploy.backbone import Model
from aisle.deploy.export import export_bundle

SHARED = Path(os.environ.get("AISLE_SHARED", Path(__file__).parents[2] / "shared"))
JHMDB = SHARED / "data/jhmdb"
A_CLASS = 5

# Kinetics-400 has no stairs: its nearest, climbing a ladder, is all that can count for climb_stairs.
COUNTERPARTS = read_names(Path(__file__).parents[1] / "recipes/jhmdb-kinetics.csv")
RUNTIMES = ("pytorch", "onnxruntime", "openvino-fp32", "openvino-bf16", "openvino-int8")


def clips() -> list[tuple[Path, str]]:
    with (JHMDB / "clips.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    chosen = []
    for label in COUNTERPARTS:
        films: dict[str, Path] = {}
        for row in rows:
            if row["label"] == label:
                films.setdefault(row["group"], JHMDB / row["path"])
        chosen += [(path, label) for path in list(films.values())[:A_CLASS]]
    return chosen


def probabilities(model: Model) -> np.ndarray[Any, Any]:
    """Clips x classes, in the order of the model's labels."""
    rows = []
    for path, _ in clips():
        said = {one.label: one.probability for one in analyze(path, model).predictions}
        rows.append([said[label] for label in model.labels])
    return np.array(rows)


def hits(rows: np.ndarray[Any, Any], labels: tuple[str, ...], top: int) -> list[bool]:
    best = np.argsort(-rows, axis=1)[:, :top]
    wanted = [COUNTERPARTS[label] for _, label in clips()]
    return [any(labels[i] in names for i in row) for row, names in zip(best, wanted, strict=True)]


def run(folder: Path) -> dict[str, Any]:
    """`folder` is for the exported ONNX bundle."""
    onnx = folder / "onnx"
    if not onnx.exists():
        export_bundle("kinetics-i3d", "onnx", onnx)
    answers = {}
    for runtime in RUNTIMES:
        model = open_model(onnx if runtime == "onnxruntime" else "kinetics-i3d", runtime=runtime)
        answers[runtime] = probabilities(model)
        print(runtime, np.mean(hits(answers[runtime], tuple(model.labels), 5)), flush=True)
    labels = tuple(model.labels)
    truth = answers["pytorch"].argmax(1)
    per_class = {
        label: [
            int(hit) for hit, (_, own) in zip(hits(answers["pytorch"], labels, 5), clips(), strict=True) if own == label
        ]
        for label in COUNTERPARTS
    }
    return {
        "clips": len(clips()),
        "counterparts": {label: sorted(names) for label, names in COUNTERPARTS.items()},
        "pytorch_top5_by_class": {label: f"{sum(found)}/{len(found)}" for label, found in per_class.items()},
        "runtimes": {
            runtime: {
                "top1_percent": round(100 * float(np.mean(hits(rows, labels, 1))), 1),
                "top5_percent": round(100 * float(np.mean(hits(rows, labels, 5))), 1),
                "same_top1_as_pytorch_percent": round(100 * float((rows.argmax(1) == truth).mean()), 1),
                "mean_difference_of_probability": float(np.abs(rows - answers["pytorch"]).sum(1).mean() / 2),
            }
            for runtime, rows in answers.items()
        },
    }


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        record.save("accuracy", run(Path(name)))
