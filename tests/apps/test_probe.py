"""`aisle evaluate BUNDLE --data DIR --probe`: how good a network's features are."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aisle.core import LabelSet
from aisle.deploy.bundle import write_sealed
from clip_networks import packaged
from datasets import make_merl
from heads import clip_head
from videos import Picture, make_video, numbered

from .conftest import Done, Run, files


def bright(number: int) -> list[Picture]:
    return [255 - numbered(61 * (number + 1) * count % 64) // 4 for count in range(14)]


def dark(number: int) -> list[Picture]:
    return [numbered(53 * (number + 2) * count % 64) // 4 for count in range(14)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight bright clips in `day`, eight dark ones in `night`, two of each a shop."""
    folder, rows = tmp_path_factory.mktemp("data"), ["path,label,group"]
    for name, draw in (("day", bright), ("night", dark)):
        (folder / name).mkdir()
        for number in range(8):
            make_video(folder / name / f"{number}.mp4", draw(number))
            rows.append(f"{name}/{number}.mp4,{name},{name} {number // 2}")
    (folder / "clips.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def toy(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that reads clips, and has learnt from one of them."""
    seen = hashlib.sha256((data / "day" / "0.mp4").read_bytes()).hexdigest()[:12]
    folder = tmp_path_factory.mktemp("bundles") / "toy"
    packaged(folder, seen=(seen,))
    return folder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where features are kept, so that each is computed once for all these tests."""
    return tmp_path_factory.mktemp("features")


@pytest.fixture
def probe(aisle: Run, data: Path, kept: Path, tmp_path: Path) -> Run:
    def run(bundle: Path | str, *words: object, data: Path = data) -> Done:
        return aisle(
            "evaluate", bundle, "--data", data, "--probe", "--out", tmp_path / "out", "--features", kept, *words
        )

    return run


def metrics(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return read


def names(found: dict[str, Any]) -> Sequence[str]:
    return [row["name"] for row in found["contenders"]]


def test_contenders_stand_side_by_side(probe: Run, toy: Path, tmp_path: Path) -> None:
    done = probe(toy)
    assert done.code == 0, done.err
    assert files(tmp_path / "out") == ["metrics.json", "report.html"]
    found = metrics(tmp_path / "out")
    assert names(found) == ["toy", "random weights", "kinetics-i3d", "toy + kinetics-i3d"]
    assert (found["judged"], found["parts"], found["examples"], found["groups"]) == (16, 5, 16, 8)
    assert [one["share"] for one in found["labelled"]] == [0.01, 0.05, 0.1, 1.0]
    mine = found["contenders"][0]
    assert (mine["width"], mine["seen"], mine["spent"]["computed"]) == (8, 1, 16)
    linear = [one for one in mine["figures"] if (one["measure"], one["share"]) == ("linear", 1.0)]
    assert linear[0]["interval"]["value"] == 1.0  # brightness is all that there is to see
    assert mine["lead"]["low"] <= 0 <= mine["lead"]["high"]
    assert found["contenders"][1]["spent"]["computed"] == 48
    for words in ("toy + kinetics-i3d", "recall@5", "ahead of", "clips (classes)", "always naming the most frequent"):
        assert words in done.out
    assert "note: 1 of the clips are from videos that toy had learnt from" in done.err
    assert "note: 1% of the labels came to 2.0 clips of 1.0 of 2 classes instead of 1 clips" in done.err
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "ahead of the same network with random weights" in page
    again = probe(toy, "--against", toy)
    assert again.code == 0, again.err
    few = metrics(tmp_path / "out")
    assert names(few) == ["toy", "random weights"]
    assert [row["spent"]["computed"] for row in few["contenders"]] == [0, 0]
    assert few["contenders"][0]["figures"] == mine["figures"]


def test_the_network_is_trained_end_to_end_when_asked(probe: Run, toy: Path, tmp_path: Path) -> None:
    done = probe(toy, "--against", toy, "--fine-tune", "--epochs", 1)
    assert done.code == 0, done.err
    assert "fine-tuning: 8 trainings, 144 clips to learn from in all" in done.err
    assert done.err.index("fine-tuning: 8") < done.err.index("end to end, toy, 1% of the labels, 2 clips, 10 epochs")
    assert "end to end, random weights, 100% of the labels, 12 clips, 1 epochs" in done.err
    for row in metrics(tmp_path / "out")["contenders"]:
        assert len([one for one in row["figures"] if one["measure"] == "end to end"]) == 4
    assert "trained on the first part alone, and judged on the 4 clips" in done.err


def test_models_without_twins_are_probed_too(probe: Run, tmp_path: Path) -> None:
    done = probe("kinetics-i3d")
    assert done.code == 0, done.err
    assert names(metrics(tmp_path / "out")) == ["kinetics-i3d"]
    assert "note: kinetics-i3d cannot be built with random weights" in done.err


def test_acts_of_timelines_are_clips(probe: Run, toy: Path, tmp_path: Path) -> None:
    subjects = (1, 2, 3, 27, 28)
    done = probe(toy, "--against", toy, data=make_merl(tmp_path / "merl", subjects))
    assert done.code == 0, done.err
    assert "note: Timelines are cut into clips" in done.err
    assert metrics(tmp_path / "out")["parts"] == 1


def test_bundles_without_features_of_their_own(probe: Run, toy: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    head = clip_head(tiny_bundle, tmp_path / "head")
    said = probe(head)
    assert said.code == 2
    assert "a bundle of kind head" in said.error
    assert "probe its backbone: kinetics-i3d" in said.error
    anomaly = tmp_path / "anomaly"
    anomaly.mkdir()
    write_sealed({"kind": "anomaly"}, anomaly)
    assert "a bundle of kind anomaly" in probe(anomaly).error
    assert "a bundle of kind anomaly" in probe(toy, "--against", anomaly).error


def test_fine_tuning_needs_weights(probe: Run, toy: Path, tmp_path: Path) -> None:
    export = tmp_path / "export"
    shutil.copytree(toy, export, ignore=shutil.ignore_patterns("weights.pt"))
    assert "toy has no weights to go on from" in probe(export, "--fine-tune").errors[0]
    assert "kinetics-i3d is not fine-tuned" in probe("kinetics-i3d", "--fine-tune").errors[0]


def test_the_card_of_what_learnt_without_labels_says_what_it_is_for(aisle: Run, tmp_path: Path) -> None:
    packaged(tmp_path / "mine", labels=LabelSet(("clip",)), measured={"loss": 0.5})
    told = " ".join(aisle("models", "show", tmp_path / "mine").out.split())
    assert "answers: none, as it learnt without labels; its features serve heads" in told
    assert "features: 8 numbers a step, once every 0.40 s" in told
    assert "measured while it learnt: loss 0.5" in told
    assert "same answer" not in told


def test_sets_that_cannot_be_judged(probe: Run, data: Path, toy: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "one", ignore=shutil.ignore_patterns("clips.csv", "night"))
    assert "has one class" in probe(toy, data=tmp_path / "one").errors[0]
    shutil.copytree(data, tmp_path / "lonely")
    rows = (data / "clips.csv").read_text().replace("night 1", "night 0")
    (tmp_path / "lonely" / "clips.csv").write_text(rows.replace("night 2", "night 0").replace("night 3", "night 0"))
    said = probe(toy, data=tmp_path / "lonely").errors[0]
    assert "the class night cannot be on both sides of a split" in said
    assert "night 0, 8 examples" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--against", "kinetics-i3d"), "only a probe has these options; got: --against"),
        (("--fine-tune",), "only a probe has these options; got: --fine-tune"),
        (("--probe", "--split", "test"), "a probe has none of these options; got: --split"),
        (("--probe", "--beta", "2", "--rate", "5"), "a probe has none of these options; got: --beta, --rate"),
    ],
)
def test_options_that_would_do_nothing(aisle: Run, words: Sequence[str], told: str) -> None:
    done = aisle("evaluate", "kinetics-i3d", "--data", "nowhere", *words)
    assert (done.code, told in done.error) == (2, True), done.error


def test_tables_have_no_features(aisle: Run) -> None:
    done = aisle("evaluate", "--truth", "a.csv", "--predicted", "b.csv", "--probe")
    assert "tables are judged as they are; got: --probe" in done.error
