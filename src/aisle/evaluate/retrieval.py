"""Who is near whom: what the nearest known clips say of new ones, and how many of the same class are among them.

Shapes: Q queries, G clips of the gallery, D numbers a clip, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aisle.core import UsageError
from aisle.evaluate.bootstrap import Interval, bootstrap
from aisle.evaluate.figures import Bools, Floats, Ints

SHARPNESS = 1 / 0.07
"""How much more a nearer neighbour's vote counts: exp(`SHARPNESS` x cosine) (Wu et al., CVPR 2018, section 3.4)."""


def cosines(queries: Floats, gallery: Floats) -> Floats:
    """(Q, G) between rows of `queries` (Q, D) and `gallery` (G, D), -1 to 1; 0 where one of the two is nothing.

    Raises UsageError for rows of different widths.
    """
    if queries.shape[1:] != gallery.shape[1:]:
        got = f"queries {queries.shape}, gallery {gallery.shape}"
        raise UsageError("clips are compared by the same numbers", got=got, allowed="(Q, D) and (G, D)")
    found: Floats = _unit(queries) @ _unit(gallery).T
    return found


def nearest(similar: Floats, count: int) -> Ints:
    """(Q, K): the clips of the gallery that are nearest to each query, the nearest first, of two alike the first one.

    K is `count`, or all of the gallery where it has fewer. `similar` is (Q, G). Raises UsageError for an empty gallery
    or a count below 1.
    """
    if count < 1 or not similar.shape[1]:
        got = f"{count} neighbours among {similar.shape[1]} clips"
        raise UsageError("a query has neighbours", got=got, allowed="1 or more of each")
    found: Ints = np.argsort(-similar, axis=1, kind="stable")[:, :count]
    return found


def voted(similar: Floats, classes: Ints, count: int, among: int) -> Ints:
    """(Q,): the class that the `count` nearest vote for, of `among` classes; of as many votes the first class wins.

    `classes` (G,) are the gallery's.
    """
    who = nearest(similar, count)
    near = np.take_along_axis(similar, who, 1)
    weights = np.exp(SHARPNESS * (near - near[:, :1]))  # the nearest counts 1
    votes = np.zeros((len(similar), among))
    for column in range(who.shape[1]):
        np.add.at(votes, (np.arange(len(similar)), classes[who[:, column]]), weights[:, column])
    first: Ints = votes.argmax(1)
    return first


def recalled(similar: Floats, wanted: Ints, classes: Ints, count: int) -> Bools:
    """(Q,): whether one of the `count` nearest has the query's class. Its mean is recall@`count` (Jégou et al., PAMI
    2011). `wanted` (Q,) and `classes` (G,) are classes.
    """
    found: Bools = (classes[nearest(similar, count)] == wanted[:, None]).any(1)
    return found


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How good the answers to `queries` queries are, as means over them: of the first ten, `precision` is the share
    that has the query's class; `average_precision` is the mean of the precisions at every right answer, over the whole
    ranking; `first` is how often the nearest is right. `confidence` has the 95% intervals by their names, of groups
    drawn anew.
    """

    queries: int
    precision: float
    average_precision: float
    first: float
    confidence: Mapping[str, Interval]


SHOWN = 10
"""Answers that people look at."""


def retrieve(similar: Floats, classes: Ints, groups: Sequence[str], *, shown: int = SHOWN) -> Retrieval:
    """Each of N clips asks for its like among those of all other groups: `similar` is (N, N), `classes` (N,). Clips of
    whose class there are none in other groups do not ask.

    Raises UsageError where none asks.
    """
    names = np.array(groups)
    rows, askers = [], []
    for at in range(len(classes)):
        others = np.flatnonzero(names != names[at])
        right = classes[others] == classes[at]
        if right.any():
            ranked = right[np.argsort(-similar[at, others], kind="stable")]
            rows.append((ranked[:shown].mean(), _average_precision(ranked), ranked[0]))
            askers.append(groups[at])
    if not rows:
        raise UsageError("nobody can be asked for", got=f"{len(classes)} clips of {len(set(groups))} groups")
    table = np.array(rows, np.float64)

    def figures(chosen: Ints) -> dict[str, float]:
        means = table[chosen].mean(0)
        return dict(zip(("precision", "average_precision", "first"), map(float, means), strict=True))

    return Retrieval(len(rows), **figures(np.arange(len(rows))), confidence=bootstrap(figures, askers))


def _average_precision(right: Bools) -> float:
    return float((np.cumsum(right) / np.arange(1, len(right) + 1))[right].mean())


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit
