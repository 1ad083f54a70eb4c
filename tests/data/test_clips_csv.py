"""clips.csv: good and bad rows, and the sets that it was made for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from aisle.core import InputError
from aisle.data.clips_csv import read
from datasets import film, make_clips_csv, shared, write_rows


def test_groups_labels_and_splits(tmp_path: Path) -> None:
    for name in "abc":
        film(tmp_path / f"{name}.mp4", ord(name))
    write_rows(
        tmp_path / "clips.csv",
        "path,label,group,split,start,end",
        "a.mp4,take,one,train,,",
        "b.mp4,look,two,test,0.1,0.25",
        "c.mp4,look,one,train,0.2,",
    )
    dataset = read(tmp_path)
    assert (dataset.kind, dataset.task, dataset.grouped) == ("clips_csv", "clips", True)
    assert tuple(dataset.labels) == ("look", "take")
    assert [example.name for example in dataset.examples] == ["a.mp4", "b.mp4@0.1-0.25", "c.mp4@0.2-"]
    assert [example.group for example in dataset.examples] == ["one", "two", "one"]
    assert (dataset.examples[1].start, dataset.examples[1].end) == (Fraction(1, 10), Fraction(1, 4))
    assert [example.name for example in dataset.split("train")] == ["a.mp4", "c.mp4@0.2-"]


def test_without_groups_each_video_is_one(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", 1)
    write_rows(tmp_path / "clips.csv", "path,label,start,end", "a.mp4,take,0,0.1", "a.mp4,look,0.1,0.2")
    dataset = read(tmp_path)
    assert [example.group for example in dataset.examples] == ["a.mp4", "a.mp4"]
    assert not dataset.grouped
    assert dataset.notes == (
        "clips without a group are kept apart by video only, so one scene may be on both sides of a split",
    )


def test_a_column_that_is_misspelt_is_told(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", 1)
    write_rows(tmp_path / "clips.csv", "path,label,gruop", "a.mp4,take,one")
    assert read(tmp_path).notes[0] == "clips.csv has columns that are not read: gruop"


ROWS = [
    (",take,one,,,", "no path"),
    ("../a.mp4,take,one,,,", "the path leads out of the dataset"),
    ("/etc/passwd,take,one,,,", "the path leads out of the dataset"),
    ("C:/a.mp4,take,one,,,", "the path leads out of the dataset"),
    ("z.mp4,take,one,,,", "no such video"),
    ("in\\a.mp4,take,one,,,", "write / between folders"),
    ("a.mp4,,one,,,", "no label"),
    ("a.mp4,take,,,,", "no group"),
    ("a.mp4,take,one,val,,", "unknown split; got: val; allowed: train, validation, test"),
    ("a.mp4,take,one,,nan,0.1", "start is no time; got: 'nan'"),
    ("a.mp4,take,one,,0,1e999999999", "end is no time"),
    ('a.mp4,take,one,,"0,1",0.2', "start is no time; got: '0,1'; allowed: seconds from 0, such as 12.5"),
    ("a.mp4,take,one,,-1,0.2", "start is no time; got: '-1'"),
    ("a.mp4,take,one,,0.2,0.1", "the stretch ends before it starts; got: 0.2 to 0.1"),
    ("a.mp4,take,one,,0.2,0.2", "the stretch ends before it starts"),
    ("a.mp4,take,one,,,0.2", "an end without a start"),
    ("b.mp4,take,one,,,", "the line is there twice; got: take; take in"),
    ("./b.mp4,look,one,,,", "a clip has two labels; got: look; take in"),
    ("b.mp4,take,two,,0,0.1", "a video is in two groups; got: two; one in"),
    ("a.mp4,take,one,test,,", "a group is in two splits; got: one in test; none in"),
]


@pytest.mark.parametrize(("row", "said"), ROWS, ids=[said.partition(";")[0] for _, said in ROWS])
def test_a_row_that_cannot_be_used_is_told_with_its_line(row: str, said: str, tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", 1)
    film(tmp_path / "b.mp4", 2)
    write_rows(tmp_path / "clips.csv", "path,label,group,split,start,end", "b.mp4,take,one,,,", row)
    dataset = read(tmp_path)
    assert [example.name for example in dataset.examples] == ["b.mp4"]
    (problem,) = dataset.problems
    assert problem.what.startswith(f"{tmp_path / 'clips.csv'}:3: ")
    assert said in str(problem)
    assert problem.do


def test_a_file_without_a_row_to_use(tmp_path: Path) -> None:
    write_rows(tmp_path / "clips.csv", "path,label", "a.mp4,take")
    with pytest.raises(InputError, match="no clip that can be used"):
        read(tmp_path)


def test_overlapping_clips_are_counted(tmp_path: Path) -> None:
    make_clips_csv(tmp_path)
    write_rows(
        tmp_path / "clips.csv",
        "path,label,group,start,end",
        "normal/0.mp4,normal,one,,",
        "normal/0.mp4,theft,one,0.1,0.2",
    )
    assert read(tmp_path).notes == ("1 clips overlap others of their video",)


@pytest.mark.parametrize(
    ("name", "clips", "classes", "groups"),
    [("jhmdb", 659, 21, 223), ("shoplifting_lab", 99, 2, 5), ("surveillance_fight", 216, 2, 31)],
)
def test_the_real_sets(name: str, clips: int, classes: int, groups: int) -> None:
    dataset = read(shared(name))
    found = {example.group for example in dataset.examples}
    assert (len(dataset.examples), len(dataset.labels), len(found)) == (clips, classes, groups)
    assert (dataset.problems, dataset.notes, dataset.grouped) == ((), (), True)
