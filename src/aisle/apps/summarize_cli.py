"""`aisle summarize`: the stretches of videos in which something happens, joined, with a map and a storyboard."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aisle.apps.console import progress, remark, say
from aisle.core import UsageError, exact
from aisle.core.address import without_password

if TYPE_CHECKING:
    from aisle.analysis.summarize import Summary
    from aisle.analysis.summary_files import SummaryFiles
    from aisle.core.time_map import TimeMap
    from aisle.deploy.model import Opened
    from aisle.objects.detector import ObjectDetector

KEEP = ("motion", "people", "both", "risk")


def summarize(
    videos: Annotated[list[str], typer.Argument(help="Video files.", metavar="VIDEO...", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; made if need be.", show_default=False)],
    keep: Annotated[
        list[str] | None,
        typer.Option(
            help="What is kept: motion, people, both (where there is one or the other) or risk; repeat it. Default: "
            "risk with --model, else both where a detector is named or at hand, else motion.",
            show_default=False,
        ),
    ] = None,
    detector: Annotated[
        str | None,
        typer.Option(
            help="What finds people: a name, an ONNX file or a folder. Default: yolox-nano where its weights are at "
            "hand, else mobilenet-ssd.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="A model with a threshold, whose risk is kept where it is reached.", show_default=False),
    ] = None,
    margin: Annotated[str, typer.Option(help="Seconds kept before and after what happens.")] = "1s",
    shortest: Annotated[str, typer.Option(help="Seconds that something must last to be kept.")] = "0.5s",
    shortest_gap: Annotated[str, typer.Option(help="Seconds that must be quiet to be dropped.")] = "3s",
    copy: Annotated[
        bool, typer.Option("--copy", help="Do not encode anew: quicker, but cut at key frames, and without a clock.")
    ] = False,
    clock: Annotated[bool, typer.Option("--clock/--no-clock", help="Draw the time of the whole video in.")] = True,
    runtime: Annotated[
        str | None, typer.Option("--runtime", help="What runs the model; default: the card's best.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list, an object a video.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """A shorter video of what happens, with a map back to the original times, and a storyboard."""
    import json

    from aisle.analysis.outputs import outputs_for, prepare
    from aisle.analysis.summarize import check
    from aisle.analysis.summary import Rules
    from aisle.apps.one_by_one import Failures

    rules = Rules(_seconds("margin", margin), _seconds("shortest", shortest), _seconds("shortest-gap", shortest_gap))
    kinds = _kinds(keep, detector, model)
    prepare(out)
    finder = _finder(detector, quiet=quiet) if "people" in kinds else None
    network = _network(model, runtime, quiet=quiet) if model is not None and "risk" in kinds else None
    check(kinds, finder, network)
    if not quiet:
        _remark(kinds, asked=keep is not None, copy=copy and clock)
    done, failed = [], Failures()
    for video, outputs in zip(videos, outputs_for(videos, out), strict=True):
        with failed.noting(video):
            summary = _summary(video, kinds, finder, network, rules, quiet=quiet)
            files, times = _write(summary, outputs.stem, video, copy=copy, with_clock=clock, quiet=quiet)
            done.append(json.loads(files.json.read_text("utf-8")) | {"files": [str(path) for path in _there(files)]})
            if not as_json and not quiet:
                say(_told(summary, files, times))
    if as_json:
        say(json.dumps(done, indent=2))
    failed.leave()


def _seconds(name: str, text: str) -> Fraction:
    """`1s`, `0.5` or `1/2`. Raises UsageError."""
    try:
        value = exact(text.strip().removesuffix("s").strip())
    except UsageError as error:
        raise UsageError(f"--{name} is no number of seconds", got=repr(text), allowed="1s, 0.5s, 2") from error
    if not 0 <= value <= 3600:
        raise UsageError(f"--{name} is no number of seconds", got=text, allowed="0 to 3600", do=f"--{name} 1s")
    return value


def _kinds(keep: list[str] | None, detector: str | None, model: str | None) -> tuple[str, ...]:
    """What is looked for. Raises UsageError for what is unknown, or asks for nothing."""
    for each in keep or ():
        if each not in KEEP:
            raise UsageError("that cannot be kept", got=each, allowed=", ".join(KEEP), do="--keep motion")
    kinds = _asked(keep, detector, model)
    if "risk" in kinds and model is None:
        raise UsageError("a risk is seen by a model", got="--keep risk alone", do="name one with --model")
    if model is not None and "risk" not in kinds:
        raise UsageError("nobody asks the model", got=f"--model {model}", do="add --keep risk")
    if detector is not None and "people" not in kinds:
        raise UsageError("nobody looks for people", got=f"--detector {detector}", do="add --keep people")
    return kinds


def _asked(keep: list[str] | None, detector: str | None, model: str | None) -> tuple[str, ...]:
    from aisle.deploy.object_detectors import detector_at_hand

    if keep:
        each = [kind for one in keep for kind in (("motion", "people") if one == "both" else (one,))]
        return tuple(dict.fromkeys(each))
    if model is not None:
        return ("risk", "people") if detector else ("risk",)
    return ("motion", "people") if detector or detector_at_hand() else ("motion",)


def _finder(detector: str | None, *, quiet: bool) -> ObjectDetector:
    from aisle.apps.observing import Looking, opened_detector, usual_detector
    from aisle.core.detections import PERSON

    named = detector or usual_detector(quiet=quiet)
    found = opened_detector(Looking(named, Fraction(1), labels=(PERSON,)), quiet=quiet)
    if not quiet:
        remark(f"people are found by {named}")
    return found


def _network(model: str, runtime: str | None, *, quiet: bool) -> Opened:
    from aisle.apps.opening import opened

    return opened(model, runtime, quiet=quiet)


def _remark(kinds: tuple[str, ...], *, asked: bool, copy: bool) -> None:
    if kinds == ("motion",) and not asked:
        remark("looking for motion alone: who stands quite still is not seen; --detector mobilenet-ssd finds them too")
    if copy:
        remark("--copy leaves the pictures as they are: cuts are at key frames, and no clock is drawn")


def _summary(
    video: str,
    kinds: tuple[str, ...],
    finder: ObjectDetector | None,
    network: Opened | None,
    rules: Any,
    *,
    quiet: bool,
) -> Summary:
    from aisle.analysis.summarize import summarize as summarized
    from aisle.apps.show import skipped
    from aisle.core import Timeline

    with progress(without_password(video), quiet=quiet) as listener:
        summary = summarized(video, keep=kinds, detector=finder, model=network, rules=rules, progress=listener)
    if not quiet:
        for note in skipped(Timeline(summary.duration, (), summary.skipped)):
            remark(f"{summary.info.path}: {note}")
    return summary


def _write(
    summary: Summary, stem: Path, video: str, *, copy: bool, with_clock: bool, quiet: bool
) -> tuple[SummaryFiles, TimeMap]:
    from aisle.analysis.summary_files import SummaryFiles, write_summary

    files = SummaryFiles.named(stem)
    with progress(f"writing {files.video}", quiet=quiet) as listener:
        times = write_summary(summary, files, video=video, copy=copy, with_clock=with_clock, progress=listener)
    return files, times


def _there(files: SummaryFiles) -> list[Path]:
    return [path for path in (files.video, files.board, files.csv, files.json) if path.exists()]


def _told(summary: Summary, files: SummaryFiles, times: TimeMap) -> str:
    from aisle.core import clock

    whole, short, count = summary.duration, times.lasts, len(times.kept)
    lines = [f"{summary.info.path}  {clock(whole)}"]
    if not count:
        lines.append(f"  nothing happens in it: no {' and no '.join(summary.looked)} was seen, so there is no video")
    elif short >= whole:
        lines.append("  something happens all the time: nothing was dropped")
    else:
        share = float(short / whole)
        lines.append(f"  kept {clock(short)} in {count} stretch{'' if count == 1 else 'es'}, {share:.0%} of it")
    kinds = {files.video: "video", files.board: "storyboard", files.csv: "times", files.json: "for programs"}
    return "\n".join([*lines, *(f"  {kinds[path] + ':':14}{path}" for path in _there(files))])
