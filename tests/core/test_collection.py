"""What is looked for among parts of videos."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from aisle.core import UsageError
from aisle.core.collection import About, Filters, Match, Part, videos_of


def part(video: str = "a.mp4", category: str = "", camera: str = "", day: date | None = None) -> Part:
    return Part(video, Fraction(0), Fraction(2), about=About(category, camera, day))


@pytest.mark.parametrize(
    ("filters", "found", "admitted"),
    [
        (Filters(), part(), True),
        (Filters(categories=frozenset({"fight"})), part(category="fight"), True),
        (Filters(categories=frozenset({"fight"})), part(category="walk"), False),
        (Filters(categories=frozenset({"fight"})), part(), False),
        (Filters(cameras=frozenset({"till"})), part(camera="door"), False),
        (Filters(not_videos=frozenset({"a.mp4"})), part(), False),
        (Filters(since=date(2026, 1, 2)), part(day=date(2026, 1, 2)), True),
        (Filters(since=date(2026, 1, 2)), part(day=date(2026, 1, 1)), False),
        (Filters(until=date(2026, 1, 2)), part(day=date(2026, 1, 2)), False),
        (Filters(until=date(2026, 1, 2)), part(day=date(2026, 1, 1)), True),
        (Filters(until=date(2026, 1, 2)), part(), False),
    ],
)
def test_what_is_admitted(filters: Filters, found: Part, admitted: bool) -> None:
    assert filters.admits(found) is admitted


def test_no_day_at_all_is_asked_for() -> None:
    with pytest.raises(UsageError, match="2026-01-02"):
        Filters(since=date(2026, 1, 2), until=date(2026, 1, 2))


def test_a_part_has_a_length() -> None:
    with pytest.raises(UsageError, match=r"a\.mp4 \[2, 2\)"):
        Part("a.mp4", Fraction(2), Fraction(2))


def test_each_video_is_told_once() -> None:
    assert videos_of([Match(part("b"), 0.9), Match(part("a"), 0.8), Match(part("b"), 0.7)]) == ("b", "a")
