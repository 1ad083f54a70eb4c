"""`aisle data`: labelled video to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aisle.apps.console import progress, remark, say
from aisle.core import AisleError, InputError, Progress

app = typer.Typer(help="Datasets: get them, check them, look at what is in them.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="The dataset's folder.", metavar="DIR", show_default=False)]
Kind = Annotated[str | None, typer.Option("--kind", help="Its layout; default: the one that fits.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")]


class Published(StrEnum):
    merl = "merl"


@app.command()
def get(
    name: Annotated[Published, typer.Argument(help="Which one.", show_default=False)],
    folder: Annotated[Path, typer.Argument(help="Folder for it; made if need be.", metavar="DIR", show_default=False)],
    source: Annotated[
        str | None,
        typer.Option("--from", help="Address, zip or folder of zips; default: the publisher's.", metavar="ADDRESS"),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Downloads a published dataset; run again after an interruption, it goes on where it stopped."""
    from aisle.data.get import PUBLISHED, get_merl

    with progress(f"getting {name.value}", quiet=quiet) as listener:
        get_merl(folder, source=source or PUBLISHED, progress=listener)
    say(f"{folder}: {name.value} is complete  (aisle data check {folder})")


@app.command()
def check(
    folder: Folder,
    kind: Kind = None,
    label: Annotated[list[str] | None, typer.Option("--label", help="A class it may have; repeat it.")] = None,
    quiet: Quiet = False,
) -> None:
    """Lists everything that is wrong with a dataset, each with its file and line."""
    with progress(f"checking {folder}", quiet=quiet) as listener:
        text, problems = _checked(folder, kind, label or (), listener)
    say(text)
    for problem in problems:
        say(f"problem: {problem}")
    say(f"{len(problems)} problems" if problems else "no problems")
    if problems:
        raise typer.Exit(AisleError.exit_code)


def _checked(
    folder: Path, kind: str | None, labels: Sequence[str], listener: Progress
) -> tuple[str, Sequence[InputError]]:
    """What a set of videos, of pictures with boxes or of pictures of products holds, and its problems."""
    from aisle.apps.datasets import box_counts, counts, picture_counts
    from aisle.data.boxed_pictures import check_boxes, holds_boxes, open_boxed
    from aisle.data.check import check as problems_of
    from aisle.data.find import open_dataset
    from aisle.data.picture_check import check_pictures
    from aisle.data.picture_folder import holds_pictures, open_pictures

    if holds_boxes(folder, kind):
        boxes = open_boxed(folder, kind)
        return box_counts(boxes), check_boxes(boxes, labels=labels, progress=listener)
    if holds_pictures(folder, kind):
        pictures = open_pictures(folder, kind)
        return picture_counts(pictures), check_pictures(pictures, labels=labels, progress=listener)
    dataset = open_dataset(folder, kind)
    return counts(dataset), problems_of(dataset, labels=labels, progress=listener)


@app.command()
def show(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help="The page to write.", metavar="PAGE", show_default=False)],
    kind: Kind = None,
    quiet: Quiet = False,
) -> None:
    """What a dataset holds, as a page: counts, lengths, classes, groups, pictures and timelines."""
    from aisle.data.find import open_dataset
    from aisle.data.show import show as write_page

    dataset = open_dataset(folder, kind)
    with progress(f"looking at {folder}", quiet=quiet) as listener:
        found = write_page(dataset, out, progress=listener)
    if not quiet:
        for error in (*dataset.problems, *found.unreadable):
            remark(f"problem: {error}")
    say(f"{folder}: {len(found.examples)} {dataset.task}, {len(dataset.labels)} classes, {len(found.groups())} groups")
    say(f"written to {out}")


@app.command()
def render(
    folder: Annotated[Path, typer.Argument(help="Folder for the videos; made if need be.", metavar="DIR")],
    videos: Annotated[
        int | None, typer.Option("--videos", help="How many, 3 to 123; default: 106, or 44.", metavar="N")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Everything that is shown follows from it.")] = 0,
    seconds: Annotated[
        int | None, typer.Option("--seconds", help="Length of each; default: as MERL's, 117-177, or 40.")
    ] = None,
    incidents: Annotated[
        bool,
        typer.Option(
            "--incidents", help="Normal days to learn from before three cameras, and test videos with rare events."
        ),
    ] = False,
    jobs: Annotated[int | None, typer.Option("--jobs", help="Processes; default: one a core.", metavar="N")] = None,
    quiet: Quiet = False,
) -> None:
    """Renders a training set of shops in MERL's layout; what is there already is kept."""
    from fractions import Fraction

    from aisle.data import rendered_incidents, rendered_set

    write, usual = (
        (rendered_incidents.write_incidents, rendered_incidents.VIDEOS)
        if incidents
        else (rendered_set.write_set, rendered_set.VIDEOS)
    )
    count, length = usual if videos is None else videos, None if seconds is None else Fraction(seconds)
    with progress(f"rendering into {folder}", quiet=quiet) as listener:
        new = write(folder, videos=count, seed=seed, seconds=length, jobs=jobs, progress=listener)
    say(f"{folder}: {count} videos, {new} of them new")
