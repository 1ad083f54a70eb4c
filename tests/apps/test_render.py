from __future__ import annotations

from pathlib import Path

from .conftest import Run


def test_too_few_videos_for_a_split_are_refused(aisle: Run, tmp_path: Path) -> None:
    done = aisle("data", "render", tmp_path / "shop", "--videos", "2")
    assert done.code == 2
    assert done.error == "error: a set cannot have so many videos; got: 2; allowed: 3 to 123"
    assert not (tmp_path / "shop").exists()


def test_a_set_that_is_complete_is_left_as_it_is(aisle: Run, tmp_path: Path) -> None:
    first = aisle("data", "render", tmp_path, "--videos", "3", "--seconds", "1", "--jobs", "1", "--quiet")
    assert (first.code, first.out) == (0, f"{tmp_path}: 3 videos, 3 of them new\n")
    again = aisle("data", "render", tmp_path, "--videos", "3", "--seconds", "1", "--quiet")
    assert again.out == f"{tmp_path}: 3 videos, 0 of them new\n"
