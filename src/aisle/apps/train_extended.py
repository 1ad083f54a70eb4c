"""`aisle train --extend`: a trained head learns new classes, or more clips of those that it has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aisle.apps.console import progress, say
from aisle.apps.trained import changed_text, measured
from aisle.apps.training import (
    EVERY,
    Asked,
    Way,
    begun,
    bundle_of,
    dataset_of,
    feature_store,
    finished,
    known_before,
    resumable,
)
from aisle.core import UsageError
from aisle.deploy.headed import HeadedModel
from aisle.deploy.model import open_model, seen_by
from aisle.models.head import head
from aisle.train.memory import FILE, read_memory
from aisle.train.plan import Plan

EPOCHS = 100
KEPT = ("--set", "--look", "--trend", "--tune")

if TYPE_CHECKING:
    from aisle.deploy.head import HeadBundle
    from aisle.train.clips import Clips


def train(asked: Asked) -> None:
    """Raises UsageError where another head than the old one is asked for."""
    from aisle.models.reading import ClipReading
    from aisle.train.extend import extend
    from aisle.train.fit import clip_views, learning_part, read_views

    before = _extensible(asked)
    kept = [name for name in KEPT if name in asked.named]
    if kept or asked.model not in (None, before.bundle.head):
        raise UsageError(
            "a head that is extended keeps its options",
            got=", ".join(kept) or f"--model {asked.model}",
            allowed=f"{before.bundle.head}, {dict(before.bundle.options)}",
            do="leave them out, or train a new head",
        )
    plan, backbone = _plan_of(before.bundle, asked), before.backbone
    dataset = dataset_of(asked, asked.data, "clips", known=tuple(before.labels))
    examples, store = learning_part(dataset), feature_store(asked)
    identity = plan.identity(dataset, backbone.fingerprint)
    run = begun(asked, f"{identity}-extends-{before.bundle.fingerprint}")
    with resumable():
        with progress("computing features", quiet=asked.quiet) as listener:
            views = clip_views(examples, plan, backbone, store, progress=listener)
        known = _known(asked, before, plan)
        new = read_views(examples, dataset.labels, views, ClipReading(backbone.blocks, trend=plan.trend))
        with progress("training", quiet=asked.quiet) as listener:
            extended = extend(
                known,
                new,
                plan,
                backbone,
                samples=views[0][:3],
                window=before.bundle.window,
                run=run,
                progress=listener,
            )
        doubts = (*_doubts(before), *known_before(examples, store, seen_by(backbone), "its backbone"))
        trained = replace(extended.trained, doubts=tuple(dict.fromkeys((*doubts, *extended.trained.doubts))))
        found = measured(trained, trained.notes) | {"extended": {"from": before.name, **extended.to_json()}}
        bundle = bundle_of(asked, plan, dataset, trained, backbone, found)
        since = f"{before.bundle.trained_on}; then {bundle.trained_on}"
        bundle = replace(bundle, trained_on=since, seen=tuple(sorted({*before.bundle.seen, *bundle.seen})))
        both = replace(dataset, examples=tuple(extended.clips.examples), labels=trained.labels)
        finished(asked, plan, both, trained, bundle, run)
        say(changed_text(extended))


def _doubts(before: HeadedModel) -> tuple[str, ...]:
    """Why the figures of the old head may flatter, but for its threshold: the new one is judged on its examples too."""
    from aisle.train.judge import BOTH_HERE

    return tuple(doubt for doubt in before.bundle.measured.get("doubts", ()) if doubt != BOTH_HERE)


def _extensible(asked: Asked) -> HeadedModel:
    old = asked.extend or ""
    with progress(f"preparing {old}", quiet=asked.quiet) as listener:
        opened = open_model(old, progress=listener)
    if not isinstance(opened, HeadedModel) or opened.bundle.task != "clips":
        what = "a head of timelines" if isinstance(opened, HeadedModel) else "a backbone"
        raise UsageError(
            f"{old} cannot be extended",
            got=what,
            allowed="a head of clips",
            do="train a new one on all the data",
        )
    if asked.old_data is None and not (opened.folder / FILE).is_file():
        raise UsageError(
            f"{old} keeps no memory of what it was trained on",
            got=f"no {FILE} in {opened.folder}",
            do="name that data with --old-data DIR, or use a bundle that was trained without --no-memory",
        )
    return opened


def _known(asked: Asked, before: HeadedModel, plan: Plan) -> Clips:
    """What the old head learnt from, from its memory or from `old_data`."""
    from aisle.models.reading import ClipReading
    from aisle.train.extend import relabelled, remembered
    from aisle.train.fit import clip_views, learning_part, read_views

    memory = None if asked.old_data else read_memory(before.folder)
    if memory is not None:
        return remembered(memory, before.labels, before.folder)
    place = asked.old_data or before.folder
    dataset = dataset_of(asked, place, "clips")
    examples = learning_part(dataset)
    with progress("computing features", quiet=asked.quiet) as listener:
        views = clip_views(examples, plan, before.backbone, feature_store(asked), progress=listener)
    reading = ClipReading(before.backbone.blocks, trend=plan.trend)
    return read_views(examples, relabelled(dataset.labels, before.labels, place), views, reading)


def _plan_of(bundle: HeadBundle, asked: Asked) -> Plan:
    options = dict(bundle.options)
    trend, looks, seed = options.pop("trend"), tuple(options.pop("looks")), options.pop("seed")
    return Plan(
        head(bundle.head),
        options,
        trend=trend,
        looks=looks,
        folds=asked.folds,
        beta=asked.beta,
        seed=seed,
        epochs=asked.epochs or EPOCHS,
        devices=asked.devices,
    )


WAY = Way(
    "a head that is extended",
    frozenset({*EVERY, "--extend", "--old-data", "--folds", "--beta", "--memory", *KEPT}),
    train,
)
