from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.core import UsageError
from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.probes import FIRST, LINEAR, TUNED, Figure, Labelled, Outcome, ProbeReport, Row, Spent, measured
from aisle.evaluate.report import Evaluation, write_report
from pages import NASTY, Page

GROUPS = ("a", "a", "b", "b")
FEW = Outcome(LINEAR, 0.1, np.array([[1.0, 0, 0, 0], [1, 1, 0, 0]]))
ALL = Outcome(LINEAR, 1.0, np.array([[1.0, 1, 1, 0]]))


def test_a_figure_is_the_mean_over_draws_and_clips() -> None:
    (few, full), lead = measured([FEW, ALL], GROUPS)
    assert (few.interval.value, few.spread) == (0.375, 0.125)
    assert (full.interval.value, full.spread) == (0.75, 0)
    assert (full.interval.low, full.interval.high) == (0.5, 1)
    assert lead is None


def test_the_lead_is_measured_clip_by_clip() -> None:
    """Behind by as much in each group, so that there is no doubt about it."""
    _, lead = measured([ALL], GROUPS, against=np.array([1.0, 0.5, 0.5, 0]))
    assert lead is not None
    assert (lead.value, lead.low, lead.high) == (0.25, 0.25, 0.25)


def test_one_group_has_no_interval() -> None:
    (full,), lead = measured([ALL], ("a",) * 4, against=np.zeros(4))
    assert (full.interval.low, full.interval.high, full.interval.resamples) == (0.75, 0.75, 0)
    assert lead == full.interval


def test_answers_are_right_or_wrong() -> None:
    with pytest.raises(UsageError, match="right or wrong"):
        Outcome(LINEAR, 1.0, np.array([[0.5]]))


def report() -> ProbeReport:
    mine, lead = measured([FEW, ALL, Outcome(FIRST, 1.0, ALL.right)], GROUPS, against=np.zeros(4))
    tuned = Figure(TUNED, 1.0, Interval(0.9, 0.8, 1.0, 0.95, 10))
    rows = (
        Row(NASTY, "what is probed", 8, (*mine, tuned), 2, lead, Spent(3, 1.5, 0.25)),
        Row("random weights", "drawn", 8, mine[:2]),
    )
    return ProbeReport(rows, (Labelled(0.1, 5.5, 1.5), Labelled(1.0, 40, 2)), {"sit": 2, "walk": 2}, 5, 0.5)


def test_columns_are_those_that_somebody_has() -> None:
    assert report().columns == [(LINEAR, 0.1), (LINEAR, 1.0), (FIRST, 1.0), (TUNED, 1.0)]
    assert list(report().confidence) == ["linear 0.1", "linear 1"]


def test_the_page_stands_them_side_by_side(tmp_path: Path) -> None:
    write_report(
        Evaluation("features", {}, 2, probes=report(), doubts=("It had seen them.",)), tmp_path / "report.html"
    )
    page = Page.read(tmp_path / "report.html")
    for words in ("75.0% (50.0% to 100.0%)", "+75.0 (+50.0 to +100.0)", "90.0%", "It had seen them.", "right with 10%"):
        assert words in page.text, words
    assert page.text.count("trained end to end, 100%") == 1


def test_the_page_needs_no_lead(tmp_path: Path) -> None:
    bare = report()
    rows = (replace(bare.rows[0], lead=None, spent=None, seen=None, figures=bare.rows[0].figures[:2]),)
    write_report(Evaluation("features", {}, 2, probes=replace(bare, rows=rows)), tmp_path / "report.html")
    assert "ahead of the same network" not in Page.read(tmp_path / "report.html").text
