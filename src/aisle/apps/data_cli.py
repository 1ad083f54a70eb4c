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
    videos = "videos"


@app.command()
def get(
    name: Annotated[
        Published, typer.Argument(help="Which one; or videos, those of your own list.", show_default=False)
    ],
    folder: Annotated[Path, typer.Argument(help="Folder for it; made if need be.", metavar="DIR", show_default=False)],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Address, zip or folder of zips; default: the publisher's. Of videos the list: category,address; or "
            "[category] and addresses below it.",
            metavar="ADDRESS",
        ),
    ] = None,
    most: Annotated[
        int | None, typer.Option("--most", min=1, help="Videos: so many of each category.", show_default=False)
    ] = None,
    pause: Annotated[float, typer.Option("--pause", min=0, help="Videos: seconds between two downloads.")] = 3.0,
    quiet: Quiet = False,
) -> None:
    """Downloads a published dataset, or videos; run again after an interruption, it goes on where it stopped."""
    if name is Published.videos:
        _get_videos(folder, source, most, pause, quiet=quiet)
        return
    from aisle.data.get import PUBLISHED, get_merl

    with progress(f"getting {name.value}", quiet=quiet) as listener:
        get_merl(folder, source=source or PUBLISHED, progress=listener)
    say(f"{folder}: {name.value} is complete  (aisle data check {folder})")


def _get_videos(folder: Path, source: str | None, most: int | None, pause: float, *, quiet: bool) -> None:
    from aisle.core import UsageError
    from aisle.data.get_videos import GOT, MANIFEST, Manners, get_videos, read_list

    if source is None:
        raise UsageError("videos come from a list", got="no --from", do="name one: --from list.csv")
    wanted = read_list(Path(source))
    with progress(f"getting {len(wanted)} videos", quiet=quiet) as listener:
        rows = get_videos(wanted, folder, manners=Manners(pause_s=pause, most=most), progress=listener)
    failed = [row for row in rows if row.outcome != GOT]
    for row in failed:
        remark(f"{row.outcome}: {row.address}: {row.said}")
    got = len(rows) - len(failed)
    say(f"{folder}: {got} of {len(wanted)} videos are there; {folder / MANIFEST} tells of each  (aisle index {folder})")
    if failed:
        raise typer.Exit(AisleError.exit_code)


@app.command()
def frames(
    folder: Annotated[
        Path, typer.Argument(help="A folder of videos, at any depth.", metavar="DIR", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the pictures; made if need be.", show_default=False)],
    rate: Annotated[str, typer.Option("--rate", help="Pictures a second.")] = "3",
    size: Annotated[str, typer.Option("--size", help="WIDTHxHEIGHT, which they are squeezed to.")] = "224x224",
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Videos at a time; default: one a core.")] = None,
    quiet: Quiet = False,
) -> None:
    """Videos to folders of 1.jpg, 2.jpg and so on, for other tools; run again, it writes what is new."""
    from aisle.core import UsageError, exact
    from aisle.data.collection import check_some, videos_below
    from aisle.data.frames import MANIFEST, write_frames

    sides = size.lower().split("x")
    if len(sides) != 2 or not all(side.isdecimal() for side in sides):
        raise UsageError("--size is no size", got=repr(size), allowed="224x224, 320x240", do="--size 224x224")
    videos = videos_below(folder)
    check_some(videos, folder)
    with progress(f"writing into {out}", quiet=quiet) as listener:
        done = write_frames(
            videos,
            out,
            size=(int(sides[0]), int(sides[1])),
            rate=exact(rate),
            jobs=jobs,
            progress=listener,
        )
    for problem in done.problems:
        remark(f"left out: {problem}")
    pictures = sum(row.frames for row in done.rows)
    say(f"{out}: {pictures} pictures of {len(done.rows)} videos, {done.new} of them new; {out / MANIFEST} lists them")
    if done.problems:
        raise typer.Exit(AisleError.exit_code)


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
