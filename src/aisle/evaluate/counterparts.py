"""Measures of clips that a model names in words of its own: a class of the data has one counterpart there, or several.

An answer is right where it is one of the counterparts of the clip's class. All answers of the model stand against each
other, also those that no class of the data means, so that models with the same labels are compared alike.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aisle.core import LabelSet, UnknownNameError, UsageError
from aisle.evaluate.bootstrap import Interval, bootstrap
from aisle.evaluate.confusion import count
from aisle.evaluate.figures import Floats, Ints

FIVE = 5
NONE_OF_THEM = "(none of these)"


@dataclass(frozen=True, slots=True)
class NamedReport:
    """Shares, 0 to 1, of `clips` clips. `top5` is None where the model has five answers or fewer. `macro_f1` means over
    the `classes` classes of the data that occur. `confidence` has the intervals, empty where all clips are of one
    group.
    """

    clips: int
    classes: int
    top1: float
    top5: float | None
    macro_f1: float
    confidence: Mapping[str, Interval]


def evaluate_named(
    probabilities: Floats,
    truth: Sequence[str],
    labels: LabelSet,
    counterparts: Mapping[str, Sequence[str]],
    *,
    groups: Sequence[Hashable] = (),
) -> NamedReport:
    """`probabilities` (N, C) along the model's `labels`; `truth` N classes of the data; `counterparts` the labels that
    mean a class. `groups` are as in `evaluate_clips`.

    An answer that means several classes counts for the true one where it is among them, else for the first. Raises
    UsageError for arrays that do not fit and a class without a counterpart, UnknownNameError for one that is no label.
    """
    rows = np.asarray(probabilities, np.float64)
    if rows.ndim != 2 or rows.shape != (len(truth), len(labels)) or not len(truth):
        raise UsageError(
            "probabilities are a row a clip and a column a label",
            got=f"{rows.shape} for {len(truth)} clips",
            allowed=f"(1+, {len(labels)})",
        )
    classes = LabelSet((*dict.fromkeys(truth), NONE_OF_THEM))
    meant = {name: _places(name, labels, counterparts) for name in dict.fromkeys(truth)}
    actual = np.array([classes.index(name) for name in truth], np.int64)
    ranks = np.array([_rank(row, meant[name]) for row, name in zip(rows, truth, strict=True)], np.int64)
    first = {place: classes.index(name) for name in reversed(meant) for place in meant[name].tolist()}
    elsewhere = np.array([first.get(int(best), len(meant)) for best in rows.argmax(1)], np.int64)
    said = np.where(ranks == 0, actual, elsewhere)

    def figures(drawn: Ints) -> dict[str, float]:
        counted = count(actual[drawn], said[drawn], classes)
        top5 = {"top5": float((ranks[drawn] < FIVE).mean())} if len(labels) > FIVE else {}
        return {
            "top1": float((ranks[drawn] == 0).mean()),
            **top5,
            "macro_f1": float(counted.f1[counted.support > 0].mean()),
        }

    whole = figures(np.arange(len(truth)))
    return NamedReport(
        clips=len(truth),
        classes=len(meant),
        top1=whole["top1"],
        top5=whole.get("top5"),
        macro_f1=whole["macro_f1"],
        confidence=bootstrap(figures, groups or range(len(truth))),
    )


def _places(name: str, labels: LabelSet, counterparts: Mapping[str, Sequence[str]]) -> Ints:
    """Of the labels that mean the class `name`."""
    if not counterparts.get(name):
        raise UnknownNameError("class of the data", name, counterparts, do="give it a label of the model's")
    return np.array([labels.index(label) for label in counterparts[name]], np.int64)


def _rank(row: Floats, meant: Ints) -> int:
    """How many labels that do not mean the class stand before all that do; of equals, the first stands before."""
    order = np.argsort(-row, kind="stable")
    return int(np.isin(order, meant).argmax())
