"""`aisle models`, `aisle bench` and `aisle demo`."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from aisle.data.rendered import render_to

from .conftest import Run, files


def test_list(aisle: Run, tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    title = "kinetics-i3d  Inception-I3D, RGB stream, 400 everyday actions; 400 labels; "
    assert aisle("models", "list").out.splitlines()[0] == f"{title}ready in {tiny_bundle}"
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "new"))
    assert aisle("models", "list").out.splitlines()[0] == f"{title}fetched and built at first use"
    assert not (tmp_path / "new").exists()


def test_get_what_is_there(aisle: Run, tiny_bundle: Path) -> None:
    done = aisle("models", "get", "kinetics-i3d")
    assert (done.code, done.out, done.err) == (0, f"kinetics-i3d is ready in {tiny_bundle}\n", "")


def test_show(aisle: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = aisle("models", "show", "kinetics-i3d").out
    assert re.search(r"^check openvino-int8: +cosine 0\.\d+, same answer in \d+% of \d+ steps$", measured, re.MULTILINE)
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path))
    published = aisle("models", "show", "kinetics-i3d").out
    assert "not for:              Decisions about persons." in published
    assert "check" not in published


def test_export_openvino_and_run_it(aisle: Run, clip: Path, tmp_path: Path) -> None:
    box = tmp_path / "a new folder" / "box"
    done = aisle("models", "export", "kinetics-i3d", "--to", "openvino", "--out", box)
    assert (done.code, done.err) == (0, "")
    assert files(box) == [
        "card.json",
        *(f"openvino/{name}" for name in ("fp32.bin", "fp32.xml", "int8.bin", "int8.xml")),
    ]
    assert aisle("models", "show", box).code == 0
    assert aisle("classify", clip, "--model", box).code == 0
    again = aisle("models", "export", "kinetics-i3d", "--to", "openvino", "--out", box)
    assert again.code == 1
    assert again.error == f"error: cannot write {box}; got: it exists; do: name another folder with --out, or remove it"


def test_bench(aisle: Run, clip: Path) -> None:
    done = aisle("bench", "kinetics-i3d", clip)
    assert (done.code, done.err) == (0, "")
    keys = ", ".join(line.split(":")[0] for line in done.out.splitlines())
    assert keys == (
        "model, video, decoding alone, inference alone, both together, processor's peak, share of the peak, peak memory"
    )


def test_demo(aisle: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aisle.data.rendered.render_to", partial(render_to, width=160, height=120))
    monkeypatch.setattr("aisle.apps.cli.SAMPLE_S", Fraction(2))
    done = aisle("demo", "--out", tmp_path, "--model", "kinetics-i3d")
    assert done.code == 0
    assert done.err.startswith(f"rendered a shop: {tmp_path / 'sample.mp4'}")
    results = ["annotated.mp4", "csv", "html", "json", "mp4", "parquet"]
    assert files(tmp_path) == [f"sample.{kind}" for kind in results]
    assert f"page:            {tmp_path / 'sample.html'}" in done.out


def test_demo_of_a_video_that_is_not_there(aisle: Run, tmp_path: Path) -> None:
    done = aisle("demo", tmp_path / "missing.mp4", "--out", tmp_path / "out")
    assert done.code == 1
    assert done.error.startswith("error: there is no such file; got: ")
