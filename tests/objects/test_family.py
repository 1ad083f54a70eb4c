"""Every kind of detector that is found by its file, on a small network of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from aisle.core import InputError, UnknownNameError, UsageError
from aisle.core.detections import NOBODY, Detections
from aisle.core.video import Image
from aisle.deploy.object_detectors import open_detector
from aisle.deploy.object_network import read_object_network
from aisle.objects.detector import ObjectDetector
from aisle.objects.family import Port, Signature, families, family, family_of
from detector_networks import NAMES, WRITTEN, Answer, Written, write_network

KINDS = sorted({*(each.name for each in families()), *WRITTEN})
RUNTIMES = ("openvino", "onnxruntime")


def written(kind: str) -> Written:
    if kind not in WRITTEN:
        pytest.fail(f"{kind} has no small network: write one in tests/detector_networks.py", pytrace=False)
    return WRITTEN[kind]


def network(kind: str, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """The file of a small network of this `kind`, and what its classes are called."""
    made = written(kind)
    return made.write(folder / "tiny.onnx"), made.names


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=RUNTIMES)
def detector(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> ObjectDetector:
    file, names = network(kind, tmp_path)
    return open_detector(file, names=names, score=0.3, runtime=request.param)


def picture(height: int, width: int, *, seed: int = 0, most: int = 256) -> Image:
    return np.random.default_rng(seed).integers(0, most, (height, width, 3), np.uint8)


def assert_same(one: Detections, other: Detections) -> None:
    assert one.labels == other.labels
    np.testing.assert_allclose(one.boxes.corners, other.boxes.corners, atol=1e-3)
    np.testing.assert_allclose(one.boxes.scores, other.boxes.scores, atol=1e-5)
    assert (one.masks is None) == (other.masks is None)
    if one.masks is not None:
        np.testing.assert_array_equal(one.masks, other.masks)


def assert_sane(found: Detections, image: Image, detector: ObjectDetector) -> None:
    corners, scores = found.boxes.corners, found.boxes.scores
    assert corners.dtype == scores.dtype == np.float32
    assert np.isfinite(corners).all()
    assert (corners[:, :2] <= corners[:, 2:]).all()
    assert ((scores >= 0.3) & (scores <= 1)).all()
    assert (np.diff(scores) <= 0).all(), "the surest come first"
    assert set(found.labels) <= set(detector.labels)
    assert (found.tracks == NOBODY).all()
    assert found.masks is None or found.masks.shape == (len(found), *image.shape[:2])


def test_it_finds_things_and_knows_what_they_are_called(kind: str, detector: ObjectDetector) -> None:
    image = picture(120, 160)
    (found,) = detector([image])
    assert_sane(found, image, detector)
    assert set(written(kind).finds) <= set(found.labels)
    assert all(detector.labels)


def test_several_pictures_are_answered_as_one_by_one(detector: ObjectDetector) -> None:
    images = [picture(60 + 7 * k, 100 - 5 * k, seed=k, most=40 + 60 * k) for k in range(4)]
    together = detector(images)
    assert detector([]) == []
    assert len({float(found.boxes.scores[0]) for found in together}) == len(images), "each has an answer of its own"
    for found, image in zip(together, images, strict=True):
        assert_same(found, detector([image])[0])


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1), (3, 500), (64, 64), (1080, 1920)])
def test_pictures_of_any_shape_are_read(detector: ObjectDetector, size: tuple[int, int]) -> None:
    for most in (1, 256):  # black, and noise
        image = picture(*size, most=most)
        (found,) = detector([image])
        assert_sane(found, image, detector)


def test_threads_may_share_it(detector: ObjectDetector) -> None:
    images = [picture(50, 70, seed=k, most=60 + 20 * k) for k in range(8)]
    alone = [detector([image])[0] for image in images]
    with ThreadPoolExecutor(4) as pool:
        shared = list(pool.map(lambda image: detector([image, image])[1], images))
    for one, other in zip(alone, shared, strict=True):
        assert_same(one, other)


def test_the_picture_is_left_as_it_was(detector: ObjectDetector) -> None:
    image = picture(90, 60)
    before = image.copy()
    image.flags.writeable = False
    detector([image, image[:, ::-1], image[::2]])
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_told(detector: ObjectDetector, image: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(UsageError, match=r"RGB pictures; got: .* allowed: uint8"):
        detector([image])


def test_a_higher_score_and_fewer_names_leave_what_they_name(kind: str, tmp_path: Path) -> None:
    file, names = network(kind, tmp_path)
    images = [picture(120, 160, seed=k) for k in range(2)]
    every = open_detector(file, names=names, score=0.3)(images)
    label = written(kind).finds[-1]
    fewer = open_detector(file, names=names, score=0.3, labels=[label])(images)
    surer = open_detector(file, names=names, score=0.55)(images)
    for whole, some, sure in zip(every, fewer, surer, strict=True):
        assert_same(whole.labelled(label), some)
        assert_same(whole.only(whole.boxes.scores >= 0.55), sure)


@pytest.mark.parametrize("score", [0, 1, -1, 50, math.nan])
def test_a_score_is_a_share(kind: str, tmp_path: Path, score: float) -> None:
    file, names = network(kind, tmp_path)
    with pytest.raises(UsageError, match="a score is a share; got: "):
        open_detector(file, names=names, score=score)


def test_a_name_that_it_does_not_know_is_told_with_the_nearest(kind: str, tmp_path: Path) -> None:
    file, names = network(kind, tmp_path)
    with pytest.raises(UnknownNameError, match=r"thing to find; got: 'persons'; .*did you mean person"):
        open_detector(file, names=names, labels=["persons"])


@pytest.mark.parametrize(
    ("kind", "names", "told"),
    [
        ("yolox", (), "nothing says what this detector's 3 classes are called"),
        ("rtdetr", ("person", "bag"), "a name for each class; got: 2 names; allowed: 3"),
        ("rfdetr", NAMES, "a name for each class; got: 3 names; allowed: 4"),
        ("yolox", ("bag", "bag", "bottle"), "each once"),
        ("rtdetr, the authors' own", ("person", "bag"), "class 2, counted from 0; allowed: 2 classes"),
    ],
)
def test_names_are_as_many_as_classes(kind: str, names: Sequence[str], told: str, tmp_path: Path) -> None:
    file, _ = network(kind, tmp_path)
    with pytest.raises(UsageError, match=told):
        open_detector(file, names=names, score=0.3)([picture(60, 60)])


def test_each_network_is_claimed_by_one_kind(tmp_path: Path, kind: str) -> None:
    for runtime in RUNTIMES:
        signature = read_object_network(network(kind, tmp_path)[0], runtime=runtime).signature
        assert [each.name for each in families() if each.claims(signature)] == [kind.split(",", maxsplit=1)[0]]


def test_a_network_of_no_kind_is_told_with_what_was_got(tmp_path: Path) -> None:
    rows = np.zeros((10, 6), np.float32)
    file = write_network(tmp_path / "own.onnx", [Answer("out", rows, rows)], shape=[1, 3, 64, 64], range_of=(0, 1))
    got = r"got: reads images \(1 x 3 x 64 x 64\); answers out \(1 x 10 x 6\); allowed: .*rfdetr .*rtdetr .*yolox "
    with pytest.raises(InputError, match=rf"own\.onnx is no detector of a kind that is known; {got}"):
        open_detector(file)


def test_a_signature_says_what_is_left_open() -> None:
    signature = Signature((Port("x", (None, 3, 8, 8)),), ())
    assert str(signature) == "reads x (? x 3 x 8 x 8); answers nothing"
    assert signature.sides() == (8, 8)
    assert Signature((Port("x", (1, 3, None, 8)),), ()).sides() is None
    with pytest.raises(InputError):
        family_of(signature, where="it")


def test_a_kind_that_does_not_exist_is_told() -> None:
    with pytest.raises(UnknownNameError, match=r"kind of detector; got: 'yolo'; .*did you mean yolox"):
        family("yolo")
