from __future__ import annotations

import math
from collections.abc import Callable
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.evaluate.runs import runs_of
from aisle.evaluate.segments import Tally, figures, merged, tally
from sequences import indices


def compare(truth: str, predicted: str, scores: np.ndarray | None = None) -> Tally:
    """`scores` has one value a sample; without it the earlier samples have the higher ones."""
    if scores is None:
        scores = np.linspace(1, 0.5, len(truth))
    return tally(runs_of(indices(truth), scores), runs_of(indices(predicted), scores), classes=4, background=3)


def score(truth: str, predicted: str, scores: np.ndarray | None = None) -> dict[str, float]:
    return figures(compare(truth, predicted, scores))


def test_a_case_worked_by_hand() -> None:
    # A: [1, 5) against [1, 3), overlap 2/4. B: [6, 10) against [6, 11), overlap 4/5.
    found = score(".AAAA.BBBB.", ".AA...BBBBB")
    assert found["frame_accuracy"] == pytest.approx(100 * 8 / 11)
    assert found["edit"] == 100
    assert [found[name] for name in ("f1@10", "f1@25", "f1@50")] == [100, 100, 100]  # 1/2 is enough for F1
    assert found["map_midpoint"] == 100  # 2 lies in [1, 5), 8.5 in [6, 10)
    assert found["map_iou@10"] == 100
    assert found["map_iou@50"] == 50  # 1/2 is not over 1/2


def test_a_true_run_is_hit_once() -> None:
    # One run of ten; the first guess overlaps by 0.4, the second by 0.5.
    found = score("AAAAAAAAAA", "AAAA.AAAAA")
    assert found["f1@10"] == pytest.approx(100 * 2 / 3)  # the first hits, the second is a false alarm
    assert found["f1@50"] == pytest.approx(100 * 2 / 3)  # the first is one, the second hits
    assert found["edit"] == 50  # of two runs one is too many
    assert found["map_midpoint"] == 100  # the surer one comes first and is right; what follows costs nothing


def test_f1_takes_the_best_run_even_if_it_is_taken_and_map_the_best_free_one() -> None:
    # True A: [0, 6) and [7, 9). Guesses: [0, 2) overlaps the first by 2/6; [3, 8) the first by 3/8, the second by 1/6.
    found = score("AAAAAA.AA", "AA.AAAAA.")
    assert found["f1@10"] == 50
    assert found["map_iou@10"] == 100


def test_average_precision_follows_the_scores() -> None:
    # Guesses: wrong, right, right, in three orders. Precision at the hits: 1/2 and 2/3; 1 and 1; 1 and 2/3.
    truth, predicted = "..A.A.", "A.A.A."
    for scores, wanted in (((3, 2, 1), 7 / 12), ((1, 2, 3), 1), ((2, 3, 1), 5 / 6)):
        of_samples = np.array([scores[0], 0, scores[1], 0, scores[2], 0], float)
        assert score(truth, predicted, of_samples)["map_midpoint"] == pytest.approx(100 * wanted)


def test_of_equal_scores_the_earlier_run_comes_first() -> None:
    assert score("A...", "A.A.", np.ones(4))["map_midpoint"] == 100
    assert score("..A.", "A.A.", np.ones(4))["map_midpoint"] == 50


def test_a_midpoint_on_the_end_of_a_run_lies_outside() -> None:
    assert score("AA...", ".AA..")["map_midpoint"] == 0  # 2 in [0, 2)
    assert score(".AA..", "AA...")["map_midpoint"] == 100  # 1 in [1, 3)


def test_a_run_of_another_class_is_no_hit() -> None:
    found = score("AAAABBBB", "BBBBAAAA")
    assert {name: value for name, value in found.items() if value} == {}


def test_a_class_without_true_runs_is_not_part_of_map_but_its_runs_are_false_alarms() -> None:
    found = score("AA....", "AA.CC.")
    assert found["map_midpoint"] == 100
    assert found["f1@50"] == pytest.approx(100 * 2 / 3)


def test_where_nothing_happens_only_the_accuracy_is_defined() -> None:
    found = score("....", "....")
    assert found.pop("frame_accuracy") == 100
    assert all(map(math.isnan, found.values()))


def test_no_samples_have_no_figures() -> None:
    assert all(map(math.isnan, score("", "").values()))


def test_the_edit_score_leaves_out_background_but_keeps_what_it_parts() -> None:
    assert score("A.A.B", "AA..B")["edit"] == pytest.approx(100 * (1 - 1 / 3))  # AAB against AB
    assert score("A.B.C", "C.A.B")["edit"] == pytest.approx(100 * (1 - 2 / 3))


def test_frames_are_counted_with_background() -> None:
    assert compare("AAB.", "AB..").confusion.tolist() == [[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 1]]


pairs = st.integers(1, 40).flatmap(
    lambda size: st.tuples(
        st.text("ABC.", min_size=size, max_size=size),
        st.text("ABC.", min_size=size, max_size=size),
        st.lists(st.integers(0, 5).map(lambda score: score / 5), min_size=size, max_size=size).map(np.array),
    )
)


@given(pairs)
def test_every_figure_is_a_percentage_or_undefined(pair: tuple[str, str, np.ndarray]) -> None:
    assert all(math.isnan(value) or 0 <= value <= 100 + 1e-9 for value in score(*pair).values())


@given(pairs)
def test_a_perfect_prediction_has_100(pair: tuple[str, str, np.ndarray]) -> None:
    truth, _, scores = pair
    assert all(math.isnan(value) or value == pytest.approx(100) for value in score(truth, truth, scores).values())


@given(pairs, st.permutations("ABC"))
def test_the_order_of_the_classes_does_not_matter(pair: tuple[str, str, np.ndarray], order: list[str]) -> None:
    truth, predicted, scores = pair
    other = str.maketrans("ABC", "".join(order))
    assert score(truth.translate(other), predicted.translate(other), scores) == pytest.approx(score(*pair), nan_ok=True)


@given(pairs, st.integers(2, 5))
def test_a_whole_multiple_of_the_rate_changes_nothing(pair: tuple[str, str, np.ndarray], times: int) -> None:
    truth, predicted, scores = pair
    finer = score(
        "".join(letter * times for letter in truth),
        "".join(letter * times for letter in predicted),
        np.repeat(scores, times),
    )
    assert finer == pytest.approx(score(*pair), nan_ok=True)


@given(pairs, pairs)
def test_videos_kept_apart_by_background_score_as_one(
    one: tuple[str, str, np.ndarray], other: tuple[str, str, np.ndarray]
) -> None:
    ended, begun = (f"{one[0]}.", f"{one[1]}.", np.append(one[2], 0)), other
    joined = score(ended[0] + begun[0], ended[1] + begun[1], np.concatenate([ended[2], begun[2]]))
    assert figures(merged([compare(*ended), compare(*begun)])) == pytest.approx(joined, nan_ok=True)


Span = tuple[int, int]


def spans(text: str, letter: str) -> list[Span]:
    """The runs of one letter, [first, last) samples."""
    found, at = [], 0
    for value, group in groupby(text):
        first, at = at, at + len(list(group))
        found += [(first, at)] if value == letter else []
    return found


def iou(one: Span, other: Span) -> float:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return max(shared, 0) / (max(one[1], other[1]) - min(one[0], other[0]))


def plain_f1(truth: str, predicted: str, overlap: float) -> float:
    """The protocol, word by word."""
    hits = runs = 0
    for letter in "ABC":
        true, guesses = spans(truth, letter), spans(predicted, letter)
        free = [True] * len(true)
        for guess in guesses:
            best = max(range(len(true)), key=lambda run: iou(true[run], guess), default=None)
            if best is not None and iou(true[best], guess) >= overlap and free[best]:
                free[best] = False
                hits += 1
        runs += len(true) + len(guesses)
    return 200 * hits / runs if runs else math.nan


def plain_map(truth: str, predicted: str, scores: np.ndarray, fits: Callable[[Span, Span], bool]) -> float:
    """The protocol, word by word."""
    precisions = []
    for letter in "ABC":
        free, hits, total = spans(truth, letter), 0, 0.0
        count = len(free)
        guesses = sorted(spans(predicted, letter), key=lambda guess: -scores[slice(*guess)].max())
        for number, guess in enumerate(guesses, 1):
            fitting = [run for run in free if fits(run, guess)]
            if fitting:
                free.remove(max(fitting, key=lambda run: iou(run, guess)))
                hits += 1
                total += hits / number
        precisions += [total / count] if count else []
    return 100 * float(np.mean(precisions)) if precisions else math.nan


@given(pairs)
def test_it_agrees_with_the_protocol_taken_word_by_word(pair: tuple[str, str, np.ndarray]) -> None:
    truth, predicted, _ = pair
    wanted = {f"f1@{100 * k:.0f}": plain_f1(truth, predicted, k) for k in (0.1, 0.25, 0.5)}
    wanted["map_midpoint"] = plain_map(*pair, lambda run, guess: run[0] <= sum(guess) / 2 < run[1])
    wanted["map_iou@10"] = plain_map(*pair, lambda run, guess: iou(run, guess) > 0.1)
    wanted["map_iou@50"] = plain_map(*pair, lambda run, guess: iou(run, guess) > 0.5)
    wanted["frame_accuracy"] = 100 * float(np.mean([a == b for a, b in zip(truth, predicted, strict=True)]))
    found = score(*pair)
    del found["edit"]  # test_edit.py compares that
    assert found == pytest.approx(wanted, nan_ok=True)
