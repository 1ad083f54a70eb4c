"""Which examples to learn from and which to keep aside, so that no group is on both sides and every class is on each.

Groups are dealt out one by one, the largest first, each to where its classes are scarcest (a greedy form of stratified
sampling); the seed settles only the order of groups of one size. Clips count as one each, timelines by the seconds of
each action.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from aisle.core import BACKGROUND, Example, InputError, UsageError

Weights = dict[str, float]
"""How much of each class: clips, or seconds."""


@dataclass(frozen=True, slots=True)
class Split:
    """`kept` stays aside, for validation or test. Examples keep their order."""

    train: tuple[Example, ...]
    kept: tuple[Example, ...]


def folds(examples: Sequence[Example], count: int, seed: int) -> tuple[Split, ...]:
    """`count` splits, in which each example is kept aside once.

    Raises UsageError for fewer folds than two or more than there are groups, InputError for a class of one group alone.
    """
    groups = {example.group for example in examples}
    if not 2 <= count <= len(groups):
        raise UsageError("cannot split into folds", got=f"{count} folds", allowed=f"2 to {len(groups)}, one a group")
    dealt = _deal(examples, [1 / count] * count, seed)
    return tuple(_split(examples, dealt, fold) for fold in range(count))


def hold_out(examples: Sequence[Example], share: float, seed: int) -> Split:
    """Keeps about `share` of each class aside, above 0 and below 1.

    Raises UsageError for another share, InputError for a class of one group alone.
    """
    if not 0 < share < 1:
        raise UsageError("cannot hold out", got=share, allowed="a share above 0 and below 1")
    return _split(examples, _deal(examples, [1 - share, share], seed), 1)


def _split(examples: Sequence[Example], dealt: dict[str, int], kept: int) -> Split:
    return Split(
        tuple(example for example in examples if dealt[example.group] != kept),
        tuple(example for example in examples if dealt[example.group] == kept),
    )


def _deal(examples: Sequence[Example], shares: Sequence[float], seed: int) -> dict[str, int]:
    """The hand that each group goes to; each class goes to two hands at least."""
    weights = _weights(examples)
    totals = Counter[str]()
    for of_one in weights.values():
        totals.update(of_one)
    left = Counter(label for of_one in weights.values() for label in of_one)
    _check_spread(examples, weights, left)
    hands: list[Weights] = [defaultdict(float) for _ in shares]
    dealt = {}
    for group in _order(weights, totals, seed):
        allowed = _allowed(weights[group], hands, left)
        if not allowed:
            raise InputError(
                "no split has every class on both sides", got=f"group {group}", do="add clips of other groups"
            )
        costs = {hand: _cost(weights[group], hands[hand], totals, shares[hand]) for hand in allowed}
        chosen = min(allowed, key=lambda hand: (costs[hand], sum(hands[hand].values()) / shares[hand], hand))
        for label, weight in weights[group].items():
            hands[chosen][label] += weight
            left[label] -= 1
        dealt[group] = chosen
    return dealt


def _weights(examples: Sequence[Example]) -> dict[str, Weights]:
    """By group. Background says nothing of a timeline's classes; a group without any other has no weight."""
    weights: dict[str, Weights] = {}
    for example in examples:
        of_group = weights.setdefault(example.group, {})
        pairs = [(act.label, float(act.end - act.start)) for act in example.segments if act.label != BACKGROUND]
        for label, weight in [(example.label, 1.0)] if example.label else pairs:
            of_group[label] = of_group.get(label, 0.0) + weight
    return weights


def _check_spread(examples: Sequence[Example], weights: dict[str, Weights], left: Counter[str]) -> None:
    for label, count in sorted(left.items()):
        if count == 1:
            home = next(group for group, of_one in weights.items() if label in of_one)
            clips = sum(example.group == home for example in examples)
            raise InputError(
                f"the class {label} cannot be on both sides of a split",
                got=f"one group alone has it: {home}, {clips} examples",
                do=f"add clips of {label} from another group, or leave the class out",
            )


def _order(weights: dict[str, Weights], totals: Counter[str], seed: int) -> list[str]:
    """The largest first, as they are the hardest to place; a group's size is its part of each class, summed."""
    names = sorted(weights)
    random.Random(seed).shuffle(names)
    size = {name: sum(weight / totals[label] for label, weight in weights[name].items()) for name in names}
    return sorted(names, key=lambda name: -size[name])


def _allowed(group: Weights, hands: Sequence[Weights], left: Counter[str]) -> list[int]:
    """The hands that leave every class two: the last group with a class does not join all others that have it."""
    barred = set()
    for label in group:
        holding = {number for number, hand in enumerate(hands) if label in hand}
        if left[label] == 1 and len(holding) == 1:
            barred |= holding
    return [number for number in range(len(hands)) if number not in barred]


def _cost(group: Weights, hand: Weights, totals: Counter[str], share: float) -> float:
    """How much further from its share of each class the group takes the hand, squared and summed over its classes."""
    return sum(
        weight * (2 * hand.get(label, 0.0) + weight) / totals[label] ** 2 / share for label, weight in group.items()
    )
