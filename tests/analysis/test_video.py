from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.analysis.analyzer import Analyzer
from aisle.analysis.video import analyze
from aisle.core import InputError
from aisle.media import Reader
from aisle.media.apart import Apart, Limits
from backbones import BLUE, GREEN, RED, ColourBackbone, Picture, plain
from videos import RATE, make_sound, make_video


def coloured(*stretches: tuple[tuple[int, int, int], int], height: int = 48, width: int = 64) -> list[Picture]:
    """So many pictures of each colour after each other."""
    return [plain(colour, height, width) for colour, count in stretches for _ in range(count)]


def told(path: Path) -> list[tuple[str, float, float]]:
    segments = analyze(path, ColourBackbone()).timeline.segments
    return [(one.label, float(one.start), float(one.end)) for one in segments]


def test_a_video_of_two_colours_has_two_segments(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", coloured((RED, 96), (BLUE, 120)))
    found = analyze(path, ColourBackbone())
    assert found.timeline.duration == Fraction(216, 30)
    assert [one.label for one in found.timeline.segments] == ["red", "blue"]
    red, blue = found.timeline.segments
    assert (red.start, blue.end) == (0, Fraction(216, 30))
    assert float(red.end) == pytest.approx(3.2, abs=0.32)
    assert red.score > 0.9
    assert [one.label for one in found.predictions] == ["blue", "red", "green"]
    assert sum(one.probability for one in found.predictions) == pytest.approx(1)
    assert found.model == "colours"
    assert found.features.producer == "colours-1"
    assert (found.info.width, found.info.height, found.info.rate) == (64, 48, RATE)
    assert found.scores.grid.count == -(-180 // 8)
    assert found.notes == ()


def test_a_file_gives_what_a_loop_over_its_frames_gives(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 90)
    model = ColourBackbone()
    analyzer = Analyzer(model, piece=8)
    with Reader(path, size=(48, 32), rate=model.reads.rate) as reader:
        early = np.concatenate([analyzer.push(frame) for frame in reader])
    features, scores = analyzer.finish()
    found = analyze(path, model)
    assert model.sizes == [(32, 48)] * 2
    assert np.array_equal(found.features.values, features.values)
    assert np.array_equal(found.scores.values, scores.values)
    assert np.array_equal(early, scores.values[: len(early)])
    by_label = {one.label: one.probability for one in found.predictions}
    assert [by_label[label] for label in model.labels] == pytest.approx(analyzer.clip_probabilities().tolist())


def test_a_video_read_apart_gives_what_it_gives_here(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", coloured((RED, 70), (BLUE, 90)))
    here = analyze(path, ColourBackbone())
    with Apart(processes=1, limits=Limits(seconds=60)) as apart:
        there = analyze(path, ColourBackbone(), read=apart.reader)
    assert (there.info, there.timeline, there.predictions) == (here.info, here.timeline, here.predictions)
    assert np.array_equal(there.scores.values, here.scores.values)
    assert there.timing.decode_s > 0


def test_the_piece_does_not_change_what_is_found(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", coloured((GREEN, 70), (RED, 70)))
    one, other = (analyze(path, ColourBackbone(), piece=piece) for piece in (8, 128))
    assert one.timeline == other.timeline
    assert np.array_equal(one.scores.values, other.scores.values)


def test_pictures_at_uneven_times_count_as_long_as_they_stay(tmp_path: Path) -> None:
    """Ten red pictures stay for 0.4 s each, then sixty blue ones for 1/60 s each."""
    times = [Fraction(4 * k, 10) for k in range(10)] + [4 + Fraction(k, 60) for k in range(60)]
    path = make_video(tmp_path / "uneven.mp4", coloured((RED, 10), (BLUE, 60)), times=times)
    (red, start, middle), (blue, also_middle, end) = told(path)
    assert (red, blue, start) == ("red", "blue", 0)
    assert middle == also_middle == pytest.approx(4, abs=0.33)
    assert end == pytest.approx(5, abs=0.02)


@pytest.mark.parametrize("count", [1, 10])
def test_a_short_video_has_an_answer_and_a_note(tmp_path: Path, count: int) -> None:
    found = analyze(make_video(tmp_path / "short.mp4", coloured((GREEN, count))), ColourBackbone())
    assert found.timeline.duration == Fraction(count, 30)
    assert [(one.label, one.start, one.end) for one in found.timeline.segments] == [("green", 0, Fraction(count, 30))]
    (note,) = found.notes
    pictures = -(-count * 25 // 30)
    assert note.startswith(f"short video; got: {pictures} pictures at 25 a second")
    assert "colours was trained on 64" in note


@pytest.mark.parametrize(
    ("height", "width", "size"), [(8, 8, (32, 32)), (48, 64, (32, 48)), (64, 48, (48, 32)), (1080, 1920, (32, 64))]
)
def test_any_size_is_brought_to_what_the_model_reads(
    tmp_path: Path, height: int, width: int, size: tuple[int, int]
) -> None:
    model = ColourBackbone()
    path = make_video(tmp_path / "sized.mp4", coloured((BLUE, 5), height=height, width=width))
    assert [one.label for one in analyze(path, model).timeline.segments] == ["blue"]
    assert model.sizes == [size]


def test_a_broken_tail_is_told_and_the_rest_is_analysed(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "whole.mp4", 240, container={"movflags": "+faststart"})
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    found = analyze(path, ColourBackbone())
    assert found.timeline.skipped[-1].end == 8
    assert "cut off" in found.timeline.skipped[-1].reason
    assert 3 < found.timeline.duration < 8
    assert found.timeline.segments[-1].end <= found.timeline.duration
    assert found.timeline.skipped[-1].start >= found.timeline.segments[-1].end


def test_damage_in_the_middle_leaves_a_gap(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 240, container={"movflags": "+faststart"})
    content = bytearray(path.read_bytes())
    begin = content.index(b"mdat")
    middle, length = (begin + len(content)) // 2, (len(content) - begin) // 5
    content[middle : middle + length] = bytes(length)
    path.write_bytes(content)
    timeline = analyze(path, ColourBackbone()).timeline
    assert timeline.skipped
    assert timeline.duration == 8
    for lost, found in itertools.product(timeline.skipped, timeline.segments):
        assert lost.end <= found.start or found.end <= lost.start


def test_progress_counts_the_seconds_of_the_video(tmp_path: Path) -> None:
    heard: list[tuple[float, float | None]] = []
    path = make_video(tmp_path / "a.mp4", 60)
    analyze(path, ColourBackbone(), progress=lambda done, total: heard.append((done, total)))
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert {total for _, total in heard} == {2.0}
    assert heard[-1] == (2.0, 2.0)


def test_the_time_spent_is_told(tmp_path: Path) -> None:
    timing = analyze(make_video(tmp_path / "a.mp4", 30), ColourBackbone()).timing
    assert 0 < timing.inference_s < timing.total_s
    assert timing.decode_s > 0


def test_a_file_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        analyze(make_sound(tmp_path / "sound.m4a"), ColourBackbone())
    with pytest.raises(InputError, match=r"missing\.mp4"):
        analyze(tmp_path / "missing.mp4", ColourBackbone())


def test_a_picture_that_is_a_mere_line_is_refused(tmp_path: Path) -> None:
    path = make_video(tmp_path / "line.mp4", coloured((RED, 2), height=16, width=400))
    with pytest.raises(InputError, match=r"too narrow for colours.*400x16"):
        analyze(path, ColourBackbone())


def test_an_error_in_the_network_ends_the_reading(tmp_path: Path) -> None:
    broken = ColourBackbone(lambda colours: np.full((len(colours), 3), np.nan, np.float32))
    with pytest.raises(InputError, match="not finite"):
        analyze(make_video(tmp_path / "a.mp4", 120), broken)
