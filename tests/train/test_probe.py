from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import Dataset, Example, Features, Grid, InputError, LabelSet
from aisle.evaluate.figures import Floats
from aisle.evaluate.probes import DRAWS, FIRST, FIVE, LINEAR, VOTES
from aisle.train.probe import drawn, draws, labelled, linear, parts, pooled, probe, standardised, weighed

LABELS = LabelSet(("jump", "sit", "walk"))


def clips(groups: int = 10, each: int = 2, labels: Sequence[str] = tuple(LABELS)) -> tuple[Example, ...]:
    """`each` clips of each label in each group."""
    return tuple(
        Example(f"{group}/{label}/{number}.mp4", Path("none.mp4"), f"film {group}", label=label)
        for group in range(groups)
        for label in labels
        for number in range(each)
    )


def dataset(examples: Sequence[Example]) -> Dataset:
    return Dataset("folder", Path(), "clips", LABELS, tuple(examples), grouped=True)


def telling(examples: Sequence[Example], apart: float, seed: int = 0) -> Floats:
    """(N, 6): noise, and in three of the numbers the class, so many spreads apart."""
    classes = [LABELS.index(one.label) for one in examples]
    noise = np.random.default_rng(seed).normal(size=(len(examples), 6))
    return noise + apart * np.eye(6)[classes]


def shares(outcomes: Sequence[object], measure: str) -> dict[float, float]:
    return {one.share: float(one.right.mean()) for one in outcomes if one.measure == measure}  # type: ignore[attr-defined]


def test_features_that_tell_classes_apart_are_found_to_be_good() -> None:
    examples = clips()
    drawn_ = draws(examples, parts(dataset(examples)))
    good, bad = (probe([telling(examples, apart)], examples, LABELS, drawn_) for apart in (8, 0))
    for measure in (LINEAR, VOTES, FIRST, FIVE):
        assert shares(good, measure)[1.0] > 0.95
    for measure in (LINEAR, VOTES, FIRST):
        assert shares(bad, measure)[1.0] < 0.6
    assert shares(good, LINEAR)[0.01] < shares(good, LINEAR)[1.0]


def test_every_clip_is_judged_once_a_draw_and_never_by_its_own_group() -> None:
    examples = clips()
    found = draws(examples, parts(dataset(examples)))
    for share, numbers in ((0.1, range(DRAWS)), (1.0, range(1))):
        for number in numbers:
            mine = [draw for draw in found if (draw.share, draw.number) == (share, number)]
            assert sorted(row for draw in mine for row in draw.kept) == list(range(len(examples)))
    for draw in found:
        sides = [{examples[row].group for row in rows} for rows in (draw.train, draw.kept)]
        assert sides[0].isdisjoint(sides[1])


def test_a_test_split_is_what_is_judged() -> None:
    examples = [replace(one, split="test" if one.group in ("film 1", "film 2") else "train") for one in clips()]
    (split,) = parts(dataset(examples))
    assert {one.group for one in split.kept} == {"film 1", "film 2"}
    outcomes = probe([telling(examples, 8)], examples, LABELS, draws(examples, [split]))
    assert {one.right.shape for one in outcomes} == {(DRAWS, 12), (1, 12)}


def test_a_class_of_one_group_cannot_be_judged() -> None:
    lonely = Example("only.mp4", Path("none.mp4"), "film x", label="fly")
    with pytest.raises(InputError, match="the class fly cannot be on both sides of a split"):
        parts(dataset([*clips(), lonely]))


@given(st.floats(0.005, 0.99), st.integers(0, 5), st.integers(1, 4))
def test_whole_groups_are_drawn_one_at_least(share: float, seed: int, each: int) -> None:
    examples = clips(each=each)
    chosen = drawn(examples, share, seed)
    names = {one.group for one in chosen}
    assert chosen == tuple(one for one in examples if one.group in names)
    assert len(chosen) >= max(round(share * len(examples)), 1) > len(chosen) - 3 * each


def test_classes_take_turns_as_groups_are_drawn() -> None:
    """Films show one class each: three draws cover all three, whatever the seed."""
    examples = [
        Example(f"{label}/{number}.mp4", Path("none.mp4"), f"{label} {number}", label=label)
        for label, count in (("jump", 40), ("sit", 4), ("walk", 3))
        for number in range(count)
    ]
    for seed in range(5):
        assert {one.label for one in drawn(examples, 3 / 47, seed)} == set(LABELS)
    assert drawn(examples, 0.1, 0) != drawn(examples, 0.1, 1)


def test_what_a_share_comes_to_is_counted() -> None:
    examples = clips(each=1)
    classes = np.array([LABELS.index(one.label) for one in examples])
    told = labelled(draws(examples, parts(dataset(examples)), (0.01, 1.0)), classes)
    assert [(one.share, one.clips, one.classes) for one in told] == [(0.01, 3, 3), (1.0, 24, 3)]


def test_blocks_count_alike_whatever_their_width_and_scale() -> None:
    rng = np.random.default_rng(0)
    wide, narrow = 100 * rng.normal(size=(50, 40)) + 7, 0.01 * rng.normal(size=(50, 3))
    train, kept = standardised([wide, narrow], range(40), range(40, 50))
    assert [block.shape for block in (*train, *kept)] == [(40, 40), (40, 3), (10, 40), (10, 3)]
    assert [(block**2).sum(1).mean() for block in train] == pytest.approx([1, 1])


def test_a_block_that_tells_nothing_counts_less_and_is_not_taken_on_trust() -> None:
    """The groups tell themselves apart by the second block, which helps no other group."""
    examples = clips(groups=8)
    groups, classes = [one.group for one in examples], np.array([LABELS.index(one.label) for one in examples])
    good, noise = telling(examples, 4), np.random.default_rng(1).normal(size=(len(examples), 6))
    places = np.array([int(name.split()[1]) for name in groups])[:, None] * 5.0 + classes[:, None] * 0.5
    (train, (place,)) = (standardised(blocks, range(48), [])[0] for blocks in ([good, noise], [places]))
    assert weighed(train, classes, groups)[1] < 1
    assert weighed(train[::-1], classes, groups)[1] > 1
    assert weighed([train[0], place], classes, groups)[1] < 9
    assert weighed([train[0], train[0]], classes, groups) == (1, 1)
    both = probe([good, noise], examples, LABELS, draws(examples, parts(dataset(examples))))
    assert shares(both, LINEAR)[1.0] > 0.9


def test_a_number_that_never_changes_says_nothing() -> None:
    rows = np.ones((6, 2))
    rows[:, 1] = range(6)
    rows[5, 0] = 1e6
    _, kept = standardised([rows], range(5), [5])
    assert kept[0][0, 0] == 0


def test_more_numbers_than_clips_lose_nothing() -> None:
    """Zeros beside them, which no regression can use, make no difference."""
    examples = clips(groups=4)
    rows = telling(examples, 3)
    classes = np.array([LABELS.index(one.label) for one in examples])
    groups = [one.group for one in examples]
    wide = np.concatenate([rows, np.zeros((len(rows), 100))], 1)
    assert (linear(wide, classes, groups)(wide) == linear(rows, classes, groups)(rows)).all()


@pytest.mark.parametrize("rows", [np.ones((3, 2)), np.zeros((1, 2))])
def test_one_class_alone_is_always_named(rows: Floats) -> None:
    name = linear(rows, np.full(len(rows), 2), ["a"] * len(rows))
    assert name(np.random.default_rng(0).normal(size=(4, 2))).tolist() == [2, 2, 2, 2]


def test_a_clip_is_the_mean_of_its_steps() -> None:
    step = Fraction(1, 2)
    features = [
        Features(np.full((count, 2), count, np.float32) + np.arange(count, dtype=np.float32)[:, None], grid, "x")
        for count in (1, 3)
        for grid in [Grid(Fraction(0), step, step, count)]
    ]
    assert pooled(features).tolist() == [[1, 1], [4, 4]]
