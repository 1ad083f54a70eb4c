"""`aisle detect`: people and things in videos, followed, as tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aisle.apps.console import progress, remark, say
from aisle.apps.observing import Looking, observers, rate_of, usual_detector
from aisle.apps.opening import naming
from aisle.core.address import without_password

if TYPE_CHECKING:
    from aisle.core.observed import Observed
    from aisle.objects.observer import Observer


def detect(
    videos: Annotated[
        list[str],
        typer.Argument(help="Video files or addresses, or pictures.", metavar="VIDEO...", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; made if need be.", show_default=False)],
    detector: Annotated[
        str | None,
        typer.Option(
            "--detector",
            help="A name, an ONNX file, or a folder with a packaged detector. Default: yolox-nano where its weights "
            "are at hand, else mobilenet-ssd.",
            show_default=False,
        ),
    ] = None,
    rate: Annotated[str, typer.Option("--rate", help="Looks a second; what is between is interpolated.")] = "5",
    score: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="The least score that counts. Default: the detector's own.", show_default=False
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", help="Only things that are called so; repeat it.", show_default=False),
    ] = None,
    poses: Annotated[bool, typer.Option("--poses/--no-poses", help="Find joints and hands of large people.")] = True,
    masks: Annotated[bool, typer.Option("--masks", help="Measure how much of the picture each thing fills.")] = False,
    products: Annotated[
        Path | None,
        typer.Option("--products", help="Name products by a bundle of `aisle train --task products`.", metavar="DIR"),
    ] = None,
    every_frame: Annotated[
        bool, typer.Option("--every-frame", help="A row for every frame of the video, not only for the looks.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list, an object a video.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """Who and what is to be seen, when and where: people and things, followed, as CSV and Parquet."""
    import json

    from aisle.analysis.outputs import outputs_for, prepare
    from aisle.apps.one_by_one import Failures

    prepare(out)
    named = detector or usual_detector(quiet=quiet)
    looking = Looking(named, rate_of(rate), score, tuple(label or ()), poses=poses, masks=masks)
    new = observers(looking, quiet=quiet, recognise=naming(products, quiet=quiet))
    done, failed = [], Failures()
    for video, outputs in zip(videos, outputs_for(videos, out), strict=True):
        with failed.noting(video):
            observed = _observed(video, new(), quiet=quiet)
            files = _write(observed, outputs.json.with_suffix(""), every_frame=every_frame)
            done.append(_record(observed, files))
            if not as_json and not quiet:
                say(_summary(observed, files))
    if as_json:
        say(json.dumps(done, indent=2))
    failed.leave()


def _observed(video: str, observer: Observer, *, quiet: bool) -> Observed:
    from aisle.analysis.observe import observe
    from aisle.apps.show import skipped
    from aisle.core import Timeline

    with progress(without_password(video), quiet=quiet) as listener:
        observed = observe(video, observer, progress=listener)
    if not quiet:
        for note in skipped(Timeline(observed.end, (), observed.skipped)):
            remark(f"{observed.info.path}: {note}")
    return observed


def _write(observed: Observed, stem: Path, *, every_frame: bool) -> list[Path]:
    """The files; hands only where some were looked for and found."""
    from aisle.analysis.object_tables import write_hands, write_objects

    named = [stem.with_name(f"{stem.name}.objects.{ending}") for ending in ("csv", "parquet")]
    for path in named:
        write_objects(observed, path, every_frame=every_frame)
    if not any(look.hands for look in observed.observations):
        return named
    hands = [stem.with_name(f"{stem.name}.hands.{ending}") for ending in ("csv", "parquet")]
    for path in hands:
        write_hands(observed, path)
    return named + hands


def _summary(observed: Observed, files: list[Path]) -> str:
    from aisle.analysis.object_summary import tallies
    from aisle.core import clock
    from aisle.core.detections import PERSON

    told = tallies(observed)
    people = next((each for each in told if each.label == PERSON), None)
    lines = [f"{observed.info.path}  {clock(observed.end)}, {len(observed.observations)} looks"]
    if len(observed.observations) == 1:  # a picture, in which nothing is followed
        found = [f"  {each.most:4} {each.label}" for each in told] or ["  nothing was found"]
        lines = [f"{observed.info.path}  a picture", *found]
    elif people is None:
        lines.append("  nobody was seen")
    else:
        lines.append(f"  {people.followed} {_people(people.followed)} followed, at most {people.most} at once")
    followed = [each for each in told if each.followed]  # what was seen for a moment only is in the tables
    width = max((len(each.label) for each in followed), default=0)
    lines += [
        f"  {each.label:{width}}  {each.followed:4} followed, from {clock(each.first)} to {clock(each.last)}"
        for each in followed
    ]
    kinds = ("table", "the same for data tools", "hands", "hands for data tools")
    return "\n".join([*lines, *(f"  {kind + ':':25}{path}" for kind, path in zip(kinds, files, strict=False))])


def _people(count: int) -> str:
    return "person" if count == 1 else "people"


def _record(observed: Observed, files: list[Path]) -> dict[str, Any]:
    """As the README documents it: times in seconds."""
    from aisle.analysis.object_summary import tallies
    from aisle.core import seconds

    return {
        "video": observed.info.path,
        "duration_s": seconds(observed.end),
        "rate": float(observed.rate),
        "looks": len(observed.observations),
        "things": [
            {
                "label": each.label,
                "followed": each.followed,
                "most_at_once": each.most,
                "looks": each.looks,
                "first_s": seconds(each.first),
                "last_s": seconds(each.last),
            }
            for each in tallies(observed)
        ],
        "skipped": [
            {"start_s": seconds(lost.start), "end_s": seconds(lost.end), "reason": lost.reason}
            for lost in observed.skipped
        ],
        "files": [str(path) for path in files],
    }
