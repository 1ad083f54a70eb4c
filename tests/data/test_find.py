"""Which kind of dataset a folder holds, and what is said where that is not clear."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from aisle.core import UnknownNameError, UsageError
from aisle.data import find, open_dataset
from datasets import film, make_clips_csv, make_merl, write_rows

OTHER = """
from pathlib import Path
from aisle.core import Dataset, Example, LabelSet
TITLE = "one film"
def claims(folder: Path) -> bool:
    return (folder / "film.mp4").is_file()
def read(folder: Path) -> Dataset:
    example = Example("film", folder / "film.mp4", "film", label="film")
    return Dataset("film", folder, "clips", LabelSet(("film",)), (example,), True)
"""


def test_an_unclear_folder_lists_the_layouts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none that is known") as caught:
        open_dataset(tmp_path)
    assert all(kind.title in caught.value.allowed for kind in find.kinds())


def test_several_claims_ask_for_a_kind(tmp_path: Path) -> None:
    make_merl(tmp_path, subjects=(1,))
    write_rows(tmp_path / "clips.csv", "path,label", "1_1_crop.mp4,visit")
    with pytest.raises(UsageError, match=r"several kinds; allowed: clips_csv .*; merl .*; do: name one with --kind"):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path, "merl").task == "timelines"
    assert open_dataset(tmp_path, "clips_csv").task == "clips"


def test_class_folders_give_way_to_what_is_special(tmp_path: Path) -> None:
    assert open_dataset(make_clips_csv(tmp_path)).kind == "clips_csv"
    (tmp_path / "clips.csv").unlink()
    assert open_dataset(tmp_path).kind == "folder"


def test_an_unknown_kind(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean merl"):
        open_dataset(tmp_path, "mrel")


@pytest.mark.parametrize(("name", "said"), [("nowhere", "not there"), ("a.mp4", "a file")])
def test_what_is_no_folder(name: str, said: str, tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", 1)
    with pytest.raises(UsageError, match=f"a dataset is a folder; got: {tmp_path / name}: {said}"):
        open_dataset(tmp_path / name)


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of another package that an entry point names `film`."""
    module = tmp_path / "film_dataset.py"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "film_dataset", raising=False)
    entries = EntryPoints([EntryPoint("film", "film_dataset", "aisle.datasets")])
    monkeypatch.setattr(find, "entry_points", lambda group: entries.select(group=group))
    return module


def test_another_package_adds_a_kind(plugin: Path, tmp_path: Path) -> None:
    plugin.write_text(OTHER, encoding="utf-8")
    film(tmp_path / "film.mp4", 1)
    assert open_dataset(tmp_path).kind == "film"


@pytest.mark.parametrize(
    ("text", "said"), [("import no_such_package", "film cannot be loaded"), ("TITLE = 1", "film is none")]
)
def test_a_plugin_that_is_broken_is_named(plugin: Path, text: str, said: str, tmp_path: Path) -> None:
    plugin.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=f"the dataset {said}"):
        open_dataset(tmp_path)
