"""A recogniser of products on a network's features, in closed form: linear discriminants, or the nearest point.

Features are turned so that pictures of one product differ as much in every direction as in any other (the whitening of
a discriminant whose covariance is shrunk; Friedman, JASA 1989). There each product is the mean of its pictures, and the
nearest mean answers. A product that is added later is one more mean, and nothing else changes.

Every figure is of pictures that look unlike those learnt from: see `by_look`.

Shapes: N pictures, V views of each, D features, C products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from aisle.core import LabelSet, UsageError
from aisle.evaluate.bootstrap import Interval, bootstrap
from aisle.evaluate.classify import ClassificationReport, evaluate_clips
from aisle.models.product_readout import Floats, Nearness, Readout, likelihoods

Numbers = npt.NDArray[np.int64]

SHRINK = 0.05
"""Of the covariance towards a sphere; chosen on grocery_store's training pictures by `by_look` (docs/log.md)."""

LOST = 0.05
"""So many of the right answers may become unknown by the threshold."""

FOLDS = 4
_LOOKS = 6
"""A product's pictures are parted into so many heaps of like ones, which are kept together."""

MOST = 0.9
"""Whoever is so sure is never called unknown."""

_TIMES, _PULL = np.exp(np.linspace(np.log(1e-2), np.log(1e3), 231)), 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """`views` (N, V, D) are the features of each picture; those of the first `asked` views, averaged, are what a
    picture is named by. `targets` (N,) are products.
    """

    views: Floats
    targets: Numbers
    asked: int = 1

    @property
    def features(self) -> Floats:
        """(N, D), as a picture is asked about."""
        found: Floats = self.views[:, : self.asked].mean(axis=1)
        return found

    def only(self, chosen: npt.NDArray[np.bool_]) -> Seen:
        """The pictures that `chosen` (N,) points at."""
        return replace(self, views=self.views[chosen], targets=self.targets[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """`report` is of N pictures that the judged readout had not learnt from, `coarse` the share of them whose kind of
    product is right, with its interval; None where no kinds are known.

    `kept` is the share of the right answers that reach the threshold, `refused` that of pictures which do not where
    the picture's own product is taken from the list; both 0 to 1.
    """

    report: ClassificationReport
    coarse: float | None
    coarse_confidence: Interval | None
    kept: float
    refused: float

    def measured(self) -> dict[str, object]:
        """For a card: shares, and the intervals of the first three."""
        shares = {"top1": self.report.top1, "coarse": self.coarse, "top5": self.report.top5}
        shares |= {"calibration_error": self.report.calibration_error}
        shares |= {"unknown_refused": self.refused, "kept_by_threshold": self.kept}
        spans = self.intervals()
        found: dict[str, object] = {name: round(value, 4) for name, value in shares.items() if value is not None}
        return found | {f"{name} 95%": [round(one.low, 4), round(one.high, 4)] for name, one in spans.items()}

    def intervals(self) -> dict[str, Interval]:
        """Of the report's headlines and of coarse, as far as they are known."""
        coarse = {"coarse": self.coarse_confidence} if self.coarse_confidence else {}
        return {**self.report.confidence, **coarse}


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """`judged` is None where no product has pictures that look different."""

    readout: Readout
    threshold: float
    judged: Judged | None


def learn(seen: Seen, labels: LabelSet, coarse: Sequence[str], nearness: Nearness, *, shrink: float = SHRINK) -> Learnt:
    """A readout of all pictures, with the scale and the threshold that fit what folds by look left out."""
    folds = by_look(seen.features, seen.targets)
    held = np.flatnonzero(folds >= 0)
    readout = fit(seen, len(labels), nearness, shrink=shrink)
    if not len(held):
        return Learnt(readout, 0.0, None)
    logits = np.zeros((len(seen.targets), len(labels)), np.float32)
    for fold in range(FOLDS):
        out = folds == fold
        if out.any():
            logits[out] = fit(seen.only(~out), len(labels), nearness, shrink=shrink).logits(seen.features[out])
    return settled(readout, logits[held], seen.targets[held], labels, coarse)


def settled(readout: Readout, logits: Floats, targets: Numbers, labels: LabelSet, coarse: Sequence[str]) -> Learnt:
    """The readout with the scale and the threshold that fit `logits` (N, C) of pictures that it had not learnt from."""
    scale = scaled(logits, targets)
    calibrated = logits * np.float32(scale)
    threshold = _threshold(calibrated, targets)
    judged = judge(calibrated, targets, labels, coarse, threshold)
    return Learnt(replace(readout, scale=readout.scale * scale), threshold, judged)


def scaled_to(readout: Readout, seen: Seen) -> Readout:
    """With the scale that fits what it learnt from: to go on learning with, not to believe."""
    return replace(readout, scale=scaled(readout.logits(seen.features), seen.targets))


def fit(seen: Seen, classes: int, nearness: Nearness, *, shrink: float = SHRINK) -> Readout:
    """The readout with scale 1. Every product must have a picture; each view counts as one.

    Raises UsageError for a product without any.
    """
    rows = seen.views.reshape(-1, seen.views.shape[2]).astype(np.float64)
    targets = np.repeat(seen.targets, seen.views.shape[1])
    counts = np.bincount(targets, minlength=classes)
    if not counts.all():
        raise UsageError("every product has a picture", got=f"none of number {int(counts.argmin())}")
    means = np.stack([rows[targets == one].mean(0) for one in range(classes)])
    inside = rows - means[targets]
    spread, directions = np.linalg.eigh(inside.T @ inside / len(rows))
    mean = max(float(spread.mean()), 1e-12)  # a single picture without views does not spread at all
    turn = directions / np.sqrt((1 - shrink) * np.maximum(spread, 0) + shrink * mean)
    centre = rows.mean(0)
    floats = [array.astype(np.float32) for array in (centre, turn, (means - centre) @ turn)]
    return Readout(nearness, floats[0], floats[1], floats[2], 1.0)


def added(readout: Readout, seen: Seen, classes: int) -> Readout:
    """With a point for each of the `classes` new products that `seen` shows, numbered from 0."""
    means = [seen.views[seen.targets == one].reshape(-1, seen.views.shape[2]).mean(0) for one in range(classes)]
    return readout.with_points(readout.turned(np.stack(means).astype(np.float32)))


def scaled(logits: Floats, targets: Numbers) -> float:
    """What to multiply `logits` by so that their softmax can be taken at its word (Guo et al., ICML 2017)."""
    further = logits - logits[np.arange(len(targets)), targets][:, None]
    usual = 1 / max(float(np.abs(logits).max()), 1e-9)

    def surprise(times: float) -> float:
        raised = np.float32(times * usual) * further
        top = raised.max(1)
        likely = top + np.log(np.exp(raised - top[:, None]).sum(1))
        # a little pull: a few products that are easily told apart must not make it infinitely sure
        return float(likely.mean()) + _PULL * float(np.log(times)) ** 2

    return min(map(float, _TIMES), key=surprise) * usual


def by_look(features: Floats, targets: Numbers, folds: int = FOLDS) -> Numbers:
    """(N,) the fold that leaves out each picture, -1 for those of which no other picture of the product would be left.

    Pictures of a product that look alike were mostly taken at one shelf on one day, and stay together: parted at
    random, they would make a recogniser look better than it will be in another shop.
    """
    from sklearn.cluster import AgglomerativeClustering

    found = np.full(len(targets), -1, np.int64)
    for product in np.unique(targets):
        rows = np.flatnonzero(targets == product)
        if len(rows) < 2:
            continue
        heaps = AgglomerativeClustering(min(len(rows), _LOOKS), metric="cosine", linkage="average")
        heap = heaps.fit_predict(features[rows])
        sizes = np.bincount(heap)
        filled = np.zeros(folds)
        for one in np.argsort(-sizes, kind="stable"):
            # where folds are filled alike, another one for each product, so that they end up alike
            emptiest = min(range(folds), key=lambda fold: (filled[fold], (fold - product) % folds))
            found[rows[heap == one]] = emptiest
            filled[emptiest] += sizes[one]
    return found


def judge(logits: Floats, targets: Numbers, labels: LabelSet, coarse: Sequence[str], threshold: float) -> Judged:
    """Of `logits` (N, C), calibrated, of pictures that it had not learnt from; below `threshold` it says unknown."""
    shares = likelihoods(logits)
    answers, sure = shares.argmax(1), shares.max(1)
    right = answers == targets
    without = logits.copy()
    without[np.arange(len(targets)), targets] = -np.inf
    refused = float((likelihoods(without).max(1) < threshold).mean())
    kept = float((sure[right] >= threshold).mean()) if right.any() else 0.0
    report = evaluate_clips(shares.astype(np.float64), targets, labels)
    kinds = _kinds(answers, targets, coarse)
    if kinds is None:
        return Judged(report, None, None, kept, refused)
    spans = bootstrap(lambda rows: {"coarse": float(kinds[rows].mean())}, range(len(targets)))
    return Judged(report, float(kinds.mean()), spans.get("coarse"), kept, refused)


def _threshold(logits: Floats, targets: Numbers) -> float:
    shares = likelihoods(logits)
    right = shares.argmax(1) == targets
    return min(float(np.quantile(shares.max(1)[right], LOST)), MOST) if right.any() else 0.0


def _kinds(answers: Numbers, targets: Numbers, coarse: Sequence[str]) -> npt.NDArray[np.bool_] | None:
    """Whose kind of product is right; None where no kinds are known. A product of no kind is its own."""
    if not any(coarse):
        return None
    kinds = np.array([kind or f"product {number}" for number, kind in enumerate(coarse)])
    right: npt.NDArray[np.bool_] = kinds[answers] == kinds[targets]
    return right


def measure_few(
    seen: Seen, judged: Seen, classes: int, nearness: Nearness, counts: Sequence[int], *, seed: int = 0
) -> dict[int, float]:
    """Top-1 on `judged` of readouts that learnt from so many pictures of each product, drawn by `seed`."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(seen.targets))
    rank = np.zeros(len(order), np.int64)
    for product in range(classes):
        rows = order[seen.targets[order] == product]
        rank[rows] = np.arange(len(rows))
    found = {}
    for count in counts:
        few = fit(seen.only(rank < count), classes, nearness)
        found[count] = float((few.logits(judged.features).argmax(1) == judged.targets).mean())
    return found
