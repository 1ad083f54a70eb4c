from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import Frame, InputError, Segment, Timeline, UsageError
from aisle.core.boxes import Boxes
from aisle.media import Reader
from aisle.media.apart import Apart
from aisle.media.blur import BlurredAnnotate, blurred, find_cover
from aisle.media.limits import UNLIMITED
from videos import heard_clicks, make_video, number_of, numbered, streams_of

WIDTH, HEIGHT = 320, 240
NUMBER = (slice(96, 144), slice(128, 192))  # rows and columns of what is to be hidden: the number of the picture
APPEARS = 2  # seconds; the mark that the finder below looks for is there from then on
TIMELINE = Timeline(Fraction(4), (Segment(Fraction(0), Fraction(4), "Walk", 0.5),))


def scene(number: int, marked: bool) -> np.ndarray:
    """A picture with its number in the middle and in the upper part; a red mark says that it can be found."""
    image = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    image[:48] = numbered(number, WIDTH, 48)
    image[NUMBER] = numbered(number)
    if marked:
        image[180:200, 20:60] = (230, 20, 20)
    return image


def find_marked(frames: Iterable[Frame]) -> Iterator[Boxes]:
    """The number, in pictures with the red mark only: as a detector that sees a person late."""
    for frame in frames:
        height, width, _ = frame.image.shape
        mark = frame.image[height * 3 // 4 : height * 5 // 6, width // 16 : width * 3 // 16].astype(int)
        there = mark[..., 0].mean() > 180 and mark[..., 1].mean() < 80
        corners = np.array([[0.38, 0.38, 0.62, 0.62]], np.float32) * np.float32([width, height, width, height])
        yield Boxes(corners, np.ones(1, np.float32)) if there else Boxes.joined()


def find_nothing(frames: Iterable[Frame]) -> Iterator[Boxes]:
    return (Boxes.joined() for _ in frames)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    pictures = [scene(k * 31 % 4096, marked=k >= APPEARS * 30) for k in range(120)]
    return make_video(tmp_path / "source.mp4", pictures, sound="aac", clicks=[1.5])


def told(path: Path) -> list[tuple[float, bool, bool]]:
    """Of each picture its time, whether its number can be read in the middle, and whether in the upper part."""
    rows = []
    with Reader(path) as reader:
        for k, frame in enumerate(reader):
            number = k * 31 % 4096
            rows.append(
                (float(frame.time), number_of(frame.image[NUMBER]) == number, number_of(frame.image[:48]) == number)
            )
    return rows


def check_hidden(copy: Path) -> None:
    rows = told(copy)
    assert len(rows) == 120
    assert all(outside for _, _, outside in rows)
    assert all(inside for time, inside, _ in rows if time < APPEARS - 1)
    readable = [time for time, inside, _ in rows if time >= APPEARS - 1 and inside]
    assert len(readable) < 6, readable  # a few numbers are all dark or right by chance


def test_it_is_hidden_from_a_second_before_it_is_found(source: Path, tmp_path: Path) -> None:
    assert all(inside and outside for _, inside, outside in told(source))
    blurred(source, tmp_path / "copy.mp4", find_cover(source, find_marked))
    check_hidden(tmp_path / "copy.mp4")
    assert streams_of(tmp_path / "copy.mp4") == [("video", "h264"), ("audio", "aac")]
    assert heard_clicks(tmp_path / "copy.mp4") == pytest.approx([1.5], abs=0.004)


def test_an_annotated_copy_is_blurred_below_its_overlay(source: Path, tmp_path: Path) -> None:
    heard: list[tuple[float, float | None]] = []
    draw = BlurredAnnotate(find_marked)
    draw(source, TIMELINE, tmp_path / "copy.mp4", progress=lambda done, total: heard.append((done, total)))
    check_hidden(tmp_path / "copy.mp4")
    with Reader(tmp_path / "copy.mp4") as reader:
        assert next(iter(reader)).image[-30:].mean() < 80  # the panel
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert heard[-1] == (8, 8)


def test_it_is_blurred_in_another_process_as_well(source: Path, tmp_path: Path) -> None:
    with Apart(processes=1, limits=UNLIMITED) as apart:
        draw = BlurredAnnotate(find_marked, read=apart.reader, annotate=apart.annotate)
        draw(source, TIMELINE, tmp_path / "copy.mp4")
    check_hidden(tmp_path / "copy.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.mp4", "source.mp4"]


def test_a_video_in_which_nothing_is_found_stays_as_it_was(source: Path, tmp_path: Path) -> None:
    blurred(source, tmp_path / "copy.mp4", find_cover(source, find_nothing))
    assert all(inside and outside for _, inside, outside in told(tmp_path / "copy.mp4"))
    with Reader(source) as before, Reader(tmp_path / "copy.mp4") as after:
        for one, other in zip(before, after, strict=True):
            assert one.time == other.time
            assert np.abs(one.image.astype(int) - other.image).mean() < 3


def test_the_last_picture_was_looked_at(source: Path) -> None:
    cover = find_cover(source, find_nothing)
    assert cover.until == 4
    assert len(cover.regions(Fraction(119, 30))) == 0
    assert len(cover.regions(Fraction(4))) == 1


def test_large_pictures_are_looked_at_smaller(tmp_path: Path) -> None:
    sizes = []

    def find(frames: Iterable[Frame]) -> Iterator[Boxes]:
        for frame in frames:
            sizes.append(frame.image.shape[:2])
            yield Boxes(np.array([[0, 0, frame.image.shape[1] / 2, 10]], np.float32), np.ones(1, np.float32))

    path = make_video(
        tmp_path / "large.mp4", [numbered(k, 1920, 1080) for k in range(2)], options={"preset": "ultrafast"}
    )
    cover = find_cover(path, find)
    assert set(sizes) == {(720, 1280)}
    np.testing.assert_allclose(cover.tracks[0].boxes[0], [0, 0, 0.5, 10 / 720])


def test_nothing_is_left_where_the_writing_stops(source: Path, tmp_path: Path) -> None:
    def stop(done: float, total: float | None) -> None:
        if done > 1:
            raise KeyboardInterrupt(total)

    cover = find_cover(source, find_nothing)
    with pytest.raises(KeyboardInterrupt):
        blurred(source, tmp_path / "copy.mp4", cover, progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["source.mp4"]


def test_the_source_is_never_replaced(source: Path) -> None:
    with pytest.raises(UsageError, match="would replace the video itself"):
        blurred(source, source, find_cover(source, find_nothing))


def test_a_camera_cannot_be_gone_through_twice() -> None:
    with pytest.raises(UsageError, match=r"twice to blur it; got: rtsp://user:\.\.\.@camera/1; do: record it"):
        find_cover("rtsp://user:secret@camera/1", find_nothing)


def test_a_missing_source_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        find_cover(tmp_path / "nowhere.mp4", find_nothing)
