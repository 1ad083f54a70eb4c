"""A trained detector becomes a bundle that finds the same, and runs where nothing that made it is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor, nn

from aisle.core import DamagedError, InputError, OutputError, UnknownNameError, UsageError
from aisle.core.video import Image
from aisle.deploy.detector_bundle import FILE, DetectorCard, read_detector_card
from aisle.deploy.detector_initial import student
from aisle.deploy.detector_package import SEEN, package_detector, seen_pictures
from aisle.deploy.object_detectors import open_detector
from aisle.train.detector import Student, network_detector
from published_detr import write_published
from tiny_detector import TinyStudent

LABELS = ("blue", "red")


def samples() -> list[Image]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (70, 110, 3)).astype(np.uint8) for _ in range(2)]


def card(network: Student) -> DetectorCard:
    return DetectorCard("mine", "Mine", network.family, LABELS, 0.05, (network.side, network.side), "none")


@pytest.fixture(scope="module", params=["yolox", "rtdetr"])
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Student:
    if request.param == "yolox":
        made: Student = TinyStudent()
    else:
        folder = tmp_path_factory.mktemp("published")
        write_published("rt_detr", folder / "detr", classes=2)
        made, _ = student("rt-detr", LABELS, weights=str(folder / "detr"), side=64)
    made.network.eval()
    return made


def test_the_bundle_finds_what_pytorch_finds(network: Student, tmp_path: Path) -> None:
    package_detector(network, card(network), tmp_path / "b", samples=samples(), seen=["ab", "aa"])
    told = read_detector_card(tmp_path / "b")
    assert (told.labels, told.family, set(told.made) >= {"aisle", "torch"}) == (LABELS, network.family, True)
    assert seen_pictures(tmp_path / "b") == {"aa", "ab"}
    packaged = open_detector(tmp_path / "b", score=0.02)(samples())
    for one, other in zip(packaged, network_detector(network, LABELS, 0.02)(samples()), strict=True):
        assert one.labels == other.labels
        np.testing.assert_allclose(one.boxes.scores, other.boxes.scores, atol=1e-3)
        np.testing.assert_allclose(one.boxes.corners, other.boxes.corners, atol=0.5)
    with pytest.raises(OutputError, match="it exists"):
        package_detector(network, card(network), tmp_path / "b", samples=samples(), seen=[])


class Otherwise(TinyStudent):
    """What is packaged of it finds things everywhere, and what is compared with it as well, but elsewhere."""

    calls = 0

    def exported(self) -> nn.Module:
        self.calls += 1
        return _Everywhere(self.calls)


class _Everywhere(nn.Module):
    """A box of `size` cells in each place."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, pictures: Tensor) -> Tensor:
        said = (pictures.mean() * 0 + 1).expand(1, 189, 7).clone()
        said[..., 2:4] = 0.5 * self.size
        return said


def test_a_bundle_that_finds_otherwise_is_not_written(tmp_path: Path) -> None:
    network = Otherwise()
    with pytest.raises(DamagedError, match="finds otherwise"):
        package_detector(network, card(network), tmp_path / "b", samples=samples(), seen=[])
    assert list(tmp_path.iterdir()) == []


RUN = """
import sys
for name in ("torch", "transformers", "onnx", "onnxruntime", "sklearn", "lightning"):
    sys.modules[name] = None
import numpy as np
from aisle.deploy.object_detectors import open_detector
print(open_detector(sys.argv[1], score=.02)([np.zeros((40, 60, 3), np.uint8)])[0].labels is not None)
"""


def test_the_bundle_runs_without_what_made_it(network: Student, tmp_path: Path) -> None:
    package_detector(network, card(network), tmp_path / "b", samples=samples()[:1], seen=[])
    done = subprocess.run([sys.executable, "-c", RUN, str(tmp_path / "b")], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr


def test_marks_that_nobody_wrote_are_not_known(tmp_path: Path) -> None:
    assert seen_pictures(tmp_path) is None
    (tmp_path / SEEN).write_text("[", "utf-8")
    assert seen_pictures(tmp_path) is None
    (tmp_path / SEEN).write_text(json.dumps(["aa"]), "utf-8")
    assert seen_pictures(tmp_path) == {"aa"}
    assert not (tmp_path / FILE).exists()


# --- what a training begins with


@pytest.mark.parametrize("name", ["yolox-nano", "rt-detr"])
def test_every_kind_begins_at_random_too(name: str) -> None:
    begun, told = student(name, LABELS, weights="random", side=64)
    assert (begun.side, told) == (64, "random weights")
    assert begun.recipe.epochs > 1


def test_what_cannot_be_begun_with_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError):
        student("yolo", LABELS)
    with pytest.raises(UsageError, match="reads squares"):
        student("yolox-nano", LABELS, weights="random", side=100)
    with pytest.raises(InputError, match="no weights to begin with"):
        student("yolox-nano", LABELS, weights=str(tmp_path / "none.onnx"))
    with pytest.raises(InputError, match=r"no config\.json"):
        student("rt-detr", LABELS, weights=str(tmp_path))


def test_a_d_fine_is_begun_with_and_its_classes_begin_anew(tmp_path: Path) -> None:
    write_published("d_fine", tmp_path / "published", classes=5)
    begun, told = student("rt-detr", LABELS, weights=str(tmp_path / "published"), side=64)
    assert "published" in told
    package_detector(begun, card(begun), tmp_path / "b", samples=samples()[:1], seen=[])
    assert open_detector(tmp_path / "b").labels == LABELS


def test_a_folder_with_damaged_weights_is_told(tmp_path: Path) -> None:
    write_published("rt_detr", tmp_path / "published", classes=5)
    (tmp_path / "published" / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(DamagedError, match="cannot read the network"):
        student("rt-detr", LABELS, weights=str(tmp_path / "published"))


def test_a_network_of_another_kind_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "detr"}', "utf-8")
    with pytest.raises(UnknownNameError, match="kind of detector"):
        student("rt-detr", LABELS, weights=str(tmp_path))
