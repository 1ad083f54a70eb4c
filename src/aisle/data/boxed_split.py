"""Which pictures with boxes a detector learns from, and which it is judged by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from aisle.core import InputError
from aisle.core.boxed import BoxedPicture, BoxedSet

ASIDE = 5
"""One of so many pictures with boxes is kept aside where the set does not say which."""


def parted(boxes: BoxedSet, seed: int = 0) -> tuple[BoxedSet, BoxedSet]:
    """Those to learn from and those kept aside: the set's own validation split, else a fifth of what is not its test
    split, drawn with `seed` so that every class stays with what is learnt from.

    Raises InputError where that leaves nothing on one side.
    """
    own = [one for one in boxes.pictures if one.split == "validation"]
    if own:
        learnt = [one for one in boxes.pictures if one.split in ("train", "")]
    else:
        usable = [one for one in boxes.pictures if one.split != "test"]
        own = _drawn(usable, np.random.default_rng(seed))
        learnt = [one for one in usable if one not in own]
    if not own or not any(one.labels for one in learnt):
        got = f"{sum(bool(one.labels) for one in boxes.pictures)} pictures with boxes"
        do = "label more pictures: every class has to be in several"
        raise InputError(f"{boxes.folder} has too little to learn from and to judge by", got=got, do=do)
    return replace(boxes, pictures=tuple(learnt)), replace(boxes, pictures=tuple(own))


def folds(boxes: BoxedSet, count: int, seed: int = 0) -> Iterator[tuple[BoxedSet, BoxedSet]]:
    """`count` times those to learn from and those kept aside, each picture with boxes aside once; pictures without
    boxes are always learnt from. The set's own splits do not count.
    """
    shown = [one for one in boxes.pictures if one.labels]
    order = np.random.default_rng(seed).permutation(len(shown)).tolist()
    for fold in range(count):
        aside = [shown[index] for index in sorted(order[fold::count])]
        learnt = [one for one in boxes.pictures if one not in aside]
        yield replace(boxes, pictures=tuple(learnt)), replace(boxes, pictures=tuple(aside))


def _drawn(pictures: list[BoxedPicture], rng: np.random.Generator) -> list[BoxedPicture]:
    shown = [pictures[index] for index in rng.permutation(len(pictures)) if pictures[index].labels]
    aside: list[BoxedPicture] = []
    for one in shown:
        if len(aside) == max(len(shown) // ASIDE, 1):
            break
        others = {label for other in shown if other is not one and other not in aside for label in other.labels}
        if set(one.labels) <= others:
            aside.append(one)
    return aside
