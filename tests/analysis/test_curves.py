"""Lines over time keep every peak, however long the video."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from aisle.analysis.curves import curves, plain, write_curves
from aisle.core import LabelSet, Scores
from analyses import made_up_analysis


def test_the_surest_classes_come_first_and_no_reading_is_lost() -> None:
    scores = made_up_analysis().scores
    found = curves(scores, lines=3, points=10_000)
    peaks = scores.values.max(axis=0)
    assert list(found.labels) == sorted(scores.labels, key=lambda label: -peaks[scores.labels.index(label)])[:3]
    assert found.merged == 1
    assert (found.start, found.step) == (scores.grid.span / 2, scores.grid.step)
    assert found.values.shape == (scores.grid.count, 3)


@pytest.mark.parametrize("points", [1, 7, 100])
def test_of_a_long_video_the_highest_of_neighbours_stays(points: int) -> None:
    scores = made_up_analysis().scores
    found = curves(scores, lines=8, points=points)
    assert len(found.values) <= points
    assert found.values.max() == scores.values.max()
    assert found.step == found.merged * scores.grid.step
    assert found.start == ((found.merged - 1) * scores.grid.step + scores.grid.span) / 2


def test_they_are_written_as_numbers_that_a_page_can_draw(tmp_path: Path) -> None:
    found = curves(made_up_analysis(Fraction(12)).scores, lines=2, points=50)
    write_curves(found, tmp_path / "curves.json")
    said = json.loads((tmp_path / "curves.json").read_text("utf-8"))
    assert (said["start_s"], said["step_s"]) == (float(found.start), float(found.step))
    assert [line["label"] for line in said["lines"]] == list(found.labels)
    assert [line["values"] for line in said["lines"]] == plain(found.values)


def test_a_video_too_short_for_a_reading_has_no_line(tmp_path: Path) -> None:
    full = made_up_analysis().scores
    scores = Scores(full.values[:0], replace(full.grid, count=0), LabelSet(tuple(full.labels)))
    write_curves(curves(scores, lines=3, points=10), tmp_path / "curves.json")
    assert json.loads((tmp_path / "curves.json").read_text("utf-8"))["lines"] == []
