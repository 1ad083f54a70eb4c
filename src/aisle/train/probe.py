"""How good features are for a task: simple readers, fitted on some of the labels, judged on groups they have not seen.

A clip is the mean of its steps. Every block of numbers is standardised by the labelled clips and divided by the root of
its width, so that blocks of any width count alike at first; several are weighed as `weighed` says. All readers take the
same rows.

Shapes: N clips, D numbers a clip, C classes.
"""

from __future__ import annotations

import random
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean

import numpy as np

from aisle.core import Dataset, Example, Features, LabelSet, Progress, silent
from aisle.data.splits import Split, folds
from aisle.evaluate.figures import Floats, Ints
from aisle.evaluate.probes import DRAWS, FIRST, FIVE, LINEAR, NEIGHBOURS, SHARES, VOTES, Labelled, Outcome
from aisle.evaluate.retrieval import cosines, recalled, voted
from aisle.models.reading import LEAST

PARTS = 5
STRENGTHS = (0.1, 1.0, 10.0, 100.0)
"""Of logistic regression, the inverse of scikit-learn's penalty, for rows of about length 1."""

USUAL = 1.0
"""The strength where labels are too few to choose one."""

WEIGHTS = (1.0, 3.0, 9.0, 1 / 3, 1 / 9)
"""What a block may count for beside the first one."""

INNER = 3
"""Parts of the labelled groups in which a strength is chosen."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Draw `number` of a share of the labels: indices of examples to learn from, and of those to judge."""

    share: float
    number: int
    train: tuple[int, ...]
    kept: tuple[int, ...]


def pooled(features: Sequence[Features]) -> Floats:
    """(N, D): each clip's mean over its steps."""
    return np.stack([one.values.mean(0, dtype=np.float64) for one in features])


def parts(dataset: Dataset, seed: int = 0) -> tuple[Split, ...]:
    """What is learnt from and judged: the dataset's test split against the rest, else up to `PARTS` parts of whole
    groups, each kept aside in turn.

    Raises InputError for a class that one group alone has.
    """
    kept = tuple(example for example in dataset.examples if example.split == "test")
    if kept:
        return (Split(tuple(example for example in dataset.examples if example.split != "test"), kept),)
    groups = {example.group for example in dataset.examples}
    return folds(dataset.examples, max(min(PARTS, len(groups)), 2), seed)


def draws(examples: Sequence[Example], splits: Sequence[Split], shares: Sequence[float] = SHARES) -> tuple[Draw, ...]:
    """What each part learns from and is judged on, for each share of its labels, several times but for all of them."""
    index = {example.name: number for number, example in enumerate(examples)}

    def of(chosen: Sequence[Example]) -> tuple[int, ...]:
        return tuple(index[example.name] for example in chosen)

    return tuple(
        Draw(share, number, of(drawn(split.train, share, number)), of(split.kept))
        for share in shares
        for number in range(1 if share == 1 else DRAWS)
        for split in splits
    )


def drawn(examples: Sequence[Example], share: float, seed: int) -> tuple[Example, ...]:
    """About `share` of `examples`: whole groups in a random order, one at least, each time one with a class of which
    the fewest clips are drawn yet, so that every class has some as soon as there are as many groups.
    """
    if share == 1:
        return tuple(examples)
    members = defaultdict(list)
    for example in examples:
        members[example.group].append(example)
    left, chance = sorted(members), random.Random(seed)
    chance.shuffle(left)
    counts = dict.fromkeys(sorted({example.label for example in examples}), 0)
    order = chance.sample(sorted(counts), len(counts))
    chosen: set[str] = set()
    while left and sum(counts.values()) < max(round(share * len(examples)), 1):
        wanting = sorted(order, key=counts.__getitem__)
        group = next(
            name for label in wanting for name in left if any(example.label == label for example in members[name])
        )
        left.remove(group)
        chosen.add(group)
        for label, count in Counter(example.label for example in members[group]).items():
            counts[label] += count
    return tuple(example for example in examples if example.group in chosen)


def labelled(drawn: Sequence[Draw], classes: Ints) -> tuple[Labelled, ...]:
    """What each share comes to; `classes` (N,) are those of the examples."""
    of_share = defaultdict(list)
    for draw in drawn:
        of_share[draw.share].append(draw.train)
    return tuple(
        Labelled(share, fmean(map(len, trains)), fmean(len(set(classes[list(one)].tolist())) for one in trains))
        for share, trains in of_share.items()
    )


def probe(
    blocks: Sequence[Floats],
    examples: Sequence[Example],
    labels: LabelSet,
    drawn: Sequence[Draw],
    *,
    progress: Progress = silent,
) -> tuple[Outcome, ...]:
    """What readers of `blocks`, each (N, any) with a row for each of `examples`, get right with each share, of the
    examples that are judged, in their order. `progress` counts draws.
    """
    classes = np.array([labels.index(example.label) for example in examples])
    groups = [example.group for example in examples]
    judged = sorted({row for draw in drawn for row in draw.kept})
    right: dict[tuple[str, float], Floats] = {}
    for done, draw in enumerate(drawn):
        progress(done, len(drawn))
        for measure, found in _read(blocks, classes, groups, len(labels), draw).items():
            kept = right.setdefault((measure, draw.share), np.zeros((_count(drawn, draw.share), len(examples))))
            kept[draw.number, list(draw.kept)] = found
    progress(len(drawn), len(drawn))
    return tuple(Outcome(measure, share, found[:, judged]) for (measure, share), found in right.items())


def _count(drawn: Sequence[Draw], share: float) -> int:
    return 1 + max(draw.number for draw in drawn if draw.share == share)


def _read(
    blocks: Sequence[Floats], classes: Ints, groups: Sequence[str], among: int, draw: Draw
) -> dict[str, np.ndarray]:
    """Which of the judged clips each reader gets right, (judged,)."""
    known, wanted = classes[list(draw.train)], classes[list(draw.kept)]
    learnt, judged = standardised(blocks, draw.train, draw.kept)
    among_these = [groups[row] for row in draw.train]
    weights = weighed(learnt, known, among_these)
    train, kept = (
        np.concatenate([w * one for w, one in zip(weights, part, strict=True)], 1) for part in (learnt, judged)
    )
    similar = cosines(kept, train)
    named = linear(train, known, among_these)
    return {
        LINEAR: named(kept) == wanted,
        VOTES: voted(similar, known, NEIGHBOURS, among) == wanted,
        FIRST: recalled(similar, wanted, known, 1),
        FIVE: recalled(similar, wanted, known, 5),
    }


def standardised(
    blocks: Sequence[Floats], train: Sequence[int], kept: Sequence[int]
) -> tuple[list[Floats], list[Floats]]:
    """The rows `train` and `kept` of each block, as the head of this file says."""
    learnt, judged = [], []
    for block in blocks:
        mine = block[list(train)]
        mean, spread = mine.mean(0), mine.std(0)
        scale = np.where(spread > LEAST, spread, np.inf) * block.shape[1] ** 0.5  # what never changes says nothing
        learnt.append((mine - mean) / scale)
        judged.append((block[list(kept)] - mean) / scale)
    return learnt, judged


def weighed(blocks: Sequence[Floats], classes: Ints, groups: Sequence[str]) -> tuple[float, ...]:
    """What each of the standardised `blocks` of the labelled clips is multiplied with: that with which a clip's nearest
    clip of another group is most often of its class; of several the most even.
    """
    if len(blocks) == 1:
        return (1.0,)
    names = np.array(groups)
    apart = np.where(names[:, None] == names, -np.inf, 0.0)
    inner = [block @ block.T for block in blocks]
    best, most = (1.0,) * len(blocks), -1
    for others in product(WEIGHTS, repeat=len(blocks) - 1):
        weights = (1.0, *others)
        products = sum(weight**2 * one for weight, one in zip(weights, inner, strict=True))
        lengths = np.sqrt(np.diag(products)).clip(LEAST)
        hits = int(recalled(products / np.outer(lengths, lengths) + apart, classes, classes, 1).sum())
        best, most = (weights, hits) if hits > most else (best, most)
    return best


# --- the linear probe

Name = Callable[[Floats], Ints]
"""Rows (any, D) to their likeliest classes."""


def linear(rows: Floats, classes: Ints, groups: Sequence[str]) -> Name:
    """Multinomial logistic regression; its strength is the one that names the most of labelled groups kept aside, of
    several the weakest, `USUAL` where there is nothing to choose by.
    """
    axes = _axes(rows)
    turned = rows @ axes
    name = _fitted(turned, classes, _strength(turned, classes, groups))
    return lambda new: name(new @ axes)


def _axes(rows: Floats) -> Floats:
    """(D, at most N) orthonormal: weights of a penalised regression lie in what the rows span, so nothing is lost."""
    if rows.shape[1] <= len(rows):
        return np.eye(rows.shape[1])
    values, vectors = np.linalg.eigh(rows @ rows.T)
    kept = values > 1e-10 * max(values[-1], LEAST)
    axes: Floats = rows.T @ (vectors[:, kept] / np.sqrt(values[kept]))
    return axes


def _strength(rows: Floats, classes: Ints, groups: Sequence[str]) -> float:
    names = sorted(set(groups))
    random.Random(0).shuffle(names)
    part = {name: number % INNER for number, name in enumerate(names)}
    of = np.array([part[group] for group in groups])
    if len(names) < INNER:
        return USUAL
    hits = [sum(_hits(rows, classes, of == kept, strength) for kept in range(INNER)) for strength in STRENGTHS]
    return USUAL if len(set(hits)) == 1 else STRENGTHS[int(np.argmax(hits))]


def _hits(rows: Floats, classes: Ints, kept: np.ndarray, strength: float) -> int:
    name = _fitted(rows[~kept], classes[~kept], strength)
    return int((name(rows[kept]) == classes[kept]).sum())


def _fitted(rows: Floats, classes: Ints, strength: float) -> Name:
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(classes)) == 1 or not rows.shape[1]:
        only = int(np.bincount(classes).argmax())
        return lambda new: np.full(len(new), only)
    reader = LogisticRegression(C=strength, class_weight="balanced", max_iter=300, tol=1e-3)
    with warnings.catch_warnings():
        # it warns of many classes with few clips, and of slow descents, though no answer changes any more
        warnings.simplefilter("ignore", UserWarning)
        reader.fit(rows, classes)
    return lambda new: np.asarray(reader.predict(new))
