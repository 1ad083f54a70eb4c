"""Measures of found boxes: COCO's average precision, and what comes of one score from where on a box counts.

Lin et al.: Microsoft COCO. ECCV 2014, and its evaluation's rules: of each picture and class the hundred surest; the
surest first takes the true box that it overlaps most, if that is free and overlaps enough; the precision at 101
recalls, each the best at that recall or a higher one; the mean over overlaps .5 to .95. A class without a true box does
not count.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from aisle.core import LabelSet, UsageError
from aisle.core.boxed import BoxedPicture
from aisle.core.boxes import intersection_over_union
from aisle.core.detections import Detections
from aisle.evaluate.bootstrap import Interval, bootstrap
from aisle.evaluate.confusion import Confusion
from aisle.evaluate.figures import Bools, Floats, Ints, known, mean, ratio

OVERLAPS: Floats = np.linspace(0.5, 0.95, 10)
RECALLS: Floats = np.linspace(0, 1, 101)
MOST = 100
HIT = 0.5
"""The overlap from which on a box is found, where one is chosen."""

NOTHING = "(nothing)"
"""In the confusion: no box there."""

RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class BoxFigures:
    """Of one class, or of all: shares, 0 to 1, None where undefined. `boxes` are the true ones, `found` those with at
    least the score; `mean_iou` is how far found boxes and their true ones overlap, over the hits.
    """

    label: str
    boxes: int
    found: int
    ap50: float | None
    ap50_95: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    mean_iou: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """By falling `scores` (N,): the `precision` and `recall` (N,) of all boxes with at least so much."""

    scores: Floats
    precision: Floats
    recall: Floats

    def best(self) -> float:
        """The score with the highest F1, half-way to the next lower one; .5 where nothing was found."""
        if not len(self.scores):
            return 0.5
        f1 = ratio(2 * self.precision * self.recall, self.precision + self.recall)
        place = int(np.nan_to_num(f1).argmax())
        below = self.scores[place + 1] if place + 1 < len(self.scores) else self.scores[place] / 2
        return float(np.clip((self.scores[place] + below) / 2, 0.01, 0.99))


@dataclass(frozen=True, slots=True, eq=False)
class DetectionReport:
    """`all` pools precision, recall and overlap over classes, its average precisions are the means over classes.
    `confusion` ends with NOTHING: its row counts boxes where nothing is, its column true boxes that were missed.
    `confidence` has intervals of the average precisions, drawn by groups; empty where there is but one.
    """

    pictures: int
    score: float
    all: BoxFigures
    per_class: tuple[BoxFigures, ...]
    confusion: Confusion
    sweep: Sweep
    confidence: Mapping[str, Interval]

    def to_json(self) -> dict[str, object]:
        return {
            "pictures": self.pictures,
            "score": self.score,
            **{name: value for name, value in asdict(self.all).items() if name != "label"},
            "confidence": {name: interval.to_json() for name, interval in self.confidence.items()},
            "per_class": [asdict(one) for one in self.per_class],
            "confusion": self.confusion.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Look:
    """A picture with its boxes drawn in, a JPEG, and what it shows."""

    caption: str
    jpeg: bytes


def evaluate_boxes(
    truth: Sequence[BoxedPicture],
    found: Sequence[Detections],
    labels: LabelSet,
    *,
    score: float | None = None,
    groups: Sequence[Hashable] = (),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> DetectionReport:
    """`found` is what was found in each picture of `truth`, down to low scores, as average precision needs them.

    `score` is from where on a box counts for all other figures; None is the one with the highest F1, which flatters.
    `groups` names the place of each picture, by which intervals are drawn; without any, each is its own. Raises
    UsageError where not each picture has its answer, and UnknownNameError for a label that is not among `labels`.
    """
    if len(truth) != len(found) or len(groups) not in (0, len(truth)) or not truth:
        got = f"{len(truth)} pictures, {len(found)} answers, {len(groups)} groups"
        raise UsageError("every picture has one answer", got=got, allowed="as many of each, 1 or more")
    for picture, things in zip(truth, found, strict=True):
        for label in {*picture.labels, *things.labels}:
            labels.index(label)
    matches = [_matches(truth, found, label) for label in labels]
    sweep = _sweep(matches)
    chosen = sweep.best() if score is None else score
    per_class = tuple(_figures(label, one, chosen) for label, one in zip(labels, matches, strict=True))

    def means(rows: Ints) -> dict[str, float]:
        drawn = np.array([_average_precision(one, rows) for one in matches])
        return {"ap50": mean(drawn[:, 0]), "ap50_95": mean(drawn.mean(1))}

    return DetectionReport(
        pictures=len(truth),
        score=chosen,
        all=_pooled(per_class, matches, chosen),
        per_class=per_class,
        confusion=_confusion(truth, found, labels, chosen),
        sweep=sweep,
        confidence=bootstrap(means, groups or range(len(truth)), resamples=resamples, seed=seed),
    )


# --- one class


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """What was found of a class in one picture, the surest first: scores (D,), which of them are hits at each of
    OVERLAPS (10, D), how far they overlap at the first of these (D,), and how many true boxes there are.
    """

    scores: Floats
    hits: Bools
    overlap: Floats
    true: int


def _matches(truth: Sequence[BoxedPicture], found: Sequence[Detections], label: str) -> list[_Picture]:
    return [_match(one, things, label) for one, things in zip(truth, found, strict=True)]


def _match(picture: BoxedPicture, things: Detections, label: str) -> _Picture:
    own = things.labelled(label)
    order = np.argsort(-own.boxes.scores, kind="stable")[:MOST]
    true = picture.corners[[name == label for name in picture.labels]]
    shares = intersection_over_union(own.boxes.corners[order], true)
    hits, overlap = np.zeros((len(OVERLAPS), len(order)), bool), np.zeros(len(order))
    for level, least in enumerate(OVERLAPS):
        free = np.ones(len(true), bool)
        for row, share in enumerate(shares):
            fit = np.flatnonzero(free & (share >= min(least, 1 - 1e-10)))
            if len(fit):
                taken = fit[::-1][share[fit[::-1]].argmax()]  # of equal ones the last, as COCO's own code
                free[taken], hits[level, row] = False, True
                if level == 0:
                    overlap[row] = share[taken]
    return _Picture(own.boxes.scores[order].astype(np.float64), hits, overlap, len(true))


def _average_precision(pictures: Sequence[_Picture], rows: Ints | None = None) -> Floats:
    """(10,) at each of OVERLAPS; nan without a true box. `rows` are pictures, drawn with repetition."""
    drawn = pictures if rows is None else [pictures[row] for row in rows]
    true = sum(one.true for one in drawn)
    if not true:
        return np.full(len(OVERLAPS), np.nan)
    order = np.argsort(-np.concatenate([one.scores for one in drawn]), kind="stable")
    hits = np.concatenate([one.hits for one in drawn], axis=1)[:, order].cumsum(1)
    recall = hits / true
    precision = hits / (np.arange(hits.shape[1]) + 1)
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    padded = np.column_stack([best, np.zeros(len(OVERLAPS))])
    return np.array([padded[row, np.searchsorted(recall[row], RECALLS)].mean() for row in range(len(OVERLAPS))])


def _figures(label: str, pictures: Sequence[_Picture], score: float) -> BoxFigures:
    precisions = _average_precision(pictures)
    counted = _counted(pictures, score)
    return BoxFigures(
        label,
        boxes=counted.true,
        found=counted.found,
        ap50=known(float(precisions[0])),
        ap50_95=known(float(precisions.mean())),
        **counted.shares(),
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    true: int
    found: int
    hits: int
    overlap: float

    def shares(self) -> dict[str, float | None]:
        parts = {
            "precision": ratio(self.hits, self.found),
            "recall": ratio(self.hits, self.true),
            "f1": ratio(2 * self.hits, self.true + self.found),
            "mean_iou": ratio(self.overlap, self.hits),
        }
        return {name: known(float(value)) for name, value in parts.items()}


def _counted(pictures: Sequence[_Picture], score: float) -> _Counted:
    sure = [one.scores >= score for one in pictures]
    hits = sum(int(one.hits[0, keep].sum()) for one, keep in zip(pictures, sure, strict=True))
    overlap = math.fsum(float(one.overlap[keep].sum()) for one, keep in zip(pictures, sure, strict=True))
    return _Counted(sum(one.true for one in pictures), int(sum(keep.sum() for keep in sure)), hits, overlap)


# --- all classes


def _pooled(per_class: Sequence[BoxFigures], matches: Sequence[Sequence[_Picture]], score: float) -> BoxFigures:
    counted = _counted([picture for one in matches for picture in one], score)
    means = {
        name: known(mean(np.array([getattr(one, name) for one in per_class], np.float64)))
        for name in ("ap50", "ap50_95")
    }
    return BoxFigures("all classes", boxes=counted.true, found=counted.found, **means, **counted.shares())


def _sweep(matches: Sequence[Sequence[_Picture]]) -> Sweep:
    pictures = [picture for one in matches for picture in one]
    scores = np.concatenate([one.scores for one in pictures])
    order = np.argsort(-scores, kind="stable")
    hits = np.concatenate([one.hits[0] for one in pictures])[order].cumsum()
    last = np.append(np.diff(scores[order]) != 0, True) if len(order) else np.zeros(0, bool)
    true = sum(one.true for one in pictures)
    precision, recall = ratio(hits, np.arange(len(order)) + 1), ratio(hits, true)
    return Sweep(scores[order][last], precision[last], recall[last])


def _confusion(truth: Sequence[BoxedPicture], found: Sequence[Detections], labels: LabelSet, score: float) -> Confusion:
    """True and found boxes that overlap enough are paired, those of one class first, then those that overlap most."""
    named = LabelSet((*labels, NOTHING))
    counts = np.zeros((len(named), len(named)), np.int64)
    for picture, things in zip(truth, found, strict=True):
        sure = things.only(things.boxes.scores >= score)
        true, said = ([labels.index(name) for name in one] for one in (picture.labels, sure.labels))
        pairs = _pairs(intersection_over_union(picture.corners, sure.boxes.corners), np.array(true), np.array(said))
        for row, column in pairs.items():
            counts[true[row], said[column]] += 1
        for row in set(range(len(true))) - set(pairs):
            counts[true[row], -1] += 1
        for column in set(range(len(said))) - set(pairs.values()):
            counts[-1, said[column]] += 1
    return Confusion(named, counts)


def _pairs(shares: Floats, true: Ints, said: Ints) -> dict[int, int]:
    if not shares.size:
        return {}
    same = true[:, None] == said[None]
    rows, columns = np.nonzero(shares >= HIT)
    order = np.lexsort((-shares[rows, columns], ~same[rows, columns]))
    pairs: dict[int, int] = {}
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in pairs and column not in pairs.values():
            pairs[row] = column
    return pairs
