"""`aisle pretrain`: from a folder of any videos, without labels, to a packaged network whose features others read."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from aisle.apps.training import LICENCE, pairs


def pretrain(
    data: Annotated[
        Path, typer.Option("--data", help="A folder of videos, at any depth, of any size and rate.", show_default=False)
    ],
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="vae, gan or masked learn to paint what they see; lstm or simvp what comes next; contrastive tells "
            "videos apart; order tells how they are played.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The new bundle's folder.", show_default=False)],
    model: Annotated[
        str | None,
        typer.Option("--model", help="The network; contrastive and order teach any that reads whole pictures alone."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="How often all is seen.", show_default=False)] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Instead of --epochs: how long to learn.", show_default=False)
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="An option of the method, the network, its sampling or the training, such as temperature=0.1, "
            "batch=64, crop=64 or learning_rate=0.001. NAME=VALUE; repeat it.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn at random.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was stopped.")] = False,
    precision: Annotated[str, typer.Option(help="fp32, or bf16 where sums allow it.")] = "fp32",
    device: Annotated[str, typer.Option(help="cpu, gpu, or auto for a gpu where there is one.")] = "auto",
    workers: Annotated[
        int | None, typer.Option(min=0, help="Processes that prepare clips.", show_default=False)
    ] = None,
    features: Annotated[
        Path | None, typer.Option(help="Where decoded pictures are kept; default: in the cache.")
    ] = None,
    trained_on: Annotated[str, typer.Option(help="For the card: what it was trained on.")] = "",
    licence: Annotated[str, typer.Option(help="For the card.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """Learns from unlabelled video; the result gives features to heads, and to aisle train --weights."""
    from aisle.apps.pretraining import Lesson, teach
    from aisle.core import MissingPartError, UsageError, absent
    from aisle.data.clip_store import ClipStore
    from aisle.deploy.cache import cache_folder

    for package in ("torch", "lightning"):
        if find_spec(package) is None:
            raise MissingPartError("training", name=package, extra="train")
    absent(out)
    if epochs is not None and minutes is not None:
        raise UsageError("a training ends in one way", got="--epochs and --minutes", do="leave one of them out")
    from aisle.train.device import check_device
    from aisle.train.pretexts import method as named
    from aisle.train.pretrain_plan import plan_of

    plan = plan_of(
        named(method),
        model,
        pairs(option or ()),
        minutes=minutes,
        precision=precision,
        device=device,
        workers=workers,
        seed=seed,
    )
    plan = replace(plan, study=replace(plan.study, epochs=epochs or plan.study.epochs))
    check_device(plan)
    store = ClipStore(features or cache_folder() / "clips")
    teach(Lesson(data, plan, store, out, resume=resume, trained_on=trained_on, licence=licence or LICENCE, quiet=quiet))
