"""`aisle evaluate` of a model that tells the unusual from the normal: frames, alarms as `aisle watch` would raise them,
or whole clips, whatever the data calls what is not normal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from aisle.apps.asking import Asking
from aisle.apps.judging import ClipOutcome, Judged, Rules, chosen, doubts, judge, left_out, seen_count
from aisle.core import (
    BACKGROUND,
    QUIET,
    Dataset,
    Event,
    Example,
    LabelSet,
    Progress,
    Scores,
    Segment,
    UsageError,
    silent,
)
from aisle.core.overlap import flatten
from aisle.data.check import usable
from aisle.data.store import FeatureStore
from aisle.data.views import as_clips, as_timelines, clip_end
from aisle.deploy.clip_model import ClipModel
from aisle.deploy.headed import HeadedModel
from aisle.deploy.model import Opened
from aisle.evaluate.alarms import RECALL, AtRecall, Told, clips_at_recall
from aisle.evaluate.anomaly import AnomalyReport, Judgement, evaluate_anomalies
from aisle.events.alarm import Alarm, Policy
from aisle.media import probe

NORMAL, UNUSUAL = "normal", "unusual"
ALL_NORMAL = "Nothing in these videos is unusual, so areas under the curve, recall and delays are undefined."
ALL_UNUSUAL = "Everything in these videos is unusual, so areas under the curve and false alarms are undefined."
NO_MACRO = "No video has frames of both kinds, so the mean over videos (macro) is undefined."


@dataclass(frozen=True, slots=True, eq=False)
class Noticed:
    """What came of `model` on the videos of `dataset`; `alarms` by the video's name, each with its highest risk."""

    model: Opened
    dataset: Dataset
    split: str
    seen: int | None
    report: AnomalyReport
    alarms: Mapping[str, Sequence[Segment]]
    doubts: tuple[str, ...]
    notes: tuple[str, ...]


def tells_unusual(model: Opened) -> bool:
    return tuple(model.labels) == (NORMAL, UNUSUAL) and model.answers.threshold is not None


def judges_clips(model: Opened, dataset: Dataset) -> bool:
    """Whether whole clips are judged, rather than the frames of videos."""
    return (model.bundle.task if isinstance(model, HeadedModel | ClipModel) else dataset.task) == "clips"


def judge_unusual_clips(
    model: Opened, dataset: Dataset, store: FeatureStore, rules: Rules, *, progress: Progress = silent
) -> tuple[Judged, AtRecall]:
    """As `aisle.apps.judging.judge`, with every class that is not one of `QUIET` called unusual, and the false alarms
    that it costs to find `RECALL` of them.
    """
    clips = dataset if dataset.task == "clips" else as_clips(usable(dataset))
    judged = judge(model, as_unusual(clips), store, rules, progress=progress)
    examples = judged.dataset.examples
    if not isinstance(judged.outcome, ClipOutcome):
        raise UsageError("clips were asked for", got=f"{model.name} names moments", do="judge_unusual_frames")
    scores = judged.outcome.probabilities[:, 1]
    truth = np.array([example.label == UNUSUAL for example in examples])
    lengths = np.array([float(clip_end(example) - example.start) for example in examples])
    found = clips_at_recall(scores, truth, lengths)
    told = (
        f"To find {found.recall:.0%} of the unusual clips, {found.false} of {int((~truth).sum())} normal ones raise "
        f"a false alarm: {found.per_hour:.1f} for each hour of normal video."
    )
    return replace(judged, notes=(*judged.notes, ALL_NORMAL if math.isnan(found.threshold) else told)), found


def judge_unusual_frames(
    model: Opened, dataset: Dataset, store: FeatureStore, rules: Rules, *, progress: Progress = silent
) -> Noticed:
    """`progress` counts videos. Raises UsageError for an empty split, options that are for classes, and a model
    without a threshold; InputError for a video that cannot be read.
    """
    if rules.rates or rules.views or rules.beta != 1:
        raise UsageError("what is unusual is judged by each frame of a video", got="--rate, --clips, --crops or --beta")
    threshold = model.answers.threshold
    if threshold is None:
        raise UsageError(f"{model.name} raises no alarm", got="no threshold", do="evaluate a model with one")
    split, picked = chosen(as_unusual(as_timelines(dataset)), rules.split)
    sound = usable(picked)
    if not sound.examples:
        raise sound.problems[0]
    asked = Asking(model, store, fresh=rules.fresh)
    policy = (Policy.prompt if model.answers.prompt else Policy.usual)(threshold)
    videos, alarms = [], {}
    for number, example in enumerate(sound.examples):
        progress(number, len(sound.examples))
        scores = asked.steps(example)
        alarms[example.name] = raised(scores, policy, example.name)
        videos.append(_judgement(example, scores, alarms[example.name]))
    progress(len(sound.examples), len(sound.examples))
    report = evaluate_anomalies(videos, threshold=threshold)
    seen = seen_count(model, sound.examples, store)
    return Noticed(
        model=model,
        dataset=sound,
        split=split,
        seen=seen,
        report=report,
        alarms={
            name: [Segment(one.started, one.ended, UNUSUAL, peak) for one, peak in own] for name, own in alarms.items()
        },
        doubts=tuple(doubts(seen, len(sound.examples))),
        notes=(*_undefined(report), *left_out(sound)),
    )


def as_unusual(dataset: Dataset) -> Dataset:
    """`dataset` with the labels of a model of what is normal: each class that is not one of `QUIET` is unusual."""
    if dataset.task == "clips":
        clips = tuple(replace(one, label=_renamed(one.label)) for one in dataset.examples)
        return replace(dataset, labels=LabelSet((NORMAL, UNUSUAL)), examples=clips)
    videos = tuple(replace(one, segments=_unusual(one.segments)) for one in dataset.examples)
    return replace(dataset, labels=LabelSet((UNUSUAL, BACKGROUND)), examples=videos)


def raised(scores: Scores, policy: Policy, camera: str) -> list[tuple[Told, float]]:
    """The alarms that a camera with these risks (N, 2) would have raised, each with its highest risk."""
    alarm = Alarm(camera, UNUSUAL, policy)
    news: list[Event] = []
    for index, risk in enumerate(scores.values[:, 1].tolist()):
        start = scores.grid.start + index * scores.grid.step
        news += alarm.update(start, start + scores.grid.step, min(max(risk, 0.0), 1.0))
    news += alarm.finish()
    known = {event.id: event.updated for event in reversed(news)}
    ended = {event.id: event for event in news if event.ended is not None}
    return [
        (Told(event.started, min(known[event.id], event.updated), event.updated), event.peak)
        for event in ended.values()
        if event.started < event.updated
    ]


def _judgement(example: Example, scores: Scores, alarms: Sequence[tuple[Told, float]]) -> Judgement:
    """A score and a truth for each frame at the video's own rate, taken in the middle of its time on screen."""
    rate, until = probe(example.path).rate, clip_end(example)
    middles = [Fraction(2 * frame + 1, 2) / rate for frame in range(max(round(until * rate), 1))]
    steps = [scores.grid.index(time) for time in middles]
    times = np.array([float(time) for time in middles])
    events = tuple((act.start, act.end) for act in example.segments)
    truth = np.zeros(len(times), np.bool_)
    for start, end in events:
        truth |= (float(start) <= times) & (times < float(end))
    risks = scores.values[steps, 1].astype(np.float64)
    return Judgement(risks, truth, rate, events, tuple(told for told, _ in alarms), example.group)


def _renamed(label: str) -> str:
    return NORMAL if label.lower() in QUIET else UNUSUAL


def _unusual(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    kept = [replace(one, label=UNUSUAL) for one in segments if _renamed(one.label) == UNUSUAL]
    return flatten(kept)


def _undefined(report: AnomalyReport) -> list[str]:
    frames = report.frames
    if frames.unusual in (0, 1):
        return [ALL_UNUSUAL if frames.unusual else ALL_NORMAL]
    return [] if frames.both else [NO_MACRO]


def told(noticed: Noticed) -> str:
    """The figures, a line each, for a terminal."""
    report = noticed.report
    frames, alarms, at_recall = report.frames, report.alarms, report.at_recall
    where = f"{noticed.dataset.folder}{f', {noticed.split} split' if noticed.split else ''}"
    lines = [f"{noticed.model.name} on {where}: {frames.videos} videos, {frames.both} with frames of both kinds"]
    if noticed.seen:
        lines.append(f"CAUTION: {noticed.seen} of {frames.videos} are videos that the model was trained on")
    spans = {name: f" ({one.low:.3f}-{one.high:.3f})" for name, one in report.confidence.items()}
    figures = {
        "frame AUC micro": _number(frames.micro) + spans.get("micro", ""),
        "frame AUC macro": _number(frames.macro) + spans.get("macro", ""),
        "  stretched by video": f"{_number(frames.micro_stretched)} micro, {_number(frames.macro_stretched)} macro",
        "  one-kind videos too": f"{_number(frames.anchored)} macro",
        "average precision": _number(frames.average_precision) + spans.get("average_precision", ""),
        "equal error rate": _number(frames.equal_error_rate) + spans.get("equal_error_rate", ""),
        "events found": f"{alarms.found} of {alarms.events}, threshold {report.threshold:.3f}",
        "delay to alarm": f"{_number(alarms.delay_mean)} s mean, {_number(alarms.delay_median)} s median",
        "false alarms": f"{alarms.false}: {_number(alarms.false_per_hour)} an hour",
        "": f"{_number(alarms.false_per_day)} a day",
        f"at {RECALL:.0%} of events": f"{_number(at_recall.per_hour)} false stretches an hour",
    }
    return "\n".join([*lines, *(f"  {name:22}{figure}" for name, figure in figures.items())])


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
