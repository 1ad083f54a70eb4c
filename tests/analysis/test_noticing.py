"""Scorers, what their scores mean, and how they become one risk: by hand, against scikit-learn, and as properties."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.analysis.area_mean import AreaMean
from aisle.analysis.cue import cells, joined
from aisle.analysis.mixture import Mixture
from aisle.analysis.nearest import Nearest, coreset, distances
from aisle.analysis.noticing import SHAPE, Noticing, Part, Smoothing, fused, painted, risk
from aisle.analysis.plain_error import PlainError
from aisle.analysis.tail import Tail
from aisle.analysis.whitened import Whitened
from aisle.core import InputError
from aisle.core.sightings import Sightings

WHOLE = (0.0, 0.0, 1.0, 1.0)
LEVELS = st.lists(st.floats(0, 100, width=32), min_size=1, max_size=50)


def seen(values: np.ndarray, steps: list[int] | None = None, places: np.ndarray | None = None) -> Sightings:
    rows = np.asarray(values, np.float32).reshape(len(values), -1)
    at = np.arange(len(rows)) if steps is None else np.array(steps, np.int64)
    where = np.tile(np.array(WHOLE, np.float32), (len(rows), 1)) if places is None else places.astype(np.float32)
    return Sightings(rows, at, where, int(at[-1]) + 1 if len(at) else 1)


# --- nearest neighbours


def test_a_coreset_begins_in_the_middle_and_takes_the_farthest() -> None:
    rows = np.array([[0.0], [1.0], [2.0], [10.0], [11.0]], np.float32)
    # the mean is 4.8: 2 is next to it; 11 is farthest from that, then 0
    assert coreset(rows, 3).ravel().tolist() == [2.0, 11.0, 0.0]


def test_few_rows_are_all_kept() -> None:
    rows = np.arange(4, dtype=np.float32)[:, None]
    assert coreset(rows, 9) is rows


def test_a_distance_is_the_mean_of_the_nearest() -> None:
    memory = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]], np.float32)
    assert distances(np.zeros((1, 2), np.float32), memory, 2).tolist() == pytest.approx([2.5])
    assert distances(np.zeros((1, 2), np.float32), memory, 9).tolist() == pytest.approx([5.0])


def test_what_was_never_seen_is_farther(rng: np.random.Generator) -> None:
    normal = seen(rng.normal(size=(300, 5)))
    scorer = Nearest.fit(normal, size=100)
    near, far = scorer.score(normal), scorer.score(seen(np.full((1, 5), 9.0)))
    assert far[0] > near.max()


def test_what_is_usual_here_is_unusual_there(rng: np.random.Generator) -> None:
    places = cells(2, 2)[np.arange(200) % 4]
    values = np.where(np.arange(200) % 4 == 0, 5.0, 0.0)[:, None] + 0.1 * rng.normal(size=(200, 1))
    scorer = Nearest.fit(seen(values, list(range(200)), places), local=30.0)
    here, there = seen([[5.0]], [0], cells(2, 2)[:1]), seen([[5.0]], [0], cells(2, 2)[3:])
    assert scorer.score(there)[0] > 3 * scorer.score(here)[0]


def test_an_extended_memory_keeps_all_it_had(rng: np.random.Generator) -> None:
    old, new = seen(rng.normal(size=(200, 3))), seen(rng.normal(size=(200, 3)) + 20)
    before = Nearest.fit(old, size=50)
    after = before.extended(new, size=50)
    assert np.array_equal(after.memory[:50], before.memory)
    assert (after.score(old) <= before.score(old) + 1e-3).all()
    assert after.score(new).max() < before.score(new).min()


def test_one_row_is_too_little() -> None:
    with pytest.raises(InputError, match="too little was seen"):
        Nearest.fit(seen([[1.0]]))


def test_whitened_rows_have_unit_variance(rng: np.random.Generator) -> None:
    normal = seen(rng.normal(size=(2000, 3)) * [1, 100, 0.01] + [5, 0, 7])
    assert Whitened.fit(normal).rows(normal).std(0) == pytest.approx([1, 1, 1], abs=0.03)


def test_more_numbers_than_rows_are_whitened_too(rng: np.random.Generator) -> None:
    normal = seen(rng.normal(size=(10, 50)))
    rows = Whitened.fit(normal).rows(normal)
    assert rows.shape[1] < 10
    assert np.isfinite(rows).all()


# --- mixtures and plain scores


def test_a_mixture_scores_as_scikit_learn_does(rng: np.random.Generator) -> None:
    from sklearn.mixture import GaussianMixture

    normal = seen(np.concatenate([rng.normal(size=(300, 3)), rng.normal(size=(300, 3)) * 2 + 6]))
    scorer = Mixture.fit(normal, components=2)
    rows = scorer.whitened.rows(normal)
    known = GaussianMixture(2, reg_covar=1e-2, random_state=0, init_params="k-means++").fit(rows.astype(np.float64))
    assert scorer.density(rows) == pytest.approx(known.score_samples(rows.astype(np.float64)), abs=1e-3)


@pytest.mark.parametrize("kind", [Nearest, Mixture, PlainError, AreaMean])
def test_a_scorer_is_read_back_as_it_was(kind: type, rng: np.random.Generator) -> None:
    normal = seen(rng.normal(size=(60, 2)))
    scorer = kind.fit(normal)
    assert np.array_equal(kind.read(scorer.arrays()).score(normal), scorer.score(normal))
    assert (scorer.score(normal) >= 0).all()


def test_a_mean_by_area_is_that_of_the_step() -> None:
    places = np.array([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1], [0, 0, 1, 1]])
    sightings = seen([[1.0], [3.0], [5.0]], [0, 0, 1], places)
    scores = AreaMean().score(sightings)
    assert sightings.most(scores).tolist() == pytest.approx([2.0, 5.0])
    assert scores[0] == pytest.approx(2.0 / 3)


# --- what a score means


def test_a_tail_is_worked_out_by_hand() -> None:
    tail = Tail.fit(np.arange(101, dtype=np.float32))
    # a half reaches 50: -log 0.5; 98 is reached by two in a hundred; the lower of the two beyond lies 1 over it
    assert tail.surprise(np.array([0, 50, 80, 98], np.float32)).tolist() == pytest.approx(
        [0, np.log(2), np.log(5), np.log(50)], abs=1e-3
    )
    scale = 1 / -np.log(0.75)
    assert tail.scale == pytest.approx(scale)
    assert tail.surprise(np.array([98 + 3 * scale], np.float32))[0] == pytest.approx(np.log(50) + 3, rel=1e-4)


def test_two_in_a_hundred_move_no_tail() -> None:
    clean = np.arange(1001, dtype=np.float32)
    dirty = clean.copy()
    dirty[-15:] = 1e6
    assert Tail.fit(dirty).scale == pytest.approx(Tail.fit(clean).scale)


@given(LEVELS, LEVELS)
def test_a_surprise_never_falls(normal: list[float], asked: list[float]) -> None:
    scores = np.sort(np.array(asked, np.float32))
    surprise = Tail.fit(np.array(normal, np.float32)).surprise(scores)
    assert (np.diff(surprise) >= 0).all()
    assert (surprise >= 0).all()


@given(LEVELS, LEVELS, LEVELS)
def test_joined_tails_are_surprised_by_what_surprises_both(
    one: list[float], other: list[float], asked: list[float]
) -> None:
    first, second = Tail.fit(np.array(one, np.float32)), Tail.fit(np.array(other, np.float32))
    scores = np.sort(np.array(asked, np.float32))
    both = first.joined(second).surprise(scores)
    assert (np.diff(both) >= 0).all()
    at = np.union1d(first.levels, second.levels).astype(np.float32)
    lower = np.minimum(first.surprise(at), second.surprise(at))
    assert (first.joined(second).surprise(at) <= lower + 1e-2 * (1 + lower)).all()


def test_nothing_to_calibrate_on_is_told() -> None:
    with pytest.raises(InputError, match="no normal video to calibrate on"):
        Tail.fit(np.empty(0, np.float32))


# --- one risk


@given(st.lists(st.floats(0, 50), min_size=3, max_size=3), st.integers(0, 2), st.floats(0, 50), st.floats(0.1, 50))
def test_risk_never_falls_where_a_surprise_rises(given_: list[float], at: int, more: float, knee: float) -> None:
    low = np.array([given_], np.float32)
    high = low.copy()
    high[0, at] += np.float32(more)
    beyond = [0.0, 4.0, 2.0]
    before, after = risk(fused(low, beyond), knee)[0], risk(fused(high, beyond), knee)[0]
    assert 0 <= before <= after <= 1


def test_the_knee_is_the_threshold() -> None:
    assert risk(np.array([0, 3, 6, 12], np.float32), 6.0).tolist() == pytest.approx([0, 1 / 17, 0.5, 16 / 17])


def test_what_is_seen_everywhere_is_not_painted() -> None:
    places = np.array([[0.5, 0, 1, 0.5], [0, 0, 1, 1]])
    where = painted(seen([[0.0], [0.0]], [0, 0], places), np.array([2.0, 9.0], np.float32))
    assert where.shape == (1, *SHAPE)
    assert where[0, 0, -1] == 2
    assert where[0, 0, 0] == where[0, -1, -1] == 0


@pytest.mark.parametrize("cut", [1, 2, 5, 12])
def test_pieces_do_not_change_a_mean(cut: int, rng: np.random.Generator) -> None:
    rows = rng.normal(size=12).astype(np.float32)
    smoothing, whole = Smoothing(2), Smoothing(2).push(rows, last=True)
    parts = [smoothing.push(rows[first : first + cut], last=first + cut >= 12) for first in range(0, 12, cut)]
    assert np.concatenate(parts) == pytest.approx(whole)
    assert whole[0] == pytest.approx(rows[:3].mean())


class _Once:
    """A cue of one step a piece that says how bright the picture is; it must be asked once for all that share it."""

    name = "bright"

    def __init__(self) -> None:
        self.asked = 0

    def start(self, stride: int, rate: Fraction) -> _Once:
        del stride, rate
        return self

    def push(self, frames: np.ndarray, features: np.ndarray, *, last: bool) -> Sightings:
        del features, last
        self.asked += 1
        return seen(frames.mean((1, 2, 3))[:, None])


def test_parts_that_share_a_cue_look_once() -> None:
    cue, tail = _Once(), Tail.fit(np.arange(100, dtype=np.float32))
    parts = [Part(cue, PlainError(), tail, half=1), Part(cue, PlainError(), tail)]
    noticing = Noticing(parts, 1, Fraction(1))
    frames = np.full((4, 2, 2, 3), 100, np.uint8)
    first, _ = noticing.push(frames, np.empty((0, 1), np.float32), last=False)
    rest, _ = noticing.push(frames, np.empty((0, 1), np.float32), last=True)
    assert cue.asked == 2
    assert (len(first), len(rest)) == (3, 5)  # the first part waits for a step more
    assert first[0] == pytest.approx(2 * tail.surprise(np.array([100], np.float32))[0])


def test_steps_of_parts_follow_each_other() -> None:
    both = joined([seen([[1.0], [2.0]], [0, 1]), seen([[3.0]], [0])])
    assert (both.steps.tolist(), both.count) == ([0, 1, 2], 3)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
