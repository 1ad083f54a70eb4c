"""What was taken for what, counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aisle.core import LabelSet
from aisle.evaluate.figures import Floats, Ints, known, ratio


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """`counts` is C x C int64, a row a true class and a column a predicted one, along `labels`.

    Its figures are shares, 0 to 1, an array of C, with nan where there is nothing to divide by: the precision of a
    class that is never predicted, the recall of one without examples, the F1 of one that is neither.
    """

    labels: LabelSet
    counts: Ints

    @property
    def support(self) -> Ints:
        """(C,): examples of each class."""
        return np.asarray(self.counts.sum(1), np.int64)

    @property
    def predicted(self) -> Ints:
        """(C,): how often each class was predicted."""
        return np.asarray(self.counts.sum(0), np.int64)

    @property
    def accuracy(self) -> float:
        return float(ratio(self.counts.trace(), self.counts.sum()))

    @property
    def precision(self) -> Floats:
        """(C,): the share of a class's predictions that are right."""
        return ratio(self.counts.diagonal(), self.predicted)

    @property
    def recall(self) -> Floats:
        """(C,): the share of a class's examples that are found."""
        return ratio(self.counts.diagonal(), self.support)

    @property
    def f1(self) -> Floats:
        """(C,): the harmonic mean of precision and recall."""
        return ratio(2 * self.counts.diagonal(), self.support + self.predicted)

    def confused(self, true: str, predicted: str) -> float | None:
        """The share of what is truly `true` that was predicted as `predicted`, 0 to 1; None without examples.

        Raises UnknownNameError for a label that is not counted here.
        """
        row, column = self.labels.index(true), self.labels.index(predicted)
        return known(float(ratio(self.counts[row, column], self.support[row])))

    @property
    def occurring(self) -> Confusion:
        """Only the classes that have examples or were predicted; all where nothing was counted."""
        there = np.flatnonzero(self.support + self.predicted).tolist()
        if not there:
            return self
        return Confusion(LabelSet(tuple(self.labels[i] for i in there)), self.counts[np.ix_(there, there)])

    def to_json(self) -> dict[str, object]:
        return {"labels": list(self.labels), "counts": self.counts.tolist()}


def count(truth: Ints, predicted: Ints, labels: LabelSet) -> Confusion:
    """From class indices (N,), each 0 to C-1."""
    size = len(labels)
    counts = np.bincount(truth * size + predicted, minlength=size * size).reshape(size, size)
    return Confusion(labels, counts.astype(np.int64))
