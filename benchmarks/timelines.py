"""How much worse timelines of shops get where it is hard: in the dark, from another side, for short acts.

    benchmarks/timelines.py SHOPS BUNDLE... [--features DIR]

SHOPS is a folder that `aisle data render` wrote, whose test split no BUNDLE has seen; each BUNDLE is judged on it by
the MERL protocol at 30 samples a second, as filmed and turned by half a circle, as a camera would see it that hangs the
other way round. Results are kept model by model, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import record

from aisle.analysis.analyzer import softmax
from aisle.analysis.embed import watched
from aisle.analysis.segment import segment
from aisle.core import BACKGROUND, Example, Grid, LabelSet, Scores, Segment, Timeline
from aisle.data.find import open_dataset
from aisle.data.store import FeatureStore
from aisle.data.views import as_timelines, clip_end
from aisle.deploy.cache import cache_folder
from aisle.deploy.headed import HeadedModel
from aisle.deploy.model import open_model
from aisle.evaluate.timelines import TimelineReport, evaluate_timelines
from aisle.train.embed import embedded
from aisle.train.looks import change

LOOKS = ("", "turn")
RATE = Fraction(30)
SHORT = Fraction(7, 10)
"""Seconds under which an act is a short one: some half of those in MERL Shopping are."""

FIGURES = ("f1@10", "f1@25", "f1@50", "frame_accuracy", "edit", "map_midpoint")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shops", type=Path)
    parser.add_argument("bundles", nargs="+")
    parser.add_argument("--features", type=Path, default=cache_folder() / "features")
    given = parser.parse_args()
    dataset = as_timelines(open_dataset(given.shops))
    test = dataset.split("test")
    store = FeatureStore(given.features)
    figures = record.load("timelines") or {"videos": len(test), "models": {}}
    for name in given.bundles:
        model = open_model(name)
        done = figures["models"].setdefault(model.name, {})
        if done.get("bundle") != model.bundle.fingerprint:
            done.clear()
        done["bundle"] = model.bundle.fingerprint
        for look in LOOKS:
            if (look or "as filmed") not in done:
                done[look or "as filmed"] = judged(model, test, store, look)
                record.save("timelines", figures)


def judged(model: Any, test: Sequence[Example], store: FeatureStore, look: str) -> Mapping[str, Any]:
    """The figures of one model through one look."""
    labels = LabelSet((*(label for label in model.labels if label != BACKGROUND), BACKGROUND))
    truth, predicted = {}, {}
    for example in test:
        until = clip_end(example)
        truth[example.name] = Timeline(until, example.segments)
        said = scores(model, example, store, look)
        predicted[example.name] = Timeline(until, segment(said, until=until, answers=model.answers))
    groups = {example.name: example.group for example in test}
    report = evaluate_timelines(truth, predicted, RATE, labels=labels, groups=groups)
    light = {example.name: "day" if light_of(example) == "day" else "dark" for example in test}
    by_light = {
        one: evaluate_timelines(
            {name: truth[name] for name in truth if light[name] == one},
            {name: predicted[name] for name in truth if light[name] == one},
            RATE,
            labels=labels,
        )
        for one in sorted(set(light.values()))
    }
    print(model.name, look or "as filmed", {name: report.figures[name] for name in FIGURES}, flush=True)
    return {
        **{name: rounded(report.figures[name]) for name in FIGURES},
        "f1@50 95%": [rounded(report.confidence["f1@50"].low), rounded(report.confidence["f1@50"].high)],
        "f1@50 by action": {one.label: rounded(one.f1["f1@50"]) for one in report.per_class if one.true_runs},
        "f1@50 by light": {one: rounded(part.figures["f1@50"]) for one, part in by_light.items()},
        "mistaken": mistaken(report, labels),
        "found": {
            "short acts": found(truth, predicted, lambda act: act.end - act.start < SHORT),
            "longer acts": found(truth, predicted, lambda act: act.end - act.start >= SHORT),
        },
    }


def light_of(example: Example) -> str:
    """day, night or infra-red, as the shop was rendered."""
    truth = example.path.with_name(example.path.name.replace("_crop.mp4", "_truth.json"))
    return str(json.loads(truth.read_text("utf-8"))["look"])


def scores(model: Any, example: Example, store: FeatureStore, look: str) -> Scores:
    """Probabilities along one video; a head's from features that are kept."""
    if not isinstance(model, HeadedModel):
        _, said = watched(example.path, model, change=change(look, example.name)).finish()
        return Scores(np.array(said.values), said.grid, said.labels)
    features = embedded([example], model.backbone, store, look=look)[0]
    values = softmax(model.step_logits(features.values))
    step = features.grid.step / model.answers.pieces
    return Scores(values, Grid(Fraction(0), step, step, len(values)), model.labels)


def mistaken(report: TimelineReport, labels: LabelSet) -> Mapping[str, float | None]:
    """Shares, in percent, of the samples of one action that are called the opposite one."""
    counts = np.array(report.confusion.counts)
    pairs = [("reach_to_shelf", "retract_from_shelf"), ("retract_from_shelf", "reach_to_shelf")]
    pairs += [("inspect_product", "inspect_shelf"), ("inspect_shelf", "inspect_product")]
    shares = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
    return {f"{true} for {said}": rounded(shares[labels.index(true), labels.index(said)]) for true, said in pairs}


def found(truth: Mapping[str, Timeline], predicted: Mapping[str, Timeline], wanted: Any) -> Mapping[str, Any]:
    """How many of the wanted acts one of the same class overlaps by half (IoU)."""
    hits = [
        any(one.label == act.label and overlap(one, act) >= Fraction(1, 2) for one in predicted[name].segments)
        for name, timeline in truth.items()
        for act in timeline.segments
        if wanted(act)
    ]
    return {"acts": len(hits), "percent": rounded(100 * sum(hits) / len(hits)) if hits else None}


def overlap(one: Segment, other: Segment) -> Fraction:
    both = min(one.end, other.end) - max(one.start, other.start)
    return max(both, Fraction(0)) / (max(one.end, other.end) - min(one.start, other.start))


def rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 2)


if __name__ == "__main__":
    main()
