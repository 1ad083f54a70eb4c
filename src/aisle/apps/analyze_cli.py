"""`aisle analyze`: when what happens, who was there, and the video with all of it drawn in."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.apps.console import progress, remark, say
from aisle.apps.observing import OVERHEAD, rate_of, usual_detector
from aisle.apps.opening import annotating, opened
from aisle.apps.seeing import RATE
from aisle.core import UsageError
from aisle.core.address import without_password

if TYPE_CHECKING:
    from aisle.analysis.outputs import Outputs
    from aisle.analysis.seen import See, Seen
    from aisle.core import Analysis
    from aisle.core.site import Site

DEFAULT_MODEL = "kinetics-i3d"
FROM_ABOVE = "shopper"
"""The model of cameras in the ceiling, which the usual detectors do not see people from."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is made of each video. `see` is None where nobody asked for people and things."""

    annotated: bool
    risk: bool
    see: See | None
    site: Site | None


def analyze(
    videos: Annotated[
        list[str], typer.Argument(help="Video files or addresses.", metavar="VIDEO...", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; made if need be.", show_default=False)],
    model: Annotated[
        str, typer.Option("--model", help="A name from `aisle models list`, or a bundle's folder.")
    ] = DEFAULT_MODEL,
    annotate: Annotated[
        bool, typer.Option("--annotate", help="Also write the video with its actions drawn in.")
    ] = False,
    objects: Annotated[
        bool, typer.Option("--objects", help="Also follow people and products: tables of who handled what.")
    ] = False,
    site: Annotated[
        Path | None, typer.Option("--site", help="The shelves, entrances and tills, as `aisle site edit` makes them.")
    ] = None,
    detector: Annotated[
        str | None,
        typer.Option(
            help="What finds people: a name, an ONNX file or a folder. Default: overhead for --model shopper, "
            "else yolox-nano where its weights are at hand, else mobilenet-ssd, which every machine can have.",
            show_default=False,
        ),
    ] = None,
    rate: Annotated[
        str | None, typer.Option("--rate", help="Looks a second for people and things; default: 5.", show_default=False)
    ] = None,
    masks: Annotated[bool, typer.Option("--masks", help="Measure how much of the picture each thing fills.")] = False,
    products: Annotated[
        Path | None, typer.Option("--products", help="Name products by a bundle of `aisle train --task products`.")
    ] = None,
    risk: Annotated[bool, typer.Option("--risk", help="Draw the risk in, for models that warn of something.")] = False,
    blur: Annotated[bool, typer.Option("--blur", help="No head can be recognised in the annotated video.")] = False,
    blur_people: Annotated[
        bool, typer.Option("--blur-people", help="No person can, as seen from above too, where cameras stand still.")
    ] = False,
    runtime: Annotated[
        str | None, typer.Option("--runtime", help="What runs the model; default: the card's best.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """When what happens: a timeline as JSON, CSV, Parquet and a page, and the annotated video."""
    from aisle.analysis.outputs import outputs_for, prepare, write
    from aisle.apps.one_by_one import Failures, analyzed

    _check(annotate=annotate, blur=blur or blur_people, risk=risk, objects=objects)
    _check_seeing(objects=objects, site=site, detector=detector, rate=rate, masks=masks, products=products)
    looks = RATE if rate is None else rate_of(rate)
    prepare(out)
    place = None if site is None else _site(site)
    draw = annotating("people" if blur_people else "heads" if blur else None, quiet=quiet)
    network = opened(model, runtime, quiet=quiet)
    see = None
    if objects:
        see = _seeing(detector or _detector_for(model, quiet=quiet), looks, masks=masks, products=products, quiet=quiet)
    wanted = Wanted(annotate, risk, see, place)
    failed = Failures()
    for video, outputs in zip(videos, outputs_for(videos, out), strict=True):
        with failed.noting(video):
            analysis = analyzed(video, network, quiet=quiet)
            seen = _seen(video, analysis, wanted, quiet=quiet)
            with progress(f"writing {out}", quiet=quiet) as listener:
                write(
                    analysis,
                    outputs,
                    video=video,
                    annotated=annotate,
                    annotate=draw,
                    seen=seen,
                    risk=risk,
                    progress=listener,
                )
            if not quiet:
                _tell(analysis, outputs, seen, annotated=annotate)
    failed.leave()


def _check(*, annotate: bool, blur: bool, risk: bool, objects: bool) -> None:
    """Raises UsageError for what asks for something of a copy that nobody asked for."""
    if blur and not annotate:
        got, do = "no copy to blur", "add --annotate; your own video stays as it is"
        raise UsageError("what is blurred is the annotated video", got=got, do=do)
    if risk and not (annotate and objects):
        raise UsageError(
            "the risk is drawn into the annotated video", got="--risk alone", do="add --annotate --objects"
        )


def _check_seeing(*, objects: bool, **asked: object) -> None:
    """Raises UsageError for what says how to look where nobody asked to."""
    said = [f"--{name}" for name, value in asked.items() if value]
    if said and not objects:
        raise UsageError("nobody looks for people and things", got=" ".join(said), do="add --objects")


def _detector_for(model: str, *, quiet: bool) -> str:
    return OVERHEAD if Path(model).name == FROM_ABOVE else usual_detector(quiet=quiet)


def _site(file: Path) -> Site:
    from aisle.data.sites import notes, read_site

    found = read_site(file)
    for note in notes(found):
        remark(f"{file}: {note}")
    return found


def _seeing(detector: str, rate: Fraction, *, masks: bool, products: Path | None, quiet: bool) -> See:
    """What sees a video, with its networks open."""
    from aisle.apps.seeing import seer
    from aisle.media.read import Reader

    return seer(detector, rate, masks=masks, products=products, quiet=quiet)(Reader)


def _seen(video: str, analysis: Analysis, wanted: Wanted, *, quiet: bool) -> Seen | None:
    if wanted.see is None:
        return None
    with progress(f"looking for people in {without_password(video)}", quiet=quiet) as listener:
        return wanted.see(video, site=wanted.site, timeline=analysis.timeline, progress=listener)


def _tell(analysis: Analysis, outputs: Outputs, seen: Seen | None, *, annotated: bool) -> None:
    from aisle.apps.show import people, timeline

    say(timeline(analysis, outputs, annotated=annotated))
    if seen is not None:
        say(people(seen, outputs))
