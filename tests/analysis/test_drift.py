"""Stories of a camera: covered, darkened, moved, frozen, and what is none of these though much changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.analysis.drift import COVERED, DARK, FROZEN, HEIGHT, KINDS, MOVED, WIDTH, Drift, small
from aisle.analysis.drift_alarms import DriftAlarms, DriftOfFile
from aisle.core import Event, Frame, Segment
from videos import Picture

RATE = Fraction(4)
WALL = np.random.default_rng(5).integers(40, 200, (17, 23))


def room(left: int = 0, top: int = 0) -> Picture:
    """A part of a wall of plain squares, 144 x 192, seen from a little further right and down."""
    wall = np.kron(WALL, np.ones((16, 16), np.int64))[top : top + 144, left : left + 192]
    return np.repeat(wall[..., np.newaxis], 3, axis=2).astype(np.uint8)


def noisy(picture: Picture, number: int, noise: float = 3) -> Picture:
    drawn = np.random.default_rng(number).normal(0, noise, picture.shape)
    return np.clip(picture + drawn, 0, 255).astype(np.uint8)


def filmed(pictures: Iterable[Picture]) -> Iterator[Frame]:
    return (Frame(number / RATE, noisy(picture, number)) for number, picture in enumerate(pictures))


def stretches(pictures: Iterable[Picture]) -> tuple[Segment, ...]:
    drift = DriftOfFile()
    for frame in filmed(pictures):
        drift.push(frame)
    return drift.finish()


def with_somebody(picture: Picture, number: int, *, wide: int = 60, high: int = 110) -> Picture:
    """Somebody striped walks from left to right."""
    walked, left = picture.copy(), number * 3 % 192
    area = walked[30 : 30 + high, left : left + wide]
    area[:] = (90 + 60 * (np.arange(area.shape[0]) // 8 % 2))[:, np.newaxis, np.newaxis]
    return walked


def during(change: Callable[[Picture, int], Picture], before: int = 40, length: int = 40) -> list[Picture]:
    """Ten quiet seconds, ten in which `change` holds, and ten quiet ones again."""
    quiet = [room()] * before
    return [*quiet, *(change(room(), number) for number in range(length)), *quiet]


def grey(level: int) -> Callable[[Picture, int], Picture]:
    return lambda picture, _: np.full_like(picture, level)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        pytest.param(grey(90), COVERED, id="a bag over it"),
        pytest.param(grey(250), COVERED, id="a torch into it"),
        pytest.param(lambda picture, _: np.where(np.arange(192)[:, None] < 160, 60, picture), COVERED, id="paint"),
        pytest.param(grey(2), DARK, id="no light"),
        pytest.param(lambda picture, _: picture // 20, DARK, id="hardly any light"),
        pytest.param(lambda *_: room(12, 8), MOVED, id="pushed a little"),
        pytest.param(lambda *_: room(100, 80), MOVED, id="turned away"),
        pytest.param(lambda picture, _: picture[::-1, ::-1], MOVED, id="upside down"),
    ],
)
def test_what_becomes_of_a_camera_is_told_soon(change: Callable[[Picture, int], Picture], kind: str) -> None:
    found = stretches(during(change))
    assert found[0].label == kind
    assert {segment.label for segment in found} == {kind}
    assert Fraction(19, 2) <= found[0].start <= 13  # a look tells of the half second before it
    if kind != MOVED:
        assert len(found) == 1
        assert Fraction(39, 2) <= found[0].end <= 21


def test_a_move_that_stays_is_told_once_and_learnt() -> None:
    found = stretches([*[room()] * 40, *[room(40, 24)] * 200])
    assert [segment.label for segment in found] == [MOVED]
    assert found[0].end < 20


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(with_somebody, id="somebody walks"),
        pytest.param(lambda picture, number: with_somebody(picture, 60 + number % 2), id="somebody stands and sways"),
        pytest.param(lambda picture, _: picture // 2, id="half of the light"),
        pytest.param(lambda picture, _: np.clip(picture * 1.5, 0, 255).astype(np.uint8), id="more light"),
        pytest.param(lambda picture, number: picture // (1 + number % 2), id="a lamp flickers"),
        pytest.param(lambda picture, _: (255 * (picture / 255.0) ** 2).astype(np.uint8), id="exposure"),
        pytest.param(lambda picture, _: np.where(np.arange(192)[:, None] < 70, 110, picture), id="a shelf emptied"),
        pytest.param(lambda _, number: room(number % 2, number // 2 % 2), id="it trembles by half a pixel"),
    ],
)
def test_what_happens_before_a_camera_is_no_drift(change: Callable[[Picture, int], Picture]) -> None:
    assert stretches(during(lambda picture, number: change(picture, number).astype(np.uint8))) == ()


def test_a_camera_that_never_stands_still_is_not_said_to_move() -> None:
    assert stretches(room(4 * number % 170, 3 * number % 120) for number in range(160)) == ()


@settings(max_examples=10, deadline=None)
@given(st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)), st.integers(1, 60))
def test_bare_pictures_tell_nothing(colour: tuple[int, int, int], length: int) -> None:
    assert stretches([np.full((48, 64, 3), colour, np.uint8)] * length) == ()


@settings(max_examples=6, deadline=None)
@given(st.integers(1, 60), st.integers(1, 90), st.sampled_from([COVERED, DARK]))
def test_stretches_lie_in_the_video_and_do_not_overlap(before: int, length: int, kind: str) -> None:
    pictures = [*[room()] * before, *[np.full((144, 192, 3), 90 if kind == COVERED else 0, np.uint8)] * length]
    found = stretches(pictures)
    assert all(0 <= segment.start <= segment.end <= len(pictures) / RATE for segment in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize("shape", [(48, 64), (240, 320), (720, 96), (33, 1000)])
def test_any_picture_is_made_small(shape: tuple[int, int]) -> None:
    made = small(np.full((*shape, 3), 77, np.uint8))
    assert made.shape == (HEIGHT, WIDTH)
    assert np.allclose(made, 77)


def test_it_looks_twice_a_second_and_every_kind_has_its_share() -> None:
    drift = Drift()
    looks = [drift.push(frame) for frame in filmed([room()] * 16)]
    assert [look is not None for look in looks] == [True, False] * 8
    assert all(look is None or set(look) == set(KINDS) for look in looks)


def live(frames: Iterable[Frame]) -> list[Event]:
    alarms = DriftAlarms("till", clock=Fraction(1000))
    return [event for frame in frames for event in alarms.push(frame)] + list(alarms.finish())


def test_the_same_picture_for_a_minute_is_a_frozen_camera() -> None:
    last = noisy(room(), 99)
    frames = [*filmed([room()] * 80), *(Frame((80 + number) / RATE, last) for number in range(300))]
    events = live(frames)
    assert {event.kind for event in events} == {FROZEN}
    assert (events[0].camera, events[0].clock) == ("till", 1000)
    assert 20 <= events[0].started <= 22
    assert events[0].updated - events[0].started == 60
    assert events[-1].ended is not None


def test_what_never_moved_is_no_frozen_camera() -> None:
    assert live(Frame(number / RATE, room()) for number in range(400)) == []


def test_of_a_gap_nothing_is_known() -> None:
    before, after = [room()] * 40, [np.full((144, 192, 3), 90, np.uint8)] * 40
    frames = [
        Frame(frame.time + 600 * (number >= 40), frame.image) for number, frame in enumerate(filmed(before + after))
    ]
    events = live(frames)
    assert events[0].kind == COVERED
    assert events[0].started >= 609
