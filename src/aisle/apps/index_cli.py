"""`aisle index`: a folder of videos becomes a collection that can be searched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.apps.console import progress, remark, say
from aisle.apps.opening import describer
from aisle.core import AisleError

if TYPE_CHECKING:
    from aisle.analysis.indexing import FindShots, Indexed

INDEXES = ".aisle"
"""The hidden folder of a collection that holds its indexes, one for each way to describe videos."""


def index(
    folder: Annotated[
        Path, typer.Argument(help="A folder of videos, at any depth.", metavar="DIR", show_default=False)
    ],
    by: Annotated[
        str,
        typer.Option(
            "--by",
            help="What is alike: objects, motion, both, colours; or a backbone's name or folder, whose features are "
            "compared.",
        ),
    ] = "both",
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The index's folder; default: DIR/.aisle/index-BY.", show_default=False),
    ] = None,
    about: Annotated[
        Path | None,
        typer.Option(
            "--about",
            help="A CSV with the columns path, category, camera, recorded. Without it a video's category is the first "
            "folder that it lies in, its day the one in its name or container.",
            show_default=False,
        ),
    ] = None,
    shots: Annotated[
        bool, typer.Option("--shots/--no-shots", help="Look for shots, of which edited videos consist.")
    ] = True,
    again: Annotated[
        bool, typer.Option("--again", help="Weigh everything anew by the whole collection, whatever has changed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Counts and problems as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """Describes what is new in a folder of videos, so that aisle similar can search it; run it again at any time."""
    from aisle.analysis.indexing import index_videos
    from aisle.data.collection import check_some, read_about, videos_below
    from aisle.search.index import is_index

    videos = videos_below(folder, None if about is None else read_about(about))
    target = out or place(folder, by)
    if not is_index(target):  # of one that was indexed all may have gone
        check_some(videos, folder)
    looks = describer(by, quiet=quiet)
    with progress(f"indexing {folder}", quiet=quiet) as listener:
        done = index_videos(videos, target, looks, home=folder, shots=_shots(shots), again=again, progress=listener)
    for problem in done.problems:
        remark(f"left out: {problem}")
    say(_json(done, target) if as_json else _told(done, target, folder))
    if done.problems:
        raise typer.Exit(AisleError.exit_code)


def place(folder: Path, by: str) -> Path:
    """Where the index of a collection lies unless somebody said otherwise."""
    return folder / INDEXES / f"index-{Path(by).name}"


def _shots(wanted: bool) -> FindShots | None:
    if not wanted:
        return None
    from aisle.analysis.shots import find_cuts

    return find_cuts


def _json(done: Indexed, target: Path) -> str:
    import json

    counts = {name: getattr(done, name) for name in ("new", "changed", "moved", "removed", "same")}
    times = {"seconds": float(done.seconds), "took_s": round(done.took_s, 3)}
    return json.dumps(
        {"index": str(target), **counts, **times, "problems": [str(one) for one in done.problems]}, indent=2
    )


def _told(done: Indexed, target: Path, folder: Path) -> str:
    counts = [
        f"{count} {name}" for name in ("new", "changed", "moved", "removed", "same") if (count := getattr(done, name))
    ]
    lines = [f"{target}: {', '.join(counts) or 'no videos'}"]
    if done.took_s:
        lines.append(
            f"  {float(done.seconds):.0f} s of video at {float(done.seconds) / done.took_s:.1f} times real time"
        )
    if done.problems:
        lines.append(f"  {len(done.problems)} could not be read")
    return "\n".join([*lines, f"aisle similar {folder}/VIDEO  (what is like it)"])
