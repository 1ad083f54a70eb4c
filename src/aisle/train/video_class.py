"""The category of a whole video, from what describes it for a search: a linear classifier in the collection's space.

Every figure is of videos of groups that the judged classifier had not seen; the space, which weighs objects by how many
videos show them, is fitted on the same videos as the classifier.

Shapes: N videos, D numbers each, C categories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from aisle.core import Example, LabelSet, Progress, UnknownNameError, silent
from aisle.data.splits import Split, folds
from aisle.evaluate.classify import ClassificationReport, evaluate_clips
from aisle.search.space import Block, Space, fit
from aisle.train.calibrate import calibrated

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

KINDS = ("logistic", "svm")
"""Logistic regression, and a linear support vector machine, of scikit-learn."""

STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)
"""How little they are held back (C), of which folds inside the training part choose."""

_INNER = 3


@dataclass(frozen=True, slots=True, eq=False)
class Readout:
    """Logits (N, C) are units (N, D) in `space` times `weights` (D, C), plus `bias` (C,)."""

    space: Space
    weights: Floats
    bias: Floats

    def logits(self, raw: Floats) -> Floats:
        """(N, C) of raw rows (N, D)."""
        found: Floats = self.space.apply(raw) @ self.weights + self.bias
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """`readout` of all videos, calibrated on what folds left out; `report` is of those, and `rows` (N, C) are their
    probabilities.
    """

    readout: Readout
    report: ClassificationReport
    rows: Floats
    strength: float


def learn(
    raw: Floats,
    examples: Sequence[Example],
    labels: LabelSet,
    blocks: Sequence[Block],
    *,
    kind: str = KINDS[0],
    parts: int = 5,
    seed: int = 0,
    progress: Progress = silent,
) -> Learnt:
    """From raw rows (N, D) of `examples`, judged in `parts` folds by group, or as many as there are groups.

    Raises UnknownNameError for another kind, and what `folds` raises.
    """
    if kind not in KINDS:
        raise UnknownNameError("classifier of videos", kind, KINDS)
    targets = np.array([labels.index(example.label) for example in examples])
    places = {example.name: at for at, example in enumerate(examples)}
    logits = np.zeros((len(examples), len(labels)), np.float32)
    splits = folds(examples, min(parts, len({example.group for example in examples})), seed)
    for number, split in enumerate(splits):
        known, kept = _places(split.train, places), _places(split.kept, places)
        strength = _strength(raw, examples, known, targets, labels, blocks, kind, seed)
        readout = _fitted(raw[known], targets[known], len(labels), blocks, kind, strength, seed)
        logits[kept] = readout.logits(raw[kept])
        progress(number + 1, len(splits))
    everyone = np.arange(len(examples))
    strength = _strength(raw, examples, everyone, targets, labels, blocks, kind, seed)
    readout = _fitted(raw, targets, len(labels), blocks, kind, strength, seed)
    fine = calibrated(torch.from_numpy(logits), torch.from_numpy(targets))
    scale, shift = float(fine.scale), fine.shift.numpy()
    shares = torch.softmax(fine(torch.from_numpy(logits)), 1).numpy()
    groups = [example.group for example in examples]
    report = evaluate_clips(shares.astype(np.float64), targets, labels, groups=groups)
    whole = Readout(readout.space, readout.weights * scale, (readout.bias * scale + shift).astype(np.float32))
    return Learnt(whole, report, shares, strength)


def _places(examples: Sequence[Example], places: dict[str, int]) -> Numbers:
    return np.array([places[example.name] for example in examples], np.int64)


def _strength(
    raw: Floats,
    examples: Sequence[Example],
    known: Numbers,
    targets: Numbers,
    labels: LabelSet,
    blocks: Sequence[Block],
    kind: str,
    seed: int,
) -> float:
    """Which of `STRENGTHS` names most of what folds by group within `known` leave out; the middle one where there are
    too few groups for folds.
    """
    some = [examples[at] for at in known.tolist()]
    inner = _inner(some, seed)
    if not inner:
        return STRENGTHS[len(STRENGTHS) // 2]
    places = {example.name: at for example, at in zip(some, known.tolist(), strict=True)}
    right = dict.fromkeys(STRENGTHS, 0)
    for split in inner:
        learnt, kept = _places(split.train, places), _places(split.kept, places)
        for strength in STRENGTHS:
            readout = _fitted(raw[learnt], targets[learnt], len(labels), blocks, kind, strength, seed)
            right[strength] += int((readout.logits(raw[kept]).argmax(1) == targets[kept]).sum())
    return max(STRENGTHS, key=lambda strength: right[strength])


def _inner(examples: Sequence[Example], seed: int) -> Sequence[Split]:
    from aisle.core import AisleError

    try:
        return folds(examples, _INNER, seed)
    except AisleError:
        return ()


def _fitted(
    raw: Floats, targets: Numbers, classes: int, blocks: Sequence[Block], kind: str, strength: float, seed: int
) -> Readout:
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    space = fit(raw, blocks)
    made = (
        LogisticRegression(C=strength, max_iter=1000, class_weight="balanced")
        if kind == "logistic"
        else LinearSVC(C=strength, class_weight="balanced", random_state=seed, max_iter=5000)
    )
    made.fit(space.apply(raw), targets)
    weights = np.zeros((space.width, classes), np.float32)
    bias = np.full(classes, -1e3, np.float32)  # of a category that is not among these
    if len(made.classes_) == 2:
        weights[:, made.classes_[1]], bias[made.classes_] = made.coef_[0], [0, made.intercept_[0]]
    else:
        weights[:, made.classes_], bias[made.classes_] = made.coef_.T, made.intercept_
    return Readout(space, weights, bias)
