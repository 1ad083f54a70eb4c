"""`aisle train --model` of a head: on the features of another model."""

from __future__ import annotations

from dataclasses import replace

from aisle.apps.console import progress, say
from aisle.apps.trained import measured, tried, tried_text
from aisle.apps.training import (
    EVERY,
    Asked,
    Way,
    backbone_of,
    begun,
    bundle_of,
    dataset_of,
    feature_store,
    finished,
    known_before,
    pairs,
    resumable,
)
from aisle.deploy.model import seen_by
from aisle.models.head import head

EPOCHS = 100


def train(asked: Asked) -> None:
    """Raises UnknownNameError for another option than the head's, and whatever learning raises."""
    from aisle.train.fit import clip_views, learning_part
    from aisle.train.fit import train as fit
    from aisle.train.plan import Plan

    card = head(asked.model or "")
    options = pairs(asked.options)
    plan = Plan(
        card,
        card.with_options(options),
        trend=asked.trend,
        looks=tuple(asked.looks),
        folds=asked.folds,
        beta=asked.beta,
        seed=asked.seed,
        epochs=asked.epochs or EPOCHS,
        devices=asked.devices,
    )
    store = feature_store(asked)
    dataset = dataset_of(asked, asked.data, card.task)
    opened = backbone_of(asked, asked.backbone)
    run = begun(asked, f"{plan.identity(dataset, opened.fingerprint)}{'-tuned' if asked.tune else ''}")
    examples = learning_part(dataset)
    notes: tuple[str, ...] = ()
    found: dict[str, object] = {}
    with resumable():
        with progress("computing features", quiet=asked.quiet) as listener:
            clip_views(examples, plan, opened, store, progress=listener)
        logits = None
        if asked.tune:
            from aisle.train.tune import tuned

            fixed = [*options, *(["trend"] if "--trend" in asked.named else [])]
            with progress("trying options", quiet=asked.quiet) as listener:
                tuning = tuned(dataset, plan, opened, opened, store, fixed=fixed, progress=listener)
            plan, logits, notes = tuning.plan, tuning.logits, tuning.notes
            found["tuned"] = tried(tuning)
            say(tried_text(tuning))
        with progress("training", quiet=asked.quiet) as listener:
            trained = fit(dataset, plan, opened, opened, store, logits=logits, run=run, progress=listener)
        doubts = known_before(examples, store, seen_by(opened), "its backbone")
        trained = replace(trained, notes=(*notes, *trained.notes), doubts=(*doubts, *trained.doubts))
        bundle = bundle_of(asked, plan, dataset, trained, opened, measured(trained, trained.notes) | found)
        finished(asked, plan, dataset, trained, bundle, run)


WAY = Way(
    "a head that is trained on another model's features",
    frozenset({*EVERY, "--backbone", "--set", "--look", "--trend", "--folds", "--beta", "--tune", "--memory"}),
    train,
)
