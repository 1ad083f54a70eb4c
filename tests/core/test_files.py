from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from aisle.core import OutputError, whole, writing


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.json"
    with whole(path) as part:
        part.write_text("half", "utf-8")
        assert not path.exists()
        assert (part.parent, part.suffix) == (path.parent, ".json")
        part.write_text("whole", "utf-8")
    assert path.read_text("utf-8") == "whole"
    assert names(path.parent) == ["a.json"]


def write_half(path: Path, error: type[BaseException]) -> None:
    with whole(path) as part:
        part.write_text("half", "utf-8")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_goes_wrong_leaves_the_old_file_as_it_was(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.json"
    path.write_text("old", "utf-8")
    with pytest.raises(error):
        write_half(path, error)
    assert path.read_text("utf-8") == "old"
    assert names(tmp_path) == ["a.json"]


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with whole(path) as one:
        with whole(path) as other:
            one.write_text("one", "utf-8")
            other.write_text("other", "utf-8")
        assert path.read_text("utf-8") == "other"
    assert path.read_text("utf-8") == "one"
    assert names(tmp_path) == ["a.json"]


def test_the_longest_name_that_a_folder_takes_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / f"{'a' * 250}.json"
    with whole(path) as part:
        part.write_text("{}", "utf-8")
    assert names(tmp_path) == [path.name]


def test_a_file_where_a_folder_is_needed_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"cannot write .*a\.json; got: .*; do: choose another"):
        whole(tmp_path / "file" / "a.json").__enter__()


def test_a_folder_where_a_file_is_needed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(OutputError, match="choose another"), whole(tmp_path / "a.json") as part:
        part.touch()
    assert names(tmp_path) == ["a.json"]


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.ENOSPC, "free some space"), (errno.EROFS, "can be written to"), (errno.EIO, "check the folder")],
)
def test_what_the_system_says_becomes_what_to_do(number: int, advice: str) -> None:
    with (
        pytest.raises(OutputError, match=f"cannot write a; got: {os.strerror(number)}; do: .*{advice}"),
        writing(Path("a")),
    ):
        raise OSError(number, "in the words of the system")


def test_other_errors_pass() -> None:
    with pytest.raises(ValueError, match="mine"), writing(Path("a")):
        raise ValueError("mine")
