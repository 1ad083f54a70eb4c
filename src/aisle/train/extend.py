"""A class more for a head of clips, or more clips of those it has; and what that changed for the old ones."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from aisle.core import Example, Features, InputError, LabelSet, Progress, silent
from aisle.data.splits import Split, folds
from aisle.evaluate.confusion import Confusion
from aisle.evaluate.figures import known
from aisle.models.card import Featured
from aisle.train.clips import Clips, answer, unseen
from aisle.train.fit import Trained, train_clips
from aisle.train.gradient import Run
from aisle.train.judge import confusion
from aisle.train.memory import Memory
from aisle.train.plan import Plan

ALIKE = 0.9999
"""Cosine of two clips' readings from which they are one clip: float16 rounds less, and no two clips come so near."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The recall of an old class by the old head and by the new one, 0 to 1, on the same `clips`: old ones, each of a
    group that neither had seen. None where there is no clip to compare.
    """

    label: str
    before: float | None
    after: float | None
    clips: int


@dataclass(frozen=True, slots=True)
class Added:
    """A new class on groups that the judged heads had not seen, 0 to 1. `taken` counts clips of other classes that are
    now named so, and `lost` its own that are named otherwise.
    """

    label: str
    clips: int
    groups: int
    recall: float | None
    precision: float | None
    taken: Mapping[str, int]
    lost: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Extended:
    """`clips` are the old and the new ones together, in the new order of classes."""

    trained: Trained
    clips: Clips
    kept: tuple[Kept, ...]
    added: tuple[Added, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "recall before and after": {one.label: [_round(one.before), _round(one.after)] for one in self.kept},
            "added": {
                one.label: {
                    "clips": one.clips,
                    "groups": one.groups,
                    "recall": _round(one.recall),
                    "precision": _round(one.precision),
                    "taken from": dict(one.taken),
                    "lost to": dict(one.lost),
                }
                for one in self.added
            },
        }


def remembered(memory: Memory, labels: LabelSet, place: Path) -> Clips:
    """What a bundle's head learnt from; `place` is the bundle. Raises InputError for a class without clips."""
    examples = tuple(
        Example(name, place, group, label=label, place=str(place))
        for name, group, label in zip(memory.names, memory.groups, memory.labels, strict=True)
    )
    _check_classes({example.label for example in examples}, labels, place)
    plain, *others = torch.from_numpy(memory.views.astype(np.float32))
    return Clips(examples, labels, plain, tuple(others))


def relabelled(found: LabelSet, labels: LabelSet, place: Path) -> LabelSet:
    """The classes `found` in the old data at `place` in the old head's order. Raises InputError where it has others."""
    _check_classes(set(found), labels, place)
    return labels


def extend(
    old: Clips,
    new: Clips,
    plan: Plan,
    card: Featured,
    *,
    samples: Sequence[Features],
    window: int,
    run: Run | None = None,
    progress: Progress = silent,
) -> Extended:
    """A head of `plan` on both; old classes come first, in their order. Classes may be in both, groups as well.

    Raises InputError when every new clip is known already, or one has another class than it had.
    """
    fresh, notes = _fresh(old, new)
    clips = _joined(old, fresh)
    logits = unseen(partial(answer, plan, clips), clips, count=plan.folds, seed=plan.seed, progress=progress)
    counts = confusion(logits, clips.targets, clips.labels)
    parts = folds(clips.examples, min(plan.folds, len(set(clips.groups))), plan.seed)
    after = {example.name: clips.labels[int(row.argmax())] for example, row in zip(clips.examples, logits, strict=True)}
    added = [label for label in clips.labels if label not in old.labels]
    trained = train_clips(clips, plan, card, samples=samples, window=window, logits=logits, run=run, progress=progress)
    return Extended(
        trained=replace(trained, notes=(*notes, *_slips(added, old.labels), *_places(added, clips), *trained.notes)),
        clips=clips,
        kept=_kept(old, after, _before(plan, old, parts)),
        added=tuple(_added(label, clips, counts) for label in added),
    )


def _check_classes(found: set[str], labels: LabelSet, place: Path) -> None:
    if found != set(labels):
        raise InputError(
            f"{place} has other classes than the head that is extended",
            got=", ".join(sorted(found)),
            allowed=", ".join(labels),
            do="name the data that it was trained on",
        )


def _fresh(old: Clips, new: Clips) -> tuple[Clips, list[str]]:
    """`new` without clips that the old head knows, each with a name that no old clip has."""
    directions = [functional.normalize(clips.plain, dim=1) for clips in (new, old)]
    nearest, which = (directions[0] @ directions[1].T).max(1)
    same = (nearest > ALIKE).tolist()
    for example, place in ((new.examples[at], int(which[at])) for at, found in enumerate(same) if found):
        if example.label != old.examples[place].label:
            raise InputError(
                f"{example.place}: a clip has two labels",
                got=f"{example.label}; {old.examples[place].label} for {old.examples[place].name} of the old data",
                do="correct one of them",
            )
    fresh = [example for example, found in zip(new.examples, same, strict=True) if not found]
    if not fresh:
        raise InputError("there is nothing new to learn", got=f"{len(same)} clips, all known", do="add other clips")
    taken = {example.name for example in old.examples}
    named = [replace(one, name=f"{one.name} (new)" if one.name in taken else one.name) for one in fresh]
    notes = [f"{sum(same)} clips were known already and are not learnt twice"] if any(same) else []
    return replace(new.only(fresh), examples=named), notes


def _joined(old: Clips, new: Clips) -> Clips:
    _check_spelling(old, new)
    labels = LabelSet((*old.labels, *(label for label in new.labels if label not in old.labels)))
    views = zip((old.plain, *old.others), (new.plain, *new.others), strict=True)
    plain, *others = (torch.cat(pair) for pair in views)
    return Clips((*old.examples, *new.examples), labels, plain, tuple(others))


def _check_spelling(old: Clips, new: Clips) -> None:
    """Raises InputError for a new class that is an old one in other letters."""
    written = {_plain(label): label for label in old.labels}
    for example in new.examples:
        known_as = written.get(_plain(example.label), example.label)
        if known_as != example.label:
            raise InputError(
                f"{example.place}: the class {example.label} differs from an old one in spelling only",
                got=example.label,
                allowed=", ".join(old.labels),
                do=f"write {known_as}",
            )


def _plain(label: str) -> str:
    return "".join(filter(str.isalnum, label.casefold()))


def _before(plan: Plan, old: Clips, parts: Sequence[Split]) -> dict[str, str]:
    """What heads of the old classes alone say of the old clips, by name, in the same parts as the new head.

    Parts whose rest lacks an old class are left out, as the old head knew them all.
    """
    names = {example.name for example in old.examples}
    said: dict[str, str] = {}
    for part in parts:
        train, kept = ([one for one in side if one.name in names] for side in (part.train, part.kept))
        if kept and {example.label for example in train} == set(old.labels):
            logits = answer(plan, old, train, kept)
            said |= {one.name: old.labels[int(row.argmax())] for one, row in zip(kept, logits, strict=True)}
    return said


def _kept(old: Clips, after: Mapping[str, str], before: Mapping[str, str]) -> tuple[Kept, ...]:
    compared = [example for example in old.examples if example.name in before]
    found = []
    for label in old.labels:
        mine = [example.name for example in compared if example.label == label]
        shares = [sum(said[name] == label for name in mine) / len(mine) if mine else None for said in (before, after)]
        found.append(Kept(label, shares[0], shares[1], len(mine)))
    return tuple(found)


def _added(label: str, clips: Clips, counts: Confusion) -> Added:
    at = clips.labels.index(label)
    mine = [example for example in clips.examples if example.label == label]

    def others(row: Sequence[int]) -> dict[str, int]:
        return {name: int(number) for name, number in zip(clips.labels, row, strict=True) if number and name != label}

    return Added(
        label=label,
        clips=len(mine),
        groups=len({example.group for example in mine}),
        recall=known(float(counts.recall[at])),
        precision=known(float(counts.precision[at])),
        taken=others(counts.counts[:, at].tolist()),
        lost=others(counts.counts[at].tolist()),
    )


def _slips(added: Sequence[str], labels: LabelSet) -> list[str]:
    near = {label: difflib.get_close_matches(label, labels, n=1, cutoff=0.8) for label in added}
    return [
        f"{label} is a new class, though it is written nearly like {found[0]}: if they are one, write them alike"
        for label, found in near.items()
        if found
    ]


def _places(added: Sequence[str], clips: Clips) -> list[str]:
    """A class that is filmed where nothing else is can be told by the place; no figure shows that."""
    found = []
    for label in added:
        homes, others = (
            {one.group for one in clips.examples if (one.label == label) is mine} for mine in (True, False)
        )
        if not homes & others:
            found.append(
                f"{label} comes from groups where no other class was filmed, so it may be the place that is known: "
                f"add clips of other classes from there, or the figures of {label} are too good"
            )
    return found


def _round(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
