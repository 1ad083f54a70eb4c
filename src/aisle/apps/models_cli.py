"""`aisle models`: what there is, what it is made of, getting it and handing it on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aisle.apps.console import progress, remark, say

app = typer.Typer(help="The models: list them, get them ready, show their cards, export them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A name from `aisle models list`, or a bundle's folder.", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")]


AT_FIRST_USE = "fetched and built at first use"
FEW = 6
"""Labels that a list spells out."""


class Format(StrEnum):
    onnx = "onnx"
    openvino = "openvino"


@app.command("list")
def list_(
    networks: Annotated[
        bool, typer.Option("--networks", help="The networks that read clips: those to get, and those to train.")
    ] = False,
) -> None:
    """The models that come with aisle, and whether they are ready on this machine."""
    if networks:
        from aisle.apps.cards import networks_text

        say(networks_text())
        return
    from aisle.deploy.bundle import bundle_folder
    from aisle.deploy.head import read_head, shipped
    from aisle.deploy.model import is_ready
    from aisle.deploy.published import published_folder, published_networks
    from aisle.models.card import card, names
    from aisle.models.clip import clip_model

    for name in names():
        state = f"ready in {bundle_folder(name)}" if is_ready(name) else AT_FIRST_USE
        say(f"{name}  {card(name).title}; {len(card(name).labels)} labels; {state}")
    for name in published_networks():
        if is_ready(name):
            known = clip_model(name)
            folder = published_folder(known)
            say(f"{name}  {known.title}; {len(known.labels)} labels; ready in {folder}")
    for name, folder in shipped().items():
        head = read_head(folder)
        state = "ready" if is_ready(folder) else AT_FIRST_USE
        labels = ", ".join(head.labels) if len(head.labels) <= FEW else f"{len(head.labels)} labels"
        say(f"{name}  {head.title}, on {head.backbone}; {labels}; {state}")
    remark("aisle models list --networks: the networks to get from their publishers, and to train")


@app.command()
def get(
    name: Name,
    weights: Annotated[Path | None, typer.Option(help="Folder that holds the published weights' file.")] = None,
    calibrate: Annotated[list[Path] | None, typer.Option(help="A video to calibrate int8 on; repeat it.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Build it anew, for instance after damage.")] = False,
    quiet: Quiet = False,
) -> None:
    """Gets a model ready: fetches its weights, converts it and compares the result with the original; of a head, the
    network whose features it reads.
    """
    from aisle.deploy.model import built, network

    head, wanted = _needed(name)
    if isinstance(wanted, Path):
        say(f"{name} is ready: its network lies in {wanted}")
        return
    known = network(wanted)
    with progress(f"preparing {known.name}", quiet=quiet) as listener:
        folder = built(known, weights=weights, calibrate_on=calibrate or (), again=again, progress=listener)
    say(f"{name} is ready: its network lies in {folder}" if head else f"{name} is ready in {folder}")


def _needed(name: str) -> tuple[bool, str | Path]:
    """Whether `name` reads the features of another, and the network that it needs: a name, or the folder of one that
    somebody made.
    """
    from aisle.deploy.head import BESIDE
    from aisle.deploy.model import find_bundle, has_name, reader_of, reads_features

    folder = None if has_name(name) else find_bundle(name)
    if folder is None:
        return False, name
    if not reads_features(folder):
        return False, folder
    backbone = reader_of(folder).backbone
    if (folder / BESIDE).is_dir() or not has_name(backbone):
        return True, folder / BESIDE if (folder / BESIDE).is_dir() else Path(backbone)
    return True, backbone


@app.command()
def show(name: Name) -> None:
    """A model's card: what it reads, what it was trained on, what it is not for, how exact its conversions are."""
    from aisle.apps.cards import network_text, text, text_of
    from aisle.deploy.model import find_bundle, network
    from aisle.models.card import Card
    from aisle.models.clip import clip_model, clip_models

    folder = find_bundle(name)
    if folder is not None:
        say(text_of(folder))
    elif name in clip_models():
        say(network_text(clip_model(name)))
    else:
        known = network(name)
        say(text(known, None) if isinstance(known, Card) else network_text(known))


@app.command()
def export(
    name: Name,
    to: Annotated[Format, typer.Option("--to", help="What the other machine runs.")],
    out: Annotated[Path | None, typer.Option(help="The new folder; default: NAME-FORMAT here.")] = None,
    quiet: Quiet = False,
) -> None:
    """Writes a bundle that another machine can run: a folder to copy, without PyTorch."""
    from aisle.deploy.export import export_bundle

    target = out or Path(f"{Path(name).name}-{to}")
    with progress(f"exporting {name}", quiet=quiet) as listener:
        check = export_bundle(name, to.value, target, progress=listener)
    if check is not None and not quiet:
        remark(
            f"compared with PyTorch over {check.steps} steps: cosine {check.cosine}, same answer {check.same_top1:.0%}"
        )
    say(f"{target}  (aisle classify VIDEO --model {target})")
