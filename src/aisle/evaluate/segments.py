"""The MERL protocol: how well predicted runs of actions fit the true ones.

Singh et al., "A Multi-Stream Bi-Directional Recurrent Neural Network for Fine-Grained Action Detection", CVPR 2016;
the edit score and segmental F1 as in Lea et al., "Temporal Convolutional Networks for Action Segmentation and
Detection", CVPR 2017. Every figure is in percent.

- Frame accuracy: the share of the samples with the right class, background included.
- Edit: 100 * (1 - d / m), d the Levenshtein distance between the two sequences of actions, m the longer one's length.
- F1@k: each predicted run takes the true run of its class of highest overlap (IoU). It is a hit if the overlap is k or
  more and no earlier run has hit that one. Hits, false alarms and misses are added up over the classes.
- mAP: the runs of a class in the order of their scores, highest first, of equals the earlier one. A run is right if its
  mid-point lies in a true run of its class that is still free (mid-point), or overlaps one by more than a threshold
  (IoU; of several the one of highest overlap). AP adds up the precision at each hit and divides by the number of true
  runs; the mean is over the classes that have true runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aisle.evaluate.edit import edit_distance
from aisle.evaluate.figures import Bools, Floats, Ints, mean, ratio
from aisle.evaluate.runs import Runs

F1_OVERLAPS = {"f1@10": 0.10, "f1@25": 0.25, "f1@50": 0.50}
AP_OVERLAPS = {"iou@10": 0.10, "iou@50": 0.50}
AP_KINDS = ("midpoint", *AP_OVERLAPS)


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """All that the figures of some videos are made of; those of more videos are these, added up and put in a row.

    `confusion` (C, C) counts samples, rows truth. `hits` (3, C) counts the hits of F1 at each overlap. `truth` (T,)
    and `predicted` (P,) are the classes of the runs of actions, in time order, `scores` (P,) those of the predicted
    ones, and `right` (P, 3) says which are right by mid-point and by IoU.
    """

    confusion: Ints
    hits: Ints
    truth: Ints
    predicted: Ints
    scores: Floats
    right: Bools

    @property
    def true_runs(self) -> Ints:
        """(C,): true runs of each class."""
        return np.bincount(self.truth, minlength=len(self.confusion))

    @property
    def predicted_runs(self) -> Ints:
        """(C,): predicted runs of each class."""
        return np.bincount(self.predicted, minlength=len(self.confusion))

    @property
    def f1(self) -> Floats:
        """(3, C): F1 of each class at each overlap, in percent; nan for a class without any run."""
        return 100 * ratio(2 * self.hits, self.true_runs + self.predicted_runs)

    @property
    def average_precision(self) -> Floats:
        """(3, C): AP of each class by mid-point and by IoU, in percent; nan for a class without true runs."""
        order = np.argsort(-self.scores, kind="stable")
        labels, right = self.predicted[order], self.right[order]
        totals = np.stack([_precision_at_hits(right[labels == label]) for label in range(len(self.confusion))], 1)
        return 100 * ratio(totals, self.true_runs)


def tally(truth: Runs, predicted: Runs, *, classes: int, background: int) -> Tally:
    """Compares runs that cover the same samples; `classes` counts background, whose class index is `background`."""
    true_acts, acts = truth.only(truth.labels != background), predicted.only(predicted.labels != background)
    pairs = _overlapping(true_acts, acts)
    return Tally(
        confusion=_confusion(truth, predicted, classes),
        hits=np.stack([_hits(pairs, true_acts, overlap, classes) for overlap in F1_OVERLAPS.values()]),
        truth=true_acts.labels,
        predicted=acts.labels,
        scores=acts.scores,
        right=np.stack(
            [
                _right(pairs.only(pairs.midpoint), acts.scores),
                *(_right(pairs.only(pairs.overlap > overlap), acts.scores) for overlap in AP_OVERLAPS.values()),
            ],
            axis=1,
        ),
    )


def merged(tallies: Sequence[Tally]) -> Tally:
    """Of one video or more, none of whose runs goes on in the next."""
    return Tally(
        confusion=np.sum([one.confusion for one in tallies], axis=0),
        hits=np.sum([one.hits for one in tallies], axis=0),
        truth=np.concatenate([one.truth for one in tallies]),
        predicted=np.concatenate([one.predicted for one in tallies]),
        scores=np.concatenate([one.scores for one in tallies]),
        right=np.concatenate([one.right for one in tallies]),
    )


def figures(tally: Tally) -> dict[str, float]:
    """The eight by name, in percent; nan where nothing defines one: no samples, no runs, no true runs."""
    runs = len(tally.truth) + len(tally.predicted)
    f1 = 200 * ratio(tally.hits.sum(1), runs)
    return {
        "frame_accuracy": float(100 * ratio(tally.confusion.trace(), tally.confusion.sum())),
        "edit": _edit(tally.truth.tolist(), tally.predicted.tolist()),
        **dict(zip(F1_OVERLAPS, f1.tolist(), strict=True)),
        **{f"map_{kind}": mean(classes) for kind, classes in zip(AP_KINDS, tally.average_precision, strict=True)},
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Runs of one class that overlap: indices (K,) of a true and a predicted run, their IoU (K,), and whether the
    predicted one's mid-point lies in the true one (K,).
    """

    truth: Ints
    predicted: Ints
    overlap: Floats
    midpoint: Bools

    def only(self, chosen: Bools) -> _Pairs:
        return _Pairs(self.truth[chosen], self.predicted[chosen], self.overlap[chosen], self.midpoint[chosen])


def _overlapping(truth: Runs, predicted: Runs) -> _Pairs:
    """All pairs, at most one a run more than there are runs: sorted by predicted run, then the highest IoU first."""
    first = np.searchsorted(truth.ends, predicted.starts, side="right")
    counts = np.searchsorted(truth.starts, predicted.ends, side="left") - first
    p = np.repeat(np.arange(len(predicted)), counts)
    t = np.arange(len(p)) - np.repeat(np.cumsum(counts) - counts, counts) + first[p]
    shared = np.minimum(truth.ends[t], predicted.ends[p]) - np.maximum(truth.starts[t], predicted.starts[p])
    covered = np.maximum(truth.ends[t], predicted.ends[p]) - np.minimum(truth.starts[t], predicted.starts[p])
    overlap = shared / covered  # of integers, so it compares exactly with 0.1, 0.25 and 0.5
    twice = predicted.starts[p] + predicted.ends[p]
    midpoint = (2 * truth.starts[t] <= twice) & (twice < 2 * truth.ends[t])
    order = np.lexsort((t, -overlap, p))
    same = truth.labels[t[order]] == predicted.labels[p[order]]
    return _Pairs(t, p, overlap, midpoint).only(order[same])


def _hits(pairs: _Pairs, truth: Runs, overlap: float, classes: int) -> Ints:
    """(C,): true runs that are the best match of a predicted run which overlaps them enough; only the first counts."""
    _, best = np.unique(pairs.predicted, return_index=True)
    hit = np.unique(pairs.truth[best[pairs.overlap[best] >= overlap]])
    return np.bincount(truth.labels[hit], minlength=classes)


def _right(pairs: _Pairs, scores: Floats) -> Bools:
    """(P,): the predicted runs that find a true run still free, in the order of their scores."""
    rank = np.empty(len(scores), np.int64)
    rank[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    order = np.argsort(rank[pairs.predicted], kind="stable")
    right, taken = np.zeros(len(scores), np.bool_), set[int]()
    for run, true in zip(pairs.predicted[order].tolist(), pairs.truth[order].tolist(), strict=True):
        if not right[run] and true not in taken:
            right[run] = True
            taken.add(true)
    return right


def _confusion(truth: Runs, predicted: Runs, classes: int) -> Ints:
    """(C, C): samples, counted over the stretches between any two borders."""
    cuts = np.union1d(truth.starts, predicted.starts)
    lengths = np.diff(np.append(cuts, truth.ends[-1:]))
    rows = truth.labels[np.searchsorted(truth.starts, cuts, side="right") - 1]
    columns = predicted.labels[np.searchsorted(predicted.starts, cuts, side="right") - 1]
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (rows, columns), lengths)
    return counts


def _precision_at_hits(right: Bools) -> Floats:
    """(3,): the sum of the precision at each hit, from the runs of one class (R, 3), highest score first."""
    precision = np.cumsum(right, axis=0) / np.arange(1, len(right) + 1)[:, None]
    return np.asarray((precision * right).sum(0))


def _edit(truth: Sequence[int], predicted: Sequence[int]) -> float:
    longer = max(len(truth), len(predicted))
    return 100 * (1 - edit_distance(truth, predicted) / longer) if longer else math.nan
