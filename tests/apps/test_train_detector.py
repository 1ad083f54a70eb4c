"""`aisle train --task detector` and what follows it: checking the data, training, judging, and bad input."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aisle.apps import cli
from aisle.apps.box_files import looks
from aisle.apps.train_detector import recipe_of
from aisle.core import UnknownNameError, UsageError
from aisle.core.detections import Detections
from aisle.data.boxed_pictures import open_boxed
from aisle.deploy import detector_initial
from aisle.deploy.object_detectors import open_detector
from aisle.train.detector import DetectorRecipe
from boxed_squares import draw, write_coco, write_yolo
from tiny_detector import TinyStudent


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "squares"
    write_yolo(folder, draw(folder, 12, seed=2))
    return folder


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny detector in the place of YOLOX-nano, which would take minutes."""

    def begin(labels: Sequence[str], weights: str, *_: object) -> tuple[TinyStudent, str]:
        return TinyStudent(len(labels)), f"{weights} weights"

    monkeypatch.setattr(detector_initial, "STUDENTS", {"yolox-nano": begin})


def aisle(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli.app, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.usefixtures("tiny")
def test_from_boxes_to_a_detector_that_is_judged(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    code, said, told = aisle(
        "train", "--task", "detector", "--data", data, "--out", out, "--epochs", 3, "--set", "paste=0"
    )
    assert code == 0, told
    assert "pictures that it has not seen" in said
    assert "10 pictures to learn from, 2 kept aside; begins with published weights" in told
    assert sorted(path.name for path in out.iterdir()) == [
        "card.json",
        "metrics.json",
        "network.onnx",
        "report.html",
        "seen.json",
    ]
    metrics = json.loads((out / "metrics.json").read_text("utf-8"))
    assert (metrics["pictures"], len(metrics["losses"])) == (2, 3)
    assert [one["label"] for one in metrics["per_class"]] == ["blue", "red"]
    page = (out / "report.html").read_text("utf-8")
    assert "AP50" in page
    assert "What it found" in page
    assert open_detector(out).labels == ("blue", "red")

    judged = tmp_path / "judged"
    code, said, told = aisle("evaluate", out, "--data", data, "--out", judged)
    assert code == 0, told
    assert "10 of 12 pictures are among those that the detector was trained on" in told
    assert json.loads((judged / "metrics.json").read_text("utf-8"))["pictures"] == 12
    assert "flatter" not in told  # the score that counts is the detector's own, and was chosen on others
    sided = tmp_path / "sided"
    for side, seed in (("train", 2), ("val", 7)):
        draw(sided / "images" / side, 3, seed=seed)
    write_yolo(sided, [])
    labels = sided / "labels" / "val" / "0.txt"
    labels.parent.mkdir(parents=True)
    labels.write_text("0 .5 .5 .3 .3", "utf-8")
    assert aisle("evaluate", out, "--data", sided, "--out", judged)[0] == 0
    assert json.loads((judged / "metrics.json").read_text("utf-8"))["pictures"] == 3  # those of the validation split
    other = tmp_path / "other"
    pictures = draw(other, 3, seed=9)
    file = write_coco(other, pictures)
    file.write_text(file.read_text("utf-8").replace('"red"', '"green"'), "utf-8")
    code, _, told = aisle("evaluate", out, "--data", other, "--out", tmp_path / "never")
    assert (code, "does not know green" in told) == (2, True)


def test_checking_lists_everything_that_is_wrong(data: Path) -> None:
    (data / "0.txt").write_text("0 .5 .5 .3 .3\n9 .5 .5 .1 .1\n0 .5 .5 0 .1\n", "utf-8")
    (data / "stray.txt").write_text("0 .5 .5 .3 .3\n", "utf-8")
    code, said, _ = aisle("data", "check", data)
    assert code == 1
    assert "boxes_yolo, 12 pictures" in said
    assert "0.txt:2: unknown number of a class" in said
    assert "0.txt:3: the box is empty or negative" in said
    assert "stray.txt: labels without a picture" in said
    assert "3 problems" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--resume"], "no options of a detector"),
        (["--set", "size=3"], "unknown setting of a detector"),
        (["--set", "rate=fast"], "is a number; got: fast"),
        (["--set", "side=wide"], "reads squares"),
        (["--set", "side=\u00b2"], "reads squares"),
        (["--model", "yolo"], "unknown detector to train"),
    ],
)
def test_wrong_options_are_told(words: list[str], told: str, data: Path, tmp_path: Path) -> None:
    code, _, said = aisle("train", "--task", "detector", "--data", data, "--out", tmp_path / "b", *words)
    assert (code, told in said) == (2, True), said
    assert not (tmp_path / "b").exists()


def test_a_folder_without_boxes_cannot_be_learnt_from(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, _, said = aisle("train", "--task", "detector", "--data", tmp_path / "empty", "--out", tmp_path / "b")
    assert (code, "in which layout the boxes" in said) == (2, True), said


def test_settings_change_the_recipe_and_nothing_else() -> None:
    base = DetectorRecipe()
    changed = recipe_of(base, {"rate": "0.5", "paste": "0.1", "side": "96"}, epochs=7, batch=None, seed=3)
    assert changed == replace(base, rate=0.5, epochs=7, seed=3, augment=replace(base.augment, paste=0.1))
    with pytest.raises(UnknownNameError):
        recipe_of(base, {"scale": "1"}, epochs=None, batch=None, seed=0)
    with pytest.raises(UsageError):
        recipe_of(base, {"rate": "-1"}, epochs=None, batch=None, seed=0)


def test_pictures_are_shown_with_their_boxes(data: Path) -> None:
    boxes = open_boxed(data)
    shown = looks(boxes.pictures, [Detections.none()] * len(boxes.pictures), 0.5)
    assert len(shown) == 8
    assert all(one.jpeg[:2] == b"\xff\xd8" for one in shown)
