"""Measures of what was pointed out as unusual: told apart frame by frame, how soon, how often falsely, and where.

All take plain arrays. Scores are the higher the more unusual; truth is True where something unusual is to be seen.
Lists have one entry a video. Times are seconds.

The literature reports the area under the ROC curve of frames (Georgescu et al., TPAMI 2021; Ristea et al., CVPR 2022):
micro, of all frames of all videos joined, and macro, the mean over videos. A video whose frames are all of one kind has
no such area; those works set two invented frames around each video, a normal one with the lowest score and an unusual
one with the highest, so that an all-normal or all-unusual video counts as well, mostly with more than its due. Here
`macro` is of the videos with both kinds alone, and `anchored` follows those works, to compare with their tables. Many
works also stretch the scores of each video to 0 to 1 before they are joined, which needs the end of the video and so
cannot be done live; figures by that have a name of their own and are never the default.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction

import numpy as np

from aisle.core import UsageError
from aisle.evaluate.alarms import AlarmFigures, AtRecall, Span, Told, alarm_figures, events_at_recall
from aisle.evaluate.bootstrap import RESAMPLES, Interval, bootstrap
from aisle.evaluate.curves import curves
from aisle.evaluate.figures import Bools, Floats, Ints, known, mean
from aisle.evaluate.places import PlaceFigures

# --- told apart, frame by frame


@dataclass(frozen=True, slots=True)
class FrameFigures:
    """Shares, 0 to 1; nan where undefined: all frames normal, or all unusual. `unusual` is the share of such frames.

    `both` of the `videos` have frames of both kinds. `anchored`, and `micro_stretched` and `macro_stretched`, of scores
    that were stretched in each video, are as the literature has them.
    """

    micro: float
    macro: float
    anchored: float
    micro_stretched: float
    macro_stretched: float
    average_precision: float
    equal_error_rate: float
    unusual: float
    videos: int
    both: int


def frame_figures(scores: Sequence[Floats], truth: Sequence[Bools]) -> FrameFigures:
    """Of videos (N_v,) each. Raises UsageError where scores and truth do not fit, and without any frame."""
    _check(scores, truth)
    joined, right = np.concatenate(scores), np.concatenate(truth)
    whole = curves(joined, right)
    areas = [_area(each, kinds) for each, kinds in zip(scores, truth, strict=True)]
    even = [stretched(each) for each in scores]
    anchored = [
        _area(np.concatenate([[low], each, [high]]), np.concatenate([[False], kinds, [True]]))
        for each, kinds in zip(scores, truth, strict=True)
        for low, high in [(joined.min(), joined.max())]
    ]
    micro = whole.roc_auc if whole.negatives else math.nan
    return FrameFigures(
        micro=micro,
        macro=mean(np.array(areas)),
        anchored=mean(np.array(anchored)),
        micro_stretched=_area(np.concatenate(even), right),
        macro_stretched=mean(np.array([_area(each, kinds) for each, kinds in zip(even, truth, strict=True)])),
        average_precision=whole.average_precision,
        equal_error_rate=equal_error_rate(joined, right),
        unusual=float(right.mean()),
        videos=len(scores),
        both=sum(not math.isnan(area) for area in areas),
    )


def stretched(scores: Floats) -> Floats:
    """(N,) moved and scaled to 0 to 1; all 0 where they are all alike."""
    scores = np.asarray(scores, np.float64)
    reach = np.ptp(scores) if len(scores) else 0.0
    return (scores - scores.min()) / reach if reach > 0 else np.zeros_like(scores)


def equal_error_rate(scores: Floats, truth: Bools) -> float:
    """Where the share of normal frames that raise an alarm equals that of unusual frames that raise none, on the line
    between the two thresholds around it; nan without both kinds.
    """
    found = curves(scores, truth)
    if not found.positives or not found.negatives:
        return math.nan
    false, missed = np.append(0, found.false_alarm_rate), np.append(1, 1 - found.recall)
    after = int(np.argmax(false >= missed))
    gap = missed - false
    share = gap[after - 1] / (gap[after - 1] - gap[after])
    return float(false[after - 1] + share * (false[after] - false[after - 1]))


# --- all of it


@dataclass(frozen=True, slots=True, eq=False)
class AnomalyReport:
    """`alarms` are those at the model's own threshold, by the rules of `aisle watch`. `confidence` has the intervals of
    `micro`, `macro`, `average_precision` and `equal_error_rate`; empty where all videos are of one group.
    """

    frames: FrameFigures
    alarms: AlarmFigures
    at_recall: AtRecall
    threshold: float
    rate: Fraction | None
    places: PlaceFigures | None
    confidence: dict[str, Interval]

    def to_json(self) -> dict[str, object]:
        """Shares, 0 to 1, and seconds; null where undefined. `rate` is null where each video has its own frames."""
        return {
            "frame_auc_micro": known(self.frames.micro),
            "frame_auc_macro": known(self.frames.macro),
            "threshold": self.threshold,
            "rate": None if self.rate is None else str(self.rate),
            "frames": _plain(self.frames),
            "alarms": _plain(self.alarms)
            | {"false_per_hour": known(self.alarms.false_per_hour), "false_per_day": known(self.alarms.false_per_day)},
            "at_recall": self.at_recall.to_json(),
            "places": None if self.places is None else _plain(self.places),
            "confidence": {name: interval.to_json() for name, interval in self.confidence.items()},
        }


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """One video: `scores` and `truth` (N,), one a frame at `rate` a second; its true `events`, the `alarms` raised.

    `group` is the scene or camera.
    """

    scores: Floats
    truth: Bools
    rate: Fraction
    events: tuple[Span, ...]
    alarms: tuple[Told, ...]
    group: Hashable

    def __post_init__(self) -> None:
        _check([self.scores], [self.truth])


def evaluate_anomalies(
    videos: Sequence[Judgement],
    *,
    threshold: float,
    places: PlaceFigures | None = None,
    grace: Fraction = Fraction(0),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> AnomalyReport:
    """Raises UsageError without a video."""
    scores, truth = [one.scores for one in videos], [one.truth for one in videos]
    frames = frame_figures(scores, truth)
    rates = {one.rate for one in videos}
    rate = rates.pop() if len(rates) == 1 else None
    step = 1 / (rate or max(one.rate for one in videos))
    even = [_resampled(one.scores, one.rate, step) for one in videos]

    def headline(rows: Ints) -> dict[str, float]:
        drawn = frame_figures([scores[row] for row in rows], [truth[row] for row in rows])
        return {name: getattr(drawn, name) for name in ("micro", "macro", "average_precision", "equal_error_rate")}

    return AnomalyReport(
        frames=frames,
        alarms=alarm_figures(
            [one.events for one in videos],
            [one.alarms for one in videos],
            [len(one.scores) / one.rate for one in videos],
            grace=grace,
        ),
        at_recall=events_at_recall(even, [one.events for one in videos], step),
        threshold=threshold,
        rate=rate,
        places=places,
        confidence=bootstrap(headline, [one.group for one in videos], resamples=resamples, seed=seed),
    )


def _resampled(scores: Floats, rate: Fraction, step: Fraction) -> Floats:
    """(N,) at `rate` a second as one each `step` seconds."""
    count = int(len(scores) / rate / step)
    at = (np.arange(count) * float(step * rate)).astype(np.int64)
    return scores if step * rate == 1 else scores[np.minimum(at, len(scores) - 1)]


def _plain(figures: FrameFigures | AlarmFigures | PlaceFigures) -> dict[str, float | int | None]:
    return {name: known(value) if isinstance(value, float) else value for name, value in asdict(figures).items()}


def _check(scores: Sequence[Floats], truth: Sequence[Bools]) -> None:
    wrong = [f"{one.shape} and {two.shape}" for one, two in zip(scores, truth, strict=False) if one.shape != two.shape]
    if len(scores) != len(truth) or wrong or not scores:
        got = wrong[0] if wrong else f"{len(scores)} videos of scores, {len(truth)} of truth"
        raise UsageError("scores and truth do not fit", got=got, allowed="(N,) both for each of one video or more")


def _area(scores: Floats, truth: Bools) -> float:
    return curves(scores, truth).roc_auc if len(truth) and np.unique(truth).size == 2 else math.nan
