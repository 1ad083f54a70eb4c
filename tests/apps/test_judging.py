"""`aisle evaluate BUNDLE --data DIR`: a model on labelled video."""

from __future__ import annotations

import csv
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import pytest

from datasets import film, make_clips_csv, make_merl, write_rows
from heads import clip_head, step_head

from .conftest import Done, Run, files

ACTS = ("reach_to_shelf", "retract_from_shelf", "hand_in_shelf", "inspect_product", "inspect_shelf")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clips of normal and three of theft, one of each a shop."""
    return make_clips_csv(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Videos of a second with timelines: two to learn from, one for validation, one for the test."""
    return make_merl(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def alarmist(tiny_bundle: Path, clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes everything for theft, with a probability of .75; has learnt from one of the clips."""
    seen = hashlib.sha256((clips / "theft" / "1.mp4").read_bytes()).hexdigest()[:12]
    folder = tmp_path_factory.mktemp("heads") / "alarmist"
    return clip_head(tiny_bundle, folder, logits=(0.0, math.log(3)), threshold=0.6, seen=[seen])


@pytest.fixture(scope="module")
def gazer(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sees people look at products all the time."""
    logits = [0.0, 0.0, 0.0, 2.0, 0.0, 0.0]
    return step_head(tiny_bundle, tmp_path_factory.mktemp("heads") / "gazer", ACTS, logits=logits)


def metrics(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return read


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "predictions.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def judged(aisle: Run, model: Path, data: Path, out: Path, *words: object) -> Done:
    return aisle("evaluate", model, "--data", data, "--out", out, "--features", out.parent / "features", *words)


def test_a_detector(aisle: Run, alarmist: Path, clips: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = judged(aisle, alarmist, clips, out)
    assert done.code == 0
    assert files(out) == ["metrics.json", "predictions.csv", "report.html"]
    found = metrics(out)
    assert [found[name] for name in ("top1", "top5", "precision", "recall")] == [0.5, None, 0.5, 1.0]
    assert found["f1"] == pytest.approx(2 / 3)
    assert found["macro_f1"] == pytest.approx(1 / 3)
    assert [found[name] for name in ("roc_auc", "average_precision", "accuracy", "threshold")] == [0.5, 0.5, 0.5, 0.6]
    assert (found["model"], found["data"], found["split"]) == ("alarmist", str(clips), "")
    assert (found["examples"], found["groups"], found["seen_in_training"]) == (6, 3, 1)
    assert found["fingerprint"].startswith("alarmist-")
    assert {"date", "machine", "versions", "runtime", "aisle"} <= found.keys()
    assert found["cost"]["videos"] == 5  # the first is left out, as the network is prepared on it
    caution = "1 of 6 examples are from videos that the model was trained on"
    assert found["notes"][0].startswith(caution)
    assert f"note: {caution}" in done.err
    assert done.out.splitlines()[1] == "CAUTION: 1 of 6 are from videos that the model was trained on"
    assert ["threshold", "60.0"] in [line.split() for line in done.out.splitlines()]
    page = (out / "report.html").read_text()
    assert caution in page
    assert page.count("<b>normal</b> was taken for theft, 75% sure. normal/") == 3


def test_answers_of_clips_are_written(aisle: Run, alarmist: Path, clips: Path, tmp_path: Path) -> None:
    judged(aisle, alarmist, clips, tmp_path / "out")
    answers = rows(tmp_path / "out")
    assert [row["path"] for row in answers[:2]] == ["normal/0.mp4", "theft/1.mp4"]
    assert [row["label"] for row in answers] == ["normal", "theft"] * 3
    assert {(row["predicted"], row["probability"], row["p:normal"]) for row in answers} == {
        ("theft", "0.750000", "0.250000")
    }
    assert answers[5]["group"] == "shop 2"


def test_features_are_computed_once(aisle: Run, alarmist: Path, clips: Path, tmp_path: Path) -> None:
    judged(aisle, alarmist, clips, tmp_path / "first")
    again = judged(aisle, alarmist, clips, tmp_path / "again")
    first, second = metrics(tmp_path / "first"), metrics(tmp_path / "again")
    assert (again.code, second["cost"]) == (0, None)
    assert "the features of 6 of 6 examples were computed before" in again.err
    assert (first["clips"], first["detector"]) == (second["clips"], second["detector"])
    judged(aisle, alarmist, clips, tmp_path / "fresh", "--fresh")
    assert metrics(tmp_path / "fresh")["cost"]["videos"] == 5


def test_recall_may_count_more(aisle: Run, alarmist: Path, clips: Path, tmp_path: Path) -> None:
    assert judged(aisle, alarmist, clips, tmp_path / "out", "--beta", 2).code == 0
    found = metrics(tmp_path / "out")
    assert (found["f1"], found["f2"]) == (pytest.approx(2 / 3), pytest.approx(5 / 6))


def test_it_answers_as_classify_does(aisle: Run, tiny_bundle: Path, clip: Path, tmp_path: Path) -> None:
    """On a clip of ten steps, many times the head's window, and one that decides by what it sees."""
    head = clip_head(tiny_bundle, tmp_path / "head", ("normal", "theft", "other"), window=2)
    data = tmp_path / "data"
    (data / "theft").mkdir(parents=True)
    (data / "theft" / "clip.mp4").symlink_to(clip)
    film(data / "normal" / "0.mp4", 0)
    assert judged(aisle, head, data, tmp_path / "out").code == 0
    said = json.loads(aisle("classify", clip, "--model", head, "--json").out)[0]["predictions"]
    row = next(row for row in rows(tmp_path / "out") if row["label"] == "theft")
    assert {one["label"]: one["probability"] for one in said} == {
        name: pytest.approx(float(row[f"p:{name}"]), abs=2e-3) for name in ("normal", "theft", "other")
    }
    assert "threshold" not in metrics(tmp_path / "out")


def test_timelines_are_judged_on_the_test_split(aisle: Run, gazer: Path, shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = judged(aisle, gazer, shop, out, "--rate", 10)
    assert done.code == 0
    found = metrics(out)
    assert (found["split"], found["examples"], found["rate"]) == ("test", 1, 10)
    # Of 30 frames 6 truly show an inspected product: in tenths of a second, by their middles, 2 of 10.
    assert found["frame_accuracy"] == pytest.approx(20)
    assert [(one["rate"], one["frame_accuracy"]) for one in found["rates"]] == [(10, pytest.approx(20)), (30, 20)]
    assert {"edit", "f1@10", "f1@25", "f1@50", "map_midpoint", "map_iou@10", "map_iou@50"} <= found.keys()
    assert found["seen_in_training"] is None
    (said,) = rows(out)
    assert (said["video"], said["start"], said["end"], said["label"]) == ("27_1", "0.0", "1.0", "inspect_product")
    page = (out / "report.html").read_text()
    assert "The longest wrong stretches" in page
    assert "was taken for inspect_product" in page


def test_another_split(aisle: Run, gazer: Path, shop: Path, tmp_path: Path) -> None:
    assert judged(aisle, gazer, shop, tmp_path / "out", "--split", "train").code == 0
    assert metrics(tmp_path / "out")["counts"]["videos"] == 2


def test_the_tables_give_the_same_figures(aisle: Run, gazer: Path, shop: Path, tmp_path: Path) -> None:
    judged(aisle, gazer, shop, tmp_path / "out", "--rate", 10)
    found = metrics(tmp_path / "out")
    truth = ["video,start,end,label"]
    frames = {"reach_to_shelf": (0, 5), "hand_in_shelf": (5, 8), "retract_from_shelf": (8, 12)}
    frames |= {"inspect_product": (14, 20), "inspect_shelf": (22, 30)}
    truth += [f"27_1,{first / 30:.6f},{end / 30:.6f},{label}" for label, (first, end) in frames.items()]
    predicted = tmp_path / "out" / "predictions.csv"
    tables = ("--truth", write_rows(tmp_path / "truth.csv", *truth), "--predicted", predicted)
    assert aisle("evaluate", *tables, "--rate", 10, "--out", tmp_path / "tables").code == 0
    for name in ("frame_accuracy", "edit", "f1@10", "f1@50", "map_midpoint", "map_iou@50"):
        assert metrics(tmp_path / "tables")[name] == found[name]


def test_a_head_of_clips_on_timelines(aisle: Run, tiny_bundle: Path, shop: Path, tmp_path: Path) -> None:
    """Each act of the test video becomes a clip; no gap between them is long enough for one of background."""
    head = clip_head(tiny_bundle, tmp_path / "head", ACTS, logits=[0.0, 0.0, 0.0, 0.0, 1.0])
    assert judged(aisle, head, shop, tmp_path / "out").code == 0
    assert (metrics(tmp_path / "out")["examples"], metrics(tmp_path / "out")["top1"]) == (5, 0.2)


def test_the_backbone_itself(aisle: Run, tmp_path: Path) -> None:
    for number, label in enumerate(("archery", "zumba", "archery")):
        film(tmp_path / "data" / label / f"{number}.mp4", number)
    assert judged(aisle, Path("kinetics-i3d"), tmp_path / "data", tmp_path / "out").code == 0
    found = metrics(tmp_path / "out")
    assert (found["examples"], found["model"], found["seen_in_training"]) == (3, "kinetics-i3d", None)
    assert sum(one["support"] for one in found["clips"]["per_class"]) == 3


def test_what_cannot_be_read_is_left_out_and_told(aisle: Run, alarmist: Path, tmp_path: Path) -> None:
    data = make_clips_csv(tmp_path / "data")
    (data / "theft" / "1.mp4").write_bytes(b"no video")
    done = judged(aisle, alarmist, data, tmp_path / "out")
    assert done.code == 0
    assert "note: 1 examples could not be used, for instance:" in done.err
    assert metrics(tmp_path / "out")["examples"] == 5


FORMS = "aisle evaluate BUNDLE --data DIR [--probe or --predict], or aisle evaluate --truth CSV --predicted CSV"


@pytest.mark.parametrize(
    ("words", "got"),
    [
        ((), "neither"),
        (("kinetics-i3d",), "BUNDLE"),
        (("--data", "d"), "--data"),
        (("--truth", "t"), "--truth"),
        (("kinetics-i3d", "--data", "d", "--truth", "t"), "BUNDLE, --data, --truth"),
        (("--truth", "t", "--predicted", "p", "--split", "test", "--fresh"), "--split, --fresh"),
    ],
)
def test_a_call_of_neither_form(aisle: Run, words: tuple[str, ...], got: str) -> None:
    done = aisle("evaluate", *words)
    assert done.code == 2
    assert f"got: {got}; allowed: {FORMS}" in done.error


def test_bad_wishes(aisle: Run, alarmist: Path, gazer: Path, clips: Path, shop: Path, tmp_path: Path) -> None:
    calls = {
        "a rate is for timelines; got: alarmist names clips": (alarmist, clips, "--rate", 5),
        "unknown split; got: 'tests'": (alarmist, clips, "--split", "tests"),
        "has an empty split; got: 'test'": (alarmist, clips, "--split", "test"),
        "F-beta needs a positive beta": (alarmist, clips, "--beta", 0),
        "gazer does not know normal, theft; got: the data's labels: normal, theft; allowed: the model's: reach": (
            gazer,
            clips,
        ),
        "a dataset is a folder": (gazer, shop / "nowhere"),
        "a rate is a number of samples a second": (gazer, shop, "--rate", 0),
    }
    for said, (model, data, *words) in calls.items():
        done = judged(aisle, model, data, tmp_path / "out", *words)
        assert done.code == 2
        assert said in done.error
        assert not (tmp_path / "out").exists() or files(tmp_path / "out") == []
