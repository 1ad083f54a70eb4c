from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aisle.core import BACKGROUND, Dataset, Example, InputError, LabelSet, OutputError, Segment
from aisle.data.show import show
from aisle.data.survey import survey
from pages import NASTY, Page
from videos import make_video


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds."""
    return make_video(tmp_path_factory.mktemp("shown") / "ten.mp4", 100, Fraction(10))


def _clips(video: Path, labels: Sequence[str], *, names: Sequence[str] = ("normal", "theft")) -> Dataset:
    examples = tuple(
        Example(
            f"clip {number}",
            video,
            f"actor {number % 3}",
            start=Fraction(number),
            end=Fraction(number + 2),
            label=label,
        )
        for number, label in enumerate(labels)
    )
    return Dataset("folder", video.parent, "clips", LabelSet(tuple(names)), examples, grouped=True)


def _timelines(video: Path) -> Dataset:
    def acts(*acts: tuple[float, float, str]) -> tuple[Segment, ...]:
        return tuple(Segment(Fraction(start), Fraction(end), label, 1.0) for start, end, label in acts)

    examples = (
        Example("1_1", video, "1", "train", segments=acts((1, 2, "reach"), (2, 4, "take"), (4.5, 5, "reach"))),
        Example("2_1", video, "2", "test", segments=acts((0, 3, "take"), (5, 10, "reach"))),
    )
    return Dataset("merl", video.parent, "timelines", LabelSet(("reach", "take", BACKGROUND)), examples, grouped=True)


def _shown(dataset: Dataset, folder: Path) -> Page:
    show(dataset, folder / "page.html")
    page = Page.read(folder / "page.html")
    page.hold_to_the_policy()
    page.hold_to_the_palette()
    return page


def _rows(page: Page, caption: str) -> list[str]:
    """The texts of the rows of a table."""
    place = page.texts["caption"].index(caption)
    counts = [source.count("<tr") for source in page.source.split("<table")[1:]]
    first = sum(counts[:place])
    return page.texts["tr"][first : first + counts[place]]


def test_clips_are_counted_by_class_group_and_length(video: Path) -> None:
    found = survey(_clips(video, ["normal", "normal", "theft", "normal"]))
    normal, theft = found.classes()
    assert (normal.label, normal.count, normal.groups, normal.total) == ("normal", 3, 2, 6)
    assert (theft.short, theft.median, theft.long) == (2.0, 2.0, 2.0)
    assert found.groups() == {"actor 0": 2, "actor 1": 1, "actor 2": 1}
    assert found.total == 8


def test_a_clip_without_an_end_lasts_as_long_as_its_video(video: Path) -> None:
    dataset = _clips(video, ["normal"])
    whole = replace(dataset.examples[0], start=Fraction(4), end=None)
    assert survey(replace(dataset, examples=(whole,))).lengths == {"clip 0": 6}


def test_gaps_of_a_timeline_are_background(video: Path) -> None:
    found = survey(_timelines(video))
    first = [(one.label, float(one.start), float(one.end)) for one in found.stretches if one.example.name == "1_1"]
    assert first == [
        (BACKGROUND, 0, 1),
        ("reach", 1, 2),
        ("take", 2, 4),
        (BACKGROUND, 4, 4.5),
        ("reach", 4.5, 5),
        (BACKGROUND, 5, 10),
    ]
    assert sum(one.total for one in found.classes()) == found.total == 20


def test_a_short_pause_is_passed_over_where_classes_follow_each_other(video: Path) -> None:
    counts = survey(_timelines(video)).transitions()
    #                                  reach take background
    assert counts.tolist() == [[0, 1, 1], [1, 0, 1], [2, 0, 0]]


def test_a_page_about_clips_tells_what_is_there(video: Path, tmp_path: Path) -> None:
    page = _shown(_clips(video, ["normal", "theft", "normal", "normal"]), tmp_path)
    rows = _rows(page, "Classes: how often and how long")
    assert rows[1].startswith("normal32")
    assert "75.0%" in rows[1]
    assert "25.0%" in rows[2]
    assert len(_rows(page, "Groups by size")) == 1 + 3
    assert "What follows what" not in page.text
    assert len(page.all("img")) == 4


def test_pictures_are_of_the_middle_of_their_clip(video: Path, tmp_path: Path) -> None:
    page = _shown(_clips(video, ["normal", "theft"]), tmp_path)
    source = page.all("img")[0]["src"] or ""
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))
    height, width = image.shape[:2]
    assert (f"{width}", f"{height}") == (page.all("img")[0]["width"], page.all("img")[0]["height"])
    assert image.std() > 10
    assert page.texts["figcaption"] == ["clip 0 at 1.0 s", "clip 1 at 2.0 s"]


def test_a_page_about_timelines_draws_them(video: Path, tmp_path: Path) -> None:
    page = _shown(_timelines(video), tmp_path)
    assert {"What follows what", "Timelines", "Splits"} <= set(page.texts["h2"])
    assert {"reach, 00:01.0 to 00:02.0", "take, 00:00.0 to 00:03.0"} <= set(page.texts["title"])
    assert _rows(page, "Examples by split and class")[1] == "Examples11"
    assert _rows(page, "What follows what, in counts")[1:] == ["reach011", "take101", f"{BACKGROUND}200"]


def test_names_in_a_dataset_stay_text(video: Path, tmp_path: Path) -> None:
    dataset = replace(
        _clips(video, [NASTY], names=[NASTY, "b"]),
        notes=(NASTY,),
        problems=(InputError(NASTY, got=NASTY, do="mend it"),),
    )
    examples = tuple(replace(one, name=NASTY, group=NASTY) for one in dataset.examples)
    page = _shown(replace(dataset, examples=examples), tmp_path)
    assert not page.all("script")
    assert len(page.all("img")) == 1
    assert NASTY in page.texts["li"]


def test_a_class_without_an_example_is_shown_and_warned_of(video: Path, tmp_path: Path) -> None:
    page = _shown(_clips(video, ["normal"] * 30), tmp_path)
    assert _rows(page, "Classes: how often and how long")[2].startswith("theft00")
    assert "theft (0)" in page.text
    assert "The classes are uneven: 30 of normal, 0 of theft." in page.text


def test_unknown_groups_and_groups_on_both_sides_are_warned_of(video: Path, tmp_path: Path) -> None:
    dataset = _timelines(video)
    crossing = tuple(replace(one, group="one") for one in dataset.examples)
    page = _shown(replace(dataset, examples=crossing), tmp_path)
    assert "1 group is on both sides of the split: one." in page.text
    assert "Groups are unknown." in _shown(replace(dataset, grouped=False), tmp_path).text


def test_a_video_that_cannot_be_read_is_a_problem_and_not_the_end(video: Path, tmp_path: Path) -> None:
    dataset = _clips(video, ["normal", "theft"])
    gone = Example("gone", tmp_path / "gone.mp4", "actor 9", label="theft")
    late = Example("late", video, "actor 9", start=Fraction(50), end=Fraction(52), label="theft")
    page = _shown(replace(dataset, examples=(*dataset.examples, gone, late)), tmp_path)
    assert "2 things could not be read" in page.text
    assert "gone.mp4" in page.text
    assert "has no picture there" in page.text
    assert len(page.all("img")) == 2


def test_a_folder_in_the_way_is_an_output_error(video: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=tmp_path.name):
        show(_clips(video, ["normal"]), tmp_path)
