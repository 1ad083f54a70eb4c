"""Products of grocery_store: top-1, kinds and cost on its validation split; from few pictures a product, drawn by three
seeds, and from the one clean picture of each.

What is learnt, and the settings, come from the training split, by folds that keep like pictures together. The
validation split was looked at in four sittings while this was built, so its figures flatter a little (docs/log.md).
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import record

from aisle.apps.tuned_products import SIZE, looked
from aisle.core.pictures import Pictured
from aisle.data.picture_check import picture
from aisle.data.picture_folder import open_pictures
from aisle.deploy.product_model import open_embedder
from aisle.deploy.product_package import convert, published_features
from aisle.models.product_readout import Nearness
from aisle.train.products import Judged, Learnt, Seen, fit, judge, learn, measure_few

SHARED = Path(os.environ.get("AISLE_SHARED", Path(__file__).parents[2] / "shared"))
GROCERY = SHARED / "data/grocery_store"
FEW, SEEDS = (1, 2, 5, 10), 3
TIMED = 40


def run(folder: Path) -> dict[str, Any]:
    """`folder` is for the converted network."""
    pictures = open_pictures(GROCERY)
    train, validation = pictures.to_learn(), pictures.split("validation")
    apart = convert(published_features(), SIZE, [picture(one) for one in train.pictures[:8]], folder)
    begun = process_time()
    seen = looked(train.pictures, pictures.labels, folder, quiet=True)
    spent = process_time() - begun
    judged = looked(validation.pictures, pictures.labels, folder, quiet=True)
    clean = looked(pictures.clean, pictures.labels, folder, quiet=True)
    ways: dict[str, Nearness] = {"cosine": "angle", "linear": "distance"}
    classes = len(pictures.labels)
    few = [measure_few(seen, judged, classes, "angle", FEW, seed=seed) for seed in range(SEEDS)]
    one = fit(clean, classes, "angle").logits(judged.features)
    return {
        "pictures": {"train": len(train.pictures), "validation": len(validation.pictures)},
        "apart_from_pytorch": apart,
        "recognisers": {
            name: told(judged, learn(seen, pictures.labels, pictures.coarse, way), pictures.labels, pictures.coarse)
            for name, way in ways.items()
        },
        "top1_percent_from_few_pictures": {str(count): [round(100 * one[count], 1) for one in few] for count in FEW},
        "clean_picture_each": shares(judge(one, judged.targets, pictures.labels, pictures.coarse, 0.0)),
        "seconds_of_processor_to_look_at_train": round(spent, 1),
        "milliseconds_a_picture": timed(validation.pictures[:TIMED], folder),
    }


def told(judged: Seen, learnt: Learnt, labels: Any, coarse: Any) -> dict[str, Any]:
    logits = learnt.readout.logits(judged.features)
    found = {"validation": shares(judge(logits, judged.targets, labels, coarse, learnt.threshold))}
    return found | ({"by_look_within_train": shares(learnt.judged)} if learnt.judged else {})


def shares(judged: Judged) -> dict[str, Any]:
    spans = {name: [round(100 * one.low, 1), round(100 * one.high, 1)] for name, one in judged.intervals().items()}
    figures = {"top1": judged.report.top1, "coarse": judged.coarse, "top5": judged.report.top5}
    figures |= {"calibration_error": judged.report.calibration_error}
    figures |= {"kept_by_threshold": judged.kept, "unknown_refused": judged.refused}
    return {f"{name}_percent": round(100 * value, 1) for name, value in figures.items() if value is not None} | {
        "ranges_percent": spans
    }


def timed(pictures: tuple[Pictured, ...], folder: Path) -> dict[str, float]:
    """Of naming one after the other, decoding left out: by the clock, and of processor time."""
    embed, images = open_embedder(folder, SIZE), [picture(one) for one in pictures]
    embed(images[:1])
    clock, spent = perf_counter(), process_time()
    for image in images:
        embed([image])
    count = len(images) / 1000
    return {
        "clock": round((perf_counter() - clock) / count, 1),
        "processor": round((process_time() - spent) / count, 1),
    }


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        record.save("products", run(Path(name)))
