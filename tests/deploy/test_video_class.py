from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.analysis.describe_colours import Colours
from aisle.core import DamagedError, InputError, LabelSet, OutputError, silent
from aisle.core.time_map import Stretch
from aisle.deploy import video_class
from aisle.deploy.video_class import (
    READOUT,
    VideoClassBundle,
    is_video_class,
    open_video_classifier,
    read_video_class,
)
from aisle.deploy.video_class_package import package_video_class
from aisle.search.space import Floats, fit
from datasets import film

LABELS = LabelSet(("first", "second"))


def rows_of(*videos: Path) -> Floats:
    colours = Colours()
    return np.stack([colours.rows(one, [Stretch(Fraction(0), Fraction(1))], progress=silent)[0] for one in videos])


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("videos")
    return film(folder / "first.mp4", 1), film(folder / "second.mp4", 2)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, videos: tuple[Path, Path]) -> Path:
    """Its weights are the rows of the two videos themselves."""
    recipe = Colours().recipe
    raw = rows_of(*videos)
    space = fit(raw, recipe.blocks)
    card = VideoClassBundle(
        "made", "made categories", LABELS, "colours", recipe.producer, recipe.blocks, "two videos", "anything", "ours"
    )
    weights = np.ascontiguousarray(10 * space.apply(raw).T)
    folder = tmp_path_factory.mktemp("bundle") / "made"
    package_video_class(card, space, weights, np.zeros(2, np.float32), folder)
    return folder


def test_a_classifier_names_the_category(bundle: Path, videos: tuple[Path, Path]) -> None:
    classifier = open_video_classifier(bundle)
    for label, video in zip(LABELS, videos, strict=True):
        said = classifier(video)
        assert said[0].label == label
        assert sum(one.probability for one in said) == pytest.approx(1)


def test_its_card_is_read_as_it_was_written(bundle: Path) -> None:
    assert is_video_class(bundle)
    assert not is_video_class(bundle.parent)
    read = read_video_class(bundle)
    assert (read.labels, read.by, read.blocks) == (LABELS, "colours", Colours().recipe.blocks)
    assert set(read.files) == {READOUT}


def test_a_video_that_cannot_be_read(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "none.mp4").write_bytes(b"no video")
    with pytest.raises(InputError):
        open_video_classifier(bundle)(tmp_path / "none.mp4")


def test_videos_that_are_described_otherwise(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = replace(read_video_class(bundle), producer="older")
    monkeypatch.setattr(video_class, "read_video_class", lambda _: read)
    with pytest.raises(DamagedError, match=r"described otherwise; got: hsv.*; allowed: older; do: train it again"):
        open_video_classifier(bundle)


def test_a_damaged_readout(bundle: Path, tmp_path: Path) -> None:
    for file in bundle.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / READOUT).write_bytes(b"PK")
    with pytest.raises(DamagedError, match="damaged"):
        open_video_classifier(tmp_path)


def test_a_folder_that_is_there_already(bundle: Path) -> None:
    classifier = open_video_classifier(bundle)
    space = fit(np.ones((1, 192), np.float32), classifier.describer.recipe.blocks)
    nothing = np.zeros((192, 2), np.float32)
    with pytest.raises(OutputError):
        package_video_class(classifier.bundle, space, nothing, nothing[0], bundle)


def test_it_runs_without_what_trained_it() -> None:
    told = "import aisle.deploy.video_class, sys; print(sorted({'torch', 'sklearn', 'scipy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "[]\n"
