from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from aisle.core import Example, InputError, UsageError
from aisle.data.unlabelled import hold_out, unlabelled
from videos import make_video


def test_videos_lie_at_any_depth_and_long_ones_are_cut(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / ".trash").mkdir()
    make_video(tmp_path / "a/b/long.mp4", 30)
    make_video(tmp_path / "short.mp4", 6, Fraction(10))
    make_video(tmp_path / ".trash/gone.mp4", 6)
    (tmp_path / "broken.mp4").write_bytes(b"nothing")
    (tmp_path / "notes.txt").write_text("no video")
    found = unlabelled(tmp_path, longest=Fraction(3, 5))
    assert [one.name for one in found.examples] == ["a/b/long.mp4@0.0-0.5", "a/b/long.mp4@0.5-1.0", "short.mp4@0.0-0.6"]
    assert [one.group for one in found.examples] == ["a/b/long.mp4"] * 2 + ["short.mp4"]
    assert [str(problem) for problem in found.problems if "broken.mp4" not in str(problem)] == []
    assert len(found.problems) == 1


def test_what_is_too_much_is_taken_evenly_and_told(tmp_path: Path) -> None:
    make_video(tmp_path / "long.mp4", 60)
    found = unlabelled(tmp_path, longest=Fraction(1, 5), most=3)
    assert [float(one.start) for one in found.examples] == [0.0, 0.8, 1.8]
    assert found.notes == ("of 10 stretches 3 are taken, evenly",)


def test_nothing_to_learn_from_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="videos lie in a folder"):
        unlabelled(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no video that can be used; got: none"):
        unlabelled(tmp_path)


@pytest.mark.parametrize(
    ("videos", "stretches", "kept", "parted"), [(10, 2, 4, True), (5, 1, 1, True), (2, 5, 2, False), (2, 1, 0, False)]
)
def test_a_fifth_is_kept_aside(videos: int, stretches: int, kept: int, parted: bool) -> None:
    examples = tuple(
        Example(f"{video}@{at}", Path(f"{video}.mp4"), f"{video}") for video in range(videos) for at in range(stretches)
    )
    parts = hold_out(examples, 0)
    assert len(parts.kept) == kept
    assert set(parts.train) | set(parts.kept) == set(examples)
    if parted:
        assert not {one.group for one in parts.train} & {one.group for one in parts.kept}
