"""Heads wherever a model may be named: they are listed, shown, got ready, exported, measured, asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from heads import clip_head, step_head

from .conftest import Run, files

WITHOUT_TORCH = "import sys; sys.modules['torch'] = None; from aisle.apps.cli import main; main()"


@pytest.fixture(scope="module")
def alarm(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes everything for normal, as .25 is under its threshold of .3."""
    folder = tmp_path_factory.mktemp("heads") / "alarm"
    return clip_head(tiny_bundle, folder, logits=(1.0986123, 0.0), threshold=0.3)


@pytest.fixture(scope="module")
def gazer(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return step_head(tiny_bundle, tmp_path_factory.mktemp("heads") / "gazer", ("look", "take"), logits=[2.0, 0.0, 0.0])


def test_those_that_ship_are_listed_and_found(
    aisle: Run, alarm: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("head", "model"):
        monkeypatch.setattr(f"aisle.deploy.{place}.shipped", lambda: {"alarm": alarm})
    line = "alarm  A test's head, on kinetics-i3d; normal, theft; "
    assert aisle("models", "list").out.splitlines()[-1] == f"{line}ready"
    assert aisle("classify", clip, "--model", "alarm").out.splitlines()[1:] == [
        "   75.0%  normal",
        "   25.0%  theft",
        "  so it is normal: the threshold is 30.0%",
    ]
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "new"))
    assert aisle("models", "list").out.splitlines()[-1] == f"{line}fetched and built at first use"


def test_the_card_is_shown(aisle: Run, alarm: Path, gazer: Path) -> None:
    shown = aisle("models", "show", alarm).out.splitlines()
    assert shown[0] == "model:                alarm: A test's head"
    assert "not for:              anything but tests" in shown
    assert "threshold:            theft from a probability of 0.300 on, else normal" in shown
    assert "  top1                0.5 (95% of resamples: 0.25 to 0.75)" in shown
    assert not [line for line in aisle("models", "show", gazer).out.splitlines() if line.startswith("threshold")]


def test_getting_one_gets_its_backbone(aisle: Run, alarm: Path, tiny_bundle: Path) -> None:
    done = aisle("models", "get", alarm)
    assert (done.code, done.out) == (0, f"{alarm} is ready: its network lies in {tiny_bundle}\n")
    assert aisle("models", "get", "alarms").code == 2


@pytest.mark.parametrize("kind", ["openvino", "onnx"])
def test_exported_it_runs_without_pytorch_and_without_our_cache(
    aisle: Run, alarm: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    box = tmp_path / "box"
    assert aisle("models", "export", alarm, "--to", kind, "--out", box).code == 0
    assert {"card.json", "head.onnx", "backbone/card.json"} < set(files(box))
    assert not [
        name for name in files(box / "backbone") if name.startswith({"openvino": "onnx", "onnx": "openvino"}[kind])
    ]
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "empty"))
    assert aisle("models", "get", box).out == f"{box} is ready: its network lies in {box / 'backbone'}\n"
    command = [sys.executable, "-c", WITHOUT_TORCH, "classify", "--json", str(clip), "--model", str(box)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (said,) = json.loads(done.stdout)
    assert (said["decision"], said["model"]) == ("normal", "alarm")


def test_a_decision_comes_first(aisle: Run, tiny_bundle: Path, clip: Path, tmp_path: Path) -> None:
    head = clip_head(tiny_bundle, tmp_path / "wary", logits=(1.0986123, 0.0), threshold=0.2)
    (said,) = json.loads(aisle("classify", clip, "--model", head, "--json").out)
    assert list(said)[:5] == ["video", "model", "decision", "threshold", "predictions"]
    assert (said["decision"], said["threshold"]) == ("theft", 0.2)
    assert [(one["label"], one["probability"]) for one in said["predictions"]] == [
        ("theft", pytest.approx(0.25)),
        ("normal", pytest.approx(0.75)),
    ]
    aisle("analyze", clip, "--model", head, "--out", tmp_path / "out")
    written = json.loads((tmp_path / "out" / "clip.json").read_text())
    assert (written["decision"], written["threshold"]) == ("theft", 0.2)


def test_without_a_threshold_nothing_is_decided(aisle: Run, gazer: Path, clip: Path, tmp_path: Path) -> None:
    (said,) = json.loads(aisle("classify", clip, "--model", gazer, "--json").out)
    assert not {"decision", "threshold"} & said.keys()
    assert aisle("analyze", clip, "--model", gazer, "--out", tmp_path).code == 0
    written = json.loads((tmp_path / "clip.json").read_text())
    assert not {"decision", "threshold"} & written.keys()
    assert [(one["label"], one["start_s"], one["end_s"]) for one in written["segments"]] == [("look", 0, 3)]


def test_its_speed(aisle: Run, alarm: Path, clip: Path) -> None:
    done = aisle("bench", alarm, clip)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("model:              alarm on openvino-")


def test_a_backbone_that_is_not_there_is_prepared_by_its_name(
    aisle: Run, alarm: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path))
    done = aisle("classify", clip, "--model", alarm)
    assert done.code == 1
    assert done.err.startswith("preparing kinetics-i3d: fetching its weights")
