"""`aisle train --task video-class`: the category of whole videos, from their objects, their motion, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aisle.apps.console import progress, say
from aisle.apps.opening import describer
from aisle.apps.training import (
    EVERY,
    LICENCE,
    NOT_FOR,
    Asked,
    Way,
    dataset_of,
    feature_store,
    learnt_from,
    marks,
    pairs,
)
from aisle.core import UnknownNameError, UsageError

if TYPE_CHECKING:
    from aisle.core import Example
    from aisle.search.records import Recipe
    from aisle.search.rows import Floats
    from aisle.train.video_class import Learnt

WAYS = ("objects", "motion", "both")
USUAL = "both"


def train(asked: Asked) -> None:
    """Describes all videos once, judges every way to, and packages the one that was asked for."""
    from aisle.deploy.video_class import VideoClassBundle
    from aisle.deploy.video_class_package import package_video_class
    from aisle.train.fit import learning_part
    from aisle.train.video_class import KINDS, learn

    by, compared = _way(asked)
    kind = asked.model or KINDS[0]
    if kind not in KINDS:
        raise UnknownNameError("classifier of videos", kind, KINDS)
    dataset = dataset_of(asked, asked.data, "clips")
    examples = learning_part(dataset)
    described = {way: _described(asked, examples, way) for way in compared if way != "both"}
    if "both" in compared:
        described["both"] = _joined(described["objects"], described["motion"])
    learnt: dict[str, Learnt] = {}
    with progress("training", quiet=asked.quiet) as listener:
        for way in compared:
            recipe, raw = described[way]
            learnt[way] = learn(
                raw,
                examples,
                dataset.labels,
                recipe.blocks,
                kind=kind,
                parts=asked.folds,
                seed=asked.seed,
                progress=listener,
            )
    chosen, recipe = learnt[by], described[by][0]
    bundle = VideoClassBundle(
        name=asked.out.name,
        title=f"{kind} on {by}, {len(dataset.labels)} categories",
        labels=dataset.labels,
        by=by,
        producer=recipe.producer,
        blocks=recipe.blocks,
        trained_on=learnt_from(asked, dataset),
        not_for=asked.not_for or NOT_FOR,
        licence=asked.licence or LICENCE,
        seen=tuple(sorted(marks(examples, feature_store(asked)))),
        measured=_measured(chosen),
    )
    readout = chosen.readout
    complete = package_video_class(bundle, readout.space, readout.weights, readout.bias, asked.out)
    _tell(asked, complete.title, len(examples), learnt)


def _way(asked: Asked) -> tuple[str, tuple[str, ...]]:
    """What is packaged, and what is judged: all where nothing was said."""
    options = pairs(asked.options)
    if unknown := sorted(set(options) - {"from"}):
        raise UsageError(
            "no option of a classifier of videos", got=", ".join(unknown), allowed="from=objects|motion|both"
        )
    if "from" not in options:
        return USUAL, WAYS
    if options["from"] not in WAYS:
        raise UnknownNameError("way to describe videos", options["from"], WAYS)
    return options["from"], WAYS if options["from"] == "both" else (options["from"],)


def _described(asked: Asked, examples: tuple[Example, ...], way: str) -> tuple[Recipe, Floats]:
    """Raw rows (N, D) by one way. Raises InputError for an example that cannot be read."""
    from aisle.analysis.indexing import length
    from aisle.core import silent
    from aisle.core.time_map import Stretch

    looks = describer(way, quiet=asked.quiet)
    rows = []
    with progress(f"describing {way}", quiet=asked.quiet) as listener:
        for number, example in enumerate(examples, 1):
            stretch = Stretch(example.start, example.end or length(example.path))
            rows.append(looks.rows(example.path, [stretch], progress=silent)[0])
            listener(number, len(examples))
    return looks.recipe, np.stack(rows)


def _joined(objects: tuple[Recipe, Floats], motion: tuple[Recipe, Floats]) -> tuple[Recipe, Floats]:
    """As aisle.analysis.describe_both joins them."""
    from aisle.analysis.describe_both import joined

    return joined([objects[0], motion[0]]), np.concatenate([objects[1], motion[1]], axis=1)


def _measured(learnt: Learnt) -> dict[str, Any]:
    report = learnt.report
    shares = {"top1": report.top1, "macro_f1": report.macro.f1, "calibration_error": report.calibration_error}
    found: dict[str, Any] = {name: round(value, 4) for name, value in shares.items() if value is not None}
    spans = report.confidence
    return found | {
        f"{name} 95%": [round(spans[name].low, 4), round(spans[name].high, 4)] for name in found if name in spans
    }


def _tell(asked: Asked, title: str, count: int, learnt: dict[str, Learnt]) -> None:
    from aisle.apps.verdicts import METRICS, clip_figures, made, write_json

    say(f"{asked.out.name}: {title}")
    say(f"  on {count} videos of groups that the judged classifier had not seen:")
    for way, one in learnt.items():
        span = one.report.confidence.get("top1")
        told = f" ({span.low:.1%} to {span.high:.1%})" if span else ""
        say(f"  {way:10}top-1 {one.report.top1:.1%}{told}, macro F1 {one.report.macro.f1:.3f}")
    figures = {way: clip_figures(one.report, None) for way, one in learnt.items()}
    write_json({**made(), "model": title, "ways": figures}, asked.out / METRICS)
    say(f"{asked.out}  (aisle classify VIDEO --model {asked.out})")


WAY = Way(
    "a classifier of whole videos",
    (EVERY | {"--set", "--folds"}) - {"--devices", "--resume", "--epochs"},
    train,
)
