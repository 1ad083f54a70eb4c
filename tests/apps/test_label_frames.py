"""`aisle label-frames`, `aisle data frames` and `aisle train --task pictures` as their user meets them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from aisle.deploy.labeller import SOURCE
from aisle.models.clip import clip_model
from goods import make_products, product
from videos import make_video
from weights import found

from .conftest import Run, files


@pytest.fixture
def weights(cache: Path) -> None:
    """EfficientNet-Lite0, laid where the program looks."""
    there = found(clip_model(SOURCE).initial)
    here = cache / "weights" / there.name
    here.parent.mkdir(exist_ok=True)
    if not here.exists():
        here.symlink_to(there)


@pytest.mark.usefixtures("weights")
def test_own_classes_from_pictures_to_tables(aisle: Run, tmp_path: Path) -> None:
    data = make_products(tmp_path / "data")
    made = aisle("train", "-q", "--task", "pictures", "--data", data, "--out", tmp_path / "mine")
    assert made.code == 0, made.err
    assert "top-1" in made.out
    shown = [product("red", "disc", 70)] * 25
    video = make_video(_folder(tmp_path / "videos") / "red.mp4", shown, Fraction(25))
    out = tmp_path / "out"
    done = aisle("label-frames", tmp_path / "videos", "--model", tmp_path / "mine", "--out", out, "--json", "-q")
    assert done.code == 0, done.err
    (told,) = json.loads(done.out)
    assert (told["video"], told["pictures"], told["rows"]) == (str(video), 3, 3)
    assert "red" in told["most"][0]["class"]
    assert files(out) == ["red.labels.csv", "red.labels.parquet"]

    card = aisle("models", "show", tmp_path / "mine")
    assert card.code == 0, card.err
    assert "reads:                whole pictures, as 224 x 224 pixels" in card.out
    assert "red" in card.out
    picture = min(data.rglob("*.png"))
    asked = aisle("classify", picture, "--model", tmp_path / "mine", "--json", "-q")
    assert asked.code == 0, asked.err
    (said,) = json.loads(asked.out)
    assert said["picture"] == str(picture)
    assert sum(one["probability"] for one in said["predictions"]) == pytest.approx(1, abs=1e-4)
    wrong = aisle("classify", video, "--model", tmp_path / "mine", "-q")
    assert "no picture that is known" in wrong.error


@pytest.mark.usefixtures("weights")
def test_top_of_the_usual_classes_and_bad_input_among_good(aisle: Run, tmp_path: Path) -> None:
    good = make_video(tmp_path / "a.mp4", 30)
    bad = tmp_path / "b.mp4"
    bad.write_bytes(b"no video")
    done = aisle("label-frames", good, bad, "--top", 3, "--out", tmp_path / "out", "-q")
    assert done.code == 1
    assert "b.mp4" in done.err
    assert len((tmp_path / "out" / "a.labels.csv").read_text("utf-8").splitlines()) == 1 + 3 * 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rate", "0"), "no pictures a second"),
        (("--masks",), "without --detector"),
        (("--model", "other", "--detector", "yolox-nano"), "two that look"),
        (("--model", "nowhere"), "nowhere"),
    ],
)
def test_wrong_calls(aisle: Run, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = aisle("label-frames", make_video(tmp_path / "a.mp4", 5), "--out", tmp_path / "out", "-q", *words)
    assert done.code == 2
    assert said in done.error


def test_frames_of_a_folder(aisle: Run, tmp_path: Path) -> None:
    _folder(tmp_path / "videos" / "walk")
    make_video(tmp_path / "videos" / "walk" / "a.mp4", 30)
    out = tmp_path / "frames"
    done = aisle("data", "frames", tmp_path / "videos", "--out", out, "--size", "32x24", "-q")
    assert done.code == 0, done.err
    assert files(out) == ["manifest.csv", "walk/a/1.jpg", "walk/a/2.jpg", "walk/a/3.jpg"]
    assert "--size is no size" in aisle("data", "frames", tmp_path / "videos", "--out", out, "--size", "big").err


def test_videos_need_a_list(aisle: Run, tmp_path: Path) -> None:
    done = aisle("data", "get", "videos", tmp_path / "got")
    assert (done.code, "no --from" in done.err) == (2, True)


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
