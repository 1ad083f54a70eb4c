"""Shorter copies of videos: which pictures, when, and with which sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import InputError, OutputError, UsageError
from aisle.core.time_map import Stretch, TimeMap
from aisle.media.cut import cut, pictures_at
from aisle.media.cut_copy import cut_copy
from aisle.media.read import Reader
from places import make_place
from videos import heard_clicks, make_sound, make_video, number_of, numbered, streams_of

TICK = Fraction(1, 90_000)


def kept(*pairs: tuple[str, str]) -> TimeMap:
    return TimeMap(tuple(Stretch(Fraction(start), Fraction(end)) for start, end in pairs))


def shown(path: Path) -> list[tuple[Fraction, int]]:
    with Reader(path) as reader:
        found = [(frame.time, number_of(frame.image)) for frame in reader]
        return [*found, (reader.duration, -1)]


def test_pictures_are_where_the_map_says(tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.mp4", 90)
    times = kept(("0.41", "0.9"), ("1.5", "2.25"), ("2.5", "3"))
    told: list[tuple[float, float | None]] = []
    cut(video, times, tmp_path / "short.mp4", with_clock=False, progress=lambda *both: told.append(both))
    *found, (until, _) = shown(tmp_path / "short.mp4")
    assert found[0] == (Fraction(0), 12)  # on screen since 0.4
    assert [number for _, number in found] == [*range(12, 27), *range(45, 68), *range(75, 90)]
    for time, number in found:
        wanted = times.shortened(max(Fraction(number, 30), Fraction("0.41")))
        assert wanted is not None
        assert abs(time - wanted) <= TICK
    assert abs(until - times.lasts) <= TICK
    assert told[-1] == (1.74, 1.74)
    assert streams_of(tmp_path / "short.mp4") == [("video", "h264")]


def test_far_stretches_are_jumped_to(tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.mkv", 700, Fraction(10))
    cut(video, kept(("1", "1.5"), ("65.05", "65.5")), tmp_path / "short.mp4", with_clock=False)
    *found, (until, _) = shown(tmp_path / "short.mp4")
    assert [number for _, number in found] == [10, 11, 12, 13, 14, 650, 651, 652, 653, 654]
    assert abs(found[6][0] - Fraction("0.55")) <= TICK
    assert abs(until - Fraction("0.95")) <= TICK


@pytest.mark.parametrize(("container", "sound"), [("mp4", "aac"), ("mkv", "pcm_s16le"), ("mkv", "libopus")])
def test_the_sound_stays_in_step(tmp_path: Path, container: str, sound: str) -> None:
    clicks = (0.6, 1.2, 2.0, 2.75)
    video = make_video(tmp_path / f"video.{container}", 90, sound=sound, clicks=clicks)
    times = kept(("0.5", "0.9"), ("1.8", "3"))
    cut(video, times, tmp_path / "short.mp4", with_clock=False)
    assert streams_of(tmp_path / "short.mp4") == [("video", "h264"), ("audio", "aac")]
    assert np.allclose(heard_clicks(tmp_path / "short.mp4"), [0.1, 0.6, 1.35], atol=0.025)


def test_sound_that_ends_before_the_pictures_is_silence_then(tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.mp4", 90, sound="aac", sound_lasts=Fraction(1), clicks=(0.6,))
    cut(video, kept(("0.5", "0.8"), ("2", "3")), tmp_path / "short.mp4")
    assert np.allclose(heard_clicks(tmp_path / "short.mp4"), [0.1], atol=0.025)
    assert abs(shown(tmp_path / "short.mp4")[-1][0] - Fraction("1.3")) <= TICK


def test_the_clock_is_that_of_the_whole_video(tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.mp4", [np.full((240, 320, 3), 90, np.uint8)] * 60, Fraction(10))
    cut(video, kept(("1", "2"), ("4.9", "5.1")), tmp_path / "with.mp4")
    cut(video, kept(("1", "2"), ("4.9", "5.1")), tmp_path / "without.mp4", with_clock=False)
    with Reader(tmp_path / "with.mp4") as reader:
        drawn = [frame.image.astype(int) for frame in reader]
    with Reader(tmp_path / "without.mp4") as reader:
        plain = [frame.image.astype(int) for frame in reader]
    away = [np.abs(one - other) > 30 for one, other in zip(drawn, plain, strict=True)]
    assert all(each[200:, :120].any() for each in away)
    assert not any(each[:200].any() or each[:, 120:].any() for each in away)
    assert np.abs(drawn[0] - drawn[8]).max() < 40  # the same second
    assert np.abs(drawn[9] - drawn[11]).max() > 60  # 0:00:04 and 0:00:05


def test_variable_rates_and_held_pictures_keep_their_times(tmp_path: Path) -> None:
    times = [Fraction(0), Fraction(1, 10), Fraction(2), Fraction(21, 10), Fraction(4)]
    video = make_video(tmp_path / "video.mp4", [numbered(k) for k in range(5)], Fraction(10), times=times)
    cut(video, kept(("1", "2.05"), ("3", "3.9")), tmp_path / "short.mp4", with_clock=False)
    *found, (until, _) = shown(tmp_path / "short.mp4")
    assert [number for _, number in found][:3] == [1, 2, 3]
    assert np.allclose([float(time) for time, _ in found][:3], [0, 1, 1.05], atol=1e-4)
    assert abs(until - Fraction("1.95")) <= Fraction(1, 1000)


def test_without_encoding_cuts_are_at_key_frames(tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.mp4", 90, sound="aac", clicks=(0.6, 1.95, 2.75))  # a key frame each 0.4 s
    times = cut_copy(video, kept(("0.5", "0.7"), ("2.1", "2.3")), tmp_path / "short.mp4")
    assert times == kept(("0.4", "0.8"), ("2", "2.4"))
    *found, (until, _) = shown(tmp_path / "short.mp4")
    assert [number for _, number in found] == [*range(12, 24), *range(60, 72)]
    assert np.allclose([float(time) for time, _ in found], np.arange(24) / 30, atol=1e-3)
    assert abs(until - Fraction("0.8")) <= Fraction(1, 1000)
    assert np.allclose(heard_clicks(tmp_path / "short.mp4"), [0.2], atol=0.025)


def test_pictures_that_mp4_cannot_hold_are_not_copied(tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.webm", 30, codec="libvpx", options={})
    with pytest.raises(InputError, match="MP4 cannot hold"):
        cut_copy(video, kept(("0", "1")), tmp_path / "short.mp4")
    assert not (tmp_path / "short.mp4").exists()


def test_streams_without_their_headers_in_front_are_not_copied(tmp_path: Path) -> None:
    video = make_place(tmp_path / "place.ts", 20, [(4, 7)], sound="aac")
    with pytest.raises(InputError, match=r"MPEG-TS; do: leave out --copy"):
        cut_copy(video, kept(("4", "6")), tmp_path / "short.mp4")
    cut(video, kept(("4", "6")), tmp_path / "short.mp4")
    assert len(shown(tmp_path / "short.mp4")) == 17


def test_turned_and_odd_pictures_are_cut_as_displayed(tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.mp4", [numbered(k, 66, 50) for k in range(30)], rotation=90)
    cut(video, kept(("0.2", "0.6")), tmp_path / "short.mp4", with_clock=False)
    with Reader(tmp_path / "short.mp4") as reader:
        assert (reader.info.width, reader.info.height) == (50, 66)
        assert len(list(reader)) == 12
    cut_copy(video, kept(("0.2", "0.6")), tmp_path / "copied.mp4")
    with Reader(tmp_path / "copied.mp4") as reader:
        assert (reader.info.width, reader.info.height, reader.info.rotation) == (50, 66, 90)


def test_pictures_at_moments(tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.mp4", 700, Fraction(10))
    moments = [Fraction(1), Fraction("1.25"), Fraction("60.5")]
    images = pictures_at(video, moments, (64, 48))
    assert [number_of(image) for image in images] == [10, 12, 605]
    assert images[0].shape == (48, 64, 3)


def test_what_cannot_be_cut_is_told(tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.mp4", 10)
    with pytest.raises(UsageError, match="replace the video"):
        cut(video, kept(("0", "0.2")), video)
    with pytest.raises(InputError, match="no pictures"):
        cut(make_sound(tmp_path / "sound.m4a"), kept(("0", "0.2")), tmp_path / "short.mp4")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        cut(video, kept(("0", "0.2")), tmp_path / "file" / "short.mp4")
