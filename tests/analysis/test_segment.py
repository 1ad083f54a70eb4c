from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from aisle.analysis.backbone import Answers
from aisle.analysis.segment import segment, without
from aisle.core import BACKGROUND, Grid, LabelSet, Scores, Segment, Skipped

STEP = Fraction(8, 25)
LABELS = LabelSet(("a", "b", "c"))


def scores_of(rows: Sequence[Sequence[float]], step: Fraction = STEP, labels: LabelSet = LABELS) -> Scores:
    values = np.array(rows, np.float32).reshape(-1, len(labels))
    return Scores(values, Grid(Fraction(0), step, step, len(values)), labels)


def sure(text: str, step: Fraction = STEP) -> Scores:
    """One letter a step: the label that has 0.8 there, while the others have 0.1."""
    return scores_of([[0.8 if label == letter else 0.1 for label in LABELS] for letter in text], step)


def told(found: Sequence[Segment]) -> list[tuple[float, float, str, float]]:
    return [(float(one.start), float(one.end), one.label, round(one.score, 3)) for one in found]


SECOND = Fraction(1)
PLAIN = Answers(smooth=Fraction(0), shortest=Fraction(0))


def test_runs_of_the_likeliest_label() -> None:
    found = segment(sure("aabbbc", SECOND), until=Fraction(6), answers=PLAIN)
    assert told(found) == [(0, 2, "a", 0.8), (2, 5, "b", 0.8), (5, 6, "c", 0.8)]


def test_times_are_exact() -> None:
    (first, _) = segment(sure("aaaabbbb"), until=8 * STEP, answers=Answers())
    assert (first.start, first.end) == (Fraction(0), Fraction(32, 25))


def test_no_scores_no_segments() -> None:
    assert segment(scores_of([]), until=Fraction(1), answers=Answers()) == ()


def test_smoothing_over_three_steps_worked_by_hand() -> None:
    """a in the middle step has (0.2 + 0.6 + 0.2) / 3 = 0.33, b (0.7 + 0.3 + 0.7) / 3 = 0.57, so b holds throughout."""
    rows = [[0.2, 0.7, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.2, 0.7, 0.1]]
    rough = segment(scores_of(rows, SECOND), until=Fraction(5), answers=PLAIN)
    smooth = segment(
        scores_of(rows, SECOND), until=Fraction(5), answers=Answers(smooth=Fraction(3), shortest=Fraction(0))
    )
    assert [one.label for one in rough] == ["b", "a", "b"]
    assert told(smooth) == [(0, 5, "b", 0.62)]  # the score is the mean of what the model said, not of the smoothed


def test_a_short_run_goes_to_the_likelier_neighbour() -> None:
    rows = [[0.8, 0.1, 0.1]] * 3 + [[0.1, 0.5, 0.4]] + [[0.1, 0.1, 0.8]] * 3
    found = segment(
        scores_of(rows, SECOND), until=Fraction(7), answers=Answers(smooth=Fraction(0), shortest=Fraction(2))
    )
    assert [(one.start, one.end, one.label) for one in found] == [(0, 3, "a"), (3, 7, "c")]


def test_the_shortest_run_goes_first() -> None:
    """The single c goes to b, which then is long enough to stay; going from left to right would give both b to a."""
    found = segment(
        sure("aaaabbcbaaaa", SECOND), until=Fraction(12), answers=Answers(smooth=Fraction(0), shortest=Fraction(3))
    )
    assert [(one.start, one.end, one.label) for one in found] == [(0, 4, "a"), (4, 8, "b"), (8, 12, "a")]


def test_a_video_shorter_than_the_shortest_run_keeps_its_one() -> None:
    assert told(segment(sure("a"), until=STEP, answers=Answers())) == [(0, 0.32, "a", 0.8)]


def test_what_the_model_is_not_sure_of_is_a_gap() -> None:
    rows = [[0.8, 0.1, 0.1]] * 2 + [[0.1, 0.14, 0.12]] * 2 + [[0.8, 0.1, 0.1]] * 2
    found = segment(scores_of(rows, SECOND), until=Fraction(6), answers=PLAIN)
    assert told(found) == [(0, 2, "a", 0.8), (4, 6, "a", 0.8)]
    assert len(segment(scores_of(rows, SECOND), until=Fraction(6), answers=replace(PLAIN, surest=0.1))) == 3


def test_the_last_step_is_cut_at_the_end_of_the_video() -> None:
    assert told(segment(sure("aaabbb", SECOND), until=Fraction(11, 2), answers=PLAIN)) == [
        (0, 3, "a", 0.8),
        (3, 5.5, "b", 0.8),
    ]


def test_skipped_stretches_are_cut_out() -> None:
    lost = [Skipped(Fraction(4), Fraction(5), "damaged"), Skipped(Fraction(1), Fraction(2), "damaged")]
    found = segment(sure("aaabbb", SECOND), until=Fraction(6), skipped=lost, answers=PLAIN)
    assert [(one.start, one.end, one.label) for one in found] == [(0, 1, "a"), (2, 3, "a"), (3, 4, "b"), (5, 6, "b")]


def test_a_score_is_never_more_than_one() -> None:
    (found,) = segment(scores_of([[np.nextafter(np.float32(1), 2), 0, 0]]), until=STEP, answers=Answers())
    assert found.score == 1


def test_background_is_a_gap() -> None:
    labels = LabelSet(("a", BACKGROUND))
    found = segment(scores_of([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]], SECOND, labels), until=Fraction(3), answers=PLAIN)
    assert told(found) == [(0, 1, "a", 0.9), (2, 3, "a", 0.7)]


SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(
        lambda pair: Skipped(Fraction(pair[0], 4), Fraction(pair[0] + pair[1], 4), "damaged")
    ),
    max_size=4,
)


@given(SPANS, st.integers(0, 40), st.integers(1, 40))
def test_what_is_left_outside_the_skipped_stretches(skipped: list[Skipped], first: int, length: int) -> None:
    start, end = Fraction(first, 4), Fraction(first + length, 4)
    left = list(without(start, end, skipped))
    for quarter in range(first, first + length):
        time = Fraction(quarter, 4)
        lost = any(one.start <= time < one.end for one in skipped)
        assert any(a <= time < b for a, b in left) != lost
    assert all(a < b for a, b in left)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(left))
    assert not left or (start <= left[0][0] and left[-1][1] <= end)


PROBABILITIES = arrays.arrays(np.float32, st.tuples(st.integers(1, 40), st.just(3)), elements=st.floats(0, 1, width=32))


@given(
    PROBABILITIES,
    SPANS,
    st.fractions(0, 1).filter(bool),
    st.fractions(0, 3, max_denominator=8),
    st.fractions(0, 3, max_denominator=8),
    st.floats(0, 1),
)
def test_segments_are_sorted_disjoint_and_inside_the_video(
    values: np.ndarray,
    skipped: list[Skipped],
    share: Fraction,
    smooth: Fraction,
    shortest: Fraction,
    surest: float,
) -> None:
    until = (len(values) - 1 + share) * STEP
    found = segment(scores_of(values), until=until, skipped=skipped, answers=Answers(1, smooth, shortest, surest))
    for one in found:
        assert 0 <= one.start < one.end <= until
        assert surest <= one.score <= 1
        assert not any(lost.start < one.end and one.start < lost.end for lost in skipped)
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))


@pytest.mark.parametrize("seed", range(50))
def test_no_run_is_shorter_than_asked_unless_it_is_the_only_one(seed: int) -> None:
    """Many labels that change all the time, so that short runs stand beside short runs."""
    random = np.random.default_rng(seed)
    count, shortest, smooth = (int(number) for number in random.integers((2, 2, 0), (40, 5, 5)))
    scores = scores_of(random.random((count, 6)), labels=LabelSet(tuple("abcdef")))
    found = segment(scores, until=count * STEP, answers=Answers(1, smooth * STEP, shortest * STEP, 0))
    assert (found[0].start, found[-1].end) == (0, count * STEP)
    assert all(before.end == after.start for before, after in itertools.pairwise(found))
    assert all(before.label != after.label for before, after in itertools.pairwise(found))
    assert len(found) == 1 or all(one.end - one.start >= shortest * STEP for one in found)


@pytest.mark.parametrize("count", [2047, 2048, 2049, 5000])
def test_long_videos_are_smoothed_without_seams(count: int) -> None:
    """The smoothing goes by blocks of rows, which must not show."""
    values = np.random.default_rng(count).random((count, 3)).astype(np.float32)
    found = segment(scores_of(values), until=count * STEP, answers=Answers(1, 5 * STEP, Fraction(0), 0))
    winners = [int(values[max(row - 2, 0) : row + 3].mean(0, dtype=np.float64).argmax()) for row in range(count)]
    runs = [(LABELS[winner], len(list(group))) for winner, group in itertools.groupby(winners)]
    assert [(one.label, (one.end - one.start) / STEP) for one in found] == runs
