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
def list_() -> None:
    """The models that come with aisle, and whether they are ready on this machine."""
    from aisle.deploy.bundle import bundle_folder
    from aisle.deploy.head import read_head, shipped
    from aisle.deploy.model import is_ready
    from aisle.models.card import card, names

    for name in names():
        state = f"ready in {bundle_folder(name)}" if is_ready(name) else AT_FIRST_USE
        say(f"{name}  {card(name).title}; {len(card(name).labels)} labels; {state}")
    for name, folder in shipped().items():
        head = read_head(folder)
        state = "ready" if is_ready(folder) else AT_FIRST_USE
        labels = ", ".join(head.labels) if len(head.labels) <= FEW else f"{len(head.labels)} labels"
        say(f"{name}  {head.title}, on {head.backbone}; {labels}; {state}")


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
    from aisle.deploy.build import build_into_cache
    from aisle.deploy.head import BESIDE
    from aisle.deploy.model import find_bundle
    from aisle.models.card import card, names

    head = None if name in names() else find_bundle(name)
    if head and (head / BESIDE).is_dir():
        say(f"{name} is ready: its network lies in {head / BESIDE}")
        return
    wanted = card(_backbone(head) if head else name)
    with progress(f"preparing {wanted.name}", quiet=quiet) as listener:
        folder = build_into_cache(wanted, weights=weights, calibrate_on=calibrate or (), again=again, progress=listener)
    say(f"{name} is ready: its network lies in {folder}" if head else f"{name} is ready in {folder}")


def _backbone(folder: Path) -> str:
    """Of a head's folder; of another the folder itself, which is no name of a network."""
    from aisle.deploy.head import is_head, read_head

    return read_head(folder).backbone if is_head(folder) else str(folder)


@app.command()
def show(name: Name) -> None:
    """A model's card: what it reads, what it was trained on, what it is not for, how exact its conversions are."""
    from aisle.apps.cards import head_text, text
    from aisle.deploy.bundle import read_card
    from aisle.deploy.head import is_head, read_head
    from aisle.deploy.model import find_bundle
    from aisle.models.card import card

    folder = find_bundle(name)
    if folder is None:
        say(text(card(name), None))
    elif is_head(folder):
        say(head_text(read_head(folder)))
    else:
        bundle = read_card(folder)
        say(text(bundle.card, bundle))


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
