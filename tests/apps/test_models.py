"""`aisle models`, `aisle bench` and `aisle demo`."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from aisle.data.rendered import render_to
from aisle.deploy.head import read_head
from clip_networks import packaged
from datasets import film
from videos import make_video, numbered

from .conftest import Run, files


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A packaged network that reads clips."""
    folder = tmp_path_factory.mktemp("networks") / "shop-toy"
    packaged(folder, weights_told="random ones", measured={"top1": 0.5, "top1 95%": [0.25, 0.75]})
    return folder


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
    results = ["annotated.mp4", "csv", "html", "json", "mp4", "parquet", "site.yaml"]
    results += [f"{kind}.{form}" for kind in ("interactions", "objects", "visits") for form in ("csv", "parquet")]
    assert files(tmp_path) == sorted(f"sample.{kind}" for kind in results)
    assert done.out.rstrip().endswith(f"aisle report {tmp_path} --site {tmp_path / 'sample.site.yaml'}")
    assert f"page:            {tmp_path / 'sample.html'}" in done.out


def test_demo_of_a_video_that_is_not_there(aisle: Run, tmp_path: Path) -> None:
    done = aisle("demo", tmp_path / "missing.mp4", "--out", tmp_path / "out")
    assert done.code == 1
    assert done.error.startswith("error: there is no such file; got: ")


def test_the_networks_that_read_clips_are_listed(aisle: Run) -> None:
    heading, *rows = aisle("models", "list", "--networks").out.splitlines()
    assert re.split("  +", heading) == ["name", "title", "M weights", "GFLOPs", "published", "weights"]
    told = {row.split()[0]: row for row in rows}
    assert "Kinetics-400 top-1 76.9" in told["slowfast-r50"]
    assert told["slowfast-r50"].endswith("dl.fbaipublicfiles.com")
    assert told["slowfast-tiny"].endswith("train it")


def test_a_networks_card_before_it_is_fetched(aisle: Run) -> None:
    told = aisle("models", "show", "slowfast-r50").out
    assert re.search(r"^weights: +aisle models get slowfast-r50 \(264 MB from https://", told, re.MULTILINE)
    assert re.search(r"^reads: +rgb: 32 pictures, 2 apart, at 30 a second; short side 256", told, re.MULTILINE)
    assert re.search(r"^weights: +none are published$", aisle("models", "show", "slowfast-tiny").out, re.MULTILINE)


def test_weights_that_are_not_there_are_told_with_what_to_do(aisle: Run, tmp_path: Path) -> None:
    done = aisle("models", "get", "slowfast-r50", "--weights", tmp_path)
    assert done.code == 1
    assert "no weights at" in done.error
    assert "do: put SLOWFAST_8x8_R50.pyth there, from https://dl.fbaipublicfiles.com/" in done.error
    unknown = aisle("models", "get", "slowfst-r50")
    assert unknown.code == 2
    assert "did you mean slowfast-r50" in unknown.error
    assert "do: train it: aisle train --model slowfast-tiny" in aisle("models", "get", "slowfast-tiny").error


def test_a_packaged_network_is_shown_classifies_and_moves(
    aisle: Run, network: Path, clip: Path, tmp_path: Path
) -> None:
    told = aisle("models", "show", network).out
    assert re.search(r"^weights: +random ones$", told, re.MULTILINE)
    assert re.search(r"^answers: +3 labels, once every 0\.40 s, by the 0\.80 s around it$", told, re.MULTILINE)
    assert re.search(r"^check openvino-fp32: +cosine 1\.0000", told, re.MULTILINE)
    assert "top1                0.5 (95% of resamples: 0.25 to 0.75)" in told
    box = tmp_path / "box"
    assert aisle("models", "export", network, "--to", "onnx", "--out", box, "--quiet").code == 0
    assert files(box) == ["card.json", "onnx/network.onnx"]
    for folder in (network, box):
        done = aisle("classify", clip, "--model", folder, "--quiet")
        assert (done.code, done.err) == (0, "")
    assert aisle("analyze", clip, "--model", network, "--out", tmp_path / "results", "--quiet").code == 0
    assert aisle("bench", network, clip, "--quiet").code == 0


def test_a_head_learns_on_a_packaged_network(aisle: Run, network: Path, clip: Path, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "mine"
    for number in range(4):
        film(data / "calm" / f"{number}.mp4", number, frames=24)
        (data / "busy").mkdir(exist_ok=True)
        pictures = [numbered(97 * (number + 1) * count % 4096) for count in range(24)]
        make_video(data / "busy" / f"{number}.mp4", pictures)
    where = ("--backbone", network, "--features", tmp_path / "features", "--quiet")
    trained = aisle("train", "--data", data, "--model", "linear", "--out", out, *where)
    assert trained.code == 0, trained.err
    card = read_head(out)
    assert card.backbone == str(network.resolve())
    assert card.identity.startswith("shop-toy-")
    assert aisle("classify", clip, "--model", out, "--quiet").code == 0
    assert aisle("models", "get", out).out == f"{out} is ready: its network lies in {network.resolve()}\n"
    box = tmp_path / "box"
    assert aisle("models", "export", out, "--to", "openvino", "--out", box, "--quiet").code == 0
    assert "backbone/openvino/fp32.xml" in files(box)
    assert aisle("classify", clip, "--model", box, "--quiet").code == 0
