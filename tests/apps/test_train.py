"""From two folders of clips to a model of one's own, and from labelled videos to one that says when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.deploy.head import read_head
from datasets import film, make_clips_csv, make_merl
from videos import Picture, make_video, numbered

from .conftest import Run, files


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where features are kept, so that each clip is watched once for all these tests."""
    return tmp_path_factory.mktemp("features")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four clips of something that moves in the folder `busy`, four still ones in `calm`."""
    folder = tmp_path_factory.mktemp("data")
    for number in range(4):
        film(folder / "calm" / f"{number}.mp4", number, frames=24)
        (folder / "busy").mkdir(exist_ok=True)
        make_video(folder / "busy" / f"{number}.mp4", moving(number))
    return folder


def moving(number: int) -> list[Picture]:
    return [numbered(97 * (number + 1) * count % 4096) for count in range(24)]


def test_two_folders_of_clips_become_a_model(aisle: Run, data: Path, features: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    trained = aisle("train", "--data", data, "--model", "linear", "--out", out, "--features", features)
    assert trained.code == 0, trained.err
    assert files(out)[0] == "card.json"
    assert "head.onnx" in files(out)
    card = read_head(out)
    assert (card.name, card.head, card.task, tuple(card.labels)) == ("mine", "linear", "clips", ("busy", "calm"))
    assert card.answers.threshold is not None
    assert card.measured["top1"] == 1.0
    assert "8 examples of 8 groups" in card.trained_on
    assert "aisle analyze VIDEO --model" in trained.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]
    new = {"busy": make_video(tmp_path / "new.mp4", moving(9)), "calm": film(tmp_path / "old.mp4", 9, frames=24)}
    for label, video in new.items():
        said = aisle("classify", video, "--model", out, "--json", "--quiet")
        assert said.code == 0
        assert json.loads(said.out)[0]["predictions"][0]["label"] == label
    assert aisle("analyze", new["busy"], "--model", out, "--out", tmp_path / "results", "--quiet").code == 0
    assert {"new.html", "new.json"} <= set(files(tmp_path / "results"))


def test_labelled_videos_become_a_model_that_says_when(aisle: Run, features: Path, tmp_path: Path) -> None:
    data, out = make_merl(tmp_path / "visits", subjects=(1, 2, 3, 4)), tmp_path / "shopper"
    options = ("--set", "layers=2", "--set", "channels=8", "--epochs", 2, "--features", features, "--quiet")
    trained = aisle("train", "--data", data, "--model", "mstcn", "--out", out, *options)
    assert trained.code == 0, trained.err
    card = read_head(out)
    assert (card.task, card.answers.pieces, card.labels[-1]) == ("timelines", 2, "background")
    assert card.options["layers"] == 2
    video = data / "1_1_crop.mp4"
    assert aisle("analyze", video, "--model", out, "--out", tmp_path / "results", "--quiet").code == 0
    told = json.loads((tmp_path / "results" / "1_1_crop.json").read_text("utf-8"))
    assert (told["model"], told["grid"]["step_s"]) == ("shopper", 0.16)


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clips_csv(tmp_path_factory.mktemp("six"))


def test_a_model_that_exists_is_not_written_over(aisle: Run, six: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "work").write_text("dear to me")
    done = aisle("train", "--data", six, "--model", "linear", "--out", tmp_path / "mine")
    assert done.code == 1
    assert "it exists" in done.error
    assert files(tmp_path / "mine") == ["work"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--model", "liner"], "unknown head or network; got: 'liner'"),
        (["--model", "linear", "--set", "penality=1"], "unknown option of linear; got: 'penality'"),
        (
            ["--model", "linear", "--set", "penalty=high"],
            "option penalty of linear; got: high; allowed: a value of type",
        ),
        (
            ["--model", "linear", "--set", "penalty"],
            "an option has a name and a value; got: penalty; allowed: NAME=VALUE",
        ),
        (["--model", "linear", "--look", "nigth"], "unknown look; got: 'nigth'"),
        (["--model", "linear", "--beta", "0"], "F-beta needs a positive beta; got: 0.0"),
        (["--model", "linear", "--kind", "merle"], "got: 'merle'"),
        (["--model", "linear", "--backbone", "kinetics"], "unknown model; got: 'kinetics'"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_words_that_mean_nothing(aisle: Run, six: Path, tmp_path: Path, words: list[str], told: str) -> None:
    done = aisle("train", "--data", six, "--out", tmp_path / "mine", "--quiet", *words)
    assert done.code == 2
    (error,) = done.errors
    assert told in error
    assert list(tmp_path.iterdir()) == []


def test_a_head_is_no_backbone(aisle: Run, six: Path, features: Path, tmp_path: Path) -> None:
    command = ("train", "--data", six, "--model", "knn", "--features", features, "--quiet", "--out")
    assert aisle(*command, tmp_path / "one").code == 0
    done = aisle(*command, tmp_path / "two", "--backbone", tmp_path / "one")
    assert done.code == 2
    assert "a head is not a backbone" in done.errors[0]


def test_a_folder_without_data(aisle: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = aisle("train", "--data", tmp_path / "empty", "--model", "linear", "--out", tmp_path / "mine", "--quiet")
    assert done.code in (1, 2)
    assert str(tmp_path / "empty") in done.error
