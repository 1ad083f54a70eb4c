"""A network of the hub on the command line: asked itself, and as the backbone of a head of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.deploy.head import read_head
from datasets import film
from hub_networks import LABELS, hub_network
from videos import make_video, numbered

from .conftest import Run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_network(tmp_path_factory.mktemp("hub") / "vjepa2-tiny", licence="mit")


def moving(path: Path, number: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return make_video(path, [numbered(97 * (number + 1) * count % 4096) for count in range(60)])


def test_a_video_is_named_by_a_network_of_the_hub(aisle: Run, folder: Path, tmp_path: Path) -> None:
    said = aisle("classify", moving(tmp_path / "a.mp4", 1), "--model", f"hub:{folder}", "--json")
    assert said.code == 0, said.err
    assert "licence mit; it sees the middle 32x32 of pictures" in " ".join(said.err.split())
    assert json.loads(said.out)[0]["predictions"][0]["label"] in LABELS


def test_a_head_learns_on_a_network_of_the_hub(aisle: Run, folder: Path, tmp_path: Path) -> None:
    for number in range(4):
        film(tmp_path / "data" / "calm" / f"{number}.mp4", number, frames=60)
        moving(tmp_path / "data" / "busy" / f"{number}.mp4", number)
    out, words = tmp_path / "mine", ("--model", "linear", "--backbone", f"hub:{folder}", "--quiet")
    trained = aisle("train", "--data", tmp_path / "data", *words, "--out", out, "--features", tmp_path / "features")
    assert trained.code == 0, trained.err
    assert read_head(out).backbone == f"hub:{folder}"
    for label, video in {"busy": moving(tmp_path / "b.mp4", 9), "calm": film(tmp_path / "c.mp4", 9, frames=60)}.items():
        said = aisle("classify", video, "--model", out, "--json", "--quiet")
        assert said.code == 0, said.err
        assert json.loads(said.out)[0]["predictions"][0]["label"] == label


def test_without_a_classifier_it_says_what_to_train(aisle: Run, tmp_path: Path) -> None:
    encoder = hub_network(tmp_path / "encoder", names_clips=False)
    said = aisle("classify", moving(tmp_path / "a.mp4", 1), "--model", f"hub:{encoder}")
    assert said.code == 2
    assert "names nothing" in said.err
    assert f"aisle train --model linear --backbone hub:{encoder}" in " ".join(said.err.split())
