"""The figures to compare with are those that were counted in MERL Shopping's training videos."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from aisle.data._habits import ACTIONS, FOLLOWS, VIDEO, Habit, Label, habits

SHARES = {
    Label.REACH: 0.137,
    Label.RETRACT: 0.139,
    Label.HAND_IN: 0.077,
    Label.PRODUCT: 0.175,
    Label.SHELF: 0.223,
    Label.NOTHING: 0.250,
}
MEDIANS = {
    Label.REACH: 32,
    Label.RETRACT: 32,
    Label.HAND_IN: 37,
    Label.PRODUCT: 78,
    Label.SHELF: 89,
    Label.NOTHING: 3,
}


@pytest.fixture(scope="module")
def timelines() -> list[list[Habit]]:
    return [list(habits(np.random.default_rng(seed), VIDEO[1])) for seed in range(120)]


def test_runs_follow_one_another_from_the_start_and_cover_the_video(timelines: list[list[Habit]]) -> None:
    for runs in timelines:
        assert runs[0].start == 0
        assert runs[-1].end >= VIDEO[1]
        assert all(before.end == after.start for before, after in itertools.pairwise(runs))
        assert all(before.label is not after.label for before, after in itertools.pairwise(runs))
        assert all(run.start < run.end for run in runs)


def test_classes_take_the_counted_shares_of_the_time(timelines: list[list[Habit]]) -> None:
    frames: Counter[Label] = Counter()
    for run in itertools.chain(*timelines):
        frames[run.label] += run.end - run.start
    for label, share in SHARES.items():
        assert frames[label] / frames.total() == pytest.approx(share, abs=0.03), label


def test_acts_last_as_long_as_counted(timelines: list[list[Habit]]) -> None:
    for label, median in MEDIANS.items():
        lengths = [run.end - run.start for run in itertools.chain(*timelines) if run.label is label]
        assert np.median(lengths) == pytest.approx(median, rel=0.12, abs=0.5), label


def test_videos_have_as_many_runs_as_counted(timelines: list[list[Habit]]) -> None:
    assert np.median([len(runs) for runs in timelines]) == pytest.approx(83, abs=6)


def test_classes_follow_one_another_as_counted(timelines: list[list[Habit]]) -> None:
    seen = Counter((one.label, two.label) for runs in timelines for one, two in itertools.pairwise(runs))
    for last in Label:
        after = np.array([seen[last, label] for label in Label])
        counted = np.array(FOLLOWS[last])
        assert np.abs(after / after.sum() - counted / counted.sum()).max() < 0.08, last


def test_the_acts_are_possible(timelines: list[list[Habit]]) -> None:
    for runs in timelines:
        holds, in_shelf = False, False
        for run in runs:
            if run.label is Label.PRODUCT:
                assert holds
            assert (run.label in (Label.HAND_IN, Label.RETRACT)) <= in_shelf
            assert (run.label in (Label.PRODUCT, Label.SHELF)) <= (not in_shelf)
            assert run.stows <= (holds and run.label is Label.NOTHING and not in_shelf)
            if run.label is Label.RETRACT:
                assert not (holds and run.holds), "the product that was put back is in the hand again"
            elif run.label in ACTIONS:
                assert run.holds == holds
            holds = run.holds
            if run.label is not Label.NOTHING:
                in_shelf = run.label in (Label.REACH, Label.HAND_IN)


def test_a_shorter_timeline_is_the_start_of_a_longer_one() -> None:
    short, long = (list(habits(np.random.default_rng(3), frames)) for frames in (500, 3000))
    assert short == long[: len(short)]
