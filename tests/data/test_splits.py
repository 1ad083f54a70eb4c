"""Splits: groups stay whole, every class is on both sides, and the same seed gives the same."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.core import Example, InputError, Segment, UsageError
from aisle.data import open_dataset
from aisle.data.splits import Split, folds, hold_out
from datasets import shared


def clip(number: int, label: str, group: str) -> Example:
    return Example(f"{number}", Path(f"{number}.mp4"), group, label=label)


@st.composite
def clips(draw: st.DrawFn) -> list[Example]:
    """Clips of up to four classes, each of which two groups at least have; a group may have several classes."""
    pairs = [(label, group) for label in "abcd"[: draw(st.integers(2, 4))] for group in (f"{label}1", f"{label}2")]
    more = st.tuples(st.sampled_from(sorted({label for label, _ in pairs})), st.sampled_from(["x", "y", "z", "a1"]))
    pairs += draw(st.lists(more, max_size=30))
    return [clip(number, *pair) for number, pair in enumerate(draw(st.permutations(pairs)))]


def check_sides(split: Split, examples: list[Example]) -> None:
    assert sorted((*split.train, *split.kept), key=examples.index) == examples
    assert not {one.group for one in split.train} & {one.group for one in split.kept}
    assert {one.label for one in split.train} == {one.label for one in examples}


@settings(deadline=None)
@given(examples=clips(), count=st.integers(2, 4), seed=st.integers(0, 9))
def test_folds_part_no_group_and_keep_each_example_aside_once(examples: list[Example], count: int, seed: int) -> None:
    made = folds(examples, count, seed)
    for split in made:
        check_sides(split, examples)
        assert split.kept
    assert Counter(one.name for split in made for one in split.kept) == Counter(one.name for one in examples)
    assert folds(examples, count, seed) == made


@settings(deadline=None)
@given(examples=clips(), share=st.floats(0.05, 0.95), seed=st.integers(0, 9))
def test_what_is_held_out_has_every_class_too(examples: list[Example], share: float, seed: int) -> None:
    split = hold_out(examples, share, seed)
    check_sides(split, examples)
    assert {one.label for one in split.kept} == {one.label for one in examples}
    assert hold_out(examples, share, seed) == split


def test_classes_are_balanced() -> None:
    examples = [clip(number, "ab"[number % 2], f"{number // 2}") for number in range(100)]
    counts = [Counter(one.label for one in split.kept) for split in folds(examples, 5, 0)]
    assert counts == [{"a": 10, "b": 10}] * 5
    assert Counter(one.label for one in hold_out(examples, 0.2, 0).kept) == {"a": 10, "b": 10}


def test_another_seed_is_another_split() -> None:
    examples = [clip(number, "ab"[number % 2], f"{number // 2}") for number in range(100)]
    assert len({folds(examples, 5, seed)[0] for seed in range(4)}) == 4


def test_timelines_count_by_the_seconds_of_each_action() -> None:
    def video(number: int, seconds: int) -> Example:
        acts = (Segment(Fraction(0), Fraction(seconds), "reach", 1.0),)
        return Example(f"{number}", Path(f"{number}.mp4"), f"{number}", segments=acts)

    examples = [video(number, 100 if number < 2 else 10) for number in range(12)]
    sums = [sum(act.end for one in split.kept for act in one.segments) for split in folds(examples, 2, 0)]
    assert sums == [150, 150]


def test_a_class_of_one_group_is_named() -> None:
    examples = [clip(0, "look", "one"), clip(1, "look", "two"), clip(2, "take", "two"), clip(3, "take", "two")]
    with pytest.raises(
        InputError, match=r"the class take cannot be .*one group alone has it: two, .*do: add clips of take"
    ):
        folds(examples, 2, 0)
    with pytest.raises(InputError, match="the class take"):
        hold_out(examples, 0.5, 0)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_more_folds_than_groups(count: int) -> None:
    with pytest.raises(UsageError, match="allowed: 2 to 2, one a group"):
        folds([clip(0, "look", "one"), clip(1, "look", "two")], count, 0)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.2, float("nan")])
def test_a_share_that_is_none(share: float) -> None:
    with pytest.raises(UsageError, match="a share above 0 and below 1"):
        hold_out([clip(0, "look", "one"), clip(1, "look", "two")], share, 0)


@pytest.mark.parametrize("name", ["jhmdb", "surveillance_fight"])
def test_the_real_sets_split_evenly(name: str) -> None:
    examples = list(open_dataset(shared(name)).examples)
    for split in folds(examples, 5, 0):
        check_sides(split, examples)
        assert 0.17 < len(split.kept) / len(examples) < 0.23
