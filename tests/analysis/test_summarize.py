"""What of a video is worth keeping: made-up places in which it is known when somebody walks by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.analysis.backbone import Answers
from aisle.analysis.quiet import Activity, activity
from aisle.analysis.summarize import Summary, summarize
from aisle.analysis.summary import Happening, Rules, kept, motion, people, risky
from aisle.core import InputError, LabelSet, UsageError, VideoInfo
from aisle.core.boxes import Boxes
from aisle.core.detections import Detections
from aisle.core.time_map import Stretch
from aisle.core.video import Image
from analyses import made_up_analysis
from backbones import GREEN, RED, ColourBackbone, plain, unusual_of
from places import Change, clocked, flashed, left_behind, make_place, noisy, switched, unchanged
from videos import make_video, numbered

WALKS = ((5.0, 8.0), (22.0, 26.0), (39.0, 42.0))


class Seer:
    """Sees one person in pictures that are bright in the upper left corner."""

    labels = ("person", "bottle")

    def __init__(self) -> None:
        self.looked = 0

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        self.looked += len(images)
        box = Boxes(np.array([[1, 1, 9, 9]], np.float32), np.ones(1, np.float32))
        one, other = Detections.of(box, ["person"]), Detections.of(box, ["bottle"])
        return [one if image[:10, :10].mean() > 200 else other for image in images]


class Noticing(ColourBackbone):
    """Finds what is red unusual."""

    name = "noticing"
    labels = LabelSet(("normal", "unusual"))

    def __init__(self) -> None:
        super().__init__(unusual_of, Answers(threshold=0.5))


def spans(summary: Summary) -> list[tuple[float, float]]:
    return [(float(each.stretch.start), float(each.stretch.end)) for each in summary.kept]


@pytest.mark.parametrize("change", [unchanged, noisy, clocked, switched, left_behind, flashed])
def test_what_moves_is_kept_whatever_the_picture(tmp_path: Path, change: Change) -> None:
    summary = summarize(make_place(tmp_path / "place.mp4", 50, WALKS, change))
    found = [span for span in spans(summary) if any(span[0] <= start < span[1] for start, _ in WALKS)]
    assert len(found) == len(WALKS)
    for (start, end), (first, last) in zip(found, WALKS, strict=True):
        assert first - 2.5 <= start <= first - 0.5
        assert last + 0.5 <= end <= last + 3
    others = [span for span in spans(summary) if span not in found]
    assert sum(end - start for start, end in others) <= (5 if change is left_behind else 0)
    assert all(each.why == ("motion",) and each.most > 0.02 for each in summary.kept)
    assert summary.duration == 50
    assert sum(each.lasts for each in summary.dropped) + summary.times.lasts == 50


def test_a_place_without_anybody_is_quiet(tmp_path: Path) -> None:
    assert summarize(make_place(tmp_path / "place.mp4", 20, change=noisy)).kept == ()
    assert summarize(make_video(tmp_path / "one.mp4", 1)).kept == ()
    assert summarize(make_place(tmp_path / "short.mp4", 0.25, [(0, 0.25)])).duration == Fraction(1, 4)


def test_a_busy_place_is_kept_whole(tmp_path: Path) -> None:
    summary = summarize(make_place(tmp_path / "place.mp4", 12, [(0, 4), (4, 8), (8, 12)]))
    assert spans(summary) == [(0, 12)]
    assert summary.dropped == ()


def test_long_videos_are_gone_through_minute_by_minute(tmp_path: Path) -> None:
    walks = ((59, 62), (100, 102), (140, 141))
    assert len(spans(summarize(make_place(tmp_path / "place.mp4", 150, walks)))) == 3


def test_who_stands_still_is_seen_by_a_detector(tmp_path: Path) -> None:
    def standing(picture: Image, time: float) -> Image:
        if 8 <= time < 16:
            picture[:24, :24] = 250
        return picture

    video, seer = make_place(tmp_path / "place.mp4", 24, change=standing), Seer()
    summary = summarize(video, keep=["people"], detector=seer)
    assert spans(summary) == [(7, 17)]
    assert summary.kept[0].why == ("people",)
    assert 8 <= summary.kept[0].peak < 16
    assert seer.looked == 24
    seen = activity(video, seer)
    assert seen.people is not None
    assert len(seen.people) == len(seen.moving) == 96
    assert [float(edge) for each in people(seen) for edge in (each.stretch.start, each.stretch.end)] == [8, 16]


def test_a_risk_is_kept_where_it_reaches_the_threshold() -> None:
    analysis = made_up_analysis()
    with pytest.raises(UsageError, match="no threshold"):
        risky(analysis)
    values = np.zeros((analysis.scores.grid.count, 2), np.float32)
    values[10:20, 1], values[14, 1], values[30, 1] = 0.7, 0.9, 0.69
    scores = replace(analysis.scores, values=values, labels=type(analysis.scores.labels)(("normal", "unusual")))
    (found,) = risky(replace(analysis, scores=scores, threshold=0.7 - 1e-6))
    grid = scores.grid
    assert found.stretch == Stretch(grid.cell(10)[0], grid.cell(19)[1])
    assert found.peak == sum(grid.cell(14)) / 2
    assert found.most == pytest.approx(0.9)


def test_a_model_that_notices_is_asked(tmp_path: Path) -> None:
    green, red = plain(GREEN), plain(RED)
    video = make_video(tmp_path / "video.mp4", [*[green] * 150, *[red] * 50, *[green] * 200], Fraction(25))
    (found,) = summarize(video, keep=["risk"], model=Noticing()).kept
    assert found.why == ("risk",)
    assert abs(found.stretch.start - 5) <= Fraction(1, 2)
    assert abs(found.stretch.end - 9) <= Fraction(1, 2)
    assert 6 <= found.peak < 8


def test_what_nobody_can_look_for_is_told(tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.mp4", [numbered(k) for k in range(5)])
    for keep, match in ((["people"], "detector"), (["risk"], "threshold"), (["noise"], "looks for"), ([], "looks for")):
        with pytest.raises(UsageError, match=match):
            summarize(video, keep=keep)
    with pytest.raises(UsageError, match="threshold"):
        summarize(video, keep=["risk"], model=ColourBackbone())
    with pytest.raises(InputError, match="an address is read once"):
        summarize("rtsp://user:secret@camera/1")


def test_two_looks_in_a_row_begin_and_fewer_cells_go_on() -> None:
    info = VideoInfo("video", 64, 48, Fraction(8), Fraction(5), 40, "h264", "yuv420p")
    moving = np.array([0, 9, 0, 0, 3, 4, 2, 2, 1, 2, 2, 0, 0, 5, 5, 0, 0, 0, 0, 0])
    found = motion(Activity(info, Fraction(5), Fraction(4), moving, 100))
    assert [(each.stretch.start * 4, each.stretch.end * 4, each.peak * 4) for each in found] == [
        (4, 8, 5),
        (13, 15, 13),
    ]


def happens(*spans: tuple[str, str]) -> list[Happening]:
    return [Happening(Stretch(Fraction(start), Fraction(end)), "motion", Fraction(start), 1.0) for start, end in spans]


def test_rules_say_what_is_long_enough() -> None:
    some = happens(("1", "1.2"), ("5", "6"), ("9", "10"), ("18", "19"), ("18.5", "30"))
    rules = Rules(Fraction(1), Fraction(1, 2), Fraction(3))
    found = kept(some, rules, Fraction(20))
    assert [(int(each.stretch.start), int(each.stretch.end)) for each in found] == [(4, 11), (17, 20)]
    bare = Rules(Fraction(0), Fraction(0), Fraction(0))
    assert [each.stretch.end for each in kept(some, bare, Fraction(20))] == [Fraction("1.2"), 6, 10, 20]
    with pytest.raises(UsageError, match="negative"):
        Rules(Fraction(-1))
