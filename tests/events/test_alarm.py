"""Risk over time to events. The cases were worked out by hand; the properties hold for any risk whatever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.core import Event, UsageError
from aisle.events.alarm import Alarm, Policy

Cell = tuple[Fraction, Fraction, float]
F = Fraction

PLAIN = Policy(0.6, release=0.4, hold=F(2), linger=F(3), cooldown=F(10), smooth=F(0))
EAGER = Policy(0.6, release=0.4, hold=F(0), linger=F(0), cooldown=F(0), smooth=F(0))


def named(policy: Policy) -> Alarm:
    numbers = count(1)
    return Alarm("till", "shoplifting", policy, new_id=lambda: f"e{next(numbers)}")


def seconds_of(risks: Iterable[float]) -> list[Cell]:
    """One cell a second, from second 0."""
    return [(F(second), F(second + 1), risk) for second, risk in enumerate(risks)]


def told(alarm: Alarm, cells: Iterable[Cell]) -> list[Event]:
    events = [event for start, end, risk in cells for event in alarm.update(start, end, risk)]
    return [*events, *alarm.finish()]


def spans(events: Iterable[Event]) -> list[tuple[Fraction, Fraction]]:
    return [(event.started, event.updated) for event in events if event.ended is not None]


# By hand


def test_an_event_starts_lasts_and_ends_once() -> None:
    """Up at 1, known at 3; told each second; under the release from 6, known at 9."""
    events = told(named(PLAIN), seconds_of([0.1, 0.7, 0.7, 0.8, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1]))
    assert [(event.updated, event.ended, event.peak) for event in events] == [
        (F(3), None, 0.7),
        (F(4), None, 0.8),
        (F(5), None, 0.8),
        (F(6), None, 0.8),
        (F(6), F(6), 0.8),
    ]
    assert {(event.id, event.camera, event.kind, event.started) for event in events} == {
        ("e1", "till", "shoplifting", F(1))
    }


def test_each_piece_of_news_comes_as_soon_as_it_is_known() -> None:
    alarm = named(PLAIN)
    news = [alarm.update(*cell) for cell in seconds_of([0.7, 0.7, 0.0, 0.0, 0.0, 0.0])]
    assert [[event.state for event in events] for events in news] == [[], ["open"], [], [], ["ended"], []]


@pytest.mark.parametrize(
    ("risks", "wanted"),
    [
        ([0.7, 0.5, 0.7, 0.5], []),  # never up for two seconds
        ([0.6, 0.6], [(0, 2)]),  # at the threshold is over it
        ([0.7, 0.7, 0.1, 0.1, 0.5, 0.1], [(0, 5)]),  # down for two seconds: it lasts
        ([0.7, 0.7, 0.4, 0.4, 0.4, 0.4], [(0, 6)]),  # at the release is not under it
        ([0.7] * 2 + [0.0] * 10 + [0.7] * 2, [(0, 2), (12, 14)]),  # the cooldown ends at 12, as the risk comes
        ([0.7] * 2 + [0.0] * 3 + [0.7] * 7 + [0.0], [(0, 2)]),  # up from 5 to 12, within the cooldown
        ([0.7] * 2 + [0.0] * 3 + [0.7] * 9, [(0, 2), (12, 14)]),  # still up when the cooldown ends: held from there
    ],
)
def test_hysteresis_hold_linger_and_cooldown(risks: list[float], wanted: list[tuple[int, int]]) -> None:
    assert spans(told(named(PLAIN), seconds_of(risks))) == wanted


def test_what_a_cooldown_holds_back_is_counted_once_each() -> None:
    alarm = named(PLAIN)
    told(alarm, seconds_of([0.7] * 2 + [0.0] * 3 + [0.7] * 3 + [0.0] + [0.7] * 2))
    assert alarm.suppressed == 2  # up from 5 to 8 and from 9 to 11, until 12


def test_a_mean_over_two_seconds_crosses_between_the_cells() -> None:
    """From 0 to 1 at second 2: the mean is .6 at 3.2. Back at 5: it is .4 at 6.2."""
    alarm = named(Policy(0.6, release=0.4, hold=F(1), linger=F(1), cooldown=F(0), smooth=F(2)))
    halves = Policy(0.5, release=0.25, hold=F(1), linger=F(1), cooldown=F(0), smooth=F(2))
    risks = [0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    assert spans(told(named(halves), seconds_of(risks))) == [(F(3), F(13, 2))]
    [(start, end)] = spans(told(alarm, seconds_of(risks)))
    assert (float(start), float(end)) == (3.2, 6.2)


def test_the_gauge_shows_the_mean_of_what_was_seen() -> None:
    alarm = named(Policy(0.6, release=0.4, hold=F(9), linger=F(0), cooldown=F(0), smooth=F(2)))
    gauge = []
    for cell in seconds_of([0.5, 1.0, 0.0, 0.0]):
        alarm.update(*cell)
        gauge.append(alarm.risk)
    assert gauge == [0.5, 0.75, 0.5, 0.0]


def test_a_short_gap_does_not_end_an_event_and_a_long_one_does() -> None:
    alarm = named(PLAIN)
    alarm.update(F(0), F(3), 0.7)
    assert alarm.gap(F(5)) == ()
    assert [event.updated for event in alarm.update(F(5), F(6), 0.7)] == [6]
    assert [(event.ended, event.state) for event in alarm.gap(F(9))] == [(6, "ended")]
    assert (alarm.gap(F(20)), alarm.finish(), alarm.risk) == ((), (), 0.0)


def test_what_is_not_seen_is_not_held() -> None:
    alarm = named(PLAIN)
    assert alarm.update(F(0), F(1), 0.7) == ()
    assert alarm.update(F(2), F(3), 0.7) == ()  # a gap by itself: cells need not touch
    assert [event.started for event in alarm.update(F(3), F(4), 0.7)] == [2]


def test_the_mean_begins_anew_behind_a_gap() -> None:
    alarm = named(Policy(0.6, release=0.4, hold=F(9), linger=F(0), cooldown=F(0), smooth=F(10)))
    alarm.update(F(0), F(5), 1.0)
    alarm.gap(F(6))
    alarm.update(F(6), F(7), 0.25)
    assert alarm.risk == 0.25


def test_an_event_carries_its_clock_and_an_id_of_its_own() -> None:
    alarm = Alarm("till", "fight", EAGER, clock=F(1_700_000_000))
    events = told(alarm, seconds_of([0.7, 0.0, 0.7]))
    assert {event.clock for event in events} == {F(1_700_000_000)}
    assert len({event.id for event in events}) == 2


def test_the_usual_policy() -> None:
    usual = Policy.usual(0.5)
    assert (usual.threshold, usual.release) == (0.5, pytest.approx(0.35))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"release": 0.7}, "release 0.7, threshold 0.6"),
        ({"threshold": 1.5}, "threshold 1.5"),
        ({"release": float("nan")}, "release nan"),
        ({"hold": F(-1)}, "hold is negative; got: -1"),
        ({"smooth": F(-1)}, "smooth is negative"),
    ],
)
def test_an_impossible_policy(change: dict[str, object], said: str) -> None:
    values = {"threshold": 0.6, "release": 0.4, "hold": F(0), "linger": F(0), "cooldown": F(0), "smooth": F(0)}
    with pytest.raises(UsageError, match=said):
        Policy(**{**values, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cell", [(F(0), F(1), 0.5), (F(3), F(3), 0.5), (F(3), F(4), 1.1), (F(3), F(4), float("nan")), (F(3), F(4), -0.1)]
)
def test_an_impossible_cell(cell: Cell) -> None:
    alarm = named(PLAIN)
    alarm.update(F(0), F(2), 0.5)
    with pytest.raises(UsageError):
        alarm.update(*cell)


# For any risk

RISKS = st.sampled_from([0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 1.0]) | st.floats(0, 1)
SHORT = st.fractions(F(1, 30), 5, max_denominator=30)
SPANS = st.sampled_from([F(0), F(1, 3), F(1), F(5, 2), F(4)])
POLICIES = st.builds(
    lambda levels, hold, linger, cooldown, smooth: Policy(max(levels), min(levels), hold, linger, cooldown, smooth),
    st.tuples(RISKS, RISKS),
    SPANS,
    SPANS,
    SPANS,
    SPANS,
)
PIECES = st.lists(st.tuples(SHORT, RISKS), max_size=25)


def cells_of(pieces: Sequence[tuple[Fraction, float]]) -> list[Cell]:
    ends = [sum((length for length, _ in pieces[: index + 1]), F(0)) for index in range(len(pieces))]
    return [(end - length, end, risk) for end, (length, risk) in zip(ends, pieces, strict=True)]


def by_event(events: Iterable[Event]) -> list[list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.id, []).append(event)
    return list(found.values())


@settings(deadline=None)
@given(PIECES, POLICIES)
def test_an_event_starts_once_and_ends_once_and_nothing_comes_between(
    pieces: list[tuple[Fraction, float]], policy: Policy
) -> None:
    events = told(named(policy), cells_of(pieces))
    lives = by_event(events)
    assert [event for life in lives for event in life] == events  # one after the other
    for life in lives:
        *lasting, last = life
        assert lasting
        assert all(event.ended is None for event in lasting)
        assert last.ended == last.updated
        assert {event.started for event in life} == {last.started}
        assert [event.peak for event in life] == sorted(event.peak for event in life)
        assert last.peak >= policy.threshold


@settings(deadline=None)
@given(PIECES, POLICIES)
def test_updates_are_a_second_apart_and_the_cooldown_is_kept(
    pieces: list[tuple[Fraction, float]], policy: Policy
) -> None:
    lives = by_event(told(named(policy), cells_of(pieces)))
    for life in lives:
        assert all(after.updated - before.updated >= 1 for before, after in pairwise(life[:-1]))
        assert life[-1].updated >= life[-2].updated
    for before, after in pairwise(lives):
        assert after[0].started - before[-1].updated >= policy.cooldown


@settings(deadline=None)
@given(PIECES, POLICIES, st.lists(st.fractions(0, 60, max_denominator=60), max_size=40))
def test_how_the_risk_is_cut_into_cells_changes_nothing(
    pieces: list[tuple[Fraction, float]], policy: Policy, cuts: list[Fraction]
) -> None:
    cells = cells_of(pieces)
    cut = [
        (first, last, risk)
        for start, end, risk in cells
        for first, last in pairwise(sorted({start, *(time for time in cuts if start < time < end), end}))
    ]
    whole, parts = named(policy), named(policy)
    assert told(whole, cells) == told(parts, cut)
    assert (whole.suppressed, whole.risk) == (parts.suppressed, parts.risk)


def mean_at(cells: Sequence[Cell], window: Fraction) -> Callable[[Fraction], Fraction]:
    """The trailing mean, worked out anew for each time: slow and plain."""

    def mean(time: Fraction) -> Fraction:
        if not window:
            return next(F(risk) for start, end, risk in cells if start <= time < end)
        since = max(time - window, F(0))
        seen = [(max(start, since), min(end, time), F(risk)) for start, end, risk in cells]
        return sum((risk * (last - first) for first, last, risk in seen if first < last), F(0)) / (time - since)

    return mean


@settings(deadline=None)
@given(PIECES, POLICIES, st.lists(st.fractions(F(1, 1000), F(999, 1000), max_denominator=1000), min_size=3, max_size=3))
def test_the_risk_is_over_the_threshold_for_as_long_as_it_must(
    pieces: list[tuple[Fraction, float]], policy: Policy, moments: list[Fraction]
) -> None:
    cells = cells_of(pieces)
    mean = mean_at(cells, policy.smooth)
    for life in by_event(told(named(policy), cells)):
        opened = life[0]
        assert opened.updated - opened.started == policy.hold
        assert all(mean(opened.started + moment * policy.hold) >= policy.threshold for moment in moments if policy.hold)


@settings(deadline=None)
@given(PIECES, POLICIES, st.fractions(F(1, 1000), F(999, 1000), max_denominator=1000))
def test_an_event_ends_where_the_risk_stays_under_the_release(
    pieces: list[tuple[Fraction, float]], policy: Policy, moment: Fraction
) -> None:
    cells = cells_of(pieces)
    mean = mean_at(cells, policy.smooth)
    for life in by_event(told(named(policy), cells)):
        end = life[-1].updated
        under = min(policy.linger, cells[-1][1] - end)
        assert not under or mean(end + moment * under) <= policy.release


@settings(deadline=None)
@given(PIECES, POLICIES, SHORT, SHORT)
def test_a_gap_may_be_told_in_parts(
    pieces: list[tuple[Fraction, float]], policy: Policy, first: Fraction, second: Fraction
) -> None:
    cells = cells_of(pieces)
    whole, parts = named(policy), named(policy)
    for cell in cells:
        whole.update(*cell)
        parts.update(*cell)
    end = cells[-1][1] if cells else F(0)
    assert whole.gap(end + first + second) == parts.gap(end + first) + parts.gap(end + first + second)
    assert whole.finish() == parts.finish()
    assert whole.finish() == ()
