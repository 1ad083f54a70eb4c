"""Videos to folders of numbered pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aisle.core import UsageError
from aisle.data.collection import videos_below
from aisle.data.frames import MANIFEST, write_frames
from videos import make_video, number_of


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    for name, pictures in {"walk/a.mp4": 30, "walk/b.mp4": 15, "run/a.mp4": 30}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        make_video(folder / name, pictures)
    return folder


def test_a_folder_a_category_and_video(videos: Path, tmp_path: Path) -> None:
    out = tmp_path / "frames"
    done = write_frames(videos_below(videos), out, rate=Fraction(3), size=(64, 48), jobs=2)
    assert [(row.folder, row.category, row.frames) for row in done.rows] == [
        ("run/a", "run", 3),
        ("walk/a", "walk", 3),
        ("walk/b", "walk", 2),
    ]
    assert done.new == 3
    shown = [np.asarray(Image.open(out / "walk/a" / f"{number}.jpg")) for number in (1, 2, 3)]
    assert {image.shape for image in shown} == {(48, 64, 3)}
    assert [number_of(image) for image in shown] == [0, 10, 20]
    assert len((out / MANIFEST).read_text("utf-8").splitlines()) == 4


def test_only_what_is_new_is_written(videos: Path, tmp_path: Path) -> None:
    out = tmp_path / "frames"
    write_frames(videos_below(videos), out, jobs=1)
    kept = (out / "run/a/1.jpg").stat().st_mtime_ns
    make_video(videos / "walk/b.mp4", 45)
    done = write_frames(videos_below(videos), out, jobs=1)
    assert (done.new, (out / "run/a/1.jpg").stat().st_mtime_ns) == (1, kept)
    assert [row.frames for row in done.rows if row.folder == "walk/b"] == [5]


def test_bad_videos_are_told_and_the_others_written(videos: Path, tmp_path: Path) -> None:
    (videos / "walk/c.mp4").write_bytes(b"no video at all")
    make_video(videos / "run/one.mp4", 1)
    done = write_frames(videos_below(videos), tmp_path / "frames", jobs=2)
    assert len(done.rows) == 4
    (problem,) = done.problems
    assert "c.mp4" in str(problem)
    assert not (tmp_path / "frames/walk/c").exists()


def test_pictures_of_two_kinds_are_never_mixed(videos: Path, tmp_path: Path) -> None:
    out = tmp_path / "frames"
    write_frames(videos_below(videos), out, jobs=1)
    with pytest.raises(UsageError, match="224x224, 3 a second"):
        write_frames(videos_below(videos), out, rate=Fraction(5))


@pytest.mark.parametrize("told", [{"rate": Fraction(0)}, {"size": (0, 224)}, {"jobs": 0}])
def test_numbers_that_are_none(told: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_frames([], tmp_path / "frames", **told)  # type: ignore[arg-type]  # a table of wrong calls


def test_videos_of_one_name_keep_their_endings(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv"):
        make_video(tmp_path / name, 10)
    done = write_frames(videos_below(tmp_path), tmp_path / "frames", jobs=1)
    assert [row.folder for row in done.rows] == ["a.mkv", "a.mp4"]
