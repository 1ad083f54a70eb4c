from __future__ import annotations

import http.server
import itertools
import threading
import weakref
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Stills

from aisle.core import Frame, InputError, UsageError
from aisle.media import Reader
from aisle.media.read import resample
from videos import Picture, make_video, number_of, quarters

NTSC = Fraction(30_000, 1001)


def read(path: Path, **asked: object) -> list[Frame]:
    with Reader(path, **asked) as reader:
        return list(reader)


def shown(path: Path, **asked: object) -> list[tuple[Fraction, int]]:
    return [(frame.time, number_of(frame.image)) for frame in read(path, **asked)]


@pytest.mark.parametrize("suffix", ["mp4", "ts", "avi", "mov"])
@pytest.mark.parametrize("rate", [Fraction(25), NTSC])
def test_every_picture_comes_at_its_own_exact_time(tmp_path: Path, suffix: str, rate: Fraction) -> None:
    codec = "mpeg4" if suffix == "avi" else "libx264"
    path = make_video(tmp_path / f"video.{suffix}", 40, rate, codec=codec)
    with Reader(path) as reader:
        frames = [(frame.time, number_of(frame.image)) for frame in reader]
    assert frames == [(number / rate, number) for number in range(40)]
    assert reader.duration == 40 / rate
    assert reader.skipped == ()
    assert reader.decode_s > 0


FORMATS = [
    ("h264.mp4", "libx264", "yuv420p"),
    ("h264-10-bit.mp4", "libx264", "yuv420p10le"),
    ("h264-444.mkv", "libx264", "yuv444p"),
    ("h264-full-range.mp4", "libx264", "yuvj420p"),
    ("h264-grey.mp4", "libx264", "gray"),
    ("h265-10-bit.mp4", "libx265", "yuv420p10le"),
    ("vp9.webm", "libvpx-vp9", "yuv420p"),
    ("mjpeg.avi", "mjpeg", "yuvj420p"),
    ("grey.mkv", "ffv1", "gray"),
    ("grey-16-bit.mkv", "ffv1", "gray16le"),
    ("alpha.mov", "qtrle", "argb"),
    ("alpha.mkv", "ffv1", "bgra"),
    ("rgb.mkv", "libx264rgb", "rgb24"),
    ("planar-rgb.mkv", "ffv1", "gbrp10le"),
    ("palette.gif", "gif", "rgb8"),
]
QUIET = {"libx265": {"x265-params": "log-level=none"}, "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"}}


@pytest.mark.parametrize(("name", "codec", "pixel_format"), FORMATS, ids=[name for name, _, _ in FORMATS])
def test_every_pixel_format_becomes_rgb(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    path = make_video(
        tmp_path / name, [quarters()] * 3, codec=codec, pixel_format=pixel_format, options=QUIET.get(codec, {})
    )
    frames = read(path)
    assert len(frames) == 3
    for image in (frame.image for frame in frames):
        assert image.shape == (48, 64, 3)
        assert image.dtype == np.uint8
        assert corners_differ_by(image, quarters(), grey="gray" in pixel_format) < 16


def corners_differ_by(image: Picture, wanted: Picture, *, grey: bool = False) -> float:
    """The largest difference of the mean colours in the middle of the four quarters."""
    weights = np.array([0.299, 0.587, 0.114])
    if grey:
        image, wanted = (np.repeat((picture @ weights)[..., np.newaxis], 3, axis=2) for picture in (image, wanted))
    height, width, _ = wanted.shape
    places = [
        np.s_[y + 4 : y + height // 2 - 4, x + 4 : x + width // 2 - 4]
        for y in (0, height // 2)
        for x in (0, width // 2)
    ]
    return max(float(np.abs(image[place].mean((0, 1)) - wanted[place].mean((0, 1))).max()) for place in places)


@pytest.mark.parametrize(("width", "height"), [(63, 35), (8, 8), (101, 64), (1, 1)])
def test_odd_and_tiny_sizes(tmp_path: Path, width: int, height: int) -> None:
    picture = np.full((height, width, 3), (200, 100, 50), np.uint8)
    path = make_video(tmp_path / "odd.mkv", [picture] * 10, codec="ffv1", pixel_format="bgr0", options={})
    frames = read(path)
    assert len(frames) == 10
    assert all(np.array_equal(frame.image, picture) for frame in frames)


TURNS = [
    (0, False, lambda picture: picture),
    (90, False, lambda picture: np.rot90(picture, -1)),
    (180, False, lambda picture: np.rot90(picture, 2)),
    (270, False, lambda picture: np.rot90(picture, 1)),
    (0, True, lambda picture: picture[:, ::-1]),
    (90, True, lambda picture: np.rot90(picture, -1)[:, ::-1]),
    (180, True, lambda picture: np.rot90(picture, 2)[:, ::-1]),
    (270, True, lambda picture: np.rot90(picture, 1)[:, ::-1]),
]


@pytest.mark.parametrize(("rotation", "mirrored", "turn"), TURNS)
def test_pictures_are_upright(tmp_path: Path, rotation: int, mirrored: bool, turn: object) -> None:
    path = make_video(tmp_path / "turned.mp4", [quarters()], rotation=rotation, mirrored=mirrored)
    wanted = turn(quarters())
    (frame,) = read(path)
    assert frame.image.shape == wanted.shape
    assert corners_differ_by(frame.image, wanted) < 16
    (small,) = read(path, size=(wanted.shape[1] // 2, wanted.shape[0] // 2))
    assert small.image.shape == (wanted.shape[0] // 2, wanted.shape[1] // 2, 3)
    assert corners_differ_by(small.image.repeat(2, axis=0).repeat(2, axis=1), wanted) < 16


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_stills_of_a_turned_camera(tmp_path: Path, orientation: int) -> None:
    exif = Stills.Exif()
    exif[0x112] = orientation
    Stills.fromarray(quarters()).save(tmp_path / "still.jpg", exif=exif, quality=95)
    turn = {1: 0, 3: 2, 6: -1, 8: 1}[orientation]
    (frame,) = read(tmp_path / "still.jpg")
    assert corners_differ_by(frame.image, np.rot90(quarters(), turn)) < 16


def test_scaling_averages_what_it_covers(tmp_path: Path) -> None:
    fine = np.zeros((64, 64, 3), np.uint8)
    fine[:, ::2] = 200
    path = make_video(tmp_path / "fine.mkv", [fine], codec="ffv1", pixel_format="bgr0", options={})
    (frame,) = read(path, size=(16, 16))
    assert np.abs(frame.image.astype(int) - 100).max() <= 2


def test_pixels_that_are_not_square_become_square(tmp_path: Path) -> None:
    (frame,) = read(make_video(tmp_path / "wide.mp4", [quarters()], pixel_aspect=Fraction(3, 2)))
    assert frame.image.shape == (48, 96, 3)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_an_8k_still_is_a_video_of_one_frame(tmp_path: Path, suffix: str) -> None:
    Stills.fromarray(quarters(7680, 4320)).save(
        tmp_path / f"still.{suffix}", **({"compress_level": 1} if suffix == "png" else {})
    )
    (frame,) = read(tmp_path / f"still.{suffix}", rate=Fraction(25))
    assert frame.time == 0
    assert frame.image.shape == (4320, 7680, 3)


@pytest.mark.parametrize("rate", [Fraction(5), Fraction(25), NTSC, Fraction(30), Fraction(47), Fraction(60)])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_another_rate_shows_what_is_on_screen(tmp_path: Path, rate: Fraction, suffix: str) -> None:
    path = make_video(tmp_path / f"video.{suffix}", 30)
    wanted = [(number / rate, int(number / rate * 30)) for number in range(int(rate) + 1) if number / rate < 1]
    assert shown(path, rate=rate) == wanted


def test_matroska_at_its_own_rate_gives_every_picture_once(tmp_path: Path) -> None:
    path = make_video(tmp_path / "rounded.mkv", 90, NTSC)
    assert [number for _, number in shown(path, rate=NTSC)] == list(range(90))


TIMES = [Fraction(tick, 90_000) for tick in (0, 3000, 4500, 90_000, 93_001, 94_000, 180_017)]


@pytest.mark.parametrize("suffix", ["mp4", "ts"])
def test_a_variable_rate(tmp_path: Path, suffix: str) -> None:
    path = make_video(tmp_path / f"variable.{suffix}", len(TIMES), times=TIMES)
    assert shown(path) == list(zip(TIMES, range(len(TIMES)), strict=True))
    numbers = [0] + [2] * 9 + [3] + [5] * 10
    assert shown(path, rate=Fraction(10)) == [(Fraction(index, 10), number) for index, number in enumerate(numbers)]


def test_a_picture_that_stays_is_converted_once(tmp_path: Path) -> None:
    frames = read(make_video(tmp_path / "slow.mp4", 5, Fraction(2)), rate=Fraction(8))
    assert [frame.time for frame in frames] == [Fraction(number, 8) for number in range(20)]
    assert len({id(frame.image) for frame in frames}) == 5


def on_screen(times: list[Fraction], end: Fraction, time: Fraction) -> int | None:
    """The slow and obvious answer: the last picture that came at or before `time`."""
    return max([0, *(index for index, begin in enumerate(times) if begin <= time)]) if time < end else None


fractions = partial(st.fractions, max_denominator=1001)
steps = st.lists(fractions(Fraction(1, 100), 2), min_size=1, max_size=12)


@settings(deadline=None)
@given(fractions(0, 1), steps, fractions(Fraction(1, 2), 60), fractions(0, 5), st.none() | fractions(Fraction(1, 9), 9))
def test_resampling_agrees_with_the_slow_way(
    first: Fraction, steps: list[Fraction], rate: Fraction, start: Fraction, length: Fraction | None
) -> None:
    times = [first + sum(steps[:index]) for index in range(len(steps))]
    gone = first + sum(steps)
    end = None if length is None else start + length
    pictures = zip(range(len(times)), [*times[1:], gone], strict=True)
    got = [(number, picture) for picture, run in resample(pictures, rate, start=start, end=end) for number in run]
    asked = [
        number
        for number in range(int(gone * rate) + 2)
        if start <= number / rate and (end is None or number / rate < end)
    ]
    wanted = [(number, on_screen(times, gone, number / rate)) for number in asked]
    assert got == [(number, picture) for number, picture in wanted if picture is not None]


@pytest.fixture(scope="module")
def variable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    times = np.cumsum(np.random.default_rng(5).integers(1000, 9000, 60))
    folder = tmp_path_factory.mktemp("variable")
    return make_video(folder / "variable.mp4", 60, times=[Fraction(int(time), 90_000) for time in times - times[0]])


@settings(deadline=None, max_examples=60)
@given(st.none() | fractions(1, 40), fractions(0, 4), st.none() | fractions(Fraction(1, 9), 4))
def test_a_part_is_what_the_whole_has_there(
    variable: Path, rate: Fraction | None, start: Fraction, length: Fraction | None
) -> None:
    end = None if length is None else start + length
    part = shown(variable, rate=rate, start=start, end=end)
    assert part == [
        (time, n) for time, n in shown(variable, rate=rate) if start <= time and (end is None or time < end)
    ]


@pytest.mark.parametrize("name", ["video.mp4", "video.mkv", "video.ts", "video.avi", "video.flv", "video.h264"])
def test_a_part_from_every_container(tmp_path: Path, name: str) -> None:
    path = make_video(tmp_path / name, 120, codec="mpeg4" if name.endswith("avi") else "libx264")
    whole = shown(path)
    assert [number for _, number in whole] == list(range(120))
    for start in (Fraction(1, 7), Fraction(2), Fraction(7, 2), Fraction(9)):
        assert shown(path, start=start) == [(time, number) for time, number in whole if time >= start]


def test_stamps_that_jump_back_go_on_from_where_they_were(tmp_path: Path) -> None:
    one = make_video(tmp_path / "one.ts", 30)
    (tmp_path / "two.ts").write_bytes(one.read_bytes() * 2)
    frames = shown(tmp_path / "two.ts")
    assert [number for _, number in frames] == [*range(30), *range(30)]
    assert all(before < after for (before, _), (after, _) in itertools.pairwise(frames))


def test_avi_with_reordered_pictures(tmp_path: Path) -> None:
    path = make_video(tmp_path / "video.avi", 60)
    assert shown(path) == [(Fraction(number, 30), number) for number in range(60)]


def test_leaving_early_closes_the_file(tmp_path: Path) -> None:
    path = make_video(tmp_path / "video.mp4", 90)
    with Reader(path) as reader:
        first = next(iter(reader))
        assert open_handles(path) == 1
    assert number_of(first.image) == 0
    assert open_handles(path) == 0
    assert list(reader) == []


def test_an_error_in_the_loop_closes_the_file(tmp_path: Path) -> None:
    path = make_video(tmp_path / "video.mp4", 90)
    with pytest.raises(ZeroDivisionError), Reader(path) as reader:
        fail_on(reader)
    assert open_handles(path) == 0


def fail_on(frames: Reader) -> None:
    for frame in frames:
        _ = 1 // frame.time.numerator


def open_handles(path: Path) -> int:
    handles = Path("/proc/self/fd")
    if not handles.is_dir():
        pytest.skip("this system does not list open files in /proc")
    return sum(handle.resolve() == path.resolve() for handle in handles.iterdir())


def test_frames_are_not_kept(tmp_path: Path) -> None:
    alive: list[weakref.ref[Picture]] = []
    most = 0
    with Reader(make_video(tmp_path / "long.mp4", 300)) as reader:
        for frame in reader:
            alive = [reference for reference in alive if reference() is not None] + [weakref.ref(frame.image)]
            most = max(most, len(alive))
    assert most <= 2


def test_frames_stay_as_they_were(tmp_path: Path) -> None:
    path = make_video(tmp_path / "lossless.mkv", 40, codec="libx264rgb", pixel_format="rgb24")
    assert [number_of(frame.image) for frame in read(path)] == list(range(40))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_address(tmp_path: Path, served: str) -> None:
    make_video(tmp_path / "video.mp4", 30, container={"movflags": "+faststart"})
    with Reader(f"{served}/video.mp4", rate=Fraction(10)) as reader:
        assert [number_of(frame.image) for frame in reader] == list(range(0, 30, 3))
    with pytest.raises(InputError, match="the address cannot be opened"), Reader(f"{served}/missing.mp4"):
        pass


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"size": (0, 4)}, "0x4"),
        ({"rate": Fraction(0)}, "rate is positive; got: 0"),
        ({"rate": Fraction(-1)}, "rate is positive; got: -1"),
        ({"start": Fraction(-1)}, "-1"),
        ({"start": Fraction(2), "end": Fraction(2)}, "2, 2"),
    ],
)
def test_wrong_arguments(tmp_path: Path, asked: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Reader(tmp_path / "video.mp4", **asked)


def test_a_reader_must_be_opened(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the reader is not open"):
        list(Reader(tmp_path / "video.mp4"))
