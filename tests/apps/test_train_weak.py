"""`aisle train --model mil`: from whole videos that are normal or not to a bundle that gives moments."""

from __future__ import annotations

import json
from pathlib import Path

from datasets import make_clips_csv

from .conftest import Run


def test_labels_of_videos_become_a_model_of_moments(aisle: Run, tiny_bundle: Path, tmp_path: Path) -> None:
    clips, out = make_clips_csv(tmp_path / "clips"), tmp_path / "weak"
    words = ("--backbone", tiny_bundle, "--features", tmp_path / "f", "--epochs", "2")
    done = aisle("train", "--model", "mil", "--data", clips, "--out", out, *words)
    assert done.code == 0, done.err
    assert "chosen on" in done.err
    card = json.loads((out / "card.json").read_text())
    assert (card["task"], card["labels"]) == ("timelines", ["normal", "unusual"])
    assert 0 < card["answers"]["threshold"] < 1
    done = aisle("evaluate", out, "--data", clips, "--out", tmp_path / "judged", "--features", tmp_path / "f")
    assert done.code == 0, done.err
    told = json.loads((tmp_path / "judged" / "metrics.json").read_text())
    assert told["frame_auc_micro"] is not None
    assert told["frame_auc_macro"] is None
    assert told["seen_in_training"] == 6
    assert "No video has frames of both kinds" in done.err


def test_options_that_do_nothing_are_refused(aisle: Run, tmp_path: Path) -> None:
    done = aisle("train", "--model", "mil", "--data", tmp_path, "--out", tmp_path / "weak", "--folds", "3")
    assert done.code == 2
    assert "no options of a head that learns moments" in done.err
