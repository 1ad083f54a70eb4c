"""Measures of timelines: who did what when, against the truth."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction

import numpy as np

from aisle.core import BACKGROUND, LabelSet, Progress, Segment, Timeline, UnknownNameError, UsageError, silent
from aisle.evaluate.bootstrap import RESAMPLES, Interval, bootstrap
from aisle.evaluate.confusion import Confusion
from aisle.evaluate.figures import Floats, Ints, known
from aisle.evaluate.runs import Runs, concatenated, runs_of, sampled
from aisle.evaluate.segments import AP_KINDS, F1_OVERLAPS, Tally, figures, merged, tally

OWN_RATES: Mapping[str, Fraction] = {"merl": Fraction(30)}
"""Samples a second at which each protocol's videos were recorded and labelled."""

SLOWEST, FASTEST = Fraction(1, 1000), Fraction(1000)
FEW = 5
"""Names that a note spells out."""


@dataclass(frozen=True, slots=True)
class Counts:
    """`samples` of all videos together; runs are those of actions at this rate."""

    videos: int
    samples: int
    true_runs: int
    predicted_runs: int


@dataclass(frozen=True, slots=True)
class ActionFigures:
    """One class, in percent: of its samples, then of its runs, then AP. None where undefined, and for background,
    which has no runs.

    `f1` and `average_precision` go by name: f1@50, iou@50.
    """

    label: str
    samples: int
    frame_precision: float | None
    frame_recall: float | None
    frame_f1: float | None
    true_runs: int
    predicted_runs: int
    f1: dict[str, float | None]
    average_precision: dict[str, float | None]

    def to_json(self) -> dict[str, object]:
        record = asdict(self)
        del record["f1"], record["average_precision"]
        return {**record, **self.f1, **{f"ap_{kind}": value for kind, value in self.average_precision.items()}}


@dataclass(frozen=True, slots=True, eq=False)
class TimelineReport:
    """`figures` are in percent, by name: frame_accuracy, edit, f1@10, f1@25, f1@50, map_midpoint, map_iou@10 and
    map_iou@50; None where nothing defines them. They hold at `rate` samples a second and change with it.

    `confidence` has their intervals, drawn by group; empty where there are fewer than two groups. There, a run that
    goes on in the next video is cut at the border, so that an interval's own value may differ from the figure; a note
    says so.
    """

    protocol: str
    rate: Fraction
    figures: dict[str, float | None]
    confidence: dict[str, Interval]
    per_class: tuple[ActionFigures, ...]
    confusion: Confusion
    counts: Counts
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Undefined figures are null; the confusion counts samples."""
        return {
            "protocol": self.protocol,
            "rate": float(self.rate),
            **self.figures,
            "confidence": {name: interval.to_json() for name, interval in self.confidence.items()},
            "counts": asdict(self.counts),
            "notes": list(self.notes),
            "per_class": [one.to_json() for one in self.per_class],
            "confusion": self.confusion.to_json(),
        }


def check_rules(rate: Fraction, protocol: str) -> None:
    """Raises UnknownNameError for a protocol that does not exist, UsageError for a rate out of range."""
    if protocol not in OWN_RATES:
        raise UnknownNameError("protocol", protocol, OWN_RATES)
    if not SLOWEST <= rate <= FASTEST:
        raise UsageError("a rate is a number of samples a second", got=rate, allowed=f"{SLOWEST} to {FASTEST}")


def evaluate_timelines(
    truth: Mapping[str, Timeline],
    predicted: Mapping[str, Timeline],
    rate: Fraction,
    protocol: str = "merl",
    *,
    labels: LabelSet,
    groups: Mapping[str, Hashable] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    progress: Progress = silent,
) -> TimelineReport:
    """The videos of `truth`, in its order, as one long sequence, at `rate` samples a second.

    `labels` has background, which fills all gaps. A video lasts as long as the longer of its two timelines; one without
    a prediction is all background. `groups` names the place or person of a video, by which the intervals are drawn;
    without it each video is its own. Raises UnknownNameError for another protocol and for labels outside `labels`,
    UsageError for a rate out of range, no videos, videos without a sample, or a predicted video that has no truth.
    """
    check_rules(rate, protocol)
    _check(truth, predicted)
    nothing = Timeline(Fraction(0), ())
    videos, lost = [], 0
    for name, true in truth.items():
        guess = predicted.get(name, nothing)
        until = max(true.duration, guess.duration, *(_end(one.segments) for one in (true, guess)))
        (true_runs, lost_true), (runs, lost_runs) = (sampled(one, rate, labels, until=until) for one in (true, guess))
        videos.append((true_runs, runs))
        lost += lost_true + lost_runs
    parts, whole = _compared(videos, labels)
    if not whole.confusion.any():
        raise UsageError("no sample falls in any video", got=f"{float(rate):g} samples a second", do="raise the rate")

    def drawn(chosen: Ints) -> dict[str, float]:
        return figures(merged([parts[video] for video in chosen]))

    of_video = [name if groups is None else groups[name] for name in truth]
    confidence = bootstrap(drawn, of_video, resamples=resamples, seed=seed, progress=progress)
    notes = [*_missing(truth, predicted), *_lost(lost, rate), *_joined(parts, whole)]
    return _report(whole, len(videos), labels, rate, protocol, confidence, notes)


def evaluate_samples(
    truth: Ints, predicted: Ints, scores: Floats, rate: Fraction, protocol: str = "merl", *, labels: LabelSet
) -> TimelineReport:
    """Sequences that are sampled already: class indices along `labels`, (N,) both, at `rate` samples a second.

    `scores` (N,) are those of the predicted class: of a table S (N, C), S[np.arange(N), predicted]. There are no
    intervals, as nothing tells where one video ends. Raises UnknownNameError for another protocol and labels without
    background, UsageError for sequences that do not fit.
    """
    check_rules(rate, protocol)
    truth, predicted, scores = np.asarray(truth), np.asarray(predicted), np.asarray(scores)
    shapes = {truth.shape, predicted.shape, scores.shape}
    if len(shapes) > 1 or truth.ndim != 1 or not truth.size:
        raise UsageError("sequences have one length", got=shapes, allowed="(N,) each, N > 0")
    if not np.isfinite(scores).all():
        raise UsageError("scores are finite numbers", got=f"{(~np.isfinite(scores)).sum()} that are not")
    every = np.concatenate([truth, predicted])
    if every.min() < 0 or every.max() >= len(labels):
        got, allowed = f"{every.min()} to {every.max()}", f"0 to {len(labels) - 1}"
        raise UsageError("classes are indices of the labels", got=got, allowed=allowed)
    _, whole = _compared([(runs_of(truth, scores), runs_of(predicted, scores))], labels)
    return _report(whole, 1, labels, rate, protocol, {}, ())


def _compared(videos: Sequence[tuple[Runs, Runs]], labels: LabelSet) -> tuple[list[Tally], Tally]:
    """Truth and prediction of each video alone, and of all of them as one long sequence."""
    background = labels.index(BACKGROUND)
    together = [concatenated(runs) for runs in zip(*videos, strict=True)]
    *parts, whole = (
        tally(truth, predicted, classes=len(labels), background=background) for truth, predicted in (*videos, together)
    )
    return parts, whole


def _report(
    whole: Tally,
    videos: int,
    labels: LabelSet,
    rate: Fraction,
    protocol: str,
    confidence: dict[str, Interval],
    notes: Sequence[str],
) -> TimelineReport:
    return TimelineReport(
        protocol=protocol,
        rate=rate,
        figures={name: known(value) for name, value in figures(whole).items()},
        confidence=confidence,
        per_class=_per_class(whole, labels),
        confusion=Confusion(labels, whole.confusion),
        counts=Counts(videos, int(whole.confusion.sum()), len(whole.truth), len(whole.predicted)),
        notes=(*notes, *_without_truth(whole, labels), *_without_intervals(confidence)),
    )


def _per_class(tally: Tally, labels: LabelSet) -> tuple[ActionFigures, ...]:
    confusion = Confusion(labels, tally.confusion)
    precision, recall, frame_f1 = 100 * confusion.precision, 100 * confusion.recall, 100 * confusion.f1
    f1, average_precision = tally.f1, tally.average_precision
    return tuple(
        ActionFigures(
            label=label,
            samples=int(confusion.support[i]),
            frame_precision=known(precision[i]),
            frame_recall=known(recall[i]),
            frame_f1=known(frame_f1[i]),
            true_runs=int(tally.true_runs[i]),
            predicted_runs=int(tally.predicted_runs[i]),
            f1=_named(F1_OVERLAPS, f1[:, i]),
            average_precision=_named(AP_KINDS, average_precision[:, i]),
        )
        for i, label in enumerate(labels)
    )


def _named(names: Iterable[str], values: Floats) -> dict[str, float | None]:
    return {name: known(value) for name, value in zip(names, values, strict=True)}


def _check(truth: Mapping[str, Timeline], predicted: Mapping[str, Timeline]) -> None:
    if not truth:
        raise UsageError("there is nothing to compare with", got="no true timeline")
    strangers = predicted.keys() - truth.keys()
    if strangers:
        raise UsageError("predicted videos have no truth", got=_some(sorted(strangers)), do="leave them out")


def _end(segments: Sequence[Segment]) -> Fraction:
    return segments[-1].end if segments else Fraction(0)


def _missing(truth: Mapping[str, Timeline], predicted: Mapping[str, Timeline]) -> list[str]:
    names = [name for name in truth if name not in predicted]
    text = f"{len(names)} of {len(truth)} videos have no prediction and count as background: {_some(names)}"
    return [text] if names else []


def _lost(count: int, rate: Fraction) -> list[str]:
    text = f"{count} segments are so short that no sample falls in them at {float(rate):g} a second"
    return [text] if count else []


def _joined(parts: Sequence[Tally], whole: Tally) -> list[str]:
    runs = sum(len(part.truth) + len(part.predicted) for part in parts)
    count = runs - len(whole.truth) - len(whole.predicted)
    text = f"{count} runs go on from one video in the next, as the protocol scores all videos as one long sequence"
    return [f"{text}; the intervals cut them at the border"] if count else []


def _without_truth(whole: Tally, labels: LabelSet) -> list[str]:
    names = [label for label, runs in zip(labels, whole.true_runs, strict=True) if label != BACKGROUND and not runs]
    return [f"without a true run, so not part of mAP: {', '.join(names)}"] if names else []


def _without_intervals(confidence: Mapping[str, Interval]) -> list[str]:
    return [] if confidence else ["no intervals: they need two videos, or groups of videos, at least"]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more
