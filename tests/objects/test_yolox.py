"""YOLOX against what its publisher's demonstration does, written down here once more with OpenCV and numpy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from aisle.core import InputError
from aisle.core.detections import Detections
from aisle.core.video import Image
from aisle.deploy.object_detectors import open_detector
from aisle.deploy.object_network import read_object_network
from aisle.objects.coco import COCO, COCO_NUMBERED
from aisle.objects.family import Port, Signature
from aisle.objects.network_detector import NetworkDetector
from aisle.objects.yolox import PUBLISHED, YOLOX, claims
from datasets import SHARED, shared

Floats = npt.NDArray[np.float32]
SIDE = 416


def preproc(image: Image) -> tuple[Floats, float]:
    """YOLOX, data_augment.preproc, of a picture as OpenCV reads it."""
    padded = np.full((SIDE, SIDE, 3), 114, np.uint8)
    ratio = min(SIDE / image.shape[0], SIDE / image.shape[1])
    size = int(image.shape[1] * ratio), int(image.shape[0] * ratio)
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), size, interpolation=cv2.INTER_LINEAR)
    padded[: size[1], : size[0]] = small
    return padded.transpose(2, 0, 1).astype(np.float32), ratio


def demo_postprocess(said: Floats) -> Floats:
    """YOLOX, demo_utils.demo_postprocess: (N, 85) with middles and sizes in pixels of what the network reads."""
    decoded, first = said.astype(np.float64), 0
    for stride in (8, 16, 32):
        side = SIDE // stride
        for y in range(side):
            for x in range(side):
                row = decoded[first]
                row[0], row[1] = (row[0] + x) * stride, (row[1] + y) * stride
                row[2], row[3] = np.exp(row[2]) * stride, np.exp(row[3]) * stride
                first += 1
    return decoded


def nms(boxes: Floats, scores: Floats, overlap: float) -> list[int]:
    """One class, of boxes as left, top, right, bottom."""
    order, kept = list(np.argsort(-scores)), []
    while order:
        best = order.pop(0)
        kept.append(int(best))
        order = [other for other in order if _overlap(boxes[best], boxes[other]) <= overlap]
    return kept


def _overlap(one: Floats, other: Floats) -> float:
    wide, high = (min(one[k + 2], other[k + 2]) - max(one[k], other[k]) for k in (0, 1))
    shared_area = max(wide, 0) * max(high, 0)
    both = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return float(shared_area / (both - shared_area))


def reference(said: Floats, ratio: float, score: float) -> list[tuple[str, float, Floats]]:
    """What is found, as the publisher's evaluation has it: the best class of each row, doubles by class."""
    rows = demo_postprocess(said)
    classes, scores = rows[:, 5:].argmax(1), rows[:, 4] * rows[:, 5:].max(1)
    corners = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2], axis=1) / ratio
    found = []
    for number in np.unique(classes[scores >= score]):
        own = np.flatnonzero((classes == number) & (scores >= score))
        found += [own[kept] for kept in nms(corners[own], scores[own], 0.45)]
    return [(COCO[classes[row]], float(scores[row]), corners[row]) for row in sorted(found, key=lambda k: -scores[k])]


def frames(path: Path, every: int, most: int) -> Iterator[Image]:
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % every == 0:
                yield frame.to_ndarray(format="rgb24")
            if number >= every * (most - 1):
                return


@pytest.fixture(scope="module")
def weights() -> Path:
    path = SHARED / "weights" / "yolox_nano_coco.onnx"
    if not path.is_file():
        pytest.skip(f"needs {path}; AISLE_SHARED names the folder that holds weights/")
    return path


@pytest.fixture(scope="module")
def pictures() -> list[Image]:
    """People in a laboratory, a hall and a fight, and bottles."""
    laboratory = sorted(shared("shoplifting_lab").glob("*/*.mp4"))[::33][:3]
    fights = sorted(shared("surveillance_fight").glob("*/*.mp4"))[::70][:3]
    cameras = sorted(shared("cctv_samples").glob("*.mp4"))
    return [picture for path in [*laboratory, *fights, *cameras] for picture in frames(path, 30, 2)]


def assert_near(found: Detections, wanted: list[tuple[str, float, Floats]], *, pixels: float, score: float) -> None:
    assert found.labels == tuple(label for label, *_ in wanted)
    np.testing.assert_allclose(found.boxes.scores, [each for _, each, _ in wanted], atol=score)
    np.testing.assert_allclose(found.boxes.corners, [corners for *_, corners in wanted], atol=pixels)


def test_decoding_agrees_with_the_publishers(weights: Path, pictures: list[Image]) -> None:
    """The same answers of the network in: the same boxes out, to a hundredth of a pixel."""
    network = read_object_network(weights)
    ours = YOLOX((SIDE, SIDE), classes=80)
    run = network.opened(ours.shapes, precision="f32")
    wanted, things = np.ones(80, bool), 0
    for picture in pictures:
        pixels, ratio = preproc(picture)
        ((said,),) = run([(pixels,)])
        found = ours.found([said], picture, score=0.1, wanted=wanted)
        labels = Detections.of(found.boxes, [COCO[number] for number in found.classes])
        expected = reference(said, ratio, 0.1)
        assert_near(labels, expected, pixels=0.01, score=1e-6)
        things += len(expected)
    assert things > 50


def test_what_the_network_reads_agrees_with_the_publishers(pictures: list[Image]) -> None:
    """OpenCV rounds where Pillow cuts off: never more than one of 255."""
    ours = YOLOX((SIDE, SIDE), classes=80)
    for picture in pictures:
        ((pixels,), (expected, _)) = ours.prepared(picture), preproc(picture)
        assert pixels.dtype == np.float32
        assert np.abs(pixels - expected).max() <= 1
        assert np.abs(pixels - expected).mean() < 0.5


def test_all_of_it_agrees_with_the_publishers(weights: Path, pictures: list[Image]) -> None:
    """From picture to boxes, on ONNX Runtime as the publisher runs it: what one finds, but for what is hardly above the
    score, the other finds in the same place, as sure to .04.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
    things = 0
    for picture, found in zip(pictures, open_detector(weights, score=0.25)(pictures), strict=True):
        pixels, ratio = preproc(picture)
        expected = reference(session.run(None, {"images": pixels[None]})[0][0], ratio, 0.25)
        for mine, others in ((list(_rows(found)), expected), (expected, list(_rows(found)))):
            for label, score, corners in mine:
                near = [other for other in others if other[0] == label and _overlap(corners, other[2]) > 0.9]
                assert score < 0.29 or near, f"{label} {score} {corners} has no counterpart"
                assert all(abs(score - other) < 0.04 for _, other, _ in near[:1])
                things += 1
    assert things > 80


def _rows(found: Detections) -> Iterator[tuple[str, float, Floats]]:
    for label, score, corners in zip(found.labels, found.boxes.scores, found.boxes.corners, strict=True):
        yield label, float(score), corners


def test_people_are_found_in_real_pictures(weights: Path) -> None:
    (picture,) = list(frames(shared("cctv_samples") / "one-by-one-person-detection.mp4", 110, 2))[1:]
    (found,) = open_detector(weights, labels=["person"])([picture])
    assert found.labels == ("person",)
    assert found.boxes.scores[0] > 0.8


def test_of_two_classes_both_stay_and_of_one_the_better() -> None:
    said = np.zeros((84, 7), np.float32)
    for row, (right, score, classes) in enumerate(
        [(0, 0.9, (1, 0)), (0, 0.8, (1, 0)), (0, 0.7, (0, 1)), (9, 0.6, (1, 0))]
    ):
        said[row] = [4 + right - row, 4, np.log(4), np.log(4), score, *classes]  # all but the last around (32, 32)
    image = np.zeros((32, 32, 3), np.uint8)
    found = YOLOX((64, 64), classes=2).found([said], image, score=0.5, wanted=np.ones(2, bool))
    np.testing.assert_array_equal(found.classes, [0, 1, 0])
    np.testing.assert_allclose(found.boxes.scores, [0.9, 0.7, 0.6], rtol=1e-6)
    np.testing.assert_allclose(found.boxes.corners[0], [8, 8, 24, 24], atol=1e-4)


@pytest.mark.parametrize(("column", "said"), [(2, np.nan), (3, 1000), (4, 30)])
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_answers_that_are_no_boxes_are_told(column: int, said: float) -> None:
    answer = np.zeros((84, 6), np.float32)
    answer[:, 4:] = 0.9
    answer[7, 4] = 0.95
    answer[7, column] = said
    detector = NetworkDetector(lambda _: [[answer]], YOLOX((64, 64), classes=1), score=0.3, names=["can"])
    with pytest.raises(InputError, match="the network's answers are no boxes and scores; got: corners"):
        detector([np.zeros((64, 64, 3), np.uint8)])


def test_another_number_of_boxes_than_its_grids_have_is_told() -> None:
    with pytest.raises(InputError, match=r"got: 252 boxes; allowed: 84 for pictures of 64x64"):
        YOLOX((64, 64), classes=1).found(
            [np.zeros((252, 6), np.float32)], np.zeros((9, 9, 3), np.uint8), score=0.5, wanted=np.ones(1, bool)
        )


@pytest.mark.parametrize(
    ("shape", "claimed"),
    [
        ((1, 3549, 85), True),
        ((None, 3549, 6), True),
        ((1, None, 85), True),
        ((1, 3549, 5), False),
        ((1, 100, 85), False),
    ],
)
def test_the_rows_of_its_grids_are_its_mark(shape: tuple[int | None, ...], claimed: bool) -> None:
    assert claims(Signature((Port("images", (1, 3, 416, 416)),), (Port("output", shape),))) is claimed


def test_cocos_names_are_numbered_in_two_ways() -> None:
    assert (len(COCO), len(set(COCO)), COCO[0], COCO[79]) == (80, 80, "person", "toothbrush")
    assert [COCO_NUMBERED.index(name) for name in ("person", "stop sign", "bottle", "toothbrush")] == [1, 13, 44, 90]
    assert tuple(name for name in COCO_NUMBERED if name) == COCO


def test_the_published_network_may_lie_in_either_export() -> None:
    published = PUBLISHED["yolox-nano"]
    assert [source.name for source in (published.weights, *published.copies)] == [
        "yolox_nano.onnx",
        "yolox_nano_coco.onnx",
    ]
