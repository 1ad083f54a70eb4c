from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Canvas

from aisle.analysis.object_summary import tallies
from aisle.analysis.observe import LONGEST, observe
from aisle.core import Frame, InputError
from aisle.core.boxes import Boxes
from aisle.core.detections import Detections, Masks, Observation
from aisle.core.observed import Observed
from aisle.core.video import Image
from aisle.deploy.object_detectors import open_detector
from aisle.media.read import Reader
from aisle.objects.detector import ObjectDetector
from aisle.objects.observer import Observer
from squares import crossing, picture, write_square_detector
from videos import make_video


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> ObjectDetector:
    return open_detector(write_square_detector(tmp_path_factory.mktemp("detector") / "squares.onnx"))


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 30 a second in which two squares pass each other."""
    return make_video(tmp_path_factory.mktemp("video") / "squares.mp4", crossing(60))


def _told(observed: Observed) -> list[object]:
    return [
        (look.time, look.found.tracks.tolist(), look.found.boxes.corners.tolist()) for look in observed.observations
    ]


def test_a_video_is_looked_at_five_times_a_second(video: Path, detector: ObjectDetector) -> None:
    heard: list[float] = []
    observed = observe(video, Observer(detector, batch=4), progress=lambda done, _: heard.append(done))
    assert [look.time for look in observed.observations] == [Fraction(number, 5) for number in range(10)]
    assert [look.frame for look in observed.observations] == list(range(0, 60, 6))
    assert [look.found.tracks.tolist() for look in observed.observations[1:]] == [[1, 2]] * 9
    assert np.allclose(observed.observations[5].found.boxes.corners, [[34, 20, 58, 44], [70, 50, 94, 74]], atol=2.5)
    assert (observed.info.width, observed.duration, observed.skipped) == (128, Fraction(2), ())
    assert heard == sorted(heard)
    assert heard[-1] == 2


def test_between_the_looks_all_is_where_it_was(video: Path, detector: ObjectDetector) -> None:
    frames = {look.frame: look for look in observe(video, Observer(detector)).frames()}
    assert sorted(frames) == list(range(60))
    for number in range(6, 54):
        lefts = dict(zip(frames[number].found.tracks.tolist(), frames[number].found.boxes.corners[:, 0], strict=True))
        assert lefts[1] == pytest.approx(4 + number, abs=3)
        assert lefts[2] == pytest.approx(100 - number, abs=3)


def test_a_camera_sees_what_a_file_holds(video: Path, detector: ObjectDetector) -> None:
    observer = Observer(detector)
    looks: list[Observation] = []
    with Reader(video, rate=Fraction(5)) as reader:
        for number, frame in enumerate(reader):
            looks += observer.push(Frame(frame.time, frame.image), 6 * number)
    assert _told(observe(video, Observer(detector, batch=7))) == [
        (look.time, look.found.tracks.tolist(), look.found.boxes.corners.tolist()) for look in looks
    ]


def test_a_video_without_anybody_is_an_answer(tmp_path: Path, detector: ObjectDetector) -> None:
    path = make_video(tmp_path / "empty.mp4", [picture()] * 30)
    observed = observe(path, Observer(detector))
    assert len(observed.observations) == 5
    assert tallies(observed) == ()


def test_a_picture_is_one_look(tmp_path: Path, detector: ObjectDetector) -> None:
    Canvas.fromarray(picture((10, 10))).save(tmp_path / "still.png")
    (look,) = observe(tmp_path / "still.png", Observer(detector)).observations
    assert look.found.labels == ("person",)


def test_a_large_picture_is_looked_at_smaller_and_told_in_its_own_pixels(
    tmp_path: Path, detector: ObjectDetector
) -> None:
    sizes: list[tuple[int, ...]] = []

    class Watching:
        labels = detector.labels

        def __call__(self, images: Sequence[Image]) -> list[Detections]:
            sizes.extend(image.shape for image in images)
            return detector(images)

    Canvas.fromarray(picture((2000, 1000), width=3840, height=2160, side=600)).save(tmp_path / "large.png")
    (look,) = observe(tmp_path / "large.png", Observer(Watching())).observations
    assert sizes == [(1080, LONGEST, 3)]
    assert (look.width, look.height) == (3840, 2160)
    assert np.allclose(look.found.boxes.corners, [[2000, 1000, 2600, 1600]], atol=60)


def test_masks_are_forgotten_but_for_their_areas(video: Path, detector: ObjectDetector) -> None:
    def masks(image: Image, boxes: Boxes) -> Masks:
        return np.stack([image[..., channel] > 100 for channel in range(len(boxes))])

    forgotten = observe(video, Observer(detector, masks=masks)).observations
    kept = observe(video, Observer(detector, masks=masks), masks=True).observations
    assert all(look.found.masks is None for look in forgotten)
    assert all(look.found.masks is not None for look in kept)
    assert [look.mask_percent().tolist() for look in forgotten] == [look.mask_percent().tolist() for look in kept]
    assert forgotten[0].mask_percent() == pytest.approx([100 * 24 * 24 / (128 * 96)] * 2, rel=0.1)


def test_what_cannot_be_read_is_told(tmp_path: Path, detector: ObjectDetector) -> None:
    whole = make_video(tmp_path / "whole.mkv", crossing(90, step=1), options={"g": "15", "crf": "18"})
    data = bytearray(whole.read_bytes())
    data[len(data) // 3 : len(data) * 2 // 3] = bytes(len(data) * 2 // 3 - len(data) // 3)
    (tmp_path / "torn.mkv").write_bytes(data)
    observed = observe(tmp_path / "torn.mkv", Observer(detector))
    assert observed.skipped
    for gap in observed.skipped:
        assert not [look for look in observed.observations if gap.start <= look.time < gap.end]
    assert observed.observations
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(InputError):
        observe(tmp_path / "text.mp4", Observer(detector))


def test_things_are_counted(video: Path, detector: ObjectDetector) -> None:
    (people,) = tallies(observe(video, Observer(detector)))
    assert (people.label, people.followed, people.most, people.looks) == ("person", 2, 2, 10)
    assert (people.first, people.last) == (Fraction(0), Fraction(9, 5))
