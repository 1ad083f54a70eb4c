from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from aisle.core import Example, LabelSet
from aisle.models.head import head
from aisle.train.advice import advice
from aisle.train.clips import Clips
from aisle.train.plan import Plan

KNN = Plan(head("knn"), head("knn").options, folds=3)
MLP = replace(KNN, head=head("mlp"))  # takes long to train, so it is not trained on half


def clips(labels: Sequence[str], groups: Sequence[str], apart: float = 3.0) -> Clips:
    names = LabelSet(tuple(dict.fromkeys(labels)))
    examples = [
        Example(f"{number}", Path("x"), group, label=label)
        for number, (label, group) in enumerate(zip(labels, groups, strict=True))
    ]
    drawn = torch.randn(len(examples), 4, generator=torch.Generator().manual_seed(0))
    return Clips(examples, names, drawn + apart * torch.eye(4)[[names.index(label) for label in labels]])


def said(plan: Plan, of: Clips, named: Sequence[int]) -> str:
    sure = np.eye(len(of.labels))[list(named)] * 0.8 + 0.1
    return "\n".join(advice(plan, of, sure / sure.sum(1, keepdims=True), np.array(named)))


def test_few_groups_are_told_with_what_they_spread() -> None:
    of = clips(["a", "b"] * 20, ["north"] * 20 + ["south"] * 20)
    told = said(MLP, of, [0, 1] * 10 + [0, 0] * 10)
    assert told.startswith(
        "only 2 groups (places, persons or films): of the clips of a new one, anything from 50% to 100%"
    )


def test_few_groups_that_agree() -> None:
    of = clips(["a", "b"] * 20, ["north"] * 20 + ["south"] * 20)
    assert "that they agree says little of a new one" in said(MLP, of, of.targets.tolist())


def test_the_class_that_is_mistaken_most_and_for_what() -> None:
    of = clips(["a", "b", "c"] * 20, [f"{number // 5}" for number in range(60)])
    named = [0, 1, 2] * 20
    for at in range(1, 30, 3):
        named[at] = 2
    told = said(MLP, of, named)
    assert told.startswith("b is taken for c in 50% of its clips (10 of 20): add clips of b that look like c")
    assert "\n" not in told


def test_a_class_with_few_clips() -> None:
    of = clips(["a", "b"] * 12 + ["c"] * 3, [f"{number % 12}" for number in range(24)] + ["0", "0", "1"])
    told = said(MLP, of, of.targets.tolist())
    assert told.startswith("c has 3 clips of 2 groups, little to learn from and to judge by: add clips of c first")


def test_whether_more_of_the_same_would_help() -> None:
    of = clips(["a", "b"] * 24, [f"{number // 4}" for number in range(48)], apart=30)
    told = said(KNN, of, of.targets.tolist())
    assert told == (
        "with half of the groups average precision was 1.00, with all of them 1.00: "
        "more of the same would help little; clips of what goes wrong would help more"
    )
    mixed = clips(["a", "b"] * 24, [f"{number // 4}" for number in range(48)], apart=0)
    assert "clips from more places or persons would still help" in said(KNN, mixed, mixed.targets.tolist())


def test_too_few_groups_to_halve() -> None:
    of = clips(["a", "b"] * 12, ["north"] * 12 + ["south"] * 12)
    assert "too few groups to tell whether more of them would help" in said(KNN, of, of.targets.tolist())
