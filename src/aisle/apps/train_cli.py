"""`aisle train`: from labelled video or pictures to a packaged model."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from aisle.apps.training import Asked, Way

ACTIONS = "actions"
TASKS = {
    "anomaly": "aisle.apps.train_anomaly",
    "detector": "aisle.apps.train_detector",
    "pictures": "aisle.apps.train_pictures",
    "products": "aisle.apps.train_products",
    "video-class": "aisle.apps.train_video_class",
}
"""What else can be learned, and the module whose WAY learns it."""

WEAK = "mil"
"""The head that learns from labels of whole videos."""


def train(
    context: typer.Context,
    data: Annotated[Path, typer.Option("--data", help="The dataset's folder.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The new bundle's folder.", show_default=False)],
    task: Annotated[
        str,
        typer.Option(
            "--task",
            help="actions in videos; products, to name pictures; detector, to find what your boxes show; anomaly, to "
            "notice what is unlike normal videos; pictures, to label frames; video-class, to sort whole videos.",
        ),
    ] = ACTIONS,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="A head on another model's features: linear, mlp, svm, knn, forest; bilstm, mstcn, edtcn, "
            "asformer, causal_tcn. Or a network that learns from pictures: a name from aisle models list --networks. "
            "Products: linear, cosine, finetune, prototypes.",
        ),
    ] = None,
    extend: Annotated[
        str | None,
        typer.Option(
            "--extend",
            help="A trained head of clips, or of products, that learns the new classes in --data; or a model of what "
            "is normal, that learns another camera.",
        ),
    ] = None,
    old_data: Annotated[
        Path | None,
        typer.Option("--old-data", help="With --extend: what that head was trained on, if it keeps no memory of it."),
    ] = None,
    backbone: Annotated[str, typer.Option(help="Heads: whose features are read.")] = "kinetics-i3d",
    kind: Annotated[
        str | None, typer.Option("--kind", help="The dataset's layout; default: the one that fits.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="An option of the head; or one of the network, its sampling or its recipe, such as "
            "learning_rate=0.01, layer_decay=0.8 or frames=16. NAME=VALUE; repeat it.",
        ),
    ] = None,
    look: Annotated[
        list[str] | None,
        typer.Option(help="Also learn from flip, turn, night, infrared, blur, watermark or low-resolution; repeat it."),
    ] = None,
    trend: Annotated[
        bool | None,
        typer.Option("--trend/--no-trend", help="Heads: read if things grow or fall over a clip; default: yes."),
    ] = None,
    folds: Annotated[
        int, typer.Option(min=2, help="Heads: parts that clips are cut into, to be judged on each in turn.")
    ] = 5,
    beta: Annotated[float, typer.Option(help="How much more recall counts than precision in the threshold.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn at random.")] = 0,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Of networks; at most so many of heads that are trained by gradient.", show_default=False
        ),
    ] = None,
    devices: Annotated[int, typer.Option(min=1, help="Graphics cards to train on, where there are several.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was stopped.")] = False,
    tune: Annotated[
        bool, typer.Option("--tune", help="Try the head's grid of options, but for those set, and take the best.")
    ] = False,
    memory: Annotated[
        bool, typer.Option("--memory/--no-memory", help="Keep beside a head of clips what --extend needs.")
    ] = True,
    weights: Annotated[
        str | None,
        typer.Option(
            help="Networks: begin with published, image (an image network's), random, a bundle's folder, or a file. "
            "Default: the first of these that the network's card names.",
            show_default=False,
        ),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, help="Networks: clips a step and device.", show_default=False)
    ] = None,
    freeze: Annotated[int, typer.Option(min=0, help="Networks: so many stages from the first keep their weights.")] = 0,
    checkpointing: Annotated[
        bool, typer.Option("--checkpointing", help="Networks: compute twice, in a fraction of the memory.")
    ] = False,
    precision: Annotated[str, typer.Option(help="Networks: fp32, or bf16 where sums allow it.")] = "fp32",
    device: Annotated[str, typer.Option(help="Networks: cpu, gpu, or auto for a gpu where there is one.")] = "auto",
    workers: Annotated[
        int | None, typer.Option(min=0, help="Networks: processes that prepare clips.", show_default=False)
    ] = None,
    alarms_a_day: Annotated[
        float, typer.Option("--alarms-a-day", help="Anomaly: false alarms that are put up with.")
    ] = 1.0,
    pixels: Annotated[
        list[Path] | None,
        typer.Option("--pixels", help="Anomaly: a bundle by aisle pretrain whose errors count too; repeat it."),
    ] = None,
    features: Annotated[
        Path | None, typer.Option(help="Where features, or a network's decoded clips, are kept; default: in the cache.")
    ] = None,
    trained_on: Annotated[str, typer.Option(help="For the card: what it was trained on.")] = "",
    not_for: Annotated[str, typer.Option(help="For the card: what it must not be used for.")] = "",
    licence: Annotated[str, typer.Option(help="For the card.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """Trains on labelled video or pictures, says how good the model is on groups it has not seen, and packages it."""
    from aisle.core import MissingPartError, absent

    asked = Asked(
        data=data,
        kind=kind,
        out=out,
        features=features,
        model=model,
        extend=extend,
        old_data=old_data,
        backbone=backbone,
        options=option or (),
        looks=look or (),
        trend=trend is not False,
        folds=folds,
        beta=beta,
        seed=seed,
        epochs=epochs,
        devices=devices,
        resume=resume,
        tune=tune,
        remember=memory,
        weights=weights,
        batch=batch,
        freeze=freeze,
        checkpointing=checkpointing,
        precision=precision,
        device=device,
        workers=workers,
        alarms_a_day=alarms_a_day,
        pixels=pixels or (),
        trained_on=trained_on,
        not_for=not_for,
        licence=licence,
        quiet=quiet,
        named=_named(context),
    )
    for package in ("torch", "lightning", "sklearn"):
        if find_spec(package) is None:
            raise MissingPartError("training", name=package, extra="train")
    absent(out)
    way = _way(task, asked)
    way.check(asked.named)
    way.train(asked)


def _way(task: str, asked: Asked) -> Way:
    """The one place that knows which tasks there are. Raises UnknownNameError for another."""
    from aisle.core import UnknownNameError

    if task == ACTIONS:
        return _way_of_actions(asked)
    if task not in TASKS:
        raise UnknownNameError("task", task, [ACTIONS, *TASKS])
    way: Way = import_module(TASKS[task]).WAY
    return way


def _way_of_actions(asked: Asked) -> Way:
    """The one place that knows which kinds of models of videos there are."""
    from aisle.apps import train_extended, train_head, train_network, train_weak
    from aisle.core import UnknownNameError, UsageError
    from aisle.models.clip import clip_models
    from aisle.models.head import heads

    if asked.extend is not None:
        return train_extended.WAY
    if asked.model in clip_models():
        return train_network.WAY
    if asked.model is None:
        raise UsageError(
            "no model to train",
            got="neither --model nor --extend",
            allowed=", ".join([*heads(), *clip_models()]),
            do="name one with --model, or a head to --extend",
        )
    if asked.model not in heads():
        raise UnknownNameError("head or network", asked.model, [*heads(), *clip_models()])
    if asked.model == WEAK:
        return train_weak.WAY
    return train_head.WAY


def _named(context: typer.Context) -> frozenset[str]:
    """The options that the user gave, as they are written."""
    given = [
        option
        for option in context.command.params
        if (source := context.get_parameter_source(option.name or "")) is not None and source.name == "COMMANDLINE"
    ]
    return frozenset(max(option.opts, key=len) for option in given)
