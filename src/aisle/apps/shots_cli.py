"""`aisle shots`: where edited video changes from one shot to the next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.apps.console import progress, remark, say
from aisle.core import AisleError, UnknownNameError

if TYPE_CHECKING:
    from aisle.analysis.shot_files import ShotFiles
    from aisle.analysis.shots import Method
    from aisle.core.shots import Shots

FAST, NETWORK = "fast", "transnetv2"


def shots(
    videos: Annotated[list[str], typer.Argument(help="Video files.", metavar="VIDEO...", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; made if need be.", show_default=False)],
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            help="transnetv2, a network of 33 MB, or fast, without any. Default: transnetv2, or fast where its weights "
            "cannot be had.",
            show_default=False,
        ),
    ] = None,
    split: Annotated[
        bool,
        typer.Option("--split", help="Also write every shot by itself, not encoded anew: it begins at a key frame."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list, an object a video.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """Shots with their times to the picture, a key frame of each, and a storyboard."""
    import json

    from aisle.analysis.outputs import outputs_for, prepare
    from aisle.analysis.shot_files import ShotFiles, write_shots
    from aisle.analysis.shots import find_shots
    from aisle.apps.one_by_one import Failures

    if method not in (None, FAST, NETWORK):
        raise UnknownNameError("method", method, (NETWORK, FAST))
    prepare(out)
    chosen = _method(method, quiet=quiet)
    done, failed = [], Failures()
    for video, outputs in zip(videos, outputs_for(videos, out), strict=True):
        with failed.noting(video):
            with progress(video, quiet=quiet) as listener:
                found = find_shots(video, chosen, progress=listener)
            files = ShotFiles.named(outputs.stem)
            with progress(f"writing {files.folder}", quiet=quiet) as listener:
                write_shots(found, files, video=video, split=split, progress=listener)
            done.append(json.loads(files.json.read_text("utf-8")))
            if not as_json:
                say(_told(found, files, split=split))
    if as_json:
        say(json.dumps(done, indent=2))
    failed.leave()


def _method(name: str | None, *, quiet: bool) -> Method:
    from aisle.analysis.shots import QUICK
    from aisle.deploy.shots import open_shots

    if name == FAST:
        return QUICK
    try:
        with progress("preparing transnetv2", quiet=quiet) as listener:
            return open_shots(progress=listener)
    except AisleError as error:
        if name == NETWORK:
            raise
        remark(f"the quick method is used, which is a little less sure: {error}")
        return QUICK


def _told(found: Shots, files: ShotFiles, *, split: bool) -> str:
    from aisle.core import clock

    cuts = sum(change.is_cut for change in found.changes)
    count, gradual = len(found.stretches), len(found.changes) - cuts
    lines = [f"{found.video}  {clock(found.duration)}, by {found.method}"]
    if count == 1:
        lines.append("  one shot, without a change")
    else:
        lines.append(f"  {count} shots: {cuts} cut{'' if cuts == 1 else 's'}, {gradual} gradual")
    kinds = {"times": files.csv, "for programs": files.json, "storyboard": files.board, "key frames": files.folder}
    if split:
        kinds |= {"shots": files.folder}
    return "\n".join([*lines, *(f"  {kind + ':':14}{path}" for kind, path in kinds.items())])
