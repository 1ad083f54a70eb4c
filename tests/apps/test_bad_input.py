"""Every bad input gets one line that says what, got and what to do; the other inputs of the same call still run."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from videos import make_sound, make_video, numbered

from .conftest import Run

Make = Callable[[Path], Path]


def cut(path: Path, share: float, **settings: object) -> Path:
    """The first `share` of a video of ten seconds."""
    pictures = (numbered(number, 160, 120) for number in range(300))
    whole = make_video(path.with_stem("whole"), pictures, **settings).read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


def text(path: Path) -> Path:
    path.write_text("two teas, one coffee\n" * 50)
    return path


def empty(path: Path) -> Path:
    path.touch()
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def unknown_codec(path: Path) -> Path:
    path.write_bytes(make_video(path, 10).read_bytes().replace(b"avc1", b"zzzz"))
    return path


def strip(path: Path) -> Path:
    return make_video(path, [numbered(number, 2000, 20) for number in range(3)])


INDEX_FIRST = {"movflags": "+faststart"}

UNUSABLE: dict[str, tuple[Make, str]] = {
    "missing.mp4": (lambda path: path, "there is no such file; got: {}: No such file or directory; do: check the path"),
    "folder.mp4": (folder, "a folder is not a video; got: {}; allowed: a video file; do: name the files in it"),
    "empty.mp4": (empty, "the file is empty; got: {}; allowed: a video file; do: copy or record it again"),
    "text.mp4": (text, "this is not a video that can be read; got: {}: Invalid data"),
    "no-index.mp4": (
        partial(cut, share=0.5),
        "the video is cut off: its index (moov) is missing or incomplete; got: {}",
    ),
    "half-index.mp4": (
        partial(cut, share=0.98),
        "the video is cut off: its index (moov) is missing or incomplete; got",
    ),
    "sound.mp4": (make_sound, "the file has no pictures to analyse; got: {}: sound; allowed: a video stream"),
    "codec.mp4": (unknown_codec, "the codec of the pictures is unknown; got: {}; allowed: H.264"),
    "strip.mp4": (strip, "the picture is too narrow for kinetics-i3d, which takes the whole of it; got: {}: 2000x20"),
}


def test_each_is_told_in_one_line_and_the_others_run(aisle: Run, clip: Path, tmp_path: Path) -> None:
    videos = [make(tmp_path / name) for name, (make, _) in UNUSABLE.items()]
    done = aisle("classify", "--json", *videos, clip)
    assert done.code == 1
    assert [each["video"] for each in json.loads(done.out)] == [str(clip)]
    wanted = [f"error: {said.format(video)}" for video, (_, said) in zip(videos, UNUSABLE.values(), strict=True)]
    lines = done.err.splitlines()
    assert [line[: len(start)] for line, start in zip(lines, wanted, strict=True)] == wanted


def test_analyze_goes_on_too(aisle: Run, clip: Path, tmp_path: Path) -> None:
    done = aisle("analyze", tmp_path / "missing.mp4", clip, "--out", tmp_path / "out")
    assert (done.code, len(done.errors)) == (1, 1)
    assert (tmp_path / "out" / "clip.html").is_file()


CUT_OFF: dict[str, Make] = {
    "cut.mp4": partial(cut, share=0.6, container=INDEX_FIRST),
    "cut.mkv": partial(cut, share=0.5),
    "cut.ts": partial(cut, share=0.5),
}


@pytest.mark.parametrize("name", CUT_OFF)
def test_what_is_left_of_a_video_is_analysed(aisle: Run, tmp_path: Path, name: str) -> None:
    video = CUT_OFF[name](tmp_path / name)
    done = aisle("classify", "--json", video)
    assert done.code == 0
    (record,) = json.loads(done.out)
    assert 2 < record["duration_s"] < 9
    if name != "cut.ts":  # which claims nothing
        (lost,) = record["skipped"]
        assert lost["end_s"] == pytest.approx(10, abs=0.1)
        assert f"{video}: not analysed from 0:00:0" in done.err
        assert "the file is cut off, though it claims to last 0:00:10" in done.err


SMALL_AND_LARGE: dict[str, Make] = {
    "one.mp4": partial(make_video, pictures=1),
    "ten.mp4": partial(make_video, pictures=10),
    "8x8.mp4": lambda path: make_video(path, [numbered(number, 8, 8) for number in range(10)]),
    "8k.mp4": lambda path: make_video(path, [numbered(5, 7680, 4320)]),
    "8k.png": lambda path: make_video(path, [numbered(5, 7680, 4320)], codec="png", pixel_format="rgb24", options={}),
    "8k.jpg": lambda path: make_video(
        path, [numbered(5, 7680, 4320)], codec="mjpeg", pixel_format="yuvj420p", options={}
    ),
}


def test_the_smallest_and_the_largest_are_analysed(aisle: Run, tmp_path: Path) -> None:
    videos = [make(tmp_path / name) for name, make in SMALL_AND_LARGE.items()]
    done = aisle("classify", "--json", *videos)
    assert (done.code, len(json.loads(done.out))) == (0, len(videos))
    lines = done.err.splitlines()
    assert [line.split(": ")[0] for line in lines] == [str(video) for video in videos]
    assert all("short video; got: " in line for line in lines)
