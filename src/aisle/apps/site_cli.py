"""`aisle site`: where the shelves, entrances and tills are in a camera's picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.apps.console import remark, say
from aisle.core import AisleError, UsageError, VideoInfo, exact, whole

if TYPE_CHECKING:
    from aisle.core.site import Site
    from aisle.core.video import Image

app = typer.Typer(help="Where shelves, entrances and tills are in the picture.", no_args_is_help=True)

At = Annotated[str, typer.Option("--at", help="The moment that is shown, such as 5s, 2m or 1.5; default: the start.")]


@app.command()
def edit(
    video: Annotated[str, typer.Argument(help="A video of the camera.", metavar="VIDEO", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", help="The site file; default: VIDEO's name with .site.yaml.", metavar="FILE")
    ] = None,
    at: At = "0s",
) -> None:
    """A picture with a grid to read corners off, and a site file to write them into; run again to see them drawn."""
    from aisle.data.sites import read_site, write_site
    from aisle.media import probe

    file = out or Path(f"{Path(video).stem or 'camera'}.site.yaml")
    if file.suffix.lower() not in (".yaml", ".yml"):  # the picture lies beside it, and must not take its place
        raise UsageError("a site file is YAML", got=f"--out {file}", allowed="a name that ends in .yaml")
    info = probe(video)
    known = file.exists()
    site = read_site(file) if known else _start(info, Path(video).stem)
    picture = _write_picture(_shown(video, at), site if known else None, file)
    if not known:
        write_site(site, file, (info.width, info.height))
    say(f"picture: {picture}")
    say(f"site:    {file}{', whose zones are drawn in the picture' if known else ', a start with made-up zones'}")
    say(_next_steps(file, video, known=known))


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The site file.", metavar="SITE", show_default=False)],
    video: Annotated[
        str | None, typer.Argument(help="A video, to see the zones drawn into its picture.", metavar="VIDEO")
    ] = None,
    at: At = "0s",
) -> None:
    """Lists everything that is wrong with a site file, each with its line."""
    from aisle.data.sites import check_site, notes

    site, problems = check_site(file)
    for problem in problems:
        say(f"problem: {problem}")
    if site is None:
        say(f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}")
        raise typer.Exit(AisleError.exit_code)
    for note in notes(site):
        remark(f"note: {note}")
    say(f"{site.name}: {_counted(site)}; no problems")
    if video is not None:
        say(f"picture: {_write_picture(_shown(video, at), site, file)}")


def _counted(site: Site) -> str:
    from aisle.core.site import ZoneKind

    counts = {kind: len(site.of_kind(kind)) for kind in ZoneKind}
    plural = {"shelf": "shelves"}
    told = [f"{n} {kind if n == 1 else plural.get(kind, f'{kind}s')}" for kind, n in counts.items() if n]
    return ", ".join(told)


def _start(info: VideoInfo, name: str) -> Site:
    """Three made-up zones with corners at whole pixels, to be changed."""
    from aisle.core.site import Site, Zone, ZoneKind

    def zone(name: str, kind: ZoneKind, left: float, top: float, right: float, bottom: float) -> Zone:
        x1, x2 = (round(side * info.width) / info.width for side in (left, right))
        y1, y2 = (round(side * info.height) / info.height for side in (top, bottom))
        return Zone(name, kind, ((x1, y1), (x2, y1), (x2, y2), (x1, y2)))

    shelf = zone("shelf 1", ZoneKind.SHELF, 0.1, 0.1, 0.4, 0.4)
    door, till = zone("door", ZoneKind.ENTRANCE, 0.7, 0.1, 0.9, 0.4), zone("till", ZoneKind.TILL, 0.6, 0.6, 0.9, 0.9)
    return Site(" ".join(name.split())[:80] or "site", (shelf, door, till))


def _shown(video: str, at: str) -> Image:
    from aisle.media.still import still

    return still(video, moment(at))


def moment(told: str) -> Fraction:
    """Seconds of `5s`, `2m`, `1h` or a number. Raises UsageError for anything else."""
    units = {"s": 1, "m": 60, "h": 3600}
    unit = units.get(told[-1:], 0)
    try:
        time = exact(told[:-1]) * unit if unit else exact(told)
    except UsageError as error:
        raise UsageError("not a moment", got=repr(told), allowed="5s, 2m, 1h or seconds") from error
    if time < 0:
        raise UsageError("a video starts at 0", got=repr(told), allowed="5s, 2m, 1h or seconds")
    return time


def _write_picture(image: Image, site: Site | None, file: Path) -> Path:
    from PIL import Image as Canvas

    from aisle.media.site_picture import grid

    path = file.with_suffix(".png")
    with whole(path) as part:
        Canvas.fromarray(grid(image, site)).save(part, "PNG", optimize=True)
    return path


def _next_steps(file: Path, video: str, *, known: bool) -> str:
    again = f"aisle site edit {video} --out {file}"
    if known:
        return f"next: change corners in {file} and look again ({again}), or go on: aisle report RESULTS --site {file}"
    return (
        f"next: open the picture, and write into {file} where your shelves, entrances and tills are: the corners of\n"
        f"each in pixels, the grey numbers, in the order in which one walks round it. Then look again: {again}"
    )
