"""`aisle label-frames`: what the pictures of videos show, as a table."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.apps.console import progress, say
from aisle.apps.opening import labeller
from aisle.core import UsageError, exact

if TYPE_CHECKING:
    from aisle.core import Progress
    from aisle.core.frame_labels import FrameLabels

USUAL = "efficientnet-lite0"

Look = Callable[[str, "Progress"], "FrameLabels"]


def label_frames(
    videos: Annotated[
        list[str], typer.Argument(help="Videos, or folders of them.", metavar="VIDEO|DIR...", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the tables; made if need be.", show_default=False)],
    top: Annotated[int, typer.Option("--top", min=1, help="Labels a picture, the surest.")] = 1,
    rate: Annotated[str, typer.Option("--rate", help="Pictures a second.")] = "3",
    model: Annotated[
        str, typer.Option("--model", help="efficientnet-lite0, or a bundle of aisle train --task pictures.")
    ] = USUAL,
    detector: Annotated[
        str | None,
        typer.Option(
            "--detector",
            help="Find things instead of naming whole pictures, by a detector of aisle detect: a row each, with the "
            "share of the picture that it fills.",
            show_default=False,
        ),
    ] = None,
    masks: Annotated[bool, typer.Option("--masks", help="With --detector: measure outlines, not boxes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list, an object a video.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """What the pictures of videos show: frame, class and confidence, as Parquet and as CSV."""
    import json

    from aisle.analysis.frame_label_tables import write_frame_labels
    from aisle.analysis.outputs import outputs_for, prepare
    from aisle.apps.one_by_one import Failures

    prepare(out)
    look = _look(model, detector, exact(rate), top, masks=masks, quiet=quiet)
    files = _files(videos)
    done, failed = [], Failures()
    for video, outputs in zip(files, outputs_for(files, out), strict=True):
        with failed.noting(video):
            with progress(video, quiet=quiet) as listener:
                seen = look(video, listener)
            tables = [outputs.stem.with_name(f"{outputs.stem.name}.labels.{kind}") for kind in ("parquet", "csv")]
            for table in tables:
                write_frame_labels(seen, table)
            often = _often(seen)
            record = {"video": video, "pictures": seen.pictures, "rows": len(seen.rows), "files": [*map(str, tables)]}
            done.append(record | {"most": [{"class": label, "pictures": count} for label, count in often]})
            if not as_json:
                told = ", ".join(f"{label} ({count})" for label, count in often) or "nothing"
                say(f"{video}  {seen.pictures} pictures: {told}\n  {tables[0]}\n  {tables[1]}")
    if as_json:
        say(json.dumps(done, indent=2))
    failed.leave()


def _look(model: str, detector: str | None, rate: Fraction, top: int, *, masks: bool, quiet: bool) -> Look:
    if rate <= 0:
        raise UsageError("no pictures a second", got=rate, allowed="more than 0", do="--rate 3")
    if detector is not None:
        if model != USUAL:
            raise UsageError("two that look", got=f"--model {model} and --detector {detector}", do="leave one out")
        return _detector(detector, rate, masks=masks, quiet=quiet)
    if masks:
        raise UsageError("outlines of what?", got="--masks without --detector", do="add --detector yolox-nano")
    from aisle.analysis.frame_labels import label_frames as labelled

    names = labeller(model, quiet=quiet)
    return lambda video, listener: labelled(video, names, rate=rate, top=top, progress=listener)


def _detector(name: str, rate: Fraction, *, masks: bool, quiet: bool) -> Look:
    from aisle.analysis.frame_labels import labels_of
    from aisle.analysis.observe import observe
    from aisle.apps.observing import Looking, observers

    new = observers(Looking(name, rate, poses=False, masks=masks), quiet=quiet)
    return lambda video, listener: labels_of(observe(video, new(), progress=listener), name)


def _files(videos: list[str]) -> list[str]:
    """Folders are all videos below them."""
    from aisle.data.collection import videos_below

    found: list[str] = []
    for video in videos:
        found += [str(one.path) for one in videos_below(Path(video))] if Path(video).is_dir() else [video]
    if not found:
        raise UsageError("no video to look at", got=", ".join(videos), do="name one")
    return found


def _often(seen: FrameLabels) -> list[tuple[str, int]]:
    """The classes that most pictures show, the five most frequent."""
    from collections import Counter

    shown = {(row.frame, row.label) for row in seen.rows}
    return Counter(label for _, label in sorted(shown)).most_common(5)
