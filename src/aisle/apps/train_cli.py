"""`aisle train`: from labelled video to a packaged model."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from aisle.apps.console import progress, say
from aisle.apps.training import Asked, backbone_of, begun, bundle_of, dataset_of, finished, resumable


def train(
    data: Annotated[Path, typer.Option("--data", help="The dataset's folder.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The new bundle's folder.", show_default=False)],
    model: Annotated[
        str | None,
        typer.Option("--model", help="The head: linear, mlp, svm, knn, forest; bilstm, mstcn, edtcn."),
    ] = None,
    extend: Annotated[
        str | None,
        typer.Option("--extend", help="A trained head of clips that learns the new classes and clips in --data too."),
    ] = None,
    old_data: Annotated[
        Path | None,
        typer.Option("--old-data", help="With --extend: what that head was trained on, if it keeps no memory of it."),
    ] = None,
    backbone: Annotated[str, typer.Option(help="Whose features it reads.")] = "kinetics-i3d",
    kind: Annotated[
        str | None, typer.Option("--kind", help="The dataset's layout; default: the one that fits.")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--set", help="An option of the head, NAME=VALUE; repeat it.")
    ] = None,
    look: Annotated[
        list[str] | None,
        typer.Option(help="Also learn from flip, night, infrared, blur, watermark or low-resolution; repeat it."),
    ] = None,
    trend: Annotated[
        bool | None,
        typer.Option("--trend/--no-trend", help="Read if things grow or fall over a clip; default: yes."),
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Parts that clips are cut into, to be judged on each in turn.")] = 5,
    beta: Annotated[float, typer.Option(help="How much more recall counts than precision in the threshold.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn at random.")] = 0,
    epochs: Annotated[int, typer.Option(min=1, help="At most so many, for heads trained by gradient.")] = 100,
    devices: Annotated[int, typer.Option(min=1, help="Graphics cards to train on, where there are several.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was stopped.")] = False,
    tune: Annotated[
        bool, typer.Option("--tune", help="Try the head's grid of options, but for those set, and take the best.")
    ] = False,
    memory: Annotated[
        bool, typer.Option("--memory/--no-memory", help="Keep beside a head of clips what --extend needs.")
    ] = True,
    features: Annotated[Path | None, typer.Option(help="Where features are kept; default: in the cache.")] = None,
    trained_on: Annotated[str, typer.Option(help="For the card: what it was trained on.")] = "",
    not_for: Annotated[str, typer.Option(help="For the card: what it must not be used for.")] = "",
    licence: Annotated[str, typer.Option(help="For the card.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """Trains a head on labelled video, says how good it is on groups it has not seen, and packages it."""
    from aisle.core import MissingPartError, absent
    from aisle.data.store import FeatureStore
    from aisle.deploy.cache import cache_folder

    for package in ("torch", "lightning", "sklearn"):
        if find_spec(package) is None:
            raise MissingPartError("training", name=package, extra="train")
    absent(out)
    store = FeatureStore(features or cache_folder() / "features")
    asked = Asked(
        data, kind, out, store, folds, beta, seed, epochs, devices, resume, memory, trained_on, not_for, licence, quiet
    )
    chosen = {"--set": option, "--look": look, "--trend": trend, "--tune": tune or None}
    if extend is None:
        _train_new(asked, model, old_data, backbone, _pairs(option), look or (), trend, tune=tune)
    else:
        from aisle.apps.extending import train_more

        train_more(asked, model, extend, old_data, [name for name, value in chosen.items() if value is not None])


def _train_new(
    asked: Asked,
    model: str | None,
    old_data: Path | None,
    backbone: str,
    options: dict[str, str],
    looks: Sequence[str],
    trend: bool | None,
    *,
    tune: bool,
) -> None:
    from dataclasses import replace

    from aisle.apps.trained import measured, tried, tried_text
    from aisle.core import UsageError
    from aisle.models.head import head, heads

    if old_data is not None:
        raise UsageError("--old-data goes with --extend", got=old_data, do="name the head that is extended")
    if model is None:
        raise UsageError(
            "no head to train",
            got="neither --model nor --extend",
            allowed=", ".join(heads()),
            do="name one with --model, or one to --extend",
        )
    card = head(model)
    chosen = card.with_options(options)

    from aisle.train.fit import clip_views, learning_part
    from aisle.train.fit import train as fit
    from aisle.train.plan import Plan

    plan = Plan(
        card,
        chosen,
        trend=trend is not False,
        looks=tuple(looks),
        folds=asked.folds,
        beta=asked.beta,
        seed=asked.seed,
        epochs=asked.epochs,
        devices=asked.devices,
    )
    dataset = dataset_of(asked, asked.data, card.task)
    opened = backbone_of(asked, backbone)
    run = begun(asked, f"{plan.identity(dataset, opened.fingerprint)}{'-tuned' if tune else ''}")
    examples = learning_part(dataset)
    notes: tuple[str, ...] = ()
    found: dict[str, object] = {}
    with resumable():
        with progress("computing features", quiet=asked.quiet) as listener:
            clip_views(examples, plan, opened, asked.store, progress=listener)
        logits = None
        if tune:
            from aisle.train.tune import tuned

            fixed = [*options, *(["trend"] if trend is not None else [])]
            with progress("trying options", quiet=asked.quiet) as listener:
                tuning = tuned(dataset, plan, opened, opened.bundle.card, asked.store, fixed=fixed, progress=listener)
            plan, logits, notes = tuning.plan, tuning.logits, tuning.notes
            found["tuned"] = tried(tuning)
            say(tried_text(tuning))
        with progress("training", quiet=asked.quiet) as listener:
            trained = fit(
                dataset, plan, opened, opened.bundle.card, asked.store, logits=logits, run=run, progress=listener
            )
        trained = replace(trained, notes=(*notes, *trained.notes))
        bundle = bundle_of(asked, plan, dataset, trained, opened, measured(trained) | found)
        finished(asked, plan, dataset, trained, bundle, run)


def _pairs(options: list[str] | None) -> dict[str, str]:
    from aisle.core import UsageError

    wrong = [option for option in options or () if "=" not in option]
    if wrong:
        raise UsageError(
            "an option has a name and a value", got=wrong[0], allowed="NAME=VALUE", do="--set strength=0.1"
        )
    return dict(option.split("=", 1) for option in options or ())
