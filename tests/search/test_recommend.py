"""What to watch next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.core import UsageError
from aisle.core.collection import Filters
from aisle.search.index import Index
from aisle.search.recommend import Watched, recommend
from aisle.search.writer import writing
from indexes import RECIPE, described


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with writing(tmp_path / "index", RECIPE) as writer:
        for name, row in {
            "cup/a": (3, 0, 1, 0.1),
            "cup/b": (3, 0, 1, 0.3),
            "cup/c": (3, 0.5, 0.9, 0.5),
            "dog/d": (0, 3, 0.1, 1),
            "dog/e": (0, 3, 0.3, 1),
            "both/f": (2, 2, 0.7, 0.7),
        }.items():
            writer.put(described(name, row, category=name.split("/")[0]))
    with Index(tmp_path / "index") as opened:
        yield opened


def names(*watched: Watched, index: Index, **how: object) -> list[str]:
    return [one.part.video for one in recommend(index, watched, **how)]  # type: ignore[arg-type]


def test_what_is_like_what_was_watched_and_not_that_itself(index: Index) -> None:
    found = recommend(index, [Watched("cup/a")], 2, diversity=0)
    assert found[0].part.video in ("cup/c", "both/f")
    assert "cup/a" not in [one.part.video for one in found]
    assert {one.because for one in found} == {"cup/a"}


def test_two_likings_both_count(index: Index) -> None:
    found = recommend(index, [Watched("cup/a"), Watched("dog/d")], 4, diversity=0)
    assert {one.because for one in found} == {"cup/a", "dog/d"}


def test_what_was_not_liked_takes_away(index: Index) -> None:
    liked = names(Watched("both/f"), index=index, diversity=0)
    assert set(liked) >= {"cup/c"}
    found = names(Watched("both/f"), Watched("dog/d", -1.0), index=index, diversity=0)
    assert found[-1] in ("dog/e",) or "dog/e" not in found


def test_newcomers_get_what_is_popular_and_varied(index: Index) -> None:
    views = {"dog/d": 9, "dog/e": 8, "cup/a": 4}
    plain = recommend(index, [], 3, popular=views, diversity=0)
    assert plain[0].part.video == "dog/d"
    assert plain[0].because == ""
    varied = recommend(index, [Watched("nobody/knows")], 2, popular=views, diversity=0.5)
    assert [one.part.about.category for one in varied] in (["dog", "cup"], ["dog", "both"])


def test_filters_hold_and_nothing_is_left(index: Index) -> None:
    only = Filters(categories=frozenset({"dog"}))
    assert set(names(Watched("cup/a"), index=index, filters=only)) <= {"dog/d", "dog/e"}
    everything = [Watched(video) for video in index.videos()]
    assert names(*everything, index=index) == []


def test_wrong_questions(index: Index) -> None:
    with pytest.raises(UsageError, match="recommendations"):
        recommend(index, [], 0)
    with pytest.raises(UsageError, match="liked"):
        Watched("a", 2.0)
