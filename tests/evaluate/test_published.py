"""The figures that shared/data/README.md gives for two published methods, from their sequences and through tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from aisle.apps.cli import app
from aisle.evaluate.tables import read_comparison
from aisle.evaluate.timelines import evaluate_samples, evaluate_timelines

from .conftest import Published

NAMES = ("f1@10", "f1@25", "f1@50", "frame_accuracy", "map_midpoint", "map_iou@10", "map_iou@50")
FIGURES = {
    "MERL_sparse": (46.4, 42.6, 25.7, 64.6, 23.9, 32.2, 10.5),
    "MERL_dense": (80.0, 78.3, 65.4, 76.3, 61.3, 67.6, 39.0),
}

Read = Callable[[str], Published]


@pytest.mark.parametrize("name", FIGURES)
def test_from_the_sequences(published: Read, name: str) -> None:
    given = published(name)
    report = evaluate_samples(given.truth, given.predicted, given.scores, Fraction(1), labels=given.labels)
    assert [report.figures[each] for each in NAMES] == pytest.approx(FIGURES[name], abs=0.05)


def write(file: Path, classes: np.ndarray, given: Published, rate: float, videos: int) -> None:
    """A table of runs, cut into `videos`, times to the millisecond."""
    rows = ["video,start,end,label,score"]
    for video, samples in enumerate(np.array_split(np.arange(len(classes)), videos)):
        here = classes[samples]
        borders = [0, *(np.flatnonzero(np.diff(here)) + 1), len(here)]
        for first, last in pairwise(borders):
            score = float(given.scores[samples[first:last]].max())
            rows.append(f"{video}.mp4,{first / rate:.3f},{last / rate:.3f},{given.labels[here[first]]},{score}")
    file.write_text("\n".join(rows))


def write_both(folder: Path, given: Published, rate: float, videos: int) -> tuple[Path, Path]:
    truth, predicted = folder / "truth.csv", folder / "predicted.csv"
    write(truth, given.truth, given, rate, videos)
    write(predicted, given.predicted, given, rate, videos)
    return truth, predicted


@pytest.mark.parametrize(("name", "rate"), [("MERL_sparse", 14.6), ("MERL_dense", 2.4), ("MERL_dense", 1)])
def test_through_tables(published: Read, name: str, rate: float, tmp_path: Path) -> None:
    """Borders of cells of 1/2.4 s are no whole milliseconds, and move no sample all the same."""
    given = published(name)
    truth, predicted = write_both(tmp_path, given, rate, videos=1)
    words = ["--truth", truth, "--predicted", predicted, "--out", tmp_path, "--protocol", "merl", "--rate", rate]
    done = CliRunner().invoke(app, ["evaluate", *map(str, words)])
    assert done.exit_code == 0, done.stderr
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    exact = evaluate_samples(given.truth, given.predicted, given.scores, Fraction(1), labels=given.labels)
    assert {each: metrics[each] for each in exact.figures} == pytest.approx(exact.figures)
    assert [metrics[each] for each in NAMES] == pytest.approx(FIGURES[name], abs=0.05)


def test_cut_into_videos_it_is_the_same_sequence(published: Read, tmp_path: Path) -> None:
    given = published("MERL_dense")
    tables = read_comparison(*write_both(tmp_path, given, 2.4, videos=30))
    report = evaluate_timelines(tables.truth, tables.predicted, Fraction("2.4"), labels=tables.labels, resamples=2)
    assert report.counts.videos == 30
    assert [report.figures[each] for each in NAMES] == pytest.approx(FIGURES["MERL_dense"], abs=0.05)
    for name, interval in report.confidence.items():  # cut at the borders of videos
        assert interval.value == pytest.approx(report.figures[name], abs=0.5)
