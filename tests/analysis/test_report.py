from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.analysis.report import write_report
from aisle.core import Analysis, Features, Grid, OutputError, Scores, Skipped, Timeline, UsageError
from analyses import made_up_analysis
from pages import NASTY, Page


def _page(folder: Path, analysis: Analysis, video: str | None = "aisle 3.mp4") -> Page:
    write_report(analysis, folder / "page.html", video=video)
    return Page((folder / "page.html").read_text(encoding="utf-8"))


def _with_scores(analysis: Analysis, values: list[list[float]]) -> Analysis:
    grid = Grid(Fraction(0), Fraction(1), Fraction(1), len(values))
    scores = Scores(
        np.array(values, np.float32).reshape(len(values), len(analysis.scores.labels)), grid, analysis.scores.labels
    )
    return replace(analysis, scores=scores, features=Features(np.zeros((len(values), 1), np.float32), grid, "made-up"))


def test_the_page_is_whole_and_loads_nothing_but_the_video(tmp_path: Path) -> None:
    page = _page(tmp_path, made_up_analysis())
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page.source)
    assert [attributes.get("src") for _, attributes in page.elements if "src" in attributes] == ["aisle%203.mp4"]
    assert [tag for tag, attributes in page.elements if "href" in attributes] == ["a"]
    assert len(page.texts["title"]) == len(page.texts["h1"]) == 1


def test_the_policy_admits_this_very_style_and_script(tmp_path: Path) -> None:
    page = _page(tmp_path, made_up_analysis())
    page.hold_to_the_policy()
    assert len(page.all("script")) == 2


def test_the_list_of_actions_needs_no_script(tmp_path: Path) -> None:
    analysis = made_up_analysis()
    page = _page(tmp_path, analysis)
    rows = page.texts["tr"][1:]
    assert len(rows) == len(analysis.timeline.segments)
    for text, segment in zip(rows, analysis.timeline.segments, strict=True):
        assert segment.label in text
        assert f"{100 * segment.score:.0f}%" in text
    assert page.texts["td"][:3] == ["00:00.0", "00:06.5", "6.5 s"]


def test_start_plus_length_is_end_in_every_row(tmp_path: Path) -> None:
    cells = _page(tmp_path, made_up_analysis()).texts["td"]
    for start, end, length in zip(cells[0::5], cells[1::5], cells[2::5], strict=True):
        assert float(start[3:]) + float(length[:-2]) == pytest.approx(float(end[3:]))


def test_the_data_tell_the_script_the_same(tmp_path: Path) -> None:
    analysis = made_up_analysis(skipped=(Skipped(Fraction(30), Fraction(33), "broken"),))
    data = _page(tmp_path, analysis).data
    names = [each["name"] for each in data["labels"]]
    assert data["duration"] == 48.0
    assert [(start, names[label]) for start, _, label, _ in data["segments"]] == [
        (float(segment.start), segment.label) for segment in analysis.timeline.segments
    ]
    assert data["skipped"] == [[30.0, 33.0]]
    assert data["curves"]["start"] == pytest.approx(float(analysis.scores.grid.step) / 2)
    peaks = analysis.scores.values.max(axis=0)
    drawn = [names[line["label"]] for line in data["curves"]["lines"]]
    assert drawn == [analysis.scores.labels[int(index)] for index in np.argsort(-peaks)[:6]]


def test_every_colour_that_is_used_is_defined(tmp_path: Path) -> None:
    page = _page(tmp_path, made_up_analysis())
    page.hold_to_the_palette({each["colour"] for each in page.data["labels"]})


def test_nothing_in_a_name_gets_out_of_its_place(tmp_path: Path) -> None:
    harmless = _page(tmp_path, made_up_analysis(labels=("a", "b"), notes=("n",)))
    skipped = (Skipped(Fraction(30), Fraction(33), NASTY),)
    analysis = made_up_analysis(path=f"clips/{NASTY}", labels=(NASTY, "b"), notes=(NASTY,), skipped=skipped)
    page = _page(tmp_path, replace(analysis, model=NASTY), NASTY)
    assert len(page.all("script")) == 2
    assert len(page.texts["td"]) == len(harmless.texts["td"])
    assert not page.all("img")
    assert page.texts["li"][-1] == NASTY
    assert any(NASTY in text for text in page.texts["tr"])
    assert NASTY in [each["name"] for each in page.data["labels"]]


@pytest.mark.parametrize(
    ("video", "source"),
    [
        ("clips/a b.mp4", "clips/a%20b.mp4"),
        ("../50% off #1?.mp4", "../50%25%20off%20%231%3F.mp4"),
        ('"><script>.mp4', "%22%3E%3Cscript%3E.mp4"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("caf\udce9.mp4", "caf%E9.mp4"),
        ("Gänge.mp4", "G%C3%A4nge.mp4"),
    ],
)
def test_the_video_is_found_under_any_name(tmp_path: Path, video: str, source: str) -> None:
    [element] = _page(tmp_path, made_up_analysis(), video).all("video")
    assert element["src"] == source


@pytest.mark.parametrize("video", ["/abs/a.mp4", "https://example.org/a.mp4", "file:///a.mp4"])
def test_a_video_that_is_not_relative_is_refused(tmp_path: Path, video: str) -> None:
    with pytest.raises(UsageError, match=re.escape(video)):
        write_report(made_up_analysis(), tmp_path / "page.html", video=video)
    assert list(tmp_path.iterdir()) == []


def test_without_a_video_the_page_says_so(tmp_path: Path) -> None:
    page = _page(tmp_path, made_up_analysis(), None)
    assert not page.all("video")
    assert any("not beside this page" in text for text in page.texts["p"])


def test_skipped_stretches_and_notes_are_told_or_left_out(tmp_path: Path) -> None:
    skipped = (Skipped(Fraction(30), Fraction(33), "14 pictures are broken"),)
    told = _page(tmp_path, made_up_analysis(skipped=skipped, notes=("The sound was not used.",)))
    assert {"00:30.0 to 00:33.0: 14 pictures are broken", "The sound was not used."} <= set(told.texts["li"])
    silent = _page(tmp_path, made_up_analysis())
    assert not {"Not analysed", "Good to know"} & set(silent.texts["h2"])


def test_two_hours_stay_a_small_page_and_keep_every_peak(tmp_path: Path) -> None:
    analysis = made_up_analysis(Fraction(7200), action=Fraction(4))
    page = _page(tmp_path, analysis)
    assert len(page.texts["tr"]) == 1 + len(analysis.timeline.segments)
    assert len(page.source.encode()) < 1_500_000
    names = [each["name"] for each in page.data["labels"]]
    for line in page.data["curves"]["lines"]:
        peak = analysis.scores.values[:, analysis.scores.labels.index(names[line["label"]])].max()
        assert len(line["values"]) <= 2000
        assert max(line["values"]) == pytest.approx(peak, abs=5e-4)
    assert page.texts["td"][:2] == ["0:00:00.0", "0:00:04.3"]


def test_merged_points_lie_in_the_middle_of_what_they_stand_for(tmp_path: Path) -> None:
    analysis = made_up_analysis(Fraction(5000), labels=("a", "b"))
    values = [[1.0, 0.0] if second == 2501 else [0.0, 0.1] for second in range(5000)]
    curves = _page(tmp_path, _with_scores(analysis, values)).data["curves"]
    place = int(np.argmax(curves["lines"][0]["values"]))
    middle = curves["start"] + place * curves["step"]
    assert (curves["step"], curves["start"]) == (3.0, 1.5)
    assert middle - 1.5 <= 2501 < 2502 <= middle + 1.5


@pytest.mark.parametrize(("peak", "ceiling"), [(0.1, 0.25), (0.25, 0.25), (0.3, 0.5), (0.51, 1.0), (1.0, 1.0)])
def test_rows_are_as_high_as_the_surest_moment_needs(tmp_path: Path, peak: float, ceiling: float) -> None:
    page = _page(tmp_path, _with_scores(made_up_analysis(labels=("a", "b")), [[peak, 0.0]]))
    assert page.data["curves"]["ceiling"] == ceiling


def test_an_analysis_without_readings_or_actions_is_still_a_page(tmp_path: Path) -> None:
    empty = replace(_with_scores(made_up_analysis(), []), timeline=Timeline(Fraction(1, 30), ()), predictions=())
    page = _page(tmp_path, empty)
    assert page.data["curves"]["lines"] == page.data["segments"] == []
    assert "No action was recognised." in page.texts["p"]


def test_a_folder_in_the_way_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="taken"):
        write_report(made_up_analysis(), tmp_path / "taken", video=None)
