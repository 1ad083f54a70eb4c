from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import UsageError, VideoInfo
from aisle.core.boxes import Boxes
from aisle.core.detections import NOBODY, PERSON, Detections, Hand, Observation, Pose
from aisle.core.observed import BRIDGED, Observed

INFO = VideoInfo("shop.mp4", 640, 480, Fraction(30000, 1001), Fraction(4), 120, "h264", "yuv420p")
RATE = Fraction(5)


def _look(number: int, people: dict[int, tuple[float, float]], **more: object) -> Observation:
    """People, who are 20 x 40 pixels, by track and left upper corner; several may be NOBODY only one at a time."""
    corners = np.array([(x, y, x + 20, y + 40) for x, y in people.values()], np.float32).reshape(-1, 4)
    found = Detections(
        Boxes(corners, np.full(len(people), 0.75, np.float32)),
        (PERSON,) * len(people),
        np.array(list(people), np.int64),
    )
    return replace(Observation(number / RATE, int(number / RATE * INFO.rate), 640, 480, found), **more)  # type: ignore[arg-type]


def _observed(looks: Sequence[Observation]) -> Observed:
    return Observed(INFO, RATE, tuple(looks))


def _lefts(seen: Observation | None) -> dict[int, float]:
    assert seen is not None
    return dict(zip(seen.found.tracks.tolist(), seen.found.boxes.corners[:, 0].tolist(), strict=True))


def test_boxes_lie_on_the_line_between_two_looks() -> None:
    observed = _observed([_look(0, {1: (100, 50)}), _look(1, {1: (140, 50)})])
    assert _lefts(observed.at(Fraction(1, 20))) == {1: pytest.approx(110)}
    assert _lefts(observed.at(Fraction(3, 20))) == {1: pytest.approx(130)}
    seen = observed.at(Fraction(1, 10))
    assert seen is not None
    assert (seen.time, seen.frame) == (Fraction(1, 10), 2)


def test_who_comes_and_goes_is_there_near_the_look_that_saw_them() -> None:
    observed = _observed([_look(0, {1: (100, 50)}), _look(1, {2: (300, 50)})])
    assert _lefts(observed.at(Fraction(9, 100))) == {1: 100}
    assert _lefts(observed.at(Fraction(11, 100))) == {2: 300}


def test_who_was_missed_for_a_moment_is_there_all_the_same() -> None:
    observed = _observed([_look(0, {1: (100, 50)}), _look(1, {}), _look(2, {1: (140, 50)})])
    assert _lefts(observed.at(Fraction(1, 5))) == {1: pytest.approx(120)}


def test_who_was_away_for_longer_was_not_there() -> None:
    observed = _observed(
        [_look(0, {1: (100, 50)}), *(_look(number, {}) for number in range(1, 6)), _look(6, {1: (140, 50)})]
    )
    assert _lefts(observed.at(Fraction(3, 5))) == {}


def test_what_is_not_followed_stays_where_it_was_seen() -> None:
    observed = _observed([_look(0, {NOBODY: (100, 50)}), _look(1, {NOBODY: (140, 50)})])
    assert _lefts(observed.at(Fraction(9, 100))) == {NOBODY: 100}


def test_nothing_is_known_where_nobody_looked() -> None:
    observed = _observed([_look(0, {1: (100, 50)}), _look(10, {1: (100, 50)})])
    assert observed.at(Fraction(1)) is None
    assert observed.at(Fraction(1, 5)) is not None
    assert observed.at(Fraction(3)) is None
    assert _observed([]).at(Fraction(0)) is None


def test_joints_and_hands_move_along() -> None:
    joints = np.zeros((17, 3), np.float32)
    hands = [
        (Hand(1, "left", x, 20.0, 0.5, holds), Hand(NOBODY, "right", 5.0, 5.0, 0.5))
        for x, holds in ((10, 0.1), (30, 0.9))
    ]
    looks = [_look(number, {1: (100, 50)}, poses=(Pose(1, joints + number),), hands=hands[number]) for number in (0, 1)]
    seen = _observed(looks).at(Fraction(1, 20))
    assert seen is not None
    assert np.allclose(seen.poses[0].joints, 0.25)
    hand, nobodys = seen.hands
    assert (hand.track, hand.side, hand.x, hand.score, hand.holds) == (1, "left", 15, 0.5, 0.1)
    assert (nobodys.track, nobodys.x) == (NOBODY, 5)
    assert math.isnan(nobodys.holds)


def test_masks_move_with_their_boxes() -> None:
    first, second = _look(0, {1: (100, 50)}), _look(1, {1: (140, 70)})
    mask = np.zeros((1, 240, 320), bool)  # of half the video's size
    mask[0, 25:45, 50:60] = True
    observed = _observed([replace(first, found=replace(first.found, masks=mask)), second])
    seen = observed.at(Fraction(1, 20))
    assert seen is not None
    assert seen.found.masks is not None
    assert np.argwhere(seen.found.masks[0])[[0, -1]].tolist() == [[25 + 2, 50 + 5], [44 + 2, 59 + 5]]


def test_areas_of_masks_outlive_them() -> None:
    look = _look(0, {1: (100, 50), 2: (0, 0)})
    masks = np.zeros((2, 4, 4), bool)
    masks[0, 0] = True
    kept = replace(look, found=replace(look.found, masks=masks)).without_masks()
    assert kept.found.masks is None
    assert kept.mask_percent().tolist() == [25, 0]
    assert look.without_masks() is look


def test_all_is_scaled() -> None:
    look = _look(0, {1: (100, 50)}, poses=(Pose(1, np.ones((17, 3), np.float32)),), hands=(Hand(1, "left", 8, 9, 0.5),))
    large = look.scaled(1280, 1440)
    assert large.found.boxes.corners.tolist() == [[200, 150, 240, 270]]
    assert large.poses[0].joints[0].tolist() == [2, 3, 1]
    assert (large.hands[0].x, large.hands[0].y, large.hands[0].score) == (16, 27, 0.5)
    assert large.percent().tolist() == look.percent().tolist()


@given(
    st.lists(
        st.dictionaries(st.integers(1, 4), st.tuples(st.integers(0, 600), st.integers(0, 400)), max_size=4), max_size=9
    ),
    st.fractions(0, 2),
)
def test_nobody_is_twice_anywhere_or_outside_of_where_they_were_seen(
    seen: list[dict[int, tuple[float, float]]], time: Fraction
) -> None:
    observed = _observed([_look(number, people) for number, people in enumerate(seen)])
    moment = observed.at(time)
    if moment is None:
        assert all(abs(look.time - time) > 1 / RATE for look in observed.observations)
        return
    tracks = moment.found.tracks.tolist()
    assert len(set(tracks)) == len(tracks)
    for track, left in _lefts(moment).items():
        near = [
            _lefts(look)[track]
            for look in observed.observations
            if track in look.found.tracks and abs(look.time - time) <= BRIDGED
        ]
        assert min(near) - 1e-3 <= left <= max(near) + 1e-3


@given(
    st.lists(
        st.dictionaries(st.integers(1, 4), st.tuples(st.integers(0, 600), st.integers(0, 400)), max_size=4), min_size=1
    )
)
def test_a_look_is_seen_as_it_was(seen: list[dict[int, tuple[float, float]]]) -> None:
    observed = _observed([_look(number, people) for number, people in enumerate(seen)])
    for look in observed.observations:
        assert _lefts(observed.at(look.time)).items() >= _lefts(look).items()


def test_every_frame_of_the_video_is_told_once() -> None:
    observed = _observed([_look(number, {1: (100 + number, 50)}) for number in range(5)])
    frames = list(observed.frames())
    assert [each.frame for each in frames] == list(range(30))
    assert all(each.time == each.frame / INFO.rate for each in frames)


@pytest.mark.parametrize(
    ("rate", "looks", "told"),
    [
        (Fraction(0), [], "a rate is positive"),
        (RATE, [_look(1, {}), _look(0, {})], "in order of time"),
        (RATE, [_look(0, {}), _look(0, {})], "in order of time"),
    ],
)
def test_what_cannot_be_is_refused(rate: Fraction, looks: list[Observation], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Observed(INFO, rate, tuple(looks))


def test_a_track_that_is_twice_in_one_look_is_refused() -> None:
    look = _look(0, {1: (0, 0), 2: (50, 50)})
    twice = replace(look, found=replace(look.found, tracks=np.array([1, 1], np.int64)))
    with pytest.raises(UsageError, match="one place at a time"):
        _observed([twice])
