"""The report of a training."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from aisle.analysis.backbone import Answers
from aisle.apps.verdicts import write_training_report
from aisle.core import Dataset, Example, LabelSet
from aisle.evaluate.classify import evaluate_clips
from aisle.evaluate.curves import evaluate_detector
from aisle.models.head import head
from aisle.train.fit import Trained
from aisle.train.judge import BOTH_HERE
from aisle.train.plan import Plan

PLAN = Plan(head("linear"), {}, folds=3)


def dataset(folder: Path, labels: Sequence[str]) -> Dataset:
    """Six clips of three groups to learn from, and one for the test."""
    clips = [Example(f"{n}.mp4", folder / f"{n}.mp4", f"shop {n // 2}", label=labels[n % 2]) for n in range(6)]
    test = Example("test.mp4", folder / "test.mp4", "shop 9", "test", label=labels[0])
    return Dataset("clips_csv", folder, "clips", LabelSet(tuple(labels)), (*clips, test), grouped=True)


def trained(labels: Sequence[str]) -> Trained:
    """Right about the first four of six clips; a detector where there are two labels."""
    truth, said = np.array([0, 1] * 3), [0, 1, 0, 1, 1, 0]
    probabilities = np.full((6, len(labels)), 0.1 / (len(labels) - 1))
    probabilities[range(6), said] = 0.9
    known, groups = LabelSet(tuple(labels)), [n // 2 for n in range(6)]
    report = evaluate_clips(probabilities, truth, known, groups=groups, resamples=20)
    detector = None
    if len(labels) == 2:
        detector = evaluate_detector(probabilities[:, 1], truth == 1, threshold=0.5, groups=groups, resamples=20)
    notes, doubts = ("more clips would help",), (BOTH_HERE,) if detector else ()
    return Trained(nn.Identity(), known, Answers(), 4, (), clips=report, detector=detector, notes=notes, doubts=doubts)


def test_a_detector(tmp_path: Path) -> None:
    assert write_training_report(trained(["normal", "theft"]), PLAN, dataset(tmp_path, ["normal", "theft"]), tmp_path)
    found = json.loads((tmp_path / "metrics.json").read_text())
    names = ("top1", "macro_f1", "f1", "precision", "recall", "accuracy", "roc_auc", "average_precision")
    assert [found[name] for name in names] == [pytest.approx(2 / 3)] * 6 + [
        pytest.approx(2 / 3),
        pytest.approx(11 / 18),
    ]
    assert (found["examples"], found["groups"], found["threshold"]) == (6, 3, 0.5)
    assert found["judged"] == "each of 3 parts of the groups by a head trained on the others"
    assert found["notes"][0] == BOTH_HERE
    page = (tmp_path / "report.html").read_text()
    assert BOTH_HERE in page
    assert "more clips would help" in page
    assert "learnt from drawn videos" not in page


def test_many_classes_have_no_threshold(tmp_path: Path) -> None:
    labels = ["look", "take", "hide"]
    assert write_training_report(trained(labels), PLAN, dataset(tmp_path, labels), tmp_path)
    found = json.loads((tmp_path / "metrics.json").read_text())
    assert (found["detector"], found["notes"]) == (None, ["more clips would help"])
    assert "threshold" not in found


def test_drawn_videos_are_told(tmp_path: Path) -> None:
    (tmp_path / "shop.json").write_text("{}")
    write_training_report(
        trained(["look", "take", "hide"]), PLAN, dataset(tmp_path, ["look", "take", "hide"]), tmp_path
    )
    assert "learnt from drawn videos" in (tmp_path / "report.html").read_text()


def test_timelines_are_judged_afterwards(tmp_path: Path) -> None:
    unjudged = replace(trained(["look", "take"]), clips=None, detector=None)
    assert not write_training_report(unjudged, PLAN, dataset(tmp_path, ["look", "take"]), tmp_path)
    assert list(tmp_path.iterdir()) == []
