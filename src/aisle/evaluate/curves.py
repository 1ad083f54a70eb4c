"""Measures of a score that should be high for one class and low for the rest, at every threshold.

A clip is an alarm where its score is at or above the threshold. Clips of one score fall on the same side of any
threshold, so they make one point of a curve.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from aisle.core import UsageError
from aisle.evaluate.bootstrap import RESAMPLES, Interval, bootstrap
from aisle.evaluate.figures import Bools, Floats, Ints, known, ratio


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """`thresholds` (K,) are the different scores, highest first; `hits` and `false_alarms` (K,) what each raises.

    `positives` and `negatives` are the clips of each kind. What needs a kind that has no clips is nan.
    """

    thresholds: Floats
    hits: Ints
    false_alarms: Ints
    positives: int
    negatives: int

    @property
    def precision(self) -> Floats:
        """(K,): the share of the alarms that are right."""
        return ratio(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> Floats:
        """(K,): the share of the positives that are found."""
        return ratio(self.hits, self.positives)

    @property
    def false_alarm_rate(self) -> Floats:
        """(K,): the share of the negatives that raise an alarm."""
        return ratio(self.false_alarms, self.negatives)

    @property
    def average_precision(self) -> float:
        """Precision, weighted by the recall that each threshold adds; nothing is interpolated."""
        return float((np.diff(self.recall, prepend=0) * self.precision).sum())

    @property
    def roc_auc(self) -> float:
        """The chance that a positive scores above a negative, where a tie is half a win."""
        return float(np.trapezoid(np.append(0, self.recall), np.append(0, self.false_alarm_rate)))

    def f_beta(self, beta: float) -> Floats:
        """(K,): recall counts `beta` times as much as precision. Raises UsageError unless beta is positive."""
        _check_beta(beta)
        return ratio((1 + beta**2) * self.hits, beta**2 * self.positives + self.hits + self.false_alarms)

    def to_json(self) -> dict[str, object]:
        """Every point of the curves; rates are shares, 0 to 1, null where undefined."""
        columns = {
            "threshold": self.thresholds,
            "precision": self.precision,
            "recall": self.recall,
            "false_alarm_rate": self.false_alarm_rate,
        }
        return {
            "positives": self.positives,
            "negatives": self.negatives,
            "average_precision": known(self.average_precision),
            "roc_auc": known(self.roc_auc),
            "points": {name: [known(value) for value in values] for name, values in columns.items()},
        }


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What one threshold does to some clips; shares are None where there is nothing to divide by."""

    threshold: float
    beta: float
    hits: int
    false_alarms: int
    missed: int
    precision: float | None
    recall: float | None
    false_alarm_rate: float | None
    f_beta: float | None


@dataclass(frozen=True, slots=True, eq=False)
class DetectorReport:
    """`point` is at a threshold chosen elsewhere. `confidence` is empty where all clips are of one group."""

    curves: Curves
    point: OperatingPoint
    confidence: dict[str, Interval]

    def to_json(self) -> dict[str, object]:
        return {
            "operating_point": asdict(self.point),
            "confidence": {name: interval.to_json() for name, interval in self.confidence.items()},
            **self.curves.to_json(),
        }


def curves(scores: Floats, truth: Bools) -> Curves:
    """From `scores` (N,), the higher the likelier, and `truth` (N,). Raises UsageError unless both fit."""
    scores, truth = np.asarray(scores, np.float64), np.asarray(truth, np.bool_)
    if scores.ndim != 1 or scores.shape != truth.shape or not len(scores) or not np.isfinite(scores).all():
        got = f"scores {scores.shape}, truth {truth.shape}, {(~np.isfinite(scores)).sum()} scores are not finite"
        raise UsageError("curves need a finite score and a truth for each clip", got=got, allowed="(N,) both, N > 0")
    order = np.argsort(-scores, kind="stable")
    ordered, right = scores[order], truth[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    hits = np.cumsum(right, dtype=np.int64)[last]
    return Curves(ordered[last], hits, last + 1 - hits, int(right.sum()), int((~right).sum()))


def operating_point(scores: Floats, truth: Bools, threshold: float, *, beta: float = 1.0) -> OperatingPoint:
    """What `threshold` does to `scores` (N,) and `truth` (N,). Raises UsageError unless beta is positive."""
    _check_beta(beta)
    alarms, truth = np.asarray(scores) >= threshold, np.asarray(truth, np.bool_)
    hits, false_alarms, missed = int((alarms & truth).sum()), int((alarms & ~truth).sum()), int((~alarms & truth).sum())
    weighted = (1 + beta**2) * hits
    return OperatingPoint(
        threshold=float(threshold),
        beta=beta,
        hits=hits,
        false_alarms=false_alarms,
        missed=missed,
        precision=_share(hits, hits + false_alarms),
        recall=_share(hits, hits + missed),
        false_alarm_rate=_share(false_alarms, int((~truth).sum())),
        f_beta=_share(weighted, weighted + false_alarms + beta**2 * missed),
    )


def best_threshold(scores: Floats, truth: Bools, beta: float = 1.0) -> OperatingPoint:
    """The point of the highest F-beta, from `scores` (N,) and `truth` (N,); of equals that with the fewest alarms.

    The threshold lies mid-way between the lowest score that should raise an alarm and the next below, so that it is as
    far as can be from both; it is the lowest score itself where all should. Raises UsageError without a positive,
    and for arrays that do not fit.
    """
    sweep = curves(scores, truth)
    if not sweep.positives:
        raise UsageError("a threshold cannot be chosen without a positive clip", got=f"{sweep.negatives} negatives")
    best = int(sweep.f_beta(beta).argmax())
    upper, lower = sweep.thresholds[[best, min(best + 1, len(sweep.thresholds) - 1)]]
    middle = lower + (upper - lower) / 2
    # Between neighbouring floats there is nothing, and the lower one would raise an alarm too.
    return operating_point(scores, truth, float(middle if middle > lower else upper), beta=beta)


def evaluate_detector(
    scores: Floats,
    truth: Bools,
    *,
    threshold: float,
    beta: float = 1.0,
    groups: Sequence[Hashable] = (),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> DetectorReport:
    """`scores` (N,) against `truth` (N,), with a threshold chosen on other clips, or its figures flatter.

    `groups` names the film, person or place of each clip, by which the intervals are drawn; without any, each clip is
    its own. Raises UsageError for arrays that do not fit.
    """
    scores, truth = np.asarray(scores, np.float64), np.asarray(truth, np.bool_)
    whole = curves(scores, truth)

    def headline(rows: Ints) -> dict[str, float]:
        drawn = curves(scores[rows], truth[rows])
        point = operating_point(scores[rows], truth[rows], threshold, beta=beta)
        f_beta = math.nan if point.f_beta is None else point.f_beta
        return {"average_precision": drawn.average_precision, "roc_auc": drawn.roc_auc, "f_beta": f_beta}

    confidence = bootstrap(headline, groups or range(len(scores)), resamples=resamples, seed=seed)
    return DetectorReport(whole, operating_point(scores, truth, threshold, beta=beta), confidence)


def _check_beta(beta: float) -> None:
    if not 0 < beta < math.inf:
        raise UsageError("F-beta needs a positive beta", got=beta, allowed="1; 2 where misses are worse")


def _share(part: float, whole: float) -> float | None:
    return known(float(ratio(part, whole)))
