"""What is wrong with the call itself ends it with 2, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run, files

MODELS = (
    "everyday, fight, i3d-flow, i3d-rgb, i3d-two-stream, kinetics-i3d, posec3d, r2plus1d-18, shoplifting, "
    "shopper, slow-r50, slowfast-r50, slowfast-r50-4x16, stgcn, stgcn-pp, tsm-mobilenetv2, tsm-r50, "
    "tsn-r50, x3d-m, x3d-s, x3d-xs"
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("nosuch", "No such command 'nosuch'; do: aisle --help"),
        ("--nosuch", "No such option: --nosuch; do: aisle --help"),
        ("classify", "Missing argument 'VIDEO...'; do: aisle classify --help"),
        ("classify a.mp4 --nosuch", "No such option: --nosuch; do: aisle classify --help"),
        ("classify a.mp4 --top 0", "Invalid value for '--top'"),
        ("classify a.mp4 --top few", "Invalid value for '--top'"),
        ("classify a.mp4 --runtime openvino", "unknown runtime; got: 'openvino'; allowed: onnxruntime, openvino-bf16"),
        (
            "classify a.mp4 --model kinetic-i3d",
            f"unknown model; got: 'kinetic-i3d'; allowed: {MODELS}; do: did you",
        ),
        (
            "classify a.mp4 --model zzz",
            f"unknown model; got: 'zzz'; allowed: {MODELS}; do: see aisle models list",
        ),
        ("analyze a.mp4", "Missing option '--out'; do: aisle analyze --help"),
        ("analyze --out here", "Missing argument 'VIDEO...'; do: aisle analyze --help"),
        ("models get nosuch", "unknown model; got: 'nosuch'"),
        ("models show nosuch", "unknown model; got: 'nosuch'"),
        ("models export kinetics-i3d", "Missing option '--to'. Choose from: onnx, openvino; do: aisle models"),
        ("models export kinetics-i3d --to tensorrt", "Invalid value for '--to'"),
    ],
)
def test_wrong_usage(aisle: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    done = aisle(*words.split())
    assert (done.code, done.out) == (2, "")
    assert done.error.startswith(f"error: {said}")
    assert files(tmp_path) == []


def test_a_model_that_is_just_a_folder(aisle: Run, clip: Path) -> None:
    done = aisle("classify", clip, "--model", clip.parent)
    assert done.code == 2
    assert done.error.startswith(f"error: this folder is not a bundle; got: no card.json in {clip.parent}; allowed: ")


def test_results_into_a_file(aisle: Run, clip: Path) -> None:
    done = aisle("analyze", clip, "--out", clip)
    assert done.code == 2
    assert done.error == f"error: the results go into a folder; got: {clip}, a file; do: name another one with --out"


@pytest.mark.parametrize(("words", "code"), [("", 2), ("models", 2), ("--help", 0), ("models --help", 0)])
def test_help(aisle: Run, words: str, code: int) -> None:
    done = aisle(*words.split())
    assert done.code == code
    assert "Usage: aisle" in done.out + done.err
