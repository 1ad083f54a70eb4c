"""Files, and what stands where a camera should be; live cameras have a file of their own."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aisle.core import AisleError, Frame, InputError, UsageError, VideoInfo
from aisle.media import Reader, fit
from aisle.media.camera import Camera, CameraState
from aisle.media.limits import Limits
from servers import Shop, serving
from videos import make_video, number_of

RATE = Fraction(25)
LONG = Fraction(60)
"""Seconds of pictures that may wait where a test means none to be dropped."""


def small(info: VideoInfo) -> tuple[int, int]:
    return fit(info.width, info.height, short_side=24, multiple=8)


def same(got: list[Frame], wanted: list[Frame]) -> bool:
    return [frame.time for frame in got] == [frame.time for frame in wanted] and all(
        np.array_equal(frame.image, other.image) for frame, other in zip(got, wanted, strict=True)
    )


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("camera") / "v.mp4", 45, Fraction(30))


@pytest.mark.parametrize("realtime", [False, True])
def test_a_file_comes_as_the_reader_gives_it(video: Path, realtime: bool) -> None:
    with Reader(video, size=(32, 24), rate=RATE) as reader:
        wanted = list(reader)
    told: list[CameraState] = []
    with Camera(str(video), rate=RATE, size=small, realtime=realtime, lag=LONG, listener=told.append) as camera:
        got = list(camera)
        assert same(got, wanted)
        assert camera.dropped == 0
        assert camera.clock is None
        assert camera.info is not None
        assert (camera.info.width, camera.info.height) == (64, 48)
    assert [state.kind for state in told] == ["connecting", "live", "ended"]


def test_a_file_as_fast_as_it_is_taken_never_drops(video: Path) -> None:
    with Camera(str(video), rate=RATE, realtime=False, lag=Fraction(3, 25)) as camera:
        frames = []
        for frame in camera:
            assert camera.lag < Fraction(3, 25)
            frames.append(number_of(frame.image))
        assert len(frames) == 38
        assert camera.dropped == 0


def test_whoever_does_not_take_pictures_in_time_gets_the_freshest(video: Path) -> None:
    ended = threading.Event()
    with Camera(
        str(video),
        rate=RATE,
        lag=Fraction(3, 25),
        listener=lambda state: ended.set() if state.kind == "ended" else None,
    ) as camera:
        assert ended.wait(timeout=60)
        assert [frame.time * RATE for frame in camera] == [36, 37], "of 38 pictures, 12 times 3 were given up"
        assert camera.dropped == 36


def test_evidence_of_a_file_can_be_had_at_any_time(video: Path, tmp_path: Path) -> None:
    with Camera(str(video), rate=RATE, realtime=False, lag=Fraction(3, 25)) as camera:
        next(iter(camera))
        before = camera.evidence(Fraction(12, 30), Fraction(20, 30), tmp_path / "before.mp4")
        list(camera)
        after = camera.evidence(Fraction(12, 30), Fraction(20, 30), tmp_path / "after.mp4")
    assert before == after
    assert before[0] == Fraction(12, 30)
    for name in ("before.mp4", "after.mp4"):
        with Reader(tmp_path / name) as reader:
            assert [number_of(frame.image) for frame in reader][:8] == list(range(12, 20))


def test_evidence_that_cannot_be_is_told(video: Path, tmp_path: Path) -> None:
    with Camera(str(video), rate=RATE, realtime=False) as camera:
        next(iter(camera))
        with pytest.raises(UsageError, match="starts at or after 0"):
            camera.evidence(Fraction(2), Fraction(1), tmp_path / "out.mp4")
        with pytest.raises(InputError, match="no pictures of this time"):
            camera.evidence(Fraction(7), Fraction(8), tmp_path / "out.mp4")
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(AisleError, match="cannot write"):
            camera.evidence(Fraction(0), Fraction(1), tmp_path / "file" / "out.mp4")
    with pytest.raises(InputError, match="gone"):
        camera.evidence(Fraction(0), Fraction(1), tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_the_latest_picture_is_a_jpeg_that_fits_a_wall(tmp_path: Path) -> None:
    wide = make_video(tmp_path / "wide.mp4", [np.full((90, 1600, 3), 200, np.uint8)] * 3)
    with Camera(str(wide), rate=RATE, realtime=False) as camera:
        list(camera)
        (tmp_path / "wall.jpg").write_bytes(camera.picture() or b"")
    with Image.open(tmp_path / "wall.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (640, 36))
    assert camera.picture() is None


def test_a_file_behind_http_ends_as_files_do(video: Path, tmp_path: Path) -> None:
    with (
        serving(Shop({"/v.mp4": video.read_bytes()})) as shop,
        Camera(f"{shop.url}/v.mp4", rate=RATE, realtime=False, lag=Fraction(3, 25)) as camera,
    ):
        assert len(list(camera)) == 38
        camera.evidence(Fraction(12, 30), Fraction(20, 30), tmp_path / "out.mp4")
    with Reader(tmp_path / "out.mp4") as reader:
        assert [number_of(frame.image) for frame in reader][:8] == list(range(12, 20))


def test_what_is_no_video_ends_the_loop_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video at all")
    for name, reason in (("text.mp4", "not a video"), ("missing.mp4", "no such file")):
        with Camera(str(tmp_path / name), rate=RATE) as camera, pytest.raises(InputError, match=reason):
            list(camera)


def test_limits_hold(video: Path) -> None:
    with Camera(str(video), rate=RATE, limits=Limits(pixels=1000)) as camera, pytest.raises(InputError, match="larger"):
        list(camera)


def test_a_wrong_size_ends_the_loop(video: Path) -> None:
    with Camera(str(video), rate=RATE, size=lambda _: (0, 5)) as camera, pytest.raises(UsageError, match="size"):
        list(camera)


def test_a_webcam_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match=r"no such webcam.*/dev/video63"), Camera("63", rate=RATE):
        pass


@pytest.mark.parametrize("address", ["ftp://user:secret@host/v", "file:///etc/passwd", "concat://a|b"])
def test_other_kinds_of_addresses_are_refused(address: str) -> None:
    with pytest.raises(UsageError, match="unknown kind of address") as refused, Camera(address, rate=RATE):
        pass
    assert "secret" not in str(refused.value)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(UsageError, match="positive"):
        Camera("0", rate=Fraction(0))
