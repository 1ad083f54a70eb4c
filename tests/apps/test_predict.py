"""`aisle evaluate BUNDLE --predict`: how far the pictures that a network paints are from those that came."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pixel_networks import card_of, painted
from videos import make_video, numbered

from .conftest import Run, files


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "ahead"
    painted("simvp", folder)
    return folder


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "again"
    painted("vae", folder)
    return folder


def test_without_data_moving_shapes_are_predicted(aisle: Run, predictor: Path, tmp_path: Path) -> None:
    done = aisle("evaluate", predictor, "--predict", "--windows", 3, "--out", tmp_path / "judged")
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()[:4]] == ["step", "1", "2", "all"]
    assert "copied" in done.out
    told = json.loads((tmp_path / "judged/metrics.json").read_text())
    assert (told["sequences"], told["ahead"], len(told["steps"]), len(told["copied"])) == (3, 2, 2, 2)
    page = (tmp_path / "judged/report.html").read_text()
    assert "Moving MNIST" in page
    assert page.count("<img") == 3


def test_videos_are_reconstructed_in_windows(aisle: Run, painter: Path, tmp_path: Path) -> None:
    """Seven and a half pictures a second: eight seconds have seven windows of eight, a sixth of one none."""
    videos = tmp_path / "videos"
    videos.mkdir()
    make_video(videos / "long.mp4", [numbered(number % 64) for number in range(240)])
    make_video(videos / "short.mp4", [numbered(number) for number in range(5)])
    done = aisle("evaluate", painter, "--predict", "--data", videos, "--out", tmp_path / "judged", "-q")
    assert done.code == 0
    assert "copied" not in done.out
    told = json.loads((tmp_path / "judged/metrics.json").read_text())
    assert told["sequences"] == 7
    assert told["all_copied"] is None


def test_what_cannot_be_judged_is_refused(aisle: Run, painter: Path, tmp_path: Path) -> None:
    videos, out = tmp_path / "videos", tmp_path / "judged"
    videos.mkdir()
    make_video(videos / "short.mp4", [numbered(number) for number in range(5)])
    done = aisle("evaluate", painter, "--predict", "--data", videos, "--out", out)
    assert "is long enough; got: none of 8 pictures at 7.5 a second" in done.error
    card_of("vae", tmp_path / "encoder")
    assert "paints no pictures" in aisle("evaluate", tmp_path / "encoder", "--predict", "--out", out).error
    assert "no packaged network that paints" in aisle("evaluate", "slow-r50", "--predict", "--out", out).error
    assert "only pictures have windows" in aisle("evaluate", painter, "--data", videos, "--windows", 3).error
    assert "have no such options; got: --probe" in aisle("evaluate", painter, "--predict", "--probe").error
    assert not files(out)
