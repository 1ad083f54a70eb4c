"""Damaged files: what is left of them is read, and what is not is told."""

from __future__ import annotations

import contextlib
import itertools
from fractions import Fraction
from pathlib import Path

import av
import pytest

from aisle.core import InputError, Skipped
from aisle.media import Reader
from videos import CODING, make_video, number_of

DAMAGED = "the pictures are damaged and could not be decoded"
SECONDS = 4
PICTURES = 30 * SECONDS


def damaged(whole: Path, begin: float, end: float, filling: bytes | None = b"\0") -> Path:
    """A copy of `whole` in which a part, as shares of the picture data, is filled or (with None) left out."""
    content = whole.read_bytes()
    first, after = (content.index(b"mdat") + 4, len(content)) if b"mdat" in content else (0, len(content))
    begins, ends = (first + round(share * (after - first)) for share in (begin, end))
    part = b"" if filling is None else (filling * (ends - begins))[: ends - begins]
    copy = whole.with_stem("damaged")
    copy.write_bytes(content[:begins] + part + content[ends:])
    return copy


def index_first(folder: Path, **options: object) -> Path:
    return make_video(folder / "whole.mp4", PICTURES, container={"movflags": "+faststart"}, **options)


def read(path: Path, **asked: object) -> tuple[list[tuple[Fraction, int]], tuple[Skipped, ...]]:
    with Reader(path, **asked) as reader:
        frames = [(frame.time, number_of(frame.image)) for frame in reader]
    return frames, reader.skipped


def decodable(path: Path) -> list[tuple[Fraction, int]]:
    """The pictures that libav decodes one by one, without threads, in order of time."""
    frames: list[av.VideoFrame] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        for packet in container.demux(stream):
            with contextlib.suppress(av.error.InvalidDataError):
                frames += packet.decode()
        by_time = {frame.pts * stream.time_base: number_of(frame.to_ndarray(format="rgb24")) for frame in frames}
    return sorted(by_time.items())


def lost_seconds(skipped: tuple[Skipped, ...]) -> Fraction:
    assert all(before.end <= after.start for before, after in itertools.pairwise(skipped))
    return sum((lost.end - lost.start for lost in skipped), Fraction(0))


def test_a_whole_file_has_nothing_skipped(tmp_path: Path) -> None:
    frames, skipped = read(index_first(tmp_path))
    assert len(frames) == PICTURES
    assert skipped == ()


@pytest.mark.parametrize("cut", [0.35, 0.5, 0.9])
def test_a_file_cut_off(tmp_path: Path, cut: float) -> None:
    path = damaged(index_first(tmp_path), cut, 1, None)
    frames, skipped = read(path)
    assert frames == decodable(path)
    end = frames[-1][0] + Fraction(1, 30)
    assert skipped[-1] == Skipped(end, Fraction(SECONDS), "the file is cut off, though it claims to last 0:00:04.000")
    assert lost_seconds(skipped) == Fraction(PICTURES - len(frames), 30)


def test_a_rate_makes_no_difference_to_what_is_skipped(tmp_path: Path) -> None:
    path = damaged(index_first(tmp_path), 0.5, 1, None)
    with Reader(path) as reader:
        last = list(reader)[-1]
    frames, skipped = read(path, rate=Fraction(10))
    assert skipped == reader.skipped
    assert frames[-1][0] == Fraction(int(last.time * 10), 10)


@pytest.mark.parametrize("begin", [0.3, 0.4, 0.6])
def test_damage_in_the_middle(tmp_path: Path, begin: float) -> None:
    frames, skipped = read(damaged(index_first(tmp_path), begin, begin + 0.2))
    given = [int(time * 30) for time, _ in frames]
    assert given == sorted(set(given))
    missing = set(range(PICTURES)) - set(given)
    assert missing
    assert lost_seconds(skipped) == Fraction(len(missing), 30)
    assert {lost.reason for lost in skipped} == {DAMAGED}
    assert all(any(lost.start <= Fraction(number, 30) < lost.end for lost in skipped) for number in missing)
    key = 12 - max(missing) % 12 + max(missing)  # up to it pictures show what is left of damaged ones
    assert frames[given.index(key) :] == [(Fraction(number, 30), number) for number in range(key, PICTURES)]


def test_a_part_is_told_of_its_own_damage_only(tmp_path: Path) -> None:
    path = damaged(index_first(tmp_path), 0.4, 0.6)
    lost = max(read(path)[1], key=lambda lost: lost.end - lost.start)
    middle = (lost.start + lost.end) / 2
    assert Skipped(lost.start, middle, DAMAGED) not in read(path, end=lost.start)[1]
    assert read(path, start=middle, end=lost.end)[1] == (Skipped(middle, lost.end, DAMAGED),)


def test_a_tail_of_zeros_takes_only_itself(tmp_path: Path) -> None:
    path = damaged(index_first(tmp_path), 0.7, 1)
    frames, skipped = read(path)
    assert frames == decodable(path)  # none is lost of those that the decoder's threads still held
    assert skipped[-1] == Skipped(frames[-1][0] + Fraction(1, 30), Fraction(SECONDS), DAMAGED)
    assert lost_seconds(skipped) == Fraction(PICTURES - len(frames), 30)


def test_a_damaged_beginning_keeps_the_times_of_the_rest(tmp_path: Path) -> None:
    frames, (lost,) = read(damaged(index_first(tmp_path), 0, 0.3))
    assert all(time == Fraction(number, 30) for time, number in frames[12:])
    assert lost == Skipped(Fraction(0), frames[0][0], DAMAGED)
    resampled, _ = read(damaged(index_first(tmp_path), 0, 0.3), rate=Fraction(30))
    assert len(resampled) == PICTURES
    assert {number for time, number in resampled if time < lost.end} == {resampled[0][1]}


def test_nothing_but_damage(tmp_path: Path) -> None:
    path = damaged(index_first(tmp_path), 0, 1)
    with pytest.raises(InputError, match="not one picture of the video can be decoded"), Reader(path):
        pass


@pytest.mark.parametrize(
    ("suffix", "codec", "sound"),
    [
        ("mkv", "libx264", None),
        ("mkv", "libx264", "aac"),
        ("flv", "libx264", "aac"),
        ("webm", "libvpx", "libopus"),
        ("avi", "mpeg4", "libmp3lame"),
    ],
)
def test_other_containers_cut_off(tmp_path: Path, suffix: str, codec: str, sound: str | None) -> None:
    options = {"deadline": "realtime", "cpu-used": "8"} if codec == "libvpx" else CODING
    whole = make_video(tmp_path / f"whole.{suffix}", PICTURES, codec=codec, sound=sound, options=options)
    frames, skipped = read(whole)
    assert len(frames) == PICTURES
    assert skipped == ()
    frames, skipped = read(damaged(whole, 0.6, 1, None))
    assert 40 < len(frames) < PICTURES
    assert skipped[-1].end == pytest.approx(SECONDS, abs=0.07)
    assert skipped[-1].start == pytest.approx(len(frames) / 30, abs=0.07)
    assert skipped[-1].reason.startswith("the file is cut off")


def test_a_transport_stream_claims_no_more_than_it_has(tmp_path: Path) -> None:
    frames, skipped = read(damaged(make_video(tmp_path / "whole.ts", PICTURES), 0.6, 1, None))
    assert 40 < len(frames) < PICTURES
    assert skipped == ()


def test_lost_packets_of_a_transport_stream_leave_a_hole(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "whole.ts", PICTURES)
    packets = whole.stat().st_size // 188
    begin, end = (packets * 5 // 10, packets * 6 // 10)
    frames, skipped = read(damaged(whole, begin / packets, end / packets, None))
    given = {int(time * 30) for time, _ in frames}
    lost = {int(gap.start * 30) for gap in skipped}
    assert 0 < PICTURES - len(given) < 60
    assert lost
    assert not lost & given


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flv"])
def test_sound_may_last_longer_than_the_pictures(tmp_path: Path, suffix: str) -> None:
    path = make_video(tmp_path / f"long.{suffix}", 30, sound="aac", sound_lasts=Fraction(3))
    frames, skipped = read(path)
    assert len(frames) == 30
    assert skipped == ()


def test_random_damage_never_stops_the_reading(tmp_path: Path) -> None:
    whole = index_first(tmp_path, sound="aac")
    for place in range(20):
        path = damaged(whole, place / 20, place / 20 + 0.02, b"\x00\x9c\xff\x13\x41")
        frames, _ = read(path)
        assert len(frames) > PICTURES // 2
        assert all(0 <= time < SECONDS for time, _ in frames)
