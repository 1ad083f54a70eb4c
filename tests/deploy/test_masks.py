from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from aisle.core import DamagedError, InputError, UsageError
from aisle.core.boxes import Boxes
from aisle.core.video import Image
from aisle.deploy import masks_build
from aisle.deploy.masks import open_masks
from aisle.deploy.masks_runtime import Opened
from aisle.models.sam import SAM
from aisle.models.tiny_vit import Stage
from aisle.objects.mobile_sam import WEIGHTS

SIDE = 128
TINY = (Stage(8, 1, stride=2), Stage(8, 1, 2, 7, stride=2), Stage(16, 1, 2, 14), Stage(16, 1, 2, 7))


@pytest.fixture(scope="module")
def network() -> SAM:
    torch.manual_seed(0)
    return SAM(TINY, width=32, side=SIDE).eval()


@pytest.fixture(scope="module")
def folder(network: SAM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("masks")
    masks_build.convert(network, SIDE, folder)
    return folder


@pytest.mark.parametrize(("height", "width", "boxes"), [(96, 128, 1), (128, 128, 3), (128, 48, 2)])
def test_the_converted_networks_answer_as_pytorch_for_every_shape(
    network: SAM, folder: Path, height: int, width: int, boxes: int
) -> None:
    rng = np.random.default_rng(1)
    pixels = torch.from_numpy(rng.normal(size=(1, 3, height, width)).astype(np.float32))
    corners = torch.from_numpy(np.sort(rng.uniform(0, min(height, width), (boxes, 2, 2)), axis=1).astype(np.float32))
    masks_build.compare(network, folder, pixels, corners.view(boxes, 4))


def test_a_network_that_answers_otherwise_is_not_kept(folder: Path) -> None:
    torch.manual_seed(1)
    other = SAM(TINY, width=32, side=SIDE).eval()
    with pytest.raises(DamagedError, match=r"encoder\.xml answers otherwise than PyTorch; got: .*below 0\.001"):
        masks_build.compare(other, folder, torch.ones(1, 3, 64, 128), torch.tensor([[1.0, 1, 9, 9]]))


def test_a_damaged_network_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "encoder.xml").write_text("<net")
    with pytest.raises(DamagedError, match=r"cannot read the network in .*encoder\.xml; .*do: rm -r .*then run again"):
        Opened(tmp_path, precision="f32")(64, 128)


@pytest.mark.parametrize("side", [500, 0, 4096])
def test_a_side_that_cannot_be_read_is_told(side: int) -> None:
    with pytest.raises(UsageError, match=rf"got: {side}; allowed: a multiple of 16, 128 to 1024"):
        open_masks(side=side)


def test_a_folder_without_the_weights_is_told_and_nothing_half_built_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(InputError, match=rf"no weights at .*{WEIGHTS.name}"):
        open_masks()
    assert list((tmp_path / "cache" / "masks").iterdir()) == []


def test_the_published_network_finds_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = Path(os.environ["AISLE_TEST_WEIGHTS"])
    if not (weights / WEIGHTS.name).is_file():
        pytest.skip(f"needs {WEIGHTS.name}, and {weights} lacks it; no test downloads it")
    monkeypatch.setenv("AISLE_WEIGHTS", str(weights))
    image, shapes = drawn()
    boxes = np.array([box_of(shape) for shape in shapes], np.float32)
    found = open_masks(side=256)(image, Boxes(boxes, np.ones(len(boxes), np.float32)))
    overlaps = [(a & b).sum() / (a | b).sum() for a, b in zip(found, shapes, strict=True)]
    assert min(overlaps) > 0.93


def drawn() -> tuple[Image, list[np.ndarray]]:
    """An ellipse, a lozenge and a disc on a grey slope, and the pixels of each."""
    y, x = np.mgrid[:180, :240]
    image = np.repeat((90 + x / 4)[..., np.newaxis], 3, axis=2)
    shapes = [
        ((x - 60) / 40) ** 2 + ((y - 60) / 25) ** 2 < 1,
        abs(x - 150) / 30 + abs(y - 50) / 40 < 1,
        np.hypot(x - 190, y - 120) < 40,
    ]
    for shape, colour in zip(shapes, [(200, 40, 30), (40, 60, 200), (240, 220, 40)], strict=True):
        image[shape] = colour
    return image.astype(np.uint8), shapes


def box_of(shape: np.ndarray) -> list[int]:
    rows, columns = np.nonzero(shape)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
