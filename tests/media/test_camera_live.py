"""What happens to cameras, with real servers: they are cut off, come back, change, fall silent, and are closed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from queue import SimpleQueue

import pytest

from aisle.core import Frame, InputError
from aisle.media import Reader
from aisle.media.camera import Camera, CameraState
from http_cameras import http_camera, multipart, silent_camera, transport
from rtsp import rtsp_camera
from servers import Shop, serving
from videos import make_video, number_of, numbered

RATE = Fraction(25)
LONG = Fraction(60)
CAMERA = {"g": "10", "sc_threshold": "0", "crf": "18", "preset": "veryfast"}
PICTURES = 200


class Told:
    """What a camera said of itself, in order."""

    def __init__(self) -> None:
        self.states: list[CameraState] = []
        self._coming: SimpleQueue[CameraState] = SimpleQueue()

    def __call__(self, state: CameraState) -> None:
        self.states.append(state)
        self._coming.put(state)

    def until(self, kind: str) -> CameraState:
        while (state := self._coming.get(timeout=30)).kind != kind:
            pass
        return state


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("live") / "v.mp4", PICTURES, RATE, options=CAMERA)


def take(frames: Iterator[Frame], count: int) -> list[tuple[int, int]]:
    """The place on the grid and the number shown, of so many frames."""
    return [(round(frame.time * RATE), number_of(frame.image)) for _, frame in zip(range(count), frames, strict=False)]


def across_gap(frames: Iterator[Frame], last: int) -> tuple[int, tuple[int, int]]:
    """After place `last` on the grid: the last place before pictures are missing, and what `take` tells of the next."""
    while (behind := take(frames, 1)[0])[0] == last + 1:
        last += 1
    return last, behind


def processes() -> set[int]:
    """The children of this process."""
    threads = Path("/proc/self/task").glob("*/children")
    return {int(pid) for children in threads for pid in children.read_text().split()}


def test_a_camera_cut_off_and_restored(video: Path, tmp_path: Path) -> None:
    told = Told()
    with rtsp_camera(video) as server, Camera(server.url, rate=RATE, lag=LONG, listener=told) as camera:
        frames = iter(camera)
        assert take(frames, 30) == [(k, k) for k in range(30)]
        told.until("live")
        assert (camera.picture() or b"")[:3] == b"\xff\xd8\xff"
        assert camera.clock is not None
        assert camera.info is not None
        assert (camera.info.codec, camera.info.width) == ("h264", 64)

        server.cut_off()
        lost = told.until("lost")
        assert lost.attempt == 1
        assert lost.reason
        assert lost.next_try is not None
        assert 1 <= lost.next_try <= 1.5
        camera.evidence(Fraction(1), Fraction(1000), tmp_path / "lost.mp4")  # does not wait for what will not come
        assert camera.picture()

        server.start()
        told.until("live")
        last, (back, number) = across_gap(frames, 29)
        assert number == 0
        assert back >= last + 25, "the axis goes on by the wall clock: at least the wait before the try"
        assert take(frames, 20) == [(back + number, number) for number in range(1, 21)]
        span = camera.evidence(Fraction(20, 25), Fraction(back + 10) / RATE, tmp_path / "both.mp4")

    with Reader(tmp_path / "lost.mp4") as reader:
        assert number_of(next(iter(reader)).image) == 20
    with Reader(tmp_path / "both.mp4") as reader:
        clip = [(frame.time, number_of(frame.image)) for frame in reader]
    assert clip[0] == (0, 20)
    assert span[0] == Fraction(20, 25)
    assert [number for time, number in clip if span[0] + time >= Fraction(back - 1) / RATE][:10] == list(range(10))
    assert [state.kind for state in told.states] == ["connecting", "live", "lost", "connecting", "live", "ended"]


def test_a_wrong_password_is_told_and_never_shown(video: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told = Told()
    with rtsp_camera(video, user="guard", password="right") as server:
        wrong = server.url.replace("://", "://guard:hunter2@")
        with Camera(wrong, rate=RATE, listener=told) as camera:
            lost = told.until("lost")
            assert "401" in lost.reason
            with pytest.raises(InputError) as refused:
                camera.evidence(Fraction(0), Fraction(1), video.with_name("out.mp4"))
            assert camera.picture() is None
        with Camera(server.url.replace("://", "://guard:right@"), rate=RATE) as camera:
            assert take(iter(camera), 3) == [(0, 0), (1, 1), (2, 2)]
            assert camera.info is not None
            shown = camera.source + camera.info.path
    assert "hunter2" not in str(told.states) + str(refused.value) + str(capfd.readouterr())
    assert "right" not in shown


def test_a_camera_that_says_nothing_is_lost_after_the_time_that_was_stated() -> None:
    told = Told()
    with silent_camera() as url, Camera(url, rate=RATE, patience=0.5, listener=told):
        assert told.until("lost").reason == "it sent nothing for 0.5 s"


def test_what_is_no_video_is_told_and_no_file_is_sent_as_one(tmp_path: Path) -> None:
    here = make_video(tmp_path / "here.ts", 30)
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.0,\nfile://{here}\n#EXT-X-ENDLIST\n"
    with serving(Shop({"/text": b"no video " * 999, "/list.m3u8": playlist.encode()})) as shop:
        for path, reason in (("/text", "no video"), ("/nothing", "404 Not Found"), ("/list.m3u8", "")):
            told = Told()
            with Camera(f"{shop.url}{path}", rate=RATE, patience=2, listener=told):
                assert reason in told.until("lost").reason


def test_a_camera_that_falls_silent_is_lost(video: Path) -> None:
    told = Told()
    with rtsp_camera(video) as server, Camera(server.url, rate=RATE, patience=1, listener=told) as camera:
        take(iter(camera), 5)
        server.freeze()
        assert told.until("lost").reason == "it sent nothing for 1 s"


def test_a_camera_may_come_back_with_other_pictures(video: Path, tmp_path: Path) -> None:
    larger = [numbered(number, 128, 96) for number in range(PICTURES)]
    other = make_video(tmp_path / "large.mp4", larger, RATE, options=CAMERA)
    told = Told()
    with rtsp_camera(video) as server, Camera(server.url, rate=RATE, lag=LONG, listener=told) as camera:
        frames = iter(camera)
        take(frames, 12)
        server.cut_off()
        told.until("lost")
        server.show(other)
        server.start()
        told.until("live")
        first = next(frame for frame in frames if frame.image.shape == (96, 128, 3))
        assert number_of(first.image) == 0
        take(frames, 30)
        span = camera.evidence(Fraction(0), first.time + 1, tmp_path / "out.mp4")
    assert first.time - 1 / RATE <= span[0] <= first.time, "the longer part"
    with Reader(tmp_path / "out.mp4") as reader:
        assert reader.info.width == 128
        assert [number_of(frame.image) for frame in reader][:25] == list(range(25))


def _live(camera: Camera, told: Told) -> None:
    told.until("live")
    next(iter(camera))


@pytest.mark.parametrize(
    "moment",
    [lambda _, told: told.until("connecting"), _live, lambda _, told: told.until("lost")],
    ids=["connecting", "live", "lost"],
)
def test_closing_ends_everything_at_any_moment(video: Path, moment: Callable[[Camera, Told], object]) -> None:
    told, threads, children = Told(), threading.active_count(), processes()
    with rtsp_camera(video) as server, silent_camera() as silent:
        url = server.url if moment is _live else silent
        with_patience = 0.3 if "lost" in str(moment.__code__.co_consts) else 10.0
        with Camera(url, rate=RATE, patience=with_patience, listener=told) as camera:
            moment(camera, told)
            ended: list[None] = []
            loop = threading.Thread(target=lambda: ended.extend(None for _ in camera))
            loop.start()
            camera.close()
            loop.join()
    assert threading.active_count() == threads
    assert processes() == children


def _child() -> int:
    """The process of the only camera."""
    found = [pid for pid in processes() if b"_child" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(("blow", "reason"), [(signal.SIGKILL, "died"), (signal.SIGSTOP, "hung")])
def test_a_process_that_dies_or_hangs_is_replaced(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blow: signal.Signals, reason: str
) -> None:
    monkeypatch.setattr("aisle.media.camera._HUNG", 0.5)
    told = Told()
    with rtsp_camera(video) as server, Camera(server.url, rate=RATE, patience=1, listener=told) as camera:
        frames = iter(camera)
        assert take(frames, 10) == [(k, k) for k in range(10)]
        told.until("live")
        os.kill(_child(), blow)
        assert told.until("lost").reason == f"its process {reason} and is replaced"
        assert camera.picture() is None
        told.until("live")
        last, (back, number) = across_gap(frames, 9)
        assert number == 0
        assert back >= last + 25, "the new process goes on on the same axis"
        assert take(frames, 10) == [(back + number, number) for number in range(1, 11)]
        with pytest.raises(InputError, match="no pictures of this time"):
            camera.evidence(Fraction(0), Fraction(8, 25), tmp_path / "out.mp4")


def test_motion_jpeg_over_http(tmp_path: Path) -> None:
    with http_camera(*multipart(1000, 25)) as url, Camera(url, rate=RATE, lag=LONG) as camera:
        frames = take(iter(camera), 50)
        span = camera.evidence(Fraction(10, 25), Fraction(30, 25), tmp_path / "out.mp4")
    numbers = [number for _, number in frames]
    assert numbers == sorted(numbers)
    assert numbers[-1] - numbers[0] >= 40, "as many as came, within what the clock of the test lets through"
    with Reader(tmp_path / "out.mp4") as reader:
        clip = [number_of(frame.image) for frame in reader]
        assert reader.info.codec == "h264"
    assert clip == list(range(clip[0], clip[0] + len(clip)))
    assert span[0] <= Fraction(12, 25)


def test_a_transport_stream_over_http(tmp_path: Path) -> None:
    stream = make_video(tmp_path / "v.ts", PICTURES, RATE, options=CAMERA, sound="aac")
    with http_camera(*transport(stream, PICTURES / 25, 400)) as url, Camera(url, rate=RATE, lag=LONG) as camera:
        frames = take(iter(camera), 60)
        first = frames[0][1]
        assert frames == [(k, first + k) for k in range(60)]
        camera.evidence(Fraction(20, 25), Fraction(1), tmp_path / "out.mp4")
    with Reader(tmp_path / "out.mp4") as reader:
        clip = [number_of(frame.image) for frame in reader]
    assert clip[0] <= first + 20
    assert clip == list(range(clip[0], clip[0] + len(clip)))


def test_finished_it_gives_no_pictures_and_still_its_evidence(video: Path, tmp_path: Path) -> None:
    with rtsp_camera(video) as server, Camera(server.url, rate=RATE, lag=LONG) as camera:
        frames = iter(camera)
        take(frames, 40)
        camera.finish()
        assert next(frames, None) is None
        start, end = camera.evidence(Fraction(1, 5), Fraction(1), tmp_path / "clip.mp4")
        assert start <= Fraction(1, 5) < 1 <= end
    with Reader(tmp_path / "clip.mp4") as reader:
        assert len(list(reader)) >= 20
