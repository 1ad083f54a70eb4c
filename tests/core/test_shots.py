"""Shots by the changes between them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import UsageError
from aisle.core.shots import Change, Shots
from aisle.core.time_map import Stretch


def shots(*changes: Change, duration: Fraction = Fraction(10)) -> Shots:
    return Shots("a.mp4", duration, Fraction(25), changes, "by hand")


def test_a_video_without_a_change_is_one_shot() -> None:
    assert shots().stretches == (Stretch(Fraction(0), Fraction(10)),) == shots().clean


def test_a_gradual_change_is_parted_in_its_middle_or_left_out() -> None:
    found = shots(Change(Fraction(2), Fraction(2)), Change(Fraction(5), Fraction(6)))
    assert found.stretches == (
        Stretch(Fraction(0), Fraction(2)),
        Stretch(Fraction(2), Fraction(11, 2)),
        Stretch(Fraction(11, 2), Fraction(10)),
    )
    assert found.clean[1:] == (Stretch(Fraction(2), Fraction(5)), Stretch(Fraction(6), Fraction(10)))


def test_a_shot_that_is_all_change_stays() -> None:
    found = shots(Change(Fraction(2), Fraction(4)), Change(Fraction(4), Fraction(6)))
    assert found.clean[1] == found.stretches[1] == Stretch(Fraction(3), Fraction(5))


@pytest.mark.parametrize(
    "changes",
    [
        (Change(Fraction(3), Fraction(3)), Change(Fraction(2), Fraction(2))),
        (Change(Fraction(3), Fraction(5)), Change(Fraction(4), Fraction(6))),
        (Change(Fraction(3), Fraction(3)), Change(Fraction(3), Fraction(3))),
        (Change(Fraction(0), Fraction(0)),),
        (Change(Fraction(10), Fraction(10)),),
    ],
)
def test_changes_that_cannot_be(changes: tuple[Change, ...]) -> None:
    with pytest.raises(UsageError):
        shots(*changes)


@given(st.lists(st.integers(1, 249), unique=True, max_size=20))
def test_stretches_cover_the_video(frames: list[int]) -> None:
    cuts = [Change(Fraction(frame, 25), Fraction(frame, 25)) for frame in sorted(frames)]
    stretches = shots(*cuts).stretches
    assert sum(each.lasts for each in stretches) == 10
    assert [each.start for each in stretches[1:]] == [cut.start for cut in cuts]
