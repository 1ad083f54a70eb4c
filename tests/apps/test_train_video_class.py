from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.analysis.describe import Describer
from aisle.analysis.describe_both import Together
from aisle.analysis.describe_colours import Colours
from aisle.deploy import describers, video_class
from aisle.deploy.video_class import read_video_class
from datasets import film, write_rows

from .conftest import Run


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours describe in place of networks that would have to be fetched."""

    def opened(by: str, **_: object) -> Describer:
        return Together([Colours(), Colours()]) if by == "both" else Colours()

    for module in (describers, video_class):
        monkeypatch.setattr(module, "open_describer", opened)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two categories, each with a look of its own, of three shops."""
    folder = tmp_path_factory.mktemp("data")
    rows = ["path,label,group"]
    for number in range(12):
        label = ("belt", "passage")[number % 2]
        film(folder / label / f"{number}.mp4", number % 2, frames=6 + number)
        rows.append(f"{label}/{number}.mp4,{label},shop {number // 4}")
    write_rows(folder / "clips.csv", *rows)
    return folder


def test_train_and_sort(aisle: Run, data: Path, tmp_path: Path) -> None:
    words = ("train", "-q", "--task", "video-class", "--data", data, "--out", tmp_path / "sorts")
    done = aisle(*words)
    assert done.code == 0, done.err
    for way in ("objects", "motion", "both"):
        assert f"  {way:10}top-1 100.0%" in done.out
    card = read_video_class(tmp_path / "sorts")
    assert (card.by, tuple(card.labels)) == ("both", ("belt", "passage"))
    assert card.measured["top1"] == 1
    figures = json.loads((tmp_path / "sorts" / "metrics.json").read_text("utf-8"))
    assert set(figures["ways"]) == {"objects", "motion", "both"}

    asked = aisle("classify", data / "passage/1.mp4", "--json", "-q", "--model", tmp_path / "sorts")
    assert asked.code == 0, asked.err
    (told,) = json.loads(asked.out)
    assert told["predictions"][0]["label"] == "passage"
    assert sum(one["probability"] for one in told["predictions"]) == pytest.approx(1, abs=1e-5)

    shown = aisle("models", "show", tmp_path / "sorts")
    assert shown.code == 0, shown.err
    assert "answers:              2 labels: belt, passage" in shown.out
    for words in (("evaluate", tmp_path / "sorts", "--data", data), ("classify", "--runtime", "onnxruntime", "x.mp4")):
        refused = aisle(*words, *(("--model", tmp_path / "sorts") if words[0] == "classify" else ()))
        assert refused.code == 2
        assert "got: --runtime" in refused.error or "of kind video-class" in refused.error

    missing = aisle("classify", data / "belt/0.mp4", data / "none.mp4", "-q", "--model", tmp_path / "sorts")
    assert missing.code != 0
    assert "belt" in missing.out
    assert "none.mp4" in missing.error


def test_one_way_and_another_classifier(aisle: Run, data: Path, tmp_path: Path) -> None:
    words = ("train", "-q", "--task", "video-class", "--data", data, "--out", tmp_path / "sorts")
    done = aisle(*words, "--model", "svm", "--set", "from=objects")
    assert done.code == 0, done.err
    assert "motion" not in done.out
    assert read_video_class(tmp_path / "sorts").by == "objects"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--set", "from=sound"), "allowed: both, motion, objects"),
        (("--set", "size=3"), "got: size; allowed: from=objects"),
        (("--model", "forrest"), "logistic, svm"),
        (("--epochs", 3), "got: --epochs"),
    ],
)
def test_what_is_not_there_to_choose(aisle: Run, data: Path, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = aisle("train", "-q", "--task", "video-class", "--data", data, "--out", tmp_path / "sorts", *words)
    assert done.code == 2
    assert told in done.error
    assert not (tmp_path / "sorts").exists()
