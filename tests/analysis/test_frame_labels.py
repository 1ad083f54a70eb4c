"""Labels of a video's pictures, and their tables."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.analysis.frame_label_tables import COLUMNS, data_frame, read_frame_labels, write_frame_labels
from aisle.analysis.frame_labels import Floats, label_frames, labels_of
from aisle.core import InputError, LabelSet, UsageError
from aisle.core.video import Image
from seen import observed
from videos import make_video, number_of


class EvenOrOdd:
    """Names the number that a picture shows."""

    labels = LabelSet(("even", "odd", "neither"))
    size = 64
    fingerprint = "even-or-odd"

    def probabilities(self, images: Sequence[Image]) -> Floats:
        odd = [number_of(image) % 2 for image in images]
        return np.array([(0.1, 0.7, 0.2) if one else (0.7, 0.1, 0.2) for one in odd], np.float32)


def test_the_surest_of_each_picture(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", 50, Fraction(25))
    seen = label_frames(video, EvenOrOdd(), rate=Fraction(5), top=2)
    assert (seen.pictures, len(seen.rows), seen.producer) == (10, 20, "even-or-odd")
    assert [row.frame for row in seen.rows[::2]] == list(range(0, 50, 5))
    assert [row.label for row in seen.rows[:4]] == ["even", "neither", "odd", "neither"]
    assert seen.rows[2].time == Fraction(1, 5)


def test_a_stretch_and_a_video_of_one_picture(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", 50, Fraction(25))
    part = label_frames(video, EvenOrOdd(), start=Fraction(1), end=Fraction(3, 2), top=1)
    assert {Fraction(1) <= row.time < Fraction(3, 2) for row in part.rows} == {True}
    assert label_frames(make_video(tmp_path / "b.mp4", 1), EvenOrOdd(), top=1).pictures == 1
    with pytest.raises(UsageError, match="some labels"):
        label_frames(video, EvenOrOdd(), top=0)


def test_a_detector_fills_the_same_table() -> None:
    seen = labels_of(observed(), "by hand")
    assert (seen.pictures, len(seen.rows)) == (15, 30)
    person, can = seen.rows[:2]
    assert (person.label, can.label) == ("person", "can")
    assert person.area == pytest.approx(0.2 * 0.5, abs=1e-6)
    assert person.confidence == pytest.approx(0.9)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_tables_are_written(tmp_path: Path, kind: str) -> None:
    seen = labels_of(observed(), "by hand")
    path = tmp_path / f"a.{kind}"
    write_frame_labels(seen, path)
    if kind == "parquet":
        back = read_frame_labels(path)
        assert (back.video, back.pictures, back.producer) == (seen.video, seen.pictures, seen.producer)
        assert [row.label for row in back.rows] == [row.label for row in seen.rows]
    else:
        assert len(path.read_text("utf-8").splitlines()) == 31


def test_a_data_frame_has_the_usual_columns() -> None:
    pytest.importorskip("pandas")
    seen = labels_of(observed(), "by hand")
    table = data_frame([seen, seen])
    assert tuple(table.columns[:3]) == COLUMNS
    assert len(table) == 60
    assert len(data_frame([])) == 0


def test_what_is_no_such_table(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"no table")
    with pytest.raises(InputError, match=r"a\.parquet"):
        read_frame_labels(tmp_path / "a.parquet")
