from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import Segment, Timeline, UnknownNameError
from aisle.evaluate.runs import Runs, concatenated, runs_of, sampled
from sequences import LABELS, indices, timeline


def drawn(runs: Runs) -> str:
    parts = zip(runs.starts, runs.ends, runs.labels, strict=True)
    return "".join("ABC."[label] * (end - start) for start, end, label in parts)


texts = st.text("ABC.", max_size=30)
rates = st.fractions(min_value=Fraction(1, 4), max_value=60, max_denominator=1001)


def test_a_run_has_the_highest_score_inside_it() -> None:
    runs = runs_of(indices("AAB..A"), np.array([0.1, 0.7, 0.2, 0.9, 0.9, 0.3]))
    assert runs.starts.tolist() == [0, 2, 3, 5]
    assert runs.ends.tolist() == [2, 3, 5, 6]
    assert runs.labels.tolist() == [0, 1, 3, 0]
    assert runs.scores.tolist() == [0.7, 0.2, 0.9, 0.3]


@given(texts, rates)
def test_a_timeline_on_its_own_grid_is_sampled_as_it_was(text: str, rate: Fraction) -> None:
    runs, lost = sampled(timeline(text, rate=rate), rate, LABELS, until=len(text) / rate)
    assert (drawn(runs), lost) == (text, 0)


@given(texts, rates, st.randoms(use_true_random=False))
def test_borders_that_are_rounded_move_no_sample(text: str, rate: Fraction, random: object) -> None:
    """Each border is off by up to 0.4 of a cell, which is far more than any table rounds at these rates."""

    def near(time: Fraction) -> Fraction:
        return max(time + Fraction(random.randint(-40, 40), 100) / rate, Fraction(0))

    exact = timeline(text, rate=rate)
    borders = {time: near(time) for segment in exact.segments for time in (segment.start, segment.end)}
    moved = [Segment(borders[one.start], borders[one.end], one.label, 1.0) for one in exact.segments]
    runs, _ = sampled(Timeline(exact.duration, tuple(moved)), rate, LABELS, until=near(exact.duration))
    assert drawn(runs).rstrip(".") == text.rstrip(".")


def test_what_is_shorter_than_the_grid_can_hold_no_sample_and_is_counted() -> None:
    # Samples are taken at 0.5, 1.5, 2.5 and 3.5 s.
    segments = (
        Segment(Fraction("0.6"), Fraction("1.4"), "A", 1),
        Segment(Fraction("1.4"), Fraction("1.6"), "B", 1),
        Segment(Fraction("2.5"), Fraction("2.6"), "C", 1),
    )
    runs, lost = sampled(Timeline(Fraction(4), segments), Fraction(1), LABELS, until=Fraction(4))
    assert (drawn(runs), lost) == (".BC.", 1)


def test_a_video_may_hold_no_sample_at_all() -> None:
    runs, lost = sampled(timeline("A"), Fraction(1, 4), LABELS, until=Fraction(1))
    assert (len(runs), lost) == (0, 1)
    assert drawn(concatenated([runs, runs])) == ""


def test_a_run_goes_on_into_the_next_video() -> None:
    videos = [runs_of(indices(text), np.arange(len(text), dtype=float)) for text in ("..AA", "AB", "", "B.")]
    whole = concatenated(videos)
    assert drawn(whole) == "..AAABB."
    assert whole.scores.tolist() == [1, 3, 1, 1]


def test_hours_at_any_rate_take_no_more_memory_than_their_segments() -> None:
    day = Timeline(Fraction(86400), (Segment(Fraction(3600), Fraction(7200), "A", 1.0),))
    runs, _ = sampled(day, Fraction(1000), LABELS, until=day.duration)
    assert runs.ends.tolist() == [3_600_000, 7_200_000, 86_400_000]


def test_a_label_that_is_not_in_the_set_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown label; got: 'reach'"):
        sampled(Timeline(Fraction(1), (Segment(Fraction(0), Fraction(1), "reach", 1.0),)), Fraction(1), LABELS, until=1)
