"""Detectors opened by name and by file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.core import DamagedError, InputError, UnknownNameError, UsageError
from aisle.core.weights import WeightsSource
from aisle.deploy import object_detectors
from aisle.deploy.detectors import read_network
from aisle.deploy.object_detectors import BETTER, DETECTORS, EVERYWHERE, PUBLISHED, open_detector, usual_detector
from aisle.deploy.weights import sha256
from aisle.objects.coco import COCO
from aisle.objects.family import Published, family
from aisle.objects.mobilenet_ssd import WEIGHTS
from datasets import SHARED
from detector_networks import NAMES, write_rtdetr, write_yolox


def test_the_default_is_one_that_is_known() -> None:
    assert {BETTER, EVERYWHERE} <= set(DETECTORS)
    assert all(published.licence for _, published in PUBLISHED.values())


def test_what_must_come_from_a_publisher_is_not_fetched_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    assert usual_detector() == EVERYWHERE
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setenv("AISLE_WEIGHTS", str(folder))
    assert usual_detector() == EVERYWHERE
    family, published = PUBLISHED[BETTER]
    file = write_yolox(folder / published.weights.name)
    here = Published(WeightsSource(member=file.name, member_sha256=sha256(file), url="https://x"), licence="none")
    monkeypatch.setitem(PUBLISHED, BETTER, (family, here))
    assert usual_detector() == BETTER


def test_a_wrong_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown detector; got: 'yolox-nanno'; .*did you mean yolox-nano\?"):
        open_detector("yolox-nanno")


@pytest.mark.parametrize("name", ["not/there", "there.onnx"])
def test_a_file_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(InputError, match=f"no detector at {name}; got: no such file"):
        open_detector(name)


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_a_file_that_is_no_network_is_damaged(tmp_path: Path, runtime: str) -> None:
    (tmp_path / "noise.onnx").write_bytes(b"noise" * 100)
    with pytest.raises(DamagedError, match=r"cannot read the network in .*noise\.onnx"):
        open_detector(tmp_path / "noise.onnx", runtime=runtime)


def test_a_runtime_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown runtime; got: 'openvno'; .*did you mean openvino"):
        open_detector(write_yolox(tmp_path / "tiny.onnx"), names=NAMES, runtime="openvno")


@pytest.mark.parametrize(("runtime", "precision"), [("onnxruntime", "bf16"), ("openvino", "f64")])
def test_a_precision_that_the_runtime_does_not_have_is_told(tmp_path: Path, runtime: str, precision: str) -> None:
    with pytest.raises(UsageError, match=f"got: '?{precision}"):
        open_detector(write_yolox(tmp_path / "tiny.onnx"), names=NAMES, runtime=runtime, precision=precision)


@pytest.mark.parametrize(("write", "calls"), [(write_rtdetr, [3]), (write_yolox, [1, 1, 1])])
def test_pictures_go_together_where_the_network_takes_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], Path], calls: list[int]
) -> None:
    import onnxruntime

    sizes: list[int] = []

    class Counted(onnxruntime.InferenceSession):  # type: ignore[misc]
        def run(self, outputs: Any, arrays: dict[str, Any]) -> Any:
            sizes.append(len(next(iter(arrays.values()))))
            return super().run(outputs, arrays)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Counted)
    detector = open_detector(write(tmp_path / "tiny.onnx"), names=NAMES, runtime="onnxruntime")
    assert len(detector([np.zeros((40, 50, 3), np.uint8)] * 3)) == 3
    assert sizes == calls


def test_a_folder_of_the_users_may_hold_either_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_yolox(tmp_path / "other.onnx")
    first, second = (
        WeightsSource(url="https://nowhere.invalid/it", member=name, member_sha256=sha256(file))
        for name in ("first.onnx", "other.onnx")
    )
    published = Published(first, "Apache-2.0", copies=(second,))
    monkeypatch.setitem(object_detectors.PUBLISHED, "own", (family("yolox"), published))
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path))
    assert open_detector("own", names=NAMES).labels == NAMES
    file.unlink()
    with pytest.raises(InputError, match=r"no weights at .*first\.onnx; .*do: put first\.onnx there"):
        open_detector("own", names=NAMES)


@pytest.fixture
def ssd(monkeypatch: pytest.MonkeyPatch) -> Path:
    file = Path(os.environ["AISLE_TEST_WEIGHTS"]) / WEIGHTS.name
    if not file.is_file():
        pytest.skip(f"needs the published SSD, and {file} is not there; no test downloads it")
    monkeypatch.setenv("AISLE_WEIGHTS", str(file.parent))
    return file


def test_the_published_ssd_starts_from_the_boxes_in_its_graph(ssd: Path) -> None:
    """Its last operation holds them as a constant, and is told how to decode and from which overlap on boxes are
    doubles.
    """
    from aisle.objects.mobilenet_ssd import SSD

    said = ssd.read_bytes()
    boxes = np.frombuffer(said[said.index(b'"\xa0\xfe\x01') + 4 :][: 2034 * 16], "<f4").reshape(-1, 4)
    ours = SSD()
    rows = np.arange(0, 2034)
    classes = np.zeros((2034, 91), np.float32)
    classes[rows, 1 + rows % 90] = 0.5 + rows / 5000
    found = ours.found(
        [np.zeros((2034, 4), np.float32), classes],
        np.zeros((1000, 1000, 3), np.uint8),
        score=0.5,
        wanted=np.ones(91, bool),
    )
    middle, half = boxes[:, :2], boxes[:, 2:] / 2
    published = 1000 * np.concatenate([(middle - half)[:, ::-1], (middle + half)[:, ::-1]], axis=1)
    numbers = np.round((found.boxes.scores - 0.5) * 5000).astype(int)
    np.testing.assert_allclose(found.boxes.corners, published[numbers], atol=0.1)
    for name, told in (
        (b"nms_iou_threshold", 0.6),
        (b"y_scale", 10),
        (b"x_scale", 10),
        (b"h_scale", 5),
        (b"w_scale", 5),
    ):
        place = said.index(name) + len(name) + 3
        assert np.frombuffer(said[place : place + 4], "<f4")[0] == pytest.approx(told)


def test_the_published_ssd_finds_nothing_in_grey(ssd: Path) -> None:
    detector = open_detector("mobilenet-ssd")
    assert detector.labels == COCO
    assert [len(found) for found in detector([np.full((240, 320, 3), 90, np.uint8)] * 2)] == [0, 0]
    assert len(read_network(ssd, PUBLISHED["mobilenet-ssd"][1].outputs).outputs) == 2


def test_the_published_yolox_is_opened_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = SHARED / "weights"
    if not (folder / "yolox_nano_coco.onnx").is_file():
        pytest.skip(f"needs {folder}; AISLE_SHARED names the folder that holds weights/")
    monkeypatch.setenv("AISLE_WEIGHTS", str(folder))
    detector = open_detector("yolox-nano")
    assert detector.labels == COCO
    assert len(detector([np.zeros((240, 320, 3), np.uint8)])[0]) == 0
