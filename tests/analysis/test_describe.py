"""What describes stretches of a video."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.analysis.describe import averaged, span
from aisle.analysis.describe_both import Together
from aisle.analysis.describe_colours import Colours, histogram
from aisle.analysis.describe_motion import Motion
from aisle.analysis.describe_objects import Objects, importance
from aisle.analysis.reduced import Reduced
from aisle.core import Features, Grid, LabelSet, UsageError
from aisle.core.frame_labels import FrameLabel, FrameLabels
from aisle.core.time_map import Stretch
from aisle.core.video import Image
from aisle.deploy.model import open_backbone
from collections_of_colour import BLUE, GREEN, RED, video

LABELS = LabelSet(("red", "green", "blue"))


class NamesColours:
    """A labeller in plain numpy: how much of each of three colours a picture has."""

    labels, size, fingerprint = LABELS, 16, "colours-by-hand"

    def probabilities(self, images: Sequence[Image]) -> np.ndarray:
        """See aisle.analysis.frame_labels.NamesPictures."""
        means = np.array([image.reshape(-1, 3).mean(0) for image in images], np.float32)
        return means / means.sum(1, keepdims=True)


def stretch(start: float, end: float) -> Stretch:
    return Stretch(Fraction(start), Fraction(end))


def test_averages_by_hand() -> None:
    features = Features(
        np.array([[1.0], [3.0], [8.0]], np.float32), Grid(Fraction(0), Fraction(1), Fraction(1), 3), "x"
    )
    found = averaged(features, [stretch(0, 3), stretch(0.5, 2), stretch(7, 8)])
    assert found[:, 0] == pytest.approx([4, (0.5 * 1 + 3) / 1.5, 8])
    weighted = averaged(features, [stretch(0, 3)], np.array([0, 1, 3], np.float32))
    assert weighted[0, 0] == pytest.approx((3 + 24) / 4)
    assert span([stretch(2, 3), stretch(1, 2)]) == stretch(1, 3)


def test_importance_by_hand() -> None:
    rows = (
        FrameLabel(0, Fraction(0), "red", 0.9, 0.5),
        FrameLabel(0, Fraction(0), "green", 0.4, 1.0),
        FrameLabel(10, Fraction(1), "red", 0.3, 1.0),
        FrameLabel(10, Fraction(1), "unheard of", 1.0, 1.0),
    )
    seen = FrameLabels("a", 2, rows, "by hand")
    found = importance(seen, LABELS, [stretch(0, 2), stretch(1, 2), stretch(0.25, 0.5), stretch(0, 4)], Fraction(1))
    assert found[0] == pytest.approx(np.sqrt([(0.45 + 0.3) / 2, 0.2, 0]))
    assert found[1] == pytest.approx(np.sqrt([0.3, 0, 0]))
    assert found[2] == pytest.approx(np.sqrt([0.45, 0.4, 0]))  # between two pictures: the nearer one
    assert found[3] == pytest.approx(np.sqrt([0.75 / 4, 0.1, 0]))  # pictures that show nothing count
    assert not importance(FrameLabels("a", 3, (), "x"), LABELS, [stretch(0, 1)], Fraction(1)).any()


def test_objects_of_a_video(tmp_path: Path) -> None:
    path = video(tmp_path / "a.mp4", (RED, 2), (BLUE, 2))
    describer = Objects(NamesColours())
    assert describer.recipe.labels == tuple(LABELS)
    first, second = describer.rows(path, [stretch(0, 2), stretch(2, 4)])
    assert (first.argmax(), second.argmax()) == (0, 2)


def test_colours_by_hand(tmp_path: Path) -> None:
    for colour in (RED, (0, 0, 0), (255, 255, 255), (255, 0, 255)):
        found = histogram(np.full((4, 4, 3), colour, np.uint8))
        assert found.sum() == 1
        assert found.max() == 1
    half = np.concatenate([np.full((2, 4, 3), RED), np.full((2, 4, 3), GREEN)]).astype(np.uint8)
    assert sorted(histogram(half))[-2:] == [0.5, 0.5]
    path = video(tmp_path / "a.mp4", (RED, 2), (BLUE, 2))
    whole, red, blue = Colours().rows(path, [stretch(0, 4), stretch(0, 2), stretch(2, 4)])
    assert (whole**2).sum() == pytest.approx(1, abs=1e-5)
    assert red @ blue < 0.1 < whole @ red


def test_two_side_by_side(tmp_path: Path) -> None:
    path = video(tmp_path / "a.mp4", (RED, 2))
    both = Together([Objects(NamesColours()), Colours()])
    heard: list[float] = []
    row = both.rows(path, [stretch(0, 2)], progress=lambda done, _: heard.append(done))
    assert row.shape == (1, both.recipe.width)
    assert [block.name for block in both.recipe.blocks] == ["objects", "colours"]
    assert both.recipe.labels == tuple(LABELS)
    assert heard == sorted(heard)


def test_motion_of_a_reduced_backbone(tiny_bundle: Path, tmp_path: Path) -> None:
    whole = open_backbone(tiny_bundle)
    reduced = Reduced(whole, 32, Fraction(25, 2))
    assert reduced.fingerprint != whole.fingerprint
    assert reduced.reads.rate == Fraction(25, 2)
    describer = Motion(reduced)
    path = video(tmp_path / "a.mp4", (RED, 2), (BLUE, 2))
    rows = describer.rows(path, [stretch(0, 4), stretch(0, 2)])
    assert rows.shape == (2, describer.recipe.width)
    assert np.isfinite(rows).all()
    assert all("where things move" in block.name and "maximum" not in block.name for block in describer.recipe.blocks)
    with pytest.raises(UsageError, match="less than usual"):
        Reduced(whole, 64, Fraction(25))
