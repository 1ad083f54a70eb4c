"""Measures of clips that have one class each."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from aisle.core import LabelSet, UsageError
from aisle.evaluate.bootstrap import RESAMPLES, Interval, bootstrap
from aisle.evaluate.confusion import Confusion, count
from aisle.evaluate.figures import Floats, Ints, known, mean, ratio

BINS = 15
SMALLEST = 1e-12
"""A true class with a lower probability counts with this one, or a single 0 would make the mean likelihood infinite."""


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Shares, 0 to 1, None where undefined; `support` are the class's examples, `predicted` how often it was named."""

    label: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    predicted: int


@dataclass(frozen=True, slots=True)
class Average:
    """Over classes that have examples; one of them that is never predicted counts with a precision of 0."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Clips whose highest probability is in (low, high]: their mean probability, and the share that is right."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True, eq=False)
class ClassificationReport:
    """Every figure is a share, 0 to 1, but `negative_log_likelihood`, which is in nats a clip.

    None, in JSON null, stands for what is undefined: figures of a class without examples or predictions, a bin without
    clips, and top-5 among five classes or fewer, which would always be 1. `macro` means over classes, `weighted`
    weighs each by its examples, `micro` counts all clips alike, so its three figures are the accuracy. The calibration
    error is the expected one over 15 bins (Guo et al. 2017). `confidence` has the intervals of the headline figures,
    empty where all clips are of one group.
    """

    confusion: Confusion
    top1: float
    top5: float | None
    per_class: tuple[ClassFigures, ...]
    macro: Average
    micro: Average
    weighted: Average
    balanced_accuracy: float
    calibration_error: float
    reliability: tuple[ReliabilityBin, ...]
    negative_log_likelihood: float
    confidence: dict[str, Interval]

    def to_json(self) -> dict[str, object]:
        return {
            "clips": int(self.confusion.counts.sum()),
            "top1": self.top1,
            "top5": self.top5,
            "balanced_accuracy": self.balanced_accuracy,
            "macro": asdict(self.macro),
            "micro": asdict(self.micro),
            "weighted": asdict(self.weighted),
            "calibration_error": self.calibration_error,
            "negative_log_likelihood": self.negative_log_likelihood,
            "confidence": {name: interval.to_json() for name, interval in self.confidence.items()},
            "per_class": [asdict(figures) for figures in self.per_class],
            "reliability": [asdict(one) for one in self.reliability],
            "confusion": self.confusion.to_json(),
        }


def evaluate_clips(
    probabilities: Floats,
    truth: Ints,
    labels: LabelSet,
    *,
    groups: Sequence[Hashable] = (),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> ClassificationReport:
    """`probabilities` (N, C) along `labels`, rows that add up to 1; `truth` (N,) class indices.

    `groups` names the film, person or place of each clip, by which the intervals are drawn; without any, each clip is
    its own. Of equal probabilities the class that comes first wins. Raises UsageError for arrays that do not fit.
    """
    probabilities, truth = np.asarray(probabilities, np.float64), np.asarray(truth, np.int64)
    _check(probabilities, truth, len(labels), len(groups))
    ranks = _ranks(probabilities, truth)
    confusion = count(truth, probabilities.argmax(1), labels)
    bins = reliability(probabilities, truth)

    def headline(rows: Ints) -> dict[str, float]:
        drawn = count(truth[rows], probabilities[rows].argmax(1), labels)
        top5 = {"top5": float((ranks[rows] < 5).mean())} if len(labels) > 5 else {}
        average = _macro(drawn)
        return {
            "top1": drawn.accuracy,
            **top5,
            "balanced_accuracy": average.recall,
            "macro_f1": average.f1,
        }

    figures = headline(np.arange(len(truth)))
    return ClassificationReport(
        confusion=confusion,
        top1=figures["top1"],
        top5=figures.get("top5"),
        per_class=per_class(confusion),
        macro=_macro(confusion),
        micro=Average(*[confusion.accuracy] * 3),
        weighted=_average(confusion, confusion.support),
        balanced_accuracy=figures["balanced_accuracy"],
        calibration_error=_calibration_error(bins),
        reliability=bins,
        negative_log_likelihood=_negative_log_likelihood(probabilities, truth),
        confidence=bootstrap(headline, groups or range(len(truth)), resamples=resamples, seed=seed),
    )


def per_class(confusion: Confusion) -> tuple[ClassFigures, ...]:
    columns = (confusion.precision, confusion.recall, confusion.f1, confusion.support, confusion.predicted)
    return tuple(
        ClassFigures(label, known(precision), known(recall), known(f1), int(support), int(predicted))
        for label, precision, recall, f1, support, predicted in zip(confusion.labels, *columns, strict=True)
    )


def reliability(probabilities: Floats, truth: Ints, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """Equal bins of the highest probability, from `probabilities` (N, C) and `truth` (N,)."""
    sure, right = probabilities.max(1), probabilities.argmax(1) == truth
    place = np.clip(np.ceil(sure * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    confidence = ratio(np.bincount(place, sure, bins), counts)
    accuracy = ratio(np.bincount(place, right, bins), counts)
    return tuple(
        ReliabilityBin(i / bins, (i + 1) / bins, int(counts[i]), known(confidence[i]), known(accuracy[i]))
        for i in range(bins)
    )


def _check(probabilities: Floats, truth: Ints, classes: int, groups: int) -> None:
    if probabilities.ndim != 2 or probabilities.shape[1] != classes or len(probabilities) == 0:
        raise UsageError(
            "probabilities are a row a clip and a column a class", got=probabilities.shape, allowed=f"(1+, {classes})"
        )
    if truth.shape != (len(probabilities),) or groups not in (0, len(probabilities)):
        got = f"truth {truth.shape}, {groups} groups for {len(probabilities)} clips"
        raise UsageError("every clip has one true class and one group", got=got, allowed=f"{len(probabilities)} each")
    if truth.min() < 0 or truth.max() >= classes:
        raise UsageError(
            "a true class is an index of the labels",
            got=f"{truth.min()} to {truth.max()}",
            allowed=f"0 to {classes - 1}",
        )
    wrong = ~((probabilities >= 0).all(1) & (np.abs(probabilities.sum(1) - 1) < 1e-3))
    if wrong.any():
        row = int(wrong.argmax())
        raise UsageError(
            "probabilities are 0 or more and add up to 1", got=f"row {row}: {probabilities[row]}", do="apply a softmax"
        )


def _ranks(probabilities: Floats, truth: Ints) -> Ints:
    """(N,): how many classes stand before the true one."""
    own = np.take_along_axis(probabilities, truth[:, None], 1)
    earlier = np.arange(probabilities.shape[1]) < truth[:, None]
    return np.asarray(((probabilities > own) | ((probabilities == own) & earlier)).sum(1), np.int64)


def _macro(confusion: Confusion) -> Average:
    return _average(confusion, confusion.support > 0)


def _average(confusion: Confusion, weights: np.ndarray) -> Average:
    columns = (confusion.precision, confusion.recall, confusion.f1)
    return Average(*(float(np.average(np.nan_to_num(column), weights=weights)) for column in columns))


def _calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    gaps = [
        one.count * abs(one.confidence - one.accuracy)
        for one in bins
        if one.confidence is not None and one.accuracy is not None
    ]
    return math.fsum(gaps) / sum(one.count for one in bins)


def _negative_log_likelihood(probabilities: Floats, truth: Ints) -> float:
    own = np.take_along_axis(probabilities, truth[:, None], 1)
    return mean(-np.log(np.maximum(own, SMALLEST)))
