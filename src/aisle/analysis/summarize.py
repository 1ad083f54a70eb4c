"""A video in, what is worth keeping of it out: by what moves, by people, by the risk that a model sees."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from aisle.analysis.backbone import Backbone
from aisle.analysis.quiet import activity
from aisle.analysis.summary import MOTION, PEOPLE, RISK, Happening, Kept, Rules, kept, motion, people, risky
from aisle.analysis.video import analyze
from aisle.core import InputError, Progress, Skipped, UsageError, VideoInfo, silent
from aisle.core.address import is_address, without_password
from aisle.core.time_map import Stretch, TimeMap, without
from aisle.media.read import Read, Reader
from aisle.objects.detector import ObjectDetector


@dataclass(frozen=True, slots=True)
class Summary:
    """`kept` of [0, `duration`) seconds, by what was `looked` for and by `rules`; `skipped` could not be read."""

    info: VideoInfo
    duration: Fraction
    looked: tuple[str, ...]
    rules: Rules
    kept: tuple[Kept, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def times(self) -> TimeMap:
        return TimeMap(tuple(each.stretch for each in self.kept))

    @property
    def dropped(self) -> tuple[Stretch, ...]:
        return without(self.times.kept, self.duration)


def summarize(
    video: str | Path,
    *,
    keep: Collection[str] = (MOTION,),
    detector: ObjectDetector | None = None,
    model: Backbone | None = None,
    rules: Rules | None = None,
    progress: Progress = silent,
    read: Read = Reader,
) -> Summary:
    """Keeps where one of `keep` is: MOTION; PEOPLE, whom the `detector` finds; RISK, which the `model` sees.

    `progress` hears seconds of video, once for pictures and once for the model. Raises UsageError for what nobody can
    look for, InputError for what cannot be read, and for an address, which may not give the same twice.
    """
    if is_address(video):
        do = "save it as a file first; aisle watch keeps clips of what a camera sees"
        raise InputError("an address is read once, a summary twice", got=without_password(video), do=do)
    check(keep, detector, model)
    rules = rules or Rules()
    looked = tuple(each for each in (MOTION, PEOPLE, RISK) if each in keep)
    found: list[Happening] = []
    if MOTION in keep or PEOPLE in keep:
        seen = activity(video, detector if PEOPLE in keep else None, progress=progress, read=read)
        info, duration, skipped = seen.info, seen.duration, seen.skipped
        found += motion(seen) if MOTION in keep else ()
        found += people(seen) if PEOPLE in keep else ()
    if model is not None and RISK in keep:
        analysis = analyze(video, model, progress=progress, read=read)
        info, duration, skipped = analysis.info, analysis.timeline.duration, analysis.timeline.skipped
        found += risky(analysis)
    return Summary(info, duration, looked, rules, kept(found, rules, duration), skipped)


def check(keep: Collection[str], detector: ObjectDetector | None, model: Backbone | None) -> None:
    """Raises UsageError for what nobody can look for."""
    allowed = f"{MOTION}, {PEOPLE}, {RISK}"
    if not keep or not set(keep) <= {MOTION, PEOPLE, RISK}:
        raise UsageError("a summary keeps what it looks for", got=", ".join(keep) or "nothing", allowed=allowed)
    if PEOPLE in keep and detector is None:
        raise UsageError("people are found by a detector", got="none", do="name one with --detector")
    if RISK in keep and (model is None or model.answers.threshold is None):
        got = "no model" if model is None else f"{model.name}, which has no threshold"
        do = "name one that warns of something with --model, such as a bundle of aisle train --task anomaly"
        raise UsageError("a risk is seen by a model with a threshold", got=got, do=do)
