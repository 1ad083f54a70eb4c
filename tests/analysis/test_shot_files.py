"""What looking for shots leaves: a row and a key frame a shot, and the shots by themselves."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aisle.analysis.shot_files import ShotFiles, key_frames, sharpness, write_shots
from aisle.core import OutputError
from aisle.core.shots import Change, Shots
from aisle.media.read import Reader
from edited import shot, spliced
from videos import make_video, numbered

RATE = Fraction(25)
CHANGES = (
    Change(Fraction(40, 25), Fraction(40, 25), 0.9),
    Change(Fraction(70, 25), Fraction(90, 25), 0.8),
    Change(Fraction(115, 25), Fraction(115, 25)),
)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("edited") / "edited.mp4", spliced(), RATE)


@pytest.fixture
def shots(video: Path) -> Shots:
    return Shots(str(video), Fraction(140, 25), RATE, CHANGES, "fast")


def test_a_row_a_shot(video: Path, shots: Shots, tmp_path: Path) -> None:
    files = ShotFiles.named(tmp_path / "edited")
    assert write_shots(shots, files, video=video) == ()
    with files.csv.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["start_frame"] for row in rows] == ["0", "40", "80", "115"]
    assert [row["begins"] for row in rows] == ["start", "cut", "gradual", "cut"]
    assert [float(row["change_s"]) for row in rows] == [0, 0, 0.8, 0]
    assert [float(row["end_s"]) for row in rows] == [1.6, 3.2, 4.6, 5.6]
    told = json.loads(files.json.read_text())
    assert (told["duration_s"], told["rate"], told["method"]) == (5.6, "25", "fast")
    assert [one["key_frame"] for one in told["shots"]] == [f"shot-000{number}.jpg" for number in (1, 2, 3, 4)]
    with Image.open(files.board) as board, Image.open(files.key(0)) as key:
        assert (board.format, key.size) == ("PNG", (96, 54))
    assert {path.name for path in files.folder.iterdir()} == {one["key_frame"] for one in told["shots"]}


def test_key_frames_lie_in_their_shots_and_out_of_changes(video: Path, shots: Shots) -> None:
    keys = key_frames(video, shots)
    for key, stretch in zip(keys, shots.clean, strict=True):
        assert stretch.start <= key.time < stretch.end
        assert key.image.shape == (54, 96, 3)


def test_the_sharpest_of_a_shot_is_its_key_frame(tmp_path: Path) -> None:
    blurred = np.full((54, 96, 3), 120, np.uint8)
    pictures = [numbered(5, 96, 54) if 20 <= at < 30 else blurred for at in range(50)]
    video = make_video(tmp_path / "blurred.mp4", pictures, RATE)
    (key,) = key_frames(video, Shots(str(video), Fraction(2), RATE, (), "fast"))
    assert Fraction(20, 25) <= key.time < Fraction(30, 25)


def test_sharpness_by_hand() -> None:
    image = np.zeros((3, 4, 3), np.uint8)
    image[1, 1] = 10
    assert sharpness(image) == pytest.approx(np.var([-40, 10]))
    assert sharpness(image[:2]) == 0


def test_shots_by_themselves_hold_theirs_and_begin_at_key_frames(video: Path, shots: Shots, tmp_path: Path) -> None:
    files = ShotFiles.named(tmp_path / "edited")
    held = write_shots(shots, files, video=video, split=True)
    for number, (has, wanted) in enumerate(zip(held, shots.stretches, strict=True)):
        assert has.start <= wanted.start
        assert has.end >= wanted.end
        with Reader(files.shot(number)) as reader:
            assert sum(1 for _ in reader) == has.lasts * RATE
    told = json.loads(files.json.read_text())["shots"]
    assert [one["file_start_s"] for one in told] == [float(has.start) for has in held]


def test_one_picture_is_one_shot(tmp_path: Path) -> None:
    video = make_video(tmp_path / "one.mp4", shot(1, 1), RATE)
    (key,) = key_frames(video, Shots(str(video), 1 / RATE, RATE, (), "fast"))
    assert key.time < 1 / RATE


def test_a_folder_that_is_none_is_told(video: Path, shots: Shots, tmp_path: Path) -> None:
    (tmp_path / "edited.shots").touch()
    with pytest.raises(OutputError):
        write_shots(shots, ShotFiles.named(tmp_path / "edited"), video=video)
