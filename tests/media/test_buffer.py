from __future__ import annotations

import threading
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import Frame, InputError
from aisle.media._buffer import Buffer

RATE = 25


def frame(number: int) -> Frame:
    return Frame(Fraction(number, RATE), np.zeros((2, 2, 3), np.uint8))


def numbers(buffer: Buffer, count: int) -> list[Fraction]:
    got = (buffer.get() for _ in range(count))
    return [frame.time * RATE for frame in got if frame]


def test_frames_come_in_order_and_end() -> None:
    buffer = Buffer(4)
    for number in range(3):
        buffer.put(frame(number))
    buffer.end()
    assert numbers(buffer, 3) == [0, 1, 2]
    assert buffer.get() is None
    assert buffer.dropped == 0


def test_the_one_too_many_takes_the_place_of_all_that_wait() -> None:
    buffer = Buffer(4)
    for number in range(4):
        buffer.put(frame(number))
    assert (buffer.lag, buffer.dropped) == (Fraction(3, RATE), 0)
    buffer.put(frame(4))
    assert (buffer.lag, buffer.dropped) == (0, 4)
    buffer.put(frame(5))
    assert numbers(buffer, 2) == [4, 5]


@given(most=st.integers(1, 8), steps=st.lists(st.booleans(), max_size=60))
def test_nothing_is_lost_uncounted_and_the_lag_stays_bounded(most: int, steps: list[bool]) -> None:
    buffer, given_in, taken = Buffer(most), 0, []
    waiting = 0
    for puts in steps:
        if puts:
            buffer.put(frame(given_in))
            given_in += 1
            waiting = waiting + 1 if waiting < most else 1
        elif waiting:
            taken += numbers(buffer, 1)
            waiting -= 1
        assert buffer.lag * RATE < most
    assert len(taken) + waiting + buffer.dropped == given_in
    assert taken == sorted(set(taken))


def test_an_error_comes_after_what_waits() -> None:
    buffer = Buffer(4)
    buffer.put(frame(0))
    buffer.end(InputError("broken", do="mend it"))
    buffer.end()
    assert numbers(buffer, 1) == [0]
    with pytest.raises(InputError, match="broken"):
        buffer.get()


def test_closing_wakes_whoever_waits() -> None:
    buffer, got = Buffer(1), []
    waiting = threading.Thread(target=lambda: got.append(buffer.get()))
    waiting.start()
    buffer.end(at_once=True)
    waiting.join()
    assert got == [None]
