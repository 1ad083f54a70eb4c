from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
import pytest

from aisle.core import MissingPartError, UnknownNameError, UsageError
from aisle.core.clip import FASTEST
from aisle.media.flow import METHODS, Flow, stored
from moving import shifted, still

Bytes = npt.NDArray[np.uint8]

INNER = (slice(None), slice(30, -30), slice(30, -30))  # away from the edges, over which a texture comes and goes


def pixels(motion: Bytes) -> npt.NDArray[np.float64]:
    return (motion / 127.5 - 1) * FASTEST


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("right", "down"), [(1, 0), (-3, 0), (0, 2), (5, -4), (-8, 8)])
def test_a_shift_is_seen_as_it_is(method: str, right: int, down: int) -> None:
    found = pixels(Flow(method).push(shifted(4, right, down)))[INNER][1:]
    assert np.abs(found - [right, down]).mean() < 0.2


@pytest.mark.parametrize(("right", "down"), [(15, 0), (0, -15)])
def test_dis_sees_fast_motion_too(right: int, down: int) -> None:
    found = pixels(Flow().push(shifted(3, right, down)))[INNER][1:]
    assert np.abs(found - [right, down]).mean() < 0.5


@pytest.mark.parametrize("method", METHODS)
def test_in_the_first_picture_and_where_nothing_moves_there_is_no_motion(method: str) -> None:
    assert np.abs(pixels(Flow(method).push(shifted(2, 4, 0))[0])).max() < 0.1
    assert np.abs(pixels(Flow(method).push(still(3)))).max() < 0.1


def test_motion_is_stored_in_256_steps_and_cut_at_the_fastest() -> None:
    given = np.array([-1000, -FASTEST, -10, 0, 10, FASTEST, 1000], np.float32)
    assert stored(given).tolist() == [0, 0, 64, 128, 191, 255, 255]
    every = np.linspace(-FASTEST, FASTEST, 999, dtype=np.float32)
    assert np.abs(pixels(stored(every)) - every).max() <= FASTEST / 255 + 1e-5


@pytest.mark.parametrize("method", METHODS)
def test_how_pictures_are_cut_into_pushes_changes_nothing(method: str) -> None:
    frames = shifted(7, 3, -2)
    whole, pieces = Flow(method), Flow(method)
    assert np.array_equal(
        whole.push(frames), np.concatenate([pieces.push(frames[:1]), pieces.push(frames[1:3]), pieces.push(frames[3:])])
    )


def test_pictures_are_not_changed_and_no_picture_gives_no_motion() -> None:
    frames = shifted(3, 2, 0)
    before = frames.copy()
    flow = Flow()
    assert flow.push(frames).shape == (*frames.shape[:3], 2)
    assert flow.push(frames[:0]).shape == (0, *frames.shape[1:3], 2)
    assert np.array_equal(frames, before)


def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownNameError, match="farneback"):
        Flow("farnebak")
    with pytest.raises(UsageError, match="got: 8x40"):
        Flow().push(np.zeros((2, 40, 8, 3), np.uint8))
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingPartError, match=r"aisle\[flow\]"):
        Flow()
