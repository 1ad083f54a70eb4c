"""`aisle compare`: models side by side on the same clips."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.apps.comparison import Comparison, Row, Times, times
from aisle.apps.comparison_files import console, write_comparison
from aisle.apps.contender import Asked
from aisle.core import LabelSet
from aisle.data.find import open_dataset
from clip_networks import packaged
from datasets import make_clips_csv, write_rows
from heads import step_head

from .conftest import Run, files


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clips of normal and three of theft, one of each a shop."""
    return make_clips_csv(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "plain"
    packaged(folder, labels=LabelSet(("normal", "theft")), weights_told="random ones of a test")
    return folder


@pytest.fixture(scope="module")
def learned(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Calls things otherwise, and has seen one of the clips."""
    seen = hashlib.sha256((clips / "theft" / "1.mp4").read_bytes()).hexdigest()[:12]
    folder = tmp_path_factory.mktemp("bundles") / "learned"
    packaged(folder, labels=LabelSet(("buying", "stealing", "looking")), seen=(seen,))
    return folder


@pytest.fixture
def names(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "names.csv", "class,label", "normal,buying", "normal,looking", "theft,stealing")


def test_models_are_told_side_by_side(
    aisle: Run, clips: Path, plain: Path, learned: Path, names: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "out"
    done = aisle("compare", plain, learned, "--data", clips, "--names", names, "--out", out, "--crops", 3)
    assert done.code == 0
    assert files(out) == ["comparison.csv", "comparison.html", "comparison.json", "comparison.md"]
    told = json.loads((out / "comparison.json").read_text())
    assert told["clips"] == 5
    assert "note: 1 of 6 clips are left out: a model was trained on their videos" in done.err
    one, other = told["models"]
    assert (one["model"], other["model"]) == (str(plain), str(learned))
    assert one["weights"] == "random ones of a test"
    for row in (one, other):
        assert row["error"] == ""
        assert row["views"] == "1 x 3"
        assert row["report"]["clips"] == 5
        assert row["report"]["top1"] in [share / 5 for share in range(6)]
        assert set(row["report"]["confidence"]) == {"top1", "macro_f1"}
        assert row["times"]["p95"] >= row["times"]["median"] > 0
        assert row["gflops"] > 0
        assert row["peak_memory"] > 2**20
    assert one["gflops"] == pytest.approx(other["gflops"], rel=0.01)
    assert done.out.count("random ones of a test") == 1
    with (out / "comparison.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["top1"]) for row in rows] == [row["report"]["top1"] for row in (one, other)]
    page = (out / "comparison.html").read_text()
    assert "Accuracy against cost" in page
    assert (out / "comparison.md").read_text().count("| --- |") == 1


def test_a_network_without_weights_is_compared_by_its_cost(
    aisle: Run, clips: Path, plain: Path, tmp_path: Path
) -> None:
    done = aisle("compare", plain, "tsn-tiny", "--data", clips, "--out", tmp_path)
    assert (done.code, done.err) == (0, "")
    _, random = json.loads((tmp_path / "comparison.json").read_text())["models"]
    assert random["report"] is None
    assert random["weights"] == "random, as none are published"
    assert random["gflops"] == pytest.approx(0.075, rel=0.05)
    (line,) = [line for line in done.out.splitlines() if line.startswith("tsn-tiny ")]
    assert line.split()[:4] == ["tsn-tiny", "-", "-", "-"]
    assert "tsn-tiny: random, as none are published; so its cost alone is compared" in done.out


def row(model: str, **told: object) -> Row:
    return Row(model, weights="published", runtime="onnxruntime", views="1 x 1", **told)  # type: ignore[arg-type]


def test_the_courses_figures_stand_beside_ours_with_the_machine_of_each(clips: Path, tmp_path: Path) -> None:
    dataset = open_dataset(clips)
    spent = Times(median=1.25, p95=2, reading=0.5, network=0.75, videos_a_second=0.8)
    rows = (row("tsm-r50", times=spent), row("mine"), row("tsn-r50", error="gone"))
    found = Comparison(rows, dataset, "", ())
    write_comparison(found, tmp_path)
    page, document = ((tmp_path / f"comparison.{ending}").read_text() for ending in ("html", "md"))
    for told in (console(found), page, document):
        assert "a course on shoplifting detection reports" in told
        assert all(name in told for name in ("s a clip, this machine", "s a sample, NVIDIA T4"))
    assert "| tsm-r50 | - | - | 1.25 | 31 | 48 | 0.34 |\n| mine | - | - | - | - | - | - |\n" in document
    for told in (page, document):
        assert "which it reads at its own rate and size" in told
    write_comparison(replace(found, rows=(row("mine"),)), tmp_path)
    assert "course" not in (tmp_path / "comparison.html").read_text()


def test_what_is_wrong_with_one_model_is_told_in_its_row(
    aisle: Run, clips: Path, plain: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    gazer = step_head(tiny_bundle, tmp_path / "gazer", ("look", "take"), logits=[2.0, 0.0, 0.0])
    done = aisle("compare", gazer, plain, "--data", clips, "--out", tmp_path / "out")
    assert done.code == 1
    bad, good = json.loads((tmp_path / "out" / "comparison.json").read_text())["models"]
    assert "names no clips" in bad["error"]
    assert good["report"]["clips"] == 6
    assert f"{gazer}: not compared: {gazer} names no clips" in done.out


BAD = {
    "unknown model": (("shoper",), "unknown model; got: 'shoper'"),
    "twice": (("kinetics-i3d", "kinetics-i3d"), "a model is compared with others; got: kinetics-i3d, twice"),
    "crops": (("kinetics-i3d", "--crops", 2), "allowed: 1 clip or more, 1 or 3 crops"),
    "clips": (("kinetics-i3d", "--clips", 0), "allowed: 1 clip or more, 1 or 3 crops"),
    "split": (("kinetics-i3d", "--split", "test"), "has an empty split"),
    "labels": (("kinetics-i3d",), "kinetics-i3d knows no class of the data; got: the data's: normal, theft; allowed: "),
}


@pytest.mark.parametrize(("words", "said"), BAD.values(), ids=BAD)
def test_a_bad_call_is_told_in_one_line(
    aisle: Run, clips: Path, tmp_path: Path, words: tuple[object, ...], said: str
) -> None:
    done = aisle("compare", *words, "--data", clips, "--out", tmp_path / "out")
    assert done.code == 2
    assert said in done.error
    if "knows no class" in said:
        assert "--names CSV" in done.error


def test_a_name_that_no_model_has(aisle: Run, clips: Path, plain: Path, tmp_path: Path) -> None:
    names = write_rows(tmp_path / "names.csv", "class,label", "theft,thef")
    done = aisle("compare", plain, "--data", clips, "--names", names, "--out", tmp_path / "out")
    assert done.code == 2
    assert "unknown label in the table of names; got: 'thef'" in done.error
    assert "did you mean theft?" in done.error


def test_evaluate_takes_the_views_that_papers_take(aisle: Run, clips: Path, plain: Path, tmp_path: Path) -> None:
    told = {}
    for words in ((), ("--clips", 1), ("--clips", 10, "--crops", 3)):
        out = tmp_path / str(len(words))
        assert aisle("evaluate", plain, "--data", clips, "--out", out, *words).code == 0
        told[words] = json.loads((out / "metrics.json").read_text())
    assert [one["views"] for one in told.values()] == [None, "1 x 1", "10 x 3"]
    assert [one["examples"] for one in told.values()] == [6, 6, 6]
    done = aisle("evaluate", "kinetics-i3d", "--data", clips, "--out", tmp_path / "no", "--clips", 10)
    assert done.code == 2
    assert "kinetics-i3d reads all of a video; do: leave --clips and --crops out" in done.error
    done = aisle("evaluate", plain, "--data", clips, "--out", tmp_path / "no", "--crops", 2)
    assert "a video is not cut into such views; got: 1 clips, 2 crops" in done.error


def test_times_are_of_the_clips_one_after_the_other() -> None:
    asked = Asked(np.zeros((4, 2), np.float32), np.array([1.0, 1, 1, 1]), np.array([1.0, 2, 3, 6]), 1.0, 1)
    told = times(asked)
    assert (told.median, told.reading, told.network) == (3.5, 1.0, 2.5)
    assert told.videos_a_second == pytest.approx(4 / 16)
    assert told.p95 == pytest.approx(6.55)
