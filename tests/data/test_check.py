"""`check` lists everything, each with its place; a dataset in order has no problem."""

from __future__ import annotations

from pathlib import Path

import pytest

import datasets
from aisle.core import Dataset
from aisle.data import kinds, open_dataset
from aisle.data.check import check, usable
from aisle.data.merl import write_labels
from datasets import film, make_merl, write_rows


def said(dataset: Dataset, **options: tuple[str, ...]) -> list[str]:
    problems = check(dataset, **options)
    assert all(problem.do for problem in problems)
    return [str(problem).replace(f"{dataset.folder}", "DIR") for problem in problems]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Four videos of a second for clips.csv."""
    for number, name in enumerate("abcd"):
        film(tmp_path / f"{name}.mp4", number, frames=30)
    return tmp_path


def written(folder: Path, *lines: str) -> Dataset:
    write_rows(folder / "clips.csv", *lines)
    return open_dataset(folder)


@pytest.mark.parametrize("name", ["clips_csv", "dcsass", "folder"])
def test_clips_in_order(name: str, tmp_path: Path) -> None:
    assert said(getattr(datasets, f"make_{name}")(tmp_path) and open_dataset(tmp_path)) == []


def test_timelines_in_order(tmp_path: Path) -> None:
    assert said(open_dataset(make_merl(tmp_path))) == []
    assert "merl" in {kind.name for kind in kinds()}


def test_problems_of_reading_come_first(rows: Path) -> None:
    lines = ("a.mp4,take,1", "b.mp4,take,2", "c.mp4,look,1", "d.mp4,look,2", "e.mp4,look,2")
    (problem,) = said(written(rows, "path,label,group", *lines))
    assert problem.startswith("DIR/clips.csv:6: no such video; got: e.mp4")


def test_labels_past_the_end(rows: Path) -> None:
    lines = ("a.mp4,take,1,0.5,1.03", "b.mp4,take,2,0.5,1.2", "c.mp4,look,1,1.5,", "d.mp4,look,2,,")
    assert said(written(rows, "path,label,group,start,end", *lines)) == [
        "DIR/clips.csv:3: take lasts past the end of b.mp4; got: 0.5 to 1.2 s of 1.0 s; do: correct the times",
        "DIR/clips.csv:4: look lasts past the end of c.mp4; got: 1.5 to 1.5 s of 1.0 s; do: correct the times",
    ]


def test_what_can_be_learnt_from_is_left(rows: Path) -> None:
    (rows / "c.mp4").write_text("no video")
    lines = ("a.mp4,take,1,,", "c.mp4,look,3,,", "b.mp4,take,2,0.5,1.2", "a.mp4,look,1,0,0.5", "d.mp4,look,4,2,")
    found = usable(written(rows, "path,label,group,start,end", *lines))
    assert [example.name for example in found.examples] == ["a.mp4", "a.mp4@0.0-0.5"]
    told = [str(problem).replace(f"{rows}", "DIR") for problem in found.problems]
    assert len(told) == 3
    assert "DIR/c.mp4" in told[0]
    assert [one.partition(";")[0] for one in told[1:]] == [
        "DIR/clips.csv:4: take lasts past the end of b.mp4",
        "DIR/clips.csv:6: look lasts past the end of d.mp4",
    ]
    assert usable(found) == found


def test_acts_past_the_end_of_a_timeline(tmp_path: Path) -> None:
    make_merl(tmp_path)
    write_labels(tmp_path / "2_1_label.mat", {"hand_in_shelf": [(0, 31), (40, 60)]})
    (problem,) = said(open_dataset(tmp_path))
    assert problem.startswith(
        "DIR/2_1_label.mat: hand_in_shelf lasts past the end of 2_1_crop.mp4; got: 1.333333 to 2.0 s"
    )


def test_videos_that_cannot_be_read(rows: Path) -> None:
    (rows / "b.mp4").write_bytes(b"no video")
    lines = ("a.mp4,take,1", "b.mp4,take,2", "c.mp4,look,1", "d.mp4,look,2")
    (problem,) = said(written(rows, "path,label,group", *lines))
    assert "b.mp4" in problem


def test_a_class_of_one_clip_or_one_group(rows: Path) -> None:
    lines = ("a.mp4,take,1", "b.mp4,take,1", "c.mp4,look,2", "d.mp4,hold,2")
    advice = "do: add {} from another group, or leave the class out"
    assert said(written(rows, "path,label,group", *lines)) == [
        "DIR/clips.csv:5: the class hold cannot be on both sides of a split; got: 1 examples in 1 groups; "
        + advice.format("hold"),
        "DIR/clips.csv:4: the class look cannot be on both sides of a split; got: 1 examples in 1 groups; "
        + advice.format("look"),
        "DIR/clips.csv:2: the class take cannot be on both sides of a split; got: 2 examples in 1 groups; "
        + advice.format("take"),
    ]


def test_one_class(rows: Path) -> None:
    (problem,) = said(written(rows, "path,label,group", "a.mp4,take,1", "b.mp4,take,2"))
    assert problem == "DIR has one class; got: take; do: add clips of another, such as normal"


def test_an_action_that_no_timeline_shows(tmp_path: Path) -> None:
    make_merl(tmp_path)
    for subject in (1, 2, 21, 27):
        write_labels(tmp_path / f"{subject}_1_label.mat", {"hand_in_shelf": [(0, 9)]})
    problems = said(open_dataset(tmp_path))
    assert len([problem for problem in problems if "got: 0 examples in 0 groups" in problem]) == 4


def test_spellings(rows: Path) -> None:
    lines = ("a.mp4,Take,1", "b.mp4,take,2", "c.mp4,take,1", "d.mp4,Take,2")
    assert said(written(rows, "path,label,group", *lines)) == [
        "DIR has classes that differ in spelling only; got: 'Take', 'take'; do: write them alike"
    ]


def test_classes_that_are_not_allowed(rows: Path) -> None:
    lines = ("a.mp4,take,1", "b.mp4,take,2", "c.mp4,lok,1", "d.mp4,lok,2")
    assert said(written(rows, "path,label,group", *lines), labels=("take", "look")) == [
        "DIR/clips.csv:4: unknown class; got: 'lok'; allowed: look, take; do: did you mean look?"
    ]


def test_splits(rows: Path) -> None:
    lines = ("a.mp4,take,1,train", "b.mp4,take,2,validation", "c.mp4,look,3,validation", "d.mp4,look,4,")
    counts, advice = "train: 1, validation: 2, test: 0", "do: give all a split, or none"
    assert said(written(rows, "path,label,group,split", *lines)) == [
        f"DIR has an empty split; got: {counts}; do: add examples for test",
        f"DIR/clips.csv:5: no split, though others have one; got: 1 examples have none; {counts}; {advice}",
        f"DIR has no look to learn from; got: {counts}; do: put some into train",
    ]


def test_clips_that_show_the_same_where_there_are_no_groups(rows: Path) -> None:
    film(rows / "copy.mp4", 0, frames=30)
    lines = ("a.mp4,take", "b.mp4,take", "c.mp4,look", "d.mp4,look", "copy.mp4,look")
    (problem,) = said(written(rows, "path,label", *lines))
    assert problem.startswith("DIR/clips.csv:6: copy.mp4 shows the same as a.mp4; got: look; the other is take; do: ")


def test_progress_hears_every_video(rows: Path) -> None:
    heard = []
    check(written(rows, "path,label", "a.mp4,take", "b.mp4,look"), progress=lambda *at: heard.append(at))
    assert heard == [(1, 2), (2, 2)]
