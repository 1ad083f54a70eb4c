from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from aisle.core import UsageError
from aisle.deploy.bundle import StateShape
from aisle.deploy.network import Array
from aisle.deploy.stream import PieceStream
from aisle.models.card import Steps

STEPS = Steps(stride=8, first=56, history=6, trained_frames=64)
STATES = (StateShape("one", 3, 4, lead=1, keep=2), StateShape("pool", 5, 8, lead=0, keep=1))


class Recorder:
    """A network that notes what it is given, and returns states that say how often it was called."""

    def __init__(self) -> None:
        self.calls: list[Sequence[Array]] = []

    def __call__(self, inputs: Sequence[Array]) -> list[Array]:
        self.calls.append(inputs)
        states = [np.full((1, s.channels, s.keep, 1, 1), len(self.calls), np.float32) for s in STATES]
        return [np.zeros((1, 4), np.float32), np.zeros((1, 2), np.float32), *states]


def frames(first: int, count: int) -> Array:
    """Frame k is k everywhere."""
    return np.broadcast_to(np.arange(first, first + count, dtype=np.uint8)[:, None, None, None], (count, 20, 33, 3))


def stream(network: Recorder) -> PieceStream:
    return PieceStream(network, STATES, STEPS, height=20, width=33)


def test_each_piece_repeats_the_frames_before_it_and_carries_the_states() -> None:
    network = Recorder()
    fed = stream(network)
    for first, count, last in ((0, 56, False), (56, 8, False), (64, 16, True)):
        fed.push(frames(first, count), last=last)
    shown = [call[0][:, 0, 0, 0].tolist() for call in network.calls]
    assert shown == [list(range(56)), list(range(50, 64)), list(range(58, 80))]
    assert [(len(call[1]), len(call[2])) for call in network.calls] == [(1, 0), (0, 0), (0, 1)]
    assert [call[3].ravel()[0] for call in network.calls] == [0, 1, 2]


def test_a_stream_begins_with_zeros_as_states() -> None:
    network = Recorder()
    stream(network).push(frames(0, 56), last=False)
    first, pool = network.calls[0][3:]
    assert (first.shape, pool.shape) == ((1, 3, 1, 5, 9), (1, 5, 0, 3, 5))
    assert not first.any()


@pytest.mark.parametrize(("count", "last"), [(48, False), (8, False), (57, False), (0, True), (7, True), (12, True)])
def test_a_first_piece_of_another_length_is_refused(count: int, last: bool) -> None:
    network = Recorder()
    allowed = 8 if last else 56
    with pytest.raises(UsageError, match=f"another length; got: {count}; allowed: at least {allowed}, a multiple of 8"):
        stream(network).push(frames(0, count), last=last)
    assert network.calls == []


@pytest.mark.parametrize(("count", "last"), [(0, False), (0, True), (9, False), (4, True)])
def test_a_later_piece_of_another_length_is_refused_and_can_be_put_right(count: int, last: bool) -> None:
    network = Recorder()
    fed = stream(network)
    fed.push(frames(0, 56), last=False)
    with pytest.raises(UsageError, match=f"another length; got: {count}; allowed: at least 8"):
        fed.push(frames(56, count), last=last)
    fed.push(frames(56, 8), last=True)
    assert network.calls[1][0][:, 0, 0, 0].tolist() == list(range(50, 64))


def test_a_stream_may_begin_and_end_in_one_step() -> None:
    network = Recorder()
    stream(network).push(frames(0, 8), last=True)
    ((seen, lead, end, *_),) = network.calls
    assert (len(seen), len(lead), len(end)) == (8, 1, 1)
