"""Naming pictures as a whole, by a packaged network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from aisle.core import DamagedError, LabelSet, UnknownNameError, UsageError
from aisle.deploy.labeller import SOURCE, open_labeller
from aisle.deploy.labeller_bundle import NETWORK, LabellerBundle, is_labeller, read_labeller
from aisle.deploy.labeller_package import package_labeller, package_published
from aisle.deploy.labeller_runtime import RUNTIMES, Labeller
from aisle.models.clip import clip_model
from aisle.models.efficientnet_lite import EfficientNetLite0
from aisle.models.picture_classes import PictureClasses
from goods import product
from weights import found

SIDE = 64
PICTURES = [product(colour, "disc", seed) for seed, colour in enumerate(("red", "green", "blue"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small bundle with random weights."""
    torch.manual_seed(0)
    network = PictureClasses(EfficientNetLite0(), 3).eval()
    bundle = LabellerBundle("mine", "three colours", LabelSet(("red", "green", "blue")), SIDE, 1.0, "", "", "", 0.0)
    target = tmp_path_factory.mktemp("labellers") / "mine"
    package_labeller(network, bundle, PICTURES, target)
    return target


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_each_runtime_names_pictures(folder: Path, runtime: str) -> None:
    labeller = open_labeller(folder, runtime=runtime)
    looked = labeller.look(PICTURES)
    assert looked.probabilities.shape == (3, 3)
    np.testing.assert_allclose(looked.probabilities.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(looked.probabilities, open_labeller(folder).probabilities(PICTURES), atol=0.02)
    assert labeller.fingerprint.endswith(runtime)


def test_pictures_are_named_alike_alone_and_together(folder: Path) -> None:
    labeller = open_labeller(folder)
    together = labeller.probabilities(PICTURES * 6)
    np.testing.assert_allclose(together[:3], labeller.probabilities(PICTURES), atol=1e-4)
    assert together.shape == (18, 3)


def test_what_is_no_picture(folder: Path) -> None:
    labeller = open_labeller(folder)
    with pytest.raises(UsageError, match="no picture"):
        labeller.look([])
    with pytest.raises(UsageError, match="RGB"):
        labeller.look([np.zeros((8, 8), np.uint8)])
    with pytest.raises(UsageError, match="names pictures so"):
        open_labeller(folder, runtime="magic")
    with pytest.raises(UnknownNameError):
        open_labeller("nowhere")


def test_a_damaged_bundle_is_told(folder: Path, tmp_path: Path) -> None:
    assert is_labeller(folder)
    assert not is_labeller(tmp_path)
    for name in ("card.json", NETWORK):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / NETWORK).write_bytes(b"cut")
    with pytest.raises(DamagedError):
        read_labeller(tmp_path)


def test_the_published_network_knows_a_thousand_classes(tmp_path: Path) -> None:
    bundle = package_published(found(clip_model(SOURCE).initial), tmp_path / "usual")
    assert len(bundle.labels) == 1000
    assert bundle.labels[0] == "tench"
    probabilities = Labeller(bundle, tmp_path / "usual", "openvino").probabilities(PICTURES)
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-4)
