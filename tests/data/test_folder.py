"""One's own videos: class folders, a CSV, both."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisle.core import InputError
from aisle.data.folder import claims, read
from datasets import film, make_folder, write_rows


def test_class_folders_alone(tmp_path: Path) -> None:
    film(tmp_path / " Put back " / "a.MP4", 1)
    film(tmp_path / "take" / "b.mp4", 2)
    (tmp_path / "take" / ".DS_Store").touch()
    (tmp_path / "take" / "Thumbs.db").touch()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "read me.txt").touch()
    dataset = read(tmp_path)
    assert tuple(dataset.labels) == ("Put back", "take")
    assert [example.group for example in dataset.examples] == [" Put back /a.MP4", "take/b.mp4"]
    assert (dataset.grouped, dataset.problems) == (False, ())


def test_rows_and_folders_add_up(tmp_path: Path) -> None:
    dataset = read(make_folder(tmp_path))
    names = [example.name for example in dataset.examples]
    assert names == ["long.mp4@0.1-0.4", "long.mp4@0.5-", "look/0.mp4", "look/2.mp4", "take/1.mp4", "take/3.mp4"]
    assert not dataset.grouped


def test_a_video_with_rows_of_its_own_is_described_by_them_alone(tmp_path: Path) -> None:
    film(tmp_path / "take" / "a.mp4", 1)
    film(tmp_path / "take" / "b.mp4", 2)
    write_rows(tmp_path / "labels.csv", "path,start,end,label", "take/a.mp4,0.1,0.2,take")
    assert [example.name for example in read(tmp_path).examples] == ["take/a.mp4@0.1-0.2", "take/b.mp4"]


def test_groups_count_as_the_datasets_own_only_where_all_have_one(tmp_path: Path) -> None:
    film(tmp_path / "take" / "a.mp4", 1)
    write_rows(tmp_path / "labels.csv", "path,label,group", "take/a.mp4,take,one")
    assert read(tmp_path).grouped
    film(tmp_path / "look" / "b.mp4", 2)
    assert not read(tmp_path).grouped


def test_what_is_no_video_is_told(tmp_path: Path) -> None:
    film(tmp_path / "take" / "a.mp4", 1)
    (tmp_path / "take" / "a.srt").touch()
    film(tmp_path / "take" / "deeper" / "b.mp4", 2)
    said = [str(problem) for problem in read(tmp_path).problems]
    assert [text.partition("; do")[0].removeprefix(f"{tmp_path}/take/") for text in said] == [
        "a.srt is no video, and lies in the folder of a class; got: a file .srt",
        "deeper is no video, and lies in the folder of a class; got: a folder",
    ]


def test_one_label_file_or_the_one_called_labels(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", 1)
    write_rows(tmp_path / "mine.csv", "path,label", "a.mp4,take")
    assert [example.label for example in read(tmp_path).examples] == ["take"]
    write_rows(tmp_path / "yours.csv", "path,label", "a.mp4,look")
    with pytest.raises(InputError, match=r"several label files; got: mine\.csv, yours\.csv; do: call the right one"):
        read(tmp_path)
    write_rows(tmp_path / "labels.csv", "path,label", "a.mp4,hold")
    assert [example.label for example in read(tmp_path).examples] == ["hold"]


def test_a_folder_without_videos_is_not_claimed(tmp_path: Path) -> None:
    (tmp_path / "take").mkdir()
    (tmp_path / "take" / "a.txt").touch()
    assert not claims(tmp_path)
