from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.analysis.analyzer import Analyzer
from aisle.core import Features, Frame, InputError, Scores, UsageError
from backbones import BLUE, RED, ColourBackbone, Floats, plain

RATE = Fraction(25)


def shades(count: int) -> Iterator[Frame]:
    """Frames whose colour changes all the time."""
    for number in range(count):
        colour = [round(127 + 120 * math.sin(number / 7 + shift)) for shift in (0, 2, 4)]
        yield Frame(number / RATE, np.tile(np.array(colour, np.uint8), (2, 2, 1)))


def analysed(frames: Iterable[Frame], piece: int = 64) -> tuple[Analyzer, Floats, Features, Scores]:
    """The analyzer when all is done, what it answered on the way, and its result."""
    analyzer = Analyzer(ColourBackbone(), piece=piece)
    early = np.concatenate([analyzer.push(frame) for frame in frames])
    return analyzer, early, *analyzer.finish()


@settings(max_examples=40)
@given(count=st.integers(1, 260), piece=st.integers(1, 24).map(lambda steps: 8 * steps))
def test_the_piece_does_not_change_the_answers(count: int, piece: int) -> None:
    one, _, features, scores = analysed(shades(count))
    other, early, same_features, same_scores = analysed(shades(count), piece)
    assert np.array_equal(features.values, same_features.values)
    assert np.array_equal(scores.values, same_scores.values)
    assert np.array_equal(early, scores.values[: len(early)])
    assert scores.grid == same_scores.grid == features.grid
    np.testing.assert_allclose(one.clip_probabilities(), other.clip_probabilities(), rtol=1e-6)
    assert scores.grid.count == math.ceil(count / 8)


def test_the_result_says_where_it_belongs() -> None:
    _, _, features, scores = analysed(shades(80))
    assert features.producer == "colours-1"
    assert scores.labels.names == ("red", "green", "blue")
    assert (scores.grid.start, scores.grid.step, scores.grid.span) == (0, Fraction(8, 25), Fraction(8, 25))
    np.testing.assert_allclose(scores.values.sum(1), 1, rtol=1e-6)
    assert scores.values.dtype == features.values.dtype == np.float32


def test_answers_come_as_soon_as_they_are_sure() -> None:
    analyzer = Analyzer(ColourBackbone(), piece=8)
    steps = [len(analyzer.push(frame)) for frame in shades(81)]
    # The first piece holds 56 frames and goes once a 57th shows that it is not the last.
    assert {number: count for number, count in enumerate(steps, 1) if count} == {57: 1, 65: 1, 73: 1, 81: 1}


def test_the_last_picture_is_held_to_fill_the_last_step() -> None:
    frames = [Frame(number / RATE, plain(RED if number < 64 else BLUE, 2, 2)) for number in range(65)]
    held = [*frames, *(Frame(number / RATE, plain(BLUE, 2, 2)) for number in range(65, 72))]
    _, _, features, _ = analysed(frames)
    _, _, wanted, _ = analysed(held)
    assert np.array_equal(features.values, wanted.values)
    assert features.values[-1].tolist() == list(BLUE)


def test_a_single_frame_is_enough() -> None:
    analyzer, early, features, scores = analysed(shades(1))
    assert len(early) == 0
    assert features.values.shape == (1, 3)
    np.testing.assert_allclose(analyzer.clip_probabilities(), scores.values[0], rtol=1e-6)


@pytest.mark.parametrize("piece", [0, -8])
def test_a_piece_has_frames(piece: int) -> None:
    with pytest.raises(UsageError, match=r"a piece has frames; got: .*allowed: 1 or more"):
        Analyzer(ColourBackbone(), piece=piece)


@pytest.mark.parametrize("time", [Fraction(0), Fraction(2, 25), Fraction(1, 24), Fraction(-1, 25)])
def test_a_frame_out_of_its_place_is_refused(time: Fraction) -> None:
    analyzer = Analyzer(ColourBackbone())
    analyzer.push(Frame(Fraction(0), plain(RED)))
    with pytest.raises(UsageError, match=r"out of its place; got: .* s; allowed: 1/25 s next"):
        analyzer.push(Frame(time, plain(RED)))


@pytest.mark.parametrize("before", [1, 57])
def test_a_frame_of_another_size_is_refused(before: int) -> None:
    analyzer = Analyzer(ColourBackbone(), piece=8)
    for number in range(before):
        analyzer.push(Frame(number / RATE, plain(RED)))
    with pytest.raises(UsageError, match="another size"):
        analyzer.push(Frame(before / RATE, plain(RED, 32, 32)))


def test_without_frames_there_is_nothing_to_finish() -> None:
    with pytest.raises(InputError, match="nothing to analyse; got: no frames"):
        Analyzer(ColourBackbone()).finish()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_an_error(bad: float) -> None:
    analyzer = Analyzer(ColourBackbone(lambda colours: np.full((len(colours), 3), bad, np.float32)))
    for frame in shades(64):
        analyzer.push(frame)
    with pytest.raises(InputError, match=r"colours answered with numbers that are not finite; got: frames 0 to 64"):
        analyzer.finish()


def test_a_video_is_averaged_as_the_network_was_trained() -> None:
    """Logits of three steps, (0, 0, 0), (6, 0, 3) and (0, 2, 0): the pairs have the means (3, 0, 1.5) and (3, 1, 1.5),
    whose mean is (3, 0.5, 1.5).
    """
    logits = np.array([[0, 0, 0], [6, 0, 3], [0, 2, 0]], np.float32)
    analyzer = Analyzer(ColourBackbone(lambda colours: logits[: len(colours)]))
    for frame in shades(24):
        analyzer.push(frame)
    analyzer.finish()
    odds = np.exp([3, 0.5, 1.5])
    np.testing.assert_allclose(analyzer.clip_probabilities(), odds / odds.sum(), rtol=1e-6)


def test_large_logits_stay_finite() -> None:
    analyzer = Analyzer(ColourBackbone(lambda colours: colours * 1000))
    for frame in shades(24):
        analyzer.push(frame)
    _, scores = analyzer.finish()
    assert np.isfinite(scores.values).all()
    assert np.isfinite(analyzer.clip_probabilities()).all()


def test_two_analyses_share_nothing() -> None:
    model = ColourBackbone()
    one, other = Analyzer(model), Analyzer(model)
    results: list[npt.NDArray[np.float32]] = []
    for mine, theirs in zip(shades(70), (Frame(n / RATE, plain(RED, 2, 2)) for n in range(70)), strict=True):
        one.push(mine)
        other.push(theirs)
    results = [one.finish()[0].values, other.finish()[0].values]
    assert np.array_equal(results[0], analysed(shades(70))[2].values)
    assert (results[1] == RED).all()
