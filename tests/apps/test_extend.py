"""Trying options, and adding a class later: `aisle train --tune` and `aisle train --extend`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aisle.deploy.head import read_head
from aisle.train.judge import BOTH_HERE
from datasets import film, make_clips_csv, write_rows

from .conftest import Run, files


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six films of three shops, two classes."""
    return make_clips_csv(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three films of cats in two of those shops, and a fourth shop's only theft."""
    folder = tmp_path_factory.mktemp("more")
    rows = ["path,label,group"]
    for number, label, shop in ((11, "cat", 0), (12, "cat", 1), (13, "cat", 1), (14, "theft", 3)):
        film(folder / label / f"{number}.mp4", number)
        rows.append(f"{label}/{number}.mp4,{label},shop {shop}")
    write_rows(folder / "clips.csv", *rows)
    return folder


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("features")


def test_a_class_is_added_to_a_tuned_head(aisle: Run, clips: Path, more: Path, features: Path, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    base = ("train", "--features", features, "-q")
    done = aisle(*base, "--data", clips, "--model", "knn", "--tune", "--set", "sharpness=5", "--out", first)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("tried 6 combinations, by average precision on groups not seen:\n")
    assert sum(line.startswith(" * ") for line in done.out.splitlines()) == 1
    tuned = read_head(first)
    assert len(tuned.measured["tuned"]["tried"]) == 6
    assert tuned.options["sharpness"] == 5
    assert "memory.npz" in tuned.files
    assert tuned.measured["doubts"] == [BOTH_HERE]
    replace(tuned, measured={**tuned.measured, "doubts": ["some clips are known", BOTH_HERE]}).write(first)

    done = aisle(*base, "--data", more, "--extend", first, "--out", second)
    assert (done.code, done.err) == (0, "")
    grown = read_head(second)
    assert list(grown.labels) == ["normal", "theft", "cat"]
    assert grown.options == tuned.options
    assert "of each old class so much is found by the old head and by the new one" in done.out
    assert grown.measured["extended"]["from"] == "first"
    assert grown.measured["doubts"] == ["some clips are known"]  # of three classes no threshold was chosen
    assert set(grown.measured["extended"]["recall before and after"]) == {"normal", "theft"}
    assert grown.measured["extended"]["added"]["cat"]["clips"] == 3
    assert set(tuned.seen) < set(grown.seen)
    assert "6 examples" in grown.trained_on
    assert "4 examples" in grown.trained_on

    assert aisle(*base, "--data", more, "--extend", first, "--old-data", clips, "--no-memory", "--out", third).code == 0
    assert read_head(third).labels == grown.labels
    assert "memory.npz" not in files(third)
