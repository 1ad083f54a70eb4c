"""What a power cut or a careless hand leaves of an index: it opens, or says which file is broken and what to do."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aisle.core import AisleError, DamagedError, InputError, OutputError
from aisle.search import records as records_module
from aisle.search.files import RECORDS, Files
from aisle.search.index import Index, is_index
from aisle.search.rows import Rows, lasting
from aisle.search.writer import writing
from indexes import RECIPE, described

QUERY = np.array([1, 0, 1, 0], np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with writing(tmp_path / "index", RECIPE) as writer:
        for number in range(5):
            writer.put(described(f"{number}.mp4", (1, number, 1, 0)))
    return tmp_path / "index"


def test_an_index_that_was_not_quite_made_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(records_module, "_TABLES", "CREATE TABLE facts (name TEXT);\nthe power went")
        with pytest.raises(OutputError, match="cannot write"), writing(tmp_path, RECIPE):
            pass
    assert not is_index(tmp_path)
    with writing(tmp_path, RECIPE) as writer:
        writer.put(described("a.mp4", (1, 0, 1, 0)))
    with Index(tmp_path) as index:
        assert list(index.videos()) == ["a.mp4"]


class PowerCut(BaseException):
    """Nothing after it is done."""


@pytest.mark.parametrize("step", ["put_space", "put_places", "sweep"])
def test_cut_off_while_it_settles(folder: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def cut(*_: object) -> None:
        raise PowerCut

    def grow(patch: pytest.MonkeyPatch) -> None:
        with writing(folder, RECIPE) as writer:
            for number in range(5, 12):
                writer.put(described(f"{number}.mp4", (1, number, 1, 0)))
            patch.setattr(Files, step, cut)

    with monkeypatch.context() as patch, pytest.raises(PowerCut):
        grow(patch)
    with Index(folder) as index:
        assert len(index.videos()) == 12
        assert index.search(QUERY, 1)[0].part.video == "0.mp4"
    with writing(folder, RECIPE):
        pass
    with Index(folder) as index:
        assert index.raw("11.mp4")[1].tolist() == [[1, 11, 1, 0]]
        assert len(index.places()[0]) == 12
    assert [len(list(folder.glob(f"{what}-*"))) for what in ("raw", "units", "space", "plane")] == [1, 1, 1, 1]


def test_half_a_row_behind_the_last_is_written_over(folder: Path) -> None:
    for path in folder.glob("*.f16"):
        with path.open("ab") as file:
            file.write(b"\xff" * 5)
    with writing(folder, RECIPE) as writer:
        writer.put(described("new.mp4", (2, 0, 3, 1)))
    with Index(folder) as index:
        assert index.raw("new.mp4")[1].tolist() == [[2, 0, 3, 1]]


@pytest.mark.parametrize(
    ("pattern", "do", "spoil"),
    [
        ("space-*", "make it again", lambda path: path.write_bytes(path.read_bytes()[:200])),
        ("space-*", "make it again", lambda path: path.write_bytes(b"")),
        ("space-*", "make it again", lambda path: path.unlink()),
        ("plane-*", "drawn again", lambda path: path.write_bytes(path.read_bytes()[:200])),
        ("raw-*", "make it again", lambda path: path.unlink()),
    ],
)
def test_a_broken_file_is_named(folder: Path, pattern: str, do: str, spoil: Callable[[Path], None]) -> None:
    (path,) = folder.glob(pattern)
    spoil(path)
    with Index(folder) as index, pytest.raises(DamagedError, match=do) as told:
        index.search(QUERY)
    assert path.name in str(told.value)


def test_a_map_that_was_removed_is_drawn_again(folder: Path) -> None:
    next(folder.glob("plane-*")).unlink()
    with Index(folder) as index:
        assert index.search(QUERY)
        assert len(index.places()[0]) == 0
        with writing(folder, RECIPE):
            pass
        assert len(index.places()[0]) == 5


def test_what_is_in_the_way_is_no_damage(folder: Path) -> None:
    for name in ("-wal", "-shm"):
        folder.joinpath(RECORDS + name).unlink(missing_ok=True)
    folder.joinpath(RECORDS + "-wal").mkdir()
    with pytest.raises(InputError, match="may be read and written"):
        Index(folder)


def test_what_lasts_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, sync = [], os.fsync

    def noted(file: int) -> None:
        synced.append((str(Path(f"/proc/self/fd/{file}").readlink()), (tmp_path / "kept").exists()))
        sync(file)

    monkeypatch.setattr(os, "fsync", noted)
    with lasting(tmp_path / "kept") as part:
        part.write_text("all of it")
    assert synced == [(str(part), False), (str(tmp_path), True)]
    synced.clear()
    rows = Rows(tmp_path / "rows", 2)
    rows.put(0, np.ones((1, 2), np.float32))
    assert [name for name, _ in synced] == [str(tmp_path / "rows"), str(tmp_path)]
    with pytest.raises(AisleError), lasting(tmp_path / "rows" / "below"):
        pass
