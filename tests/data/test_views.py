"""Clips as timelines and timelines as clips."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from aisle.core import InputError
from aisle.data import open_dataset
from aisle.data.views import as_clips, as_timelines
from datasets import film, make_merl, write_rows

ROWS = (
    "path,start,end,label,group",
    "a.mp4,0.2,0.4,take,one",
    "a.mp4,0.3,0.5,look,one",
    "a.mp4,0.8,,take,one",
    "b.mp4,0.1,0.2,background,two",
    "b.mp4,0.5,0.6,take,two",
)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    film(tmp_path / "a.mp4", 1, frames=30)
    film(tmp_path / "b.mp4", 2, frames=30)
    write_rows(tmp_path / "labels.csv", *ROWS)
    return tmp_path


def test_clips_of_one_video_become_its_timeline(rows: Path) -> None:
    dataset = as_timelines(open_dataset(rows))
    assert dataset.task == "timelines"
    assert tuple(dataset.labels) == ("look", "take", "background")
    spans = [[(float(act.start), float(act.end), act.label) for act in one.segments] for one in dataset.examples]
    assert spans == [[(0.2, 0.3, "take"), (0.3, 0.5, "look"), (0.8, 1.0, "take")], [(0.5, 0.6, "take")]]
    assert [(one.name, one.group, one.label) for one in dataset.examples] == [
        ("a.mp4", "one", ""),
        ("b.mp4", "two", ""),
    ]
    assert dataset.notes[-1].startswith("1 clips overlap others: where stretches overlap, the one that starts last")
    assert as_timelines(dataset) is dataset


def test_a_clip_that_starts_after_its_video(rows: Path) -> None:
    write_rows(rows / "labels.csv", "path,start,end,label", "a.mp4,5,,take")
    with pytest.raises(InputError, match=r"does not say that it lasts beyond 5\.0 s; got: 1\.0 s"):
        as_timelines(open_dataset(rows))


def test_a_timeline_becomes_clips_and_the_gaps_background(tmp_path: Path) -> None:
    dataset = open_dataset(make_merl(tmp_path, subjects=(1,)))
    clips = as_clips(dataset, gap=Fraction(1, 15))
    assert [(int(clip.start * 30), int((clip.end or 0) * 30), clip.label) for clip in clips.examples] == [
        (0, 5, "reach_to_shelf"),
        (5, 8, "hand_in_shelf"),
        (8, 12, "retract_from_shelf"),
        (12, 14, "background"),
        (14, 20, "inspect_product"),
        (20, 22, "background"),
        (22, 30, "inspect_shelf"),
    ]
    assert len({clip.name for clip in clips.examples}) == 7
    assert {clip.group for clip in clips.examples} == {"subject 1"}
    assert clips.task == "clips"
    assert set(clips.labels) == {clip.label for clip in clips.examples}
    assert "background" not in as_clips(dataset).labels  # no gap lasts a second
    assert as_clips(clips) is clips


def test_there_and_back(tmp_path: Path) -> None:
    dataset = open_dataset(make_merl(tmp_path))
    back = as_timelines(as_clips(dataset))
    assert [one.segments for one in back.examples] == [one.segments for one in dataset.examples]
