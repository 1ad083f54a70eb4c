from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.analysis.tables import write_csv, write_json, write_parquet
from aisle.core import Analysis, Heat, MissingPartError, OutputError, Segment, Skipped, Timeline
from analyses import LABELS, made_up_analysis
from seen import observed

Writer = Callable[[Analysis, Path], None]
WRITERS: list[Writer] = [write_json, write_csv, write_parquet]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_json_holds_all_of_it(tmp_path: Path) -> None:
    skipped = (Skipped(Fraction(47), Fraction(48), "cut off"),)
    analysis = made_up_analysis(skipped=skipped, notes=("odd sizes",))
    write_json(analysis, tmp_path / "a.json")
    record = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    first = analysis.timeline.segments[0]
    assert " ".join(record) == "video model duration_s predictions grid segments skipped notes timing"
    assert (record["video"], record["model"], record["duration_s"]) == ("videos/aisle 3.mp4", "kinetics-i3d", 48.0)
    assert [each["label"] for each in record["predictions"]] == [each.label for each in analysis.predictions[:5]]
    assert len(record["segments"]) == len(analysis.timeline.segments)
    assert record["segments"][0] == {
        "start_s": 0.0,
        "end_s": float(first.end),
        "label": first.label,
        "score": pytest.approx(first.score, abs=1e-6),
    }
    assert record["skipped"] == [{"start_s": 47.0, "end_s": 48.0, "reason": "cut off"}]
    assert record["notes"] == ["odd sizes"]
    assert record["timing"] == {"decode_s": 3.25, "inference_s": 8.5, "total_s": 9.75}


def test_json_grid_does_not_drift_over_two_hours(tmp_path: Path) -> None:
    analysis = made_up_analysis(Fraction(7200), action=Fraction(600))
    write_json(analysis, tmp_path / "a.json")
    grid = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["grid"]
    last = grid["start_s"] + (grid["count"] - 1) * grid["step_s"]
    assert last == pytest.approx(float(analysis.scores.grid.cell(grid["count"] - 1)[0]), abs=1e-6)


def test_csv_has_seconds_for_programs_and_a_clock_for_people(tmp_path: Path) -> None:
    analysis = made_up_analysis()
    write_csv(analysis, tmp_path / "a.csv")
    rows = _rows(tmp_path / "a.csv")
    assert list(rows[0]) == ["video", "start_s", "end_s", "label", "score", "start", "end"]
    assert len(rows) == len(analysis.timeline.segments)
    assert [float(row["start_s"]) for row in rows] == [float(each.start) for each in analysis.timeline.segments]
    assert rows[1]["start"] == "0:00:06.450"
    assert rows[-1]["end"] == "0:00:48.000"


@pytest.mark.parametrize(
    "label",
    ["=1+1", "+1", "-cut", "@SUM(A1)", "\t=1", "  =1", "\r=1", "\uff1d1", '=HYPERLINK("http://x","y")'],
)
def test_csv_text_cannot_run_as_a_formula(tmp_path: Path, label: str) -> None:
    write_csv(made_up_analysis(path=label, labels=(label,)), tmp_path / "a.csv")
    for row in _rows(tmp_path / "a.csv"):
        assert row["label"] == f"'{label}"
        assert row["video"] == f"'{label}"


@pytest.mark.parametrize("label", ['a, b; "c"', "two\nlines", "1 = 1", "拿起商品", ""])
def test_csv_gives_any_other_text_back(tmp_path: Path, label: str) -> None:
    write_csv(made_up_analysis(labels=(label,)), tmp_path / "a.csv")
    assert {row["label"] for row in _rows(tmp_path / "a.csv")} == {label}


def test_csv_bears_a_mark_only_where_a_spreadsheet_needs_it(tmp_path: Path) -> None:
    write_csv(made_up_analysis(), tmp_path / "plain.csv")
    write_csv(made_up_analysis(path="Gänge.mp4"), tmp_path / "marked.csv")
    assert (tmp_path / "plain.csv").read_bytes().startswith(b"video,")
    assert (tmp_path / "marked.csv").read_bytes().startswith(b"\xef\xbb\xbfvideo,")


def test_parquet_reads_back_as_a_data_frame(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas", reason="the extra 'tables' is not installed")
    analysis = made_up_analysis()
    write_parquet(analysis, tmp_path / "a.parquet")
    frame = pd.read_parquet(tmp_path / "a.parquet")
    assert list(frame.columns) == ["video", "start_s", "end_s", "label", "score"]
    assert frame["label"].tolist() == [each.label for each in analysis.timeline.segments]
    assert frame["end_s"].tolist() == [float(each.end) for each in analysis.timeline.segments]
    assert set(frame["video"]) == {"videos/aisle 3.mp4"}


def test_parquet_keeps_its_column_types_without_segments(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra 'tables' is not installed")
    empty = replace(made_up_analysis(), timeline=Timeline(Fraction(48), ()))
    write_parquet(empty, tmp_path / "a.parquet")
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert [str(kind) for kind in schema.types] == ["string", "double", "double", "string", "double"]


def test_parquet_says_which_part_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingPartError, match=r'pyarrow.*pip install "aisle\[tables\]"'):
        write_parquet(made_up_analysis(), tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", WRITERS)
def test_a_path_that_is_no_text_is_written_readably(tmp_path: Path, write: Writer) -> None:
    write(made_up_analysis(path="caf\udce9.mp4"), tmp_path / "table")
    assert rb"caf\udce9.mp4" in (tmp_path / "table").read_bytes().replace(rb"\\", b"\\")


@pytest.mark.parametrize("write", WRITERS)
def test_a_folder_in_the_way_is_an_output_error_and_leaves_nothing(tmp_path: Path, write: Writer) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="taken"):
        write(made_up_analysis(), tmp_path / "taken")
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]


def test_a_score_of_single_precision_is_written_without_its_noise(tmp_path: Path) -> None:
    segment = Segment(Fraction(0), Fraction(1001, 30000), LABELS[0], 0.9230000376701355)
    write_csv(replace(made_up_analysis(), timeline=Timeline(Fraction(48), (segment,))), tmp_path / "a.csv")
    [row] = _rows(tmp_path / "a.csv")
    assert (row["score"], row["end_s"]) == ("0.923", "0.033367")


def _noticed() -> Analysis:
    """Unusual from 6 to 12 seconds, at the right of the picture."""
    made = made_up_analysis(Fraction(18), labels=("normal", "unusual"))
    parts = [(0, "normal"), (6, "unusual"), (12, "normal")]
    segments = tuple(Segment(Fraction(start), Fraction(start + 6), label, 0.9) for start, label in parts)
    values = np.zeros((made.scores.grid.count, 2, 4), np.float32)
    values[:, 1, 3] = 1
    drift = (Segment(Fraction(2), Fraction(5), "camera covered", 1.0),)
    timeline, heat = Timeline(Fraction(18), segments), Heat(values, made.scores.grid)
    return replace(made, timeline=timeline, heat=heat, threshold=0.5, drift=drift)


def test_what_is_warned_of_has_a_place(tmp_path: Path) -> None:
    analysis = _noticed()
    write_json(analysis, tmp_path / "a.json")
    record = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    calm, unusual, _ = record["segments"]
    assert "place" not in calm
    assert unusual["place"] == [0.75, 0.5, 1.0, 1.0]
    assert 6 <= unusual["hottest_s"] <= 12
    assert record["drift"] == [{"start_s": 2.0, "end_s": 5.0, "kind": "camera covered", "score": 1.0}]
    write_csv(analysis, tmp_path / "a.csv")
    rows = _rows(tmp_path / "a.csv")
    assert [rows[1][side] for side in ("left", "top", "right", "bottom", "who")] == ["0.75", "0.5", "1.0", "1.0", ""]
    assert [rows[0][side] for side in ("hottest", "left", "track_id")] == ["", "", "-1"]


def test_who_was_at_the_place_is_told_where_people_were_followed(tmp_path: Path) -> None:
    analysis = _noticed()
    seen = observed(320, 240, person=(0.7, 0.4, 1.0, 1.0))
    looks = tuple(replace(seen.observations[0], time=Fraction(number, 5)) for number in range(90))
    write_json(analysis, tmp_path / "a.json", replace(seen, observations=looks, duration=Fraction(18)))
    segments = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["segments"]
    assert [segment.get("who") for segment in segments] == [None, "person", None]
    assert segments[1]["track_id"] == 1


def test_parquet_has_the_place_too(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas", reason="the extra 'tables' is not installed")
    write_parquet(_noticed(), tmp_path / "a.parquet")
    frame = pd.read_parquet(tmp_path / "a.parquet")
    assert frame["left"].tolist()[1] == 0.75
    assert frame["left"].isna().tolist() == [True, False, True]
