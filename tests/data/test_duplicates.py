"""Clips that show the same, found though they were coded, sized and lit otherwise; and those that do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aisle.core import Dataset, Example
from aisle.data import open_dataset
from aisle.data.duplicates import duplicates, fingerprint, group_duplicates
from datasets import make_clips_csv, shared
from videos import Picture, make_video

SIZE = (160, 120)


def moving(seed: int) -> list[Picture]:
    """A second of one person, a bright block, before a background that all of these share."""
    background = np.asarray(
        Image.fromarray(np.random.default_rng(0).integers(40, 215, (6, 8, 3), np.uint8)).resize(SIZE)
    )
    rng = np.random.default_rng(seed)
    at = rng.integers(0, 100, 2)
    pictures = []
    for _ in range(30):
        at = np.clip(at + rng.integers(-6, 7, 2), 0, 90)
        picture = background.copy()
        picture[at[1] : at[1] + 30, at[0] : at[0] + 20] = 240
        pictures.append(picture)
    return pictures


def resized(pictures: list[Picture], size: tuple[int, int]) -> list[Picture]:
    return [np.asarray(Image.fromarray(picture).resize(size)) for picture in pictures]


def brighter(pictures: list[Picture]) -> list[Picture]:
    return [np.clip(picture.astype(int) + 4, 0, 255).astype(np.uint8) for picture in pictures]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Three scenes, and three copies of the first."""
    home = tmp_path / "take"
    home.mkdir()
    pictures = moving(1)
    make_video(home / "a.mp4", pictures)
    make_video(home / "b.mp4", moving(2))
    make_video(home / "c.mp4", moving(3))
    make_video(home / "coarse.mp4", pictures, options={"preset": "veryfast", "crf": "33"})
    make_video(home / "small.mp4", resized(pictures, (80, 60)))
    make_video(home / "bright.avi", brighter(pictures), codec="mpeg4", options={})
    return open_dataset(tmp_path)


def test_copies_share_a_group_and_a_note_tells(dataset: Dataset) -> None:
    joined = group_duplicates(dataset)
    groups = {example.path.stem: example.group for example in joined.examples}
    assert {groups[name] for name in ("a", "coarse", "small", "bright")} == {"take/a.mp4"}
    assert (groups["b"], groups["c"]) == ("take/b.mp4", "take/c.mp4")
    assert "these show the same and stay together in every split: " in joined.notes[-1]
    assert "take/small.mp4" in joined.notes[-1]
    assert group_duplicates(dataset) == joined


def test_groups_of_ones_own_stay(tmp_path: Path) -> None:
    dataset = open_dataset(make_clips_csv(tmp_path))
    assert group_duplicates(dataset) is dataset


def test_a_video_that_cannot_be_read_becomes_a_problem(dataset: Dataset) -> None:
    (dataset.folder / "take" / "c.mp4").write_bytes(b"no video")
    joined = group_duplicates(dataset)
    assert "c" not in {example.path.stem for example in joined.examples}
    assert "c.mp4" in str(joined.problems[0])


def test_all_pairs_are_found_as_one_by_one() -> None:
    rng = np.random.default_rng(5)
    centres = rng.uniform(-100, 100, (12, 576))
    prints = (np.repeat(centres, 4, axis=0) + rng.uniform(-1, 1, (48, 576)) * rng.uniform(4, 9, (48, 1))).astype(
        np.float32
    )
    examples = [Example(f"{number}", Path(f"{number}.mp4"), f"{number}") for number in range(48)]
    found = {frozenset((int(one.name), int(other.name))) for one, other in duplicates(examples, prints)}
    near = np.abs(prints[:, None] - prints[None]).max(axis=2) <= 14.0
    assert found == {frozenset((int(i), int(j))) for i, j in np.argwhere(near) if i < j}
    assert found


def test_nothing_to_compare() -> None:
    assert duplicates([], np.zeros((0, 576), np.float32)) == []


def test_a_fingerprint_is_of_the_clip_and_not_of_the_video(tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", [*moving(1), *moving(2)])
    make_video(tmp_path / "b.mp4", moving(2))
    whole = Example("b", tmp_path / "b.mp4", "b")
    part = Example("a", tmp_path / "a.mp4", "a", start=1, end=2)
    assert np.abs(fingerprint(part) - fingerprint(whole)).max() < 10
    assert fingerprint(part).shape == (576,)


def test_different_clips_of_one_room_are_not_the_same() -> None:
    examples = open_dataset(shared("shoplifting_lab")).examples[:12]
    prints = np.array([fingerprint(example) for example in examples])
    assert duplicates(examples, prints) == []
