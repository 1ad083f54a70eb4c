"""A folder of videos becomes a collection, as its user does it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.apps.index_cli import place
from aisle.search.index import is_index
from collections_of_colour import collection

from .conftest import Run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return collection(tmp_path / "videos")


def test_counts_are_told_and_nothing_is_done_twice(aisle: Run, home: Path) -> None:
    first = aisle("index", home, "--by", "colours", "--quiet")
    assert first.code == 0
    assert first.out.startswith(f"{place(home, 'colours')}: 4 new\n  19 s of video at ")
    assert is_index(place(home, "colours"))
    again = aisle("index", home, "--by", "colours", "--quiet")
    assert again.out.splitlines()[0] == f"{place(home, 'colours')}: 4 same"


def test_for_programs_and_elsewhere(aisle: Run, home: Path, tmp_path: Path) -> None:
    (home / "red/broken.mp4").write_bytes(b"no video")
    done = aisle("index", home, "--by", "colours", "--out", tmp_path / "index", "--json", "--quiet")
    assert done.code == 1
    told = json.loads(done.out)
    assert (told["new"], told["seconds"], told["index"]) == (4, 19, str(tmp_path / "index"))
    assert len(told["problems"]) == 1
    assert "broken.mp4" in told["problems"][0]
    assert is_index(tmp_path / "index")


def test_a_folder_without_videos(aisle: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no video")
    done = aisle("index", tmp_path, "--by", "colours", "--quiet")
    assert done.code == 1
    assert "holds no video" in done.error


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["{home}/red/b.mp4", "--by", "colours"], "a collection is a folder"),
        (["{home}/nowhere", "--by", "colours"], "not there"),
        (["{home}", "--by", "colour"], "allowed: both, colours, motion, objects"),
    ],
)
def test_what_cannot_be_indexed(aisle: Run, home: Path, words: list[str], told: str) -> None:
    done = aisle("index", *(word.format(home=home) for word in words), "--quiet")
    assert done.code == 2
    assert told in done.errors[0]


def test_an_index_of_another_kind_is_refused(aisle: Run, home: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "index"
    assert aisle("index", home, "--by", "colours", "--out", out, "--quiet").code == 0
    done = aisle("index", home, "--by", tiny_bundle, "--out", out, "--quiet")
    assert done.code == 2
    assert "colours" in done.errors[0]
