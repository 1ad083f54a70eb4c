"""`aisle evaluate` of a model that tells the unusual from the normal."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.apps.judging_anomalies import as_unusual, raised
from aisle.core import BACKGROUND, Dataset, Example, Grid, LabelSet, Scores, Segment
from aisle.events.alarm import Policy
from datasets import make_clips_csv, make_ucsd, write_rows
from heads import clip_head, step_head

from .conftest import Run

S = Fraction
LABELS = ("normal", "unusual")


@pytest.fixture(scope="module")
def watchful(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes every moment for unusual, with a probability of .75."""
    folder = tmp_path_factory.mktemp("heads") / "watchful"
    return step_head(tiny_bundle, folder, LABELS, logits=(0.0, math.log(3)), threshold=0.6)


def test_frames_of_a_published_layout(aisle: Run, watchful: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = aisle(
        "evaluate", watchful, "--data", make_ucsd(tmp_path / "ucsd"), "--out", out, "--features", tmp_path / "f"
    )
    assert done.code == 0, done.err
    told = json.loads((out / "metrics.json").read_text())
    assert (told["frame_auc_micro"], told["frame_auc_macro"], told["frames"]["both"]) == (0.5, 0.5, 4)
    assert (told["split"], told["examples"], told["alarms"]["events"], told["rate"]) == ("test", 4, 5, "10")
    # a clip of 1.2 s: risk .75 from the start is held for a second, and one alarm meets all that is in it
    assert (told["alarms"]["found"], told["alarms"]["false"]) == (5, 0)
    assert "frame AUC micro" in done.out
    page = (out / "report.html").read_text()
    assert "micro AUC" in page
    assert "watchful on ucsd" in page
    rows = (out / "predictions.csv").read_text().splitlines()
    assert rows[0] == "video,start,end,label,score"
    assert rows[1].startswith("UCSDped1/Test/Test001,0.0,")


def test_clips_of_any_class_that_is_not_normal_are_unusual(aisle: Run, tiny_bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    watchful = clip_head(tiny_bundle, tmp_path / "watchful", LABELS, logits=(0.0, math.log(3)), threshold=0.6)
    clips = make_clips_csv(tmp_path / "clips")
    done = aisle("evaluate", watchful, "--data", clips, "--out", out, "--features", tmp_path / "f")
    assert done.code == 0, done.err
    told = json.loads((out / "metrics.json").read_text())
    assert (told["roc_auc"], told["recall"], told["at_recall"]["false"]) == (0.5, 1, 3)
    assert told["at_recall"]["false_per_hour"] == pytest.approx(3 / (3 * 0.4) * 3600, rel=0.01)
    assert any("To find 100% of the unusual clips, 3 of 3 normal ones" in note for note in told["notes"])


def test_all_normal_says_that_the_area_is_undefined(aisle: Run, watchful: Path, tmp_path: Path) -> None:
    ucsd = make_ucsd(tmp_path / "ucsd") / "UCSDped1"
    write_rows(ucsd / "Test" / "UCSDped1.m", "gt_frame = [];", "gt_frame = [];")
    out = tmp_path / "out"
    done = aisle("evaluate", watchful, "--data", ucsd, "--out", out, "--features", tmp_path / "f")
    assert done.code == 0, done.err
    assert "Nothing in these videos is unusual" in done.err
    assert json.loads((out / "metrics.json").read_text())["frame_auc_micro"] is None


def test_options_of_classes_and_an_empty_split_are_refused(aisle: Run, watchful: Path, tmp_path: Path) -> None:
    ucsd = make_ucsd(tmp_path / "ucsd")
    done = aisle("evaluate", watchful, "--data", ucsd, "--out", tmp_path / "out", "--rate", "5")
    assert done.code == 2
    assert "judged by each frame" in done.err
    done = aisle("evaluate", watchful, "--data", ucsd, "--out", tmp_path / "out", "--split", "validation")
    assert done.code == 2
    assert "empty split" in done.err


def test_alarms_are_those_of_a_camera_that_is_watched() -> None:
    risks = np.array([0, 0, 1, 1, 1, 0, 0, 0, 0, 0], np.float32)
    values = np.stack([1 - risks, risks], 1)
    policy = Policy(0.5, 0.4, hold=S(1), linger=S(1), cooldown=S(0), smooth=S(0))
    ((told, peak),) = raised(Scores(values, Grid(S(0), S(1), S(1), 10), LabelSet(LABELS)), policy, "a")
    assert (told.started, told.known, told.ended, peak) == (2, 3, 5, 1)


def test_every_class_but_the_quiet_ones_is_unusual() -> None:
    acts = (Segment(S(0), S(1), "run", 1.0), Segment(S(1), S(2), "fall", 1.0), Segment(S(3), S(4), "Normal", 1.0))
    video = Example("a", Path("a.mp4"), "a", segments=acts)
    labels = LabelSet(("run", "fall", "Normal", BACKGROUND))
    found = as_unusual(Dataset("folder", Path(), "timelines", labels, (video,), grouped=True))
    assert [(act.start, act.end, act.label) for act in found.examples[0].segments] == [(0, 2, "unusual")]
    assert tuple(found.labels) == ("unusual", BACKGROUND)
