"""Annotated videos in which nobody is to be recognised."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aisle.core import UsageError

from .conftest import Run, files


@pytest.mark.parametrize("option", ["--blur", "--blur-people"])
def test_there_must_be_a_copy_to_blur(aisle: Run, clip: Path, tmp_path: Path, option: str) -> None:
    done = aisle("analyze", clip, "--out", tmp_path / "out", option)
    assert done.code == UsageError.exit_code
    assert "do: add --annotate" in done.error
    assert not (tmp_path / "out").exists()


def test_without_the_detectors_nothing_is_written(
    aisle: Run, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path))
    done = aisle("analyze", clip, "--out", tmp_path / "out", "--annotate", "--blur")
    assert done.code == 1
    assert f"no weights at {tmp_path / 'centerface.onnx'}" in done.error
    assert "do: put centerface.onnx there" in done.error
    assert files(tmp_path / "out") == []


@pytest.mark.parametrize("option", ["--blur", "--blur-people"])
def test_a_blurred_copy_is_written(
    aisle: Run, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    folder = Path(os.environ["AISLE_TEST_WEIGHTS"])
    if not all((folder / name).is_file() for name in ("centerface.onnx", "frozen_inference_graph.pb")):
        pytest.skip(f"needs the published detectors, and {folder} lacks them; no test downloads them")
    monkeypatch.setenv("AISLE_WEIGHTS", str(folder))
    done = aisle("analyze", clip, "--out", tmp_path / "out", "--annotate", option)
    assert (done.code, done.err) == (0, "")
    assert files(tmp_path / "out") == ["clip.annotated.mp4", "clip.csv", "clip.html", "clip.json", "clip.parquet"]
