from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.media._axis import Axis, Ticks

START = Fraction(5000)  # some time on the shared clock


def times(axis: Axis, packets: list[tuple[float, float]]) -> list[float]:
    """Where packets, each with its stamp and the seconds since START at which it came, lie on the axis."""
    return [
        float(Fraction(stamp) + axis.shift(Fraction(stamp), START + Fraction(arrival))) for stamp, arrival in packets
    ]


def test_the_first_packet_is_second_0_and_stamps_tell_the_rest() -> None:
    assert times(Axis(), [(77, 0), (77.5, 0.75), (78, 0.875), (79, 2.5)]) == [0, 0.5, 1, 2]


def test_a_new_connection_goes_on_by_the_wall_clock() -> None:
    axis = Axis()
    assert times(axis, [(77, 0), (78, 1)]) == [0, 1]
    axis.connect()
    assert times(axis, [(3, 12.5), (4, 13.5)]) == [12.5, 13.5]


def test_another_process_goes_on_where_the_first_ended() -> None:
    assert times(Axis(START), [(3, 12.5)]) == [12.5]


def test_a_stalled_network_changes_nothing_and_a_clock_that_was_set_is_followed_at_once() -> None:
    assert times(Axis(), [(0, 0), (1, 9), (2, 9), (9, 9)]) == [0, 1, 2, 9]
    assert times(Axis(), [(0, 0), (3600, 1), (3601, 2)]) == [0, 1, 2]
    assert times(Axis(), [(100, 0), (0, 1), (1, 2)]) == [0, 1, 2]


def test_drift_is_corrected_once_it_is_half_a_second_for_a_whole_minute() -> None:
    fast = [(second * 1.01, float(second)) for second in range(0, 200, 5)]  # gains 0.6 s a minute
    apart = [abs(time - arrival) for time, (_, arrival) in zip(times(Axis(), fast), fast, strict=True)]
    assert 0.5 < max(apart) < 1.5
    late_once = [(float(second), second + (2.0 if second % 10 else 0.0)) for second in range(200)]
    assert times(Axis(), late_once) == [stamp for stamp, _ in late_once]


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 60)), max_size=20), st.sampled_from([25, Fraction(30)]))
def test_each_k_is_given_once_in_order_and_at_its_place(stretches: list[tuple[int, int]], rate: Fraction) -> None:
    ticks, given_out = Ticks(Fraction(rate)), []
    for start, length in stretches:
        begin, end = Fraction(start, 10), Fraction(start + length, 10)
        during = ticks.during(begin, end)
        assert all(begin <= k / Fraction(rate) < end for k in during)
        given_out += during
    assert given_out == sorted(set(given_out))


@pytest.mark.parametrize("first", [0, 30])
def test_nothing_before_the_first_is_given(first: int) -> None:
    assert Ticks(Fraction(25), first).during(Fraction(1), Fraction(2)) == range(max(first, 25), 50)
