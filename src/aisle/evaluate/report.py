"""One page on how good a model is, for people: what each figure means, what it does not, and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aisle.core import BACKGROUND, Timeline
from aisle.core.page import (
    Html,
    Tile,
    bullets,
    definitions,
    header,
    join,
    length,
    many,
    page,
    percent,
    picture,
    pictures,
    section,
    tag,
    tiles,
    write_page,
)
from aisle.evaluate import (
    _anomaly_page,
    _boxes_page,
    _clips_page,
    _course_page,
    _detector_page,
    _probe_page,
    _timelines_page,
)
from aisle.evaluate._trust import Evidence, doubts
from aisle.evaluate.anomaly import AnomalyReport
from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.classify import ClassificationReport
from aisle.evaluate.course import Course
from aisle.evaluate.curves import DetectorReport
from aisle.evaluate.detection import DetectionReport, Look
from aisle.evaluate.probes import ProbeReport
from aisle.evaluate.timelines import TimelineReport


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong answer and a strip of pictures of it, a JPEG; `probability` is what the model gave its answer, 0 to 1."""

    caption: str
    truth: str
    predicted: str
    probability: float
    picture: bytes


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall-clock seconds for `videos` of `footage_s` seconds together, and the most memory in use, in bytes."""

    videos: int
    footage_s: float
    total_s: float
    peak_memory: int


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """All that the page tells; what is None or empty is left out.

    `facts` say by name what was judged on what. `groups` are the different films, people or places in the data judged
    on, None if unknown; `rendered` says that the model learnt from drawn videos. `positive` is the class that
    `detector` finds. `timelines` are the same predictions at different rates, the first of which is told at length;
    `anomalies` are what was pointed out as unusual. `strips` are the true and the predicted timeline by video. `boxes`
    are those found in pictures, `looks` some of these; `probes` are how good features are. `mistakes` come worst first;
    `course` is that of a training. `doubts` are sentences on why the figures may flatter; `notes` are what else to
    know.
    """

    title: str
    facts: Mapping[str, str]
    groups: int | None
    rendered: bool = False
    clips: ClassificationReport | None = None
    positive: str = ""
    detector: DetectorReport | None = None
    timelines: tuple[TimelineReport, ...] = ()
    strips: Mapping[str, tuple[Timeline, Timeline]] = field(default_factory=dict)
    anomalies: AnomalyReport | None = None
    boxes: DetectionReport | None = None
    looks: tuple[Look, ...] = ()
    probes: ProbeReport | None = None
    mistakes: tuple[Mistake, ...] = ()
    cost: Cost | None = None
    course: Course | None = None
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def write_report(evaluation: Evaluation, path: Path) -> None:
    """Raises OutputError where the disk refuses."""
    write_page(_page(evaluation), path)


def _page(told: Evaluation) -> str:
    parts = (
        section("The figures", tiles(_headlines(told)), says=_INTERVALS if _intervals(told) else ""),
        _trust(told),
        _anomaly_page.sections(told.anomalies) if told.anomalies else Html(),
        _detector_page.sections(told.detector, told.positive) if told.detector else Html(),
        _clips_page.sections(told.clips) if told.clips else Html(),
        _timelines_page.sections(told.timelines, told.strips) if told.timelines else Html(),
        _boxes_page.sections(told.boxes, told.looks) if told.boxes else Html(),
        _probe_page.sections(told.probes) if told.probes else Html(),
        _mistakes(told.mistakes, whole_clips=told.clips is not None),
        _course_page.sections(told.course) if told.course else Html(),
        _cost(told.cost) if told.cost else Html(),
        section("How this was made", definitions(told.facts)) if told.facts else Html(),
    )
    return page(f"{told.title}: how good it is", header("How good it is", told.title), tag("main", *parts))


_INTERVALS = (
    "Each figure is measured on a limited number of examples, so it could have come out higher or lower by chance. "
    "The range under it holds 95 in 100 of the values that redrawing the examples, whole groups at a time, gives."
)


def _headlines(told: Evaluation) -> Iterator[Tile]:
    if told.anomalies:
        yield from _anomaly_page.headlines(told.anomalies)
    if told.detector:
        yield from _detector_page.headlines(told.detector, told.positive)
    if told.clips:
        yield from _clips_page.headlines(told.clips)
    if told.timelines:
        yield from _timelines_page.headlines(told.timelines[0])
    if told.boxes:
        yield from _boxes_page.headlines(told.boxes)
    if told.probes:
        yield from _probe_page.headlines(told.probes)


def _trust(told: Evaluation) -> Html:
    evidence = Evidence(
        known=told.doubts,
        groups=told.groups,
        rendered=told.rendered,
        support=_support(told),
        unit="clips" if told.clips or told.probes else "boxes" if told.boxes else "stretches",
        intervals=_intervals(told),
        calibration_error=told.clips.calibration_error if told.clips else None,
    )
    notes = dict.fromkeys([*told.notes, *_unranged(told), *(note for one in told.timelines for note in one.notes)])
    return section("How far to trust this", tag("div", bullets([*doubts(evidence), *notes]), class_="trust"))


def _unranged(told: Evaluation) -> Iterator[str]:
    if told.clips and not told.clips.confidence:
        yield "There is no range for the figures, as that needs two groups of examples at least."


def _support(told: Evaluation) -> dict[str, int]:
    """Examples by class: clips, or true runs of actions."""
    if told.clips:
        return {one.label: one.support for one in told.clips.per_class}
    if told.boxes:
        return {one.label: one.boxes for one in told.boxes.per_class}
    if told.probes:
        return dict(told.probes.support)
    return {
        one.label: one.true_runs for report in told.timelines[:1] for one in report.per_class if one.label != BACKGROUND
    }


def _intervals(told: Evaluation) -> dict[str, Interval]:
    """Of the headline figures, all as shares."""
    found = {**(told.detector.confidence if told.detector else {}), **(told.clips.confidence if told.clips else {})}
    found |= told.anomalies.confidence if told.anomalies else {}
    found |= told.boxes.confidence if told.boxes else {}
    found |= told.probes.confidence if told.probes else {}
    for report in told.timelines[:1]:
        found |= _timelines_page.shares(report.confidence)
    return found


def _mistakes(mistakes: Iterable[Mistake], *, whole_clips: bool) -> Html:
    shown = [
        picture(one.picture, _caption(one), alt=f"{one.caption}: {one.truth} taken for {one.predicted}")
        for one in mistakes
    ]
    worst = (
        "The answers that were wrong although the model was surest" if whole_clips else "The longest wrong stretches"
    )
    return (
        section("The worst mistakes", pictures(shown, wide=True), says=f"{worst}. Look for what they have in common.")
        if shown
        else Html()
    )


def _caption(one: Mistake) -> Html:
    told = f" was taken for {one.predicted}, {percent(one.probability)} sure. "
    return join([tag("b", one.truth), told, one.caption])


def _cost(cost: Cost) -> Html:
    each = cost.total_s / max(cost.videos, 1)
    shown = [
        Tile(length(each) if each >= 1 else f"{1000 * each:.0f} ms", "a video", _speed(cost)),
        Tile(f"{cost.videos / cost.total_s:.3g}", "videos a second", f"{many(cost.videos, 'video', 'videos')} in all."),
        Tile(f"{cost.peak_memory / 2**20:,.0f} MiB", "of memory at most"),
    ]
    return section("What it costs", tiles(shown), says="On the machine that judged the model, start-up left out.")


def _speed(cost: Cost) -> str:
    return f"{cost.footage_s / cost.total_s:.1f} times as fast as the videos play."
