"""The threshold for a wished number of false alarms a day: counted where video suffices, extrapolated where not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from aisle.analysis.noticing import THRESHOLD, risk
from aisle.core import InputError, UsageError
from aisle.events.alarm import Alarm, Policy
from aisle.train.alarm_rate import knee_for

STEP = Fraction(8, 25)


def calm(seconds: int, seed: int = 0) -> np.ndarray:
    """Surprises of normal video: exponential, and a little smooth."""
    rng = np.random.default_rng(seed)
    raw = rng.exponential(size=round(seconds / STEP) + 2)
    return ((raw[:-2] + raw[1:-1] + raw[2:]) / 3).astype(np.float32)


def alarms(surprises: np.ndarray, knee: float) -> int:
    alarm = Alarm("", "", Policy.prompt(THRESHOLD))
    risks = risk(surprises, knee).tolist()
    events = [event for at, one in enumerate(risks) for event in alarm.update(at * STEP, (at + 1) * STEP, one)]
    return len({event.id for event in events})


def test_a_rate_that_was_seen_is_kept_on_other_video() -> None:
    wished = 40 * 24  # forty an hour
    knee = knee_for([calm(900)], STEP, wished)
    assert not knee.extrapolated
    assert "counted on 15.0 minutes" in knee.told()
    assert 4 <= alarms(calm(900, seed=1), knee.value) <= 25


def test_a_rarer_alarm_has_a_higher_threshold() -> None:
    often, rare = (knee_for([calm(600)], STEP, wished) for wished in (100, 1))
    assert rare.value > often.value
    assert rare.extrapolated
    assert "extrapolated from 10.0 minutes" in rare.told()
    assert rare.a_day == pytest.approx(1)
    assert rare.low <= rare.a_day <= rare.high


def test_less_video_is_less_sure() -> None:
    short, long = (knee_for([calm(seconds)], STEP, 24) for seconds in (300, 1500))
    assert short.high / short.low > long.high / long.low


@pytest.mark.parametrize("wished", [0, -1])
def test_no_alarm_at_all_cannot_be_wished(wished: float) -> None:
    with pytest.raises(UsageError, match="allows for some alarms"):
        knee_for([calm(60)], STEP, wished)


def test_no_video_is_told() -> None:
    with pytest.raises(InputError, match="no normal video to find a threshold on"):
        knee_for([], STEP, 1)
