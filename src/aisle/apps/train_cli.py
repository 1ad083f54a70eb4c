"""`aisle train`: from labelled video to a packaged model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.apps.console import progress, remark, say

if TYPE_CHECKING:
    from aisle.core import Dataset
    from aisle.deploy.head import HeadBundle
    from aisle.deploy.model import Model
    from aisle.train.fit import Plan, Trained

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")]


def train(
    data: Annotated[Path, typer.Option("--data", help="The dataset's folder.", show_default=False)],
    model: Annotated[
        str, typer.Option("--model", help="The head: linear, mlp, svm, knn, forest; bilstm, mstcn, edtcn.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The new bundle's folder.", show_default=False)],
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
    trend: Annotated[bool, typer.Option(help="Read whether things grow or fall over a clip.")] = True,
    folds: Annotated[int, typer.Option(min=2, help="Parts that clips are cut into, to be judged on each in turn.")] = 5,
    beta: Annotated[float, typer.Option(help="How much more recall counts than precision in the threshold.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn at random.")] = 0,
    epochs: Annotated[int, typer.Option(min=1, help="At most so many, for heads trained by gradient.")] = 100,
    devices: Annotated[int, typer.Option(min=1, help="Graphics cards to train on, where there are several.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was stopped.")] = False,
    tune: Annotated[bool, typer.Option("--tune", help="Try the head's grid of options and take the best.")] = False,
    features: Annotated[Path | None, typer.Option(help="Where features are kept; default: in the cache.")] = None,
    trained_on: Annotated[str, typer.Option(help="For the card: what it was trained on.")] = "",
    not_for: Annotated[str, typer.Option(help="For the card: what it must not be used for.")] = "",
    licence: Annotated[str, typer.Option(help="For the card.")] = "",
    quiet: Quiet = False,
) -> None:
    """Trains a head on labelled video, says how good it is on groups it has not seen, and packages it."""
    from aisle.apps.outputs import absent
    from aisle.data.find import open_dataset
    from aisle.data.store import FeatureStore
    from aisle.deploy.cache import cache_folder
    from aisle.deploy.model import open_backbone
    from aisle.models.head import head
    from aisle.train.fit import Plan, prepared
    from aisle.train.fit import train as fit
    from aisle.train.gradient import Run

    absent(out)
    card = head(model)
    plan = Plan(
        card, card.with_options(_pairs(option)), trend=trend, looks=tuple(look or ()), folds=folds, beta=beta, seed=seed,
        epochs=epochs, devices=devices,
    )  # fmt: skip
    with progress("reading the dataset", quiet=quiet) as listener:
        dataset = prepared(open_dataset(data, kind), card.task, progress=listener)
    _tell(dataset, quiet=quiet)
    with progress(f"preparing {backbone}", quiet=quiet) as listener:
        opened = open_backbone(backbone, progress=listener)
    store = FeatureStore(features or cache_folder() / "features")
    run = Run(out.with_name(f"{out.name}.run"), plan.identity(dataset, opened.fingerprint), resume=resume)
    with progress("training", quiet=quiet) as listener:
        if tune:
            from aisle.train.tune import tuned

            plan = tuned(dataset, plan, opened, opened.bundle.card, store, progress=listener)
        trained = fit(dataset, plan, opened, opened.bundle.card, store, run=run, progress=listener)
    bundle = _packaged(trained, plan, dataset, opened, out, trained_on, not_for, licence)
    run.remove()
    say(_summary(bundle))
    say(f"{out}  (aisle analyze VIDEO --model {out} --out results)")


def _pairs(options: list[str] | None) -> dict[str, str]:
    from aisle.core import UsageError

    wrong = [option for option in options or () if "=" not in option]
    if wrong:
        raise UsageError(
            "an option has a name and a value", got=wrong[0], allowed="NAME=VALUE", do="--set strength=0.1"
        )
    return dict(option.split("=", 1) for option in options or ())


def _tell(dataset: Dataset, *, quiet: bool) -> None:
    from aisle.apps.datasets import counts

    if not quiet:
        for line in counts(dataset).splitlines():
            remark(line)
        for problem in dataset.problems:
            remark(f"left out: {problem}")


def _packaged(
    trained: Trained,
    plan: Plan,
    dataset: Dataset,
    backbone: Model,
    out: Path,
    trained_on: str,
    not_for: str,
    licence: str,
) -> HeadBundle:
    from aisle.deploy.head import HeadBundle
    from aisle.deploy.package import package

    groups = len({example.group for example in dataset.examples})
    bundle = HeadBundle(
        name=out.name,
        title=f"{plan.head.title}, {len(trained.labels)} classes",
        head=plan.head.name,
        options={**plan.options, "trend": plan.trend, "looks": list(plan.looks), "seed": plan.seed},
        task=plan.head.task,
        labels=trained.labels,
        backbone=backbone.name,
        identity=backbone.bundle.card.identity,
        window=trained.window,
        context=plan.head.context,
        answers=trained.answers,
        trained_on=trained_on or f"{len(dataset.examples)} examples of {groups} groups in {dataset.folder.name}",
        not_for=not_for or "Decisions about persons without a person's look at the video.",
        licence=licence or "that of the videos it was trained on",
        measured=_measured(trained),
    )
    return package(trained.network, bundle, out, samples=trained.samples)


def _measured(trained: Trained) -> dict[str, object]:
    found: dict[str, object] = {}
    if trained.clips is not None:
        clips = trained.clips
        found = {
            "top1": clips.top1,
            "top5": clips.top5,
            "macro_f1": clips.macro.f1,
            "calibration_error": clips.calibration_error,
        }
    if trained.detector is not None:
        curves, point = trained.detector.curves, trained.detector.point
        found |= {
            "roc_auc": curves.roc_auc,
            "average_precision": curves.average_precision,
            f"f{point.beta:g}": point.f_beta,
        }
        found |= {"precision": point.precision, "recall": point.recall}
    confidence = (trained.clips.confidence if trained.clips else {}) | (
        trained.detector.confidence if trained.detector else {}
    )
    spans = {f"{name} 95%": [round(span.low, 4), round(span.high, 4)] for name, span in confidence.items()}
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in found.items()} | spans


def _summary(bundle: HeadBundle) -> str:
    lines = [f"{bundle.name}: {bundle.title}", *(f"  {name:22}{value}" for name, value in bundle.measured.items())]
    if bundle.measured:
        lines.insert(1, "  on groups that the judged head had not seen:")
    return "\n".join(lines)
