from __future__ import annotations

import math

import numpy as np
import pytest

from aisle.core import UsageError
from aisle.evaluate.bootstrap import Interval, bootstrap

VALUES = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])


def average(rows: np.ndarray) -> dict[str, float]:
    return {"mean": float(VALUES[rows].mean())}


def test_the_interval_of_a_mean_is_about_two_standard_errors_wide() -> None:
    values = np.random.default_rng(1).normal(size=400)
    interval = bootstrap(lambda rows: {"mean": float(values[rows].mean())}, range(400), resamples=4000)["mean"]
    error = values.std() / 20
    assert interval.value == values.mean()
    assert interval.low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert interval.high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)
    assert (interval.level, interval.resamples) == (0.95, 4000)


def test_a_group_is_drawn_whole() -> None:
    """Of two groups, one all 0 and one all 1, a resample has a mean of 0, 1/2 or 1 and nothing between."""
    seen = set()

    def noted(rows: np.ndarray) -> dict[str, float]:
        assert len(rows) == 6
        seen.add(float(VALUES[rows].mean()))
        return average(rows)

    interval = bootstrap(noted, ["a", "a", "a", "b", "b", "b"], resamples=50)["mean"]
    assert seen == {0, 0.5, 1}
    assert (interval.low, interval.value, interval.high) == (0, 0.5, 1)


def test_the_same_seed_draws_the_same() -> None:
    values = np.random.default_rng(0).normal(size=20)
    one, same, other = (
        bootstrap(lambda rows: {"mean": float(values[rows].mean())}, range(20), seed=seed, resamples=20)["mean"]
        for seed in (3, 3, 5)
    )
    assert one == same
    assert one != other


def test_one_group_has_no_interval() -> None:
    assert bootstrap(average, ["shop"] * 6) == {}


def test_undefined_resamples_are_left_out_and_counted() -> None:
    def recall(rows: np.ndarray) -> dict[str, float]:
        return {"recall": 1.0 if 0 in rows else math.nan, "never": math.nan}

    intervals = bootstrap(recall, range(3), resamples=100)
    assert set(intervals) == {"recall"}
    assert 40 < intervals["recall"].resamples < 95  # an item is drawn with a chance of 1 - (2/3)^3 = 0.70
    assert (intervals["recall"].low, intervals["recall"].high) == (1, 1)


def test_to_json() -> None:
    assert Interval(0.5, 0.4, 0.6, 0.95, 10).to_json() == {
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
        "level": 0.95,
        "resamples": 10,
    }


@pytest.mark.parametrize("wrong", [{"level": 0.0}, {"level": 1.0}, {"resamples": 0}])
def test_what_makes_no_interval_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="an interval needs"):
        bootstrap(average, range(6), **wrong)


def test_progress_is_told() -> None:
    told: list[tuple[float, float | None]] = []
    bootstrap(average, range(6), resamples=3, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
