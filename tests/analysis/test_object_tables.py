from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aisle.analysis import _table_files
from aisle.analysis.object_tables import (
    read_interactions,
    read_objects,
    read_visits,
    write_hands,
    write_interactions,
    write_objects,
    write_visits,
)
from aisle.core import InputError, OutputError, Skipped, UsageError, VideoInfo
from aisle.core.boxes import Boxes
from aisle.core.detections import NOBODY, Detections, Hand, Observation
from aisle.core.interaction import Interaction, InteractionKind, Visit
from aisle.core.observed import Observed

RATE = Fraction(5)
INFO = VideoInfo("videos/shop.mp4", 640, 480, Fraction(30000, 1001), Fraction(2), 60, "h264", "yuv420p", has_audio=True)
INTERACTIONS = (
    Interaction(InteractionKind.PICKED_UP, Fraction(1), Fraction(5, 2), 3, "shelf 1", "milk, 1 l", 0.75),
    Interaction(InteractionKind.CONCEALED, Fraction(3), Fraction(4), 3),
)
VISITS = (Visit(3, Fraction(1, 2), Fraction(61), 2, 1), Visit(4, Fraction(2), Fraction(3), 0))
COLUMNS = "video time_s frame track_id label score x1 y1 x2 y2 area_percent mask_area_percent"


def _observed() -> Observed:
    """Two seconds at five a second: two things at each look but the third; 1 s to 1.4 s could not be read."""
    looks = []
    for number in (0, 1, 2, 3, 4, 7, 8, 9):
        boxes = Boxes(
            np.array([[number, 10, number + 64, 58], [-20, 0, 20, 48]], np.float32), np.array([0.9, 0.5], np.float32)
        )
        found = Detections(boxes, ("person", "bottle"), np.array([1, NOBODY], np.int64))
        hands = (Hand(1, "left", 5.25, 6.5, 0.75, 0.5), Hand(1, "right", 7.0, 8.0, 0.5))
        look = Observation(number / RATE, int(number / RATE * INFO.rate), 640, 480, found, hands=hands)
        looks.append(replace(look, found=Detections.none(), hands=()) if number == 2 else look)
    return Observed(INFO, RATE, tuple(looks), (Skipped(Fraction(1), Fraction(7, 5), "damaged"),), Fraction(2))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_objects_are_told_by_look(tmp_path: Path) -> None:
    write_objects(_observed(), tmp_path / "a.objects.csv")
    rows = _rows(tmp_path / "a.objects.csv")
    assert " ".join(rows[0]) == f"{COLUMNS} time"
    assert len(rows) == 14
    assert list(rows[2].values())[:11] == [
        *("videos/shop.mp4", "0.2", "5", "1", "person", "0.9", "1.0", "10.0", "65.0", "58.0", "1.0"),
    ]
    assert (rows[2]["mask_area_percent"], rows[2]["time"]) == ("", "0:00:00.200")
    assert (rows[1]["track_id"], rows[1]["x1"], rows[1]["area_percent"]) == ("-1", "-20.0", "0.3125")


def test_parquet_holds_the_columns_and_no_clock(tmp_path: Path) -> None:
    write_objects(_observed(), tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.column_names == COLUMNS.split()
    assert table.num_rows == 14
    assert table.column("mask_area_percent").null_count == 14


def test_objects_come_back(tmp_path: Path) -> None:
    observed = _observed()
    write_objects(observed, tmp_path / "a.parquet")
    write_hands(observed, tmp_path / "hands.parquet")
    back = read_objects(tmp_path / "a.parquet", tmp_path / "hands.parquet")
    assert (back.info, back.rate, back.skipped, back.duration) == (INFO, RATE, observed.skipped, Fraction(2))
    assert [look.time for look in back.observations] == [look.time for look in observed.observations]
    for look, before in zip(back.observations, observed.observations, strict=True):
        assert (look.frame, look.found.labels) == (before.frame, before.found.labels)
        assert look.found.tracks.tolist() == before.found.tracks.tolist()
        assert np.array_equal(look.found.boxes.corners, before.found.boxes.corners)
        assert [(hand.side, hand.x, hand.y, hand.score) for hand in look.hands] == [
            (hand.side, hand.x, hand.y, hand.score) for hand in before.hands
        ]
        assert look.mask_areas is None
    assert back.observations[0].hands[0].holds == 0.5
    assert math.isnan(back.observations[0].hands[1].holds)


def test_masks_come_back_as_areas(tmp_path: Path) -> None:
    observed = _observed()
    masks = np.zeros((2, 48, 64), bool)
    masks[0, :24] = True
    first = observed.observations[0]
    masked = replace(first, found=replace(first.found, masks=masks))
    write_objects(replace(observed, observations=(masked, *observed.observations[1:])), tmp_path / "a.parquet")
    assert read_objects(tmp_path / "a.parquet").observations[0].mask_percent().tolist() == [50, 0]


def test_every_frame_is_told_on_request(tmp_path: Path) -> None:
    write_objects(_observed(), tmp_path / "a.csv", every_frame=True)
    write_objects(_observed(), tmp_path / "a.parquet", every_frame=True)
    frames = [int(row["frame"]) for row in _rows(tmp_path / "a.csv") if row["label"] == "person"]
    assert frames == [*range(30), *range(36, 60)]
    assert read_objects(tmp_path / "a.parquet").rate == INFO.rate


def test_a_table_that_is_written_in_parts_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_objects(_observed(), tmp_path / "a.parquet")
    monkeypatch.setattr(_table_files, "_AT_ONCE", 3)
    write_objects(_observed(), tmp_path / "b.parquet")
    whole, parts = (pq.read_table(tmp_path / name) for name in ("a.parquet", "b.parquet"))
    assert parts.equals(whole, check_metadata=True)
    assert parts.num_rows == 14


def test_a_video_without_anything_has_tables_too(tmp_path: Path) -> None:
    nothing = Observed(INFO, RATE, (), (), Fraction(2))
    for name in ("a.csv", "a.parquet"):
        write_objects(nothing, tmp_path / name)
        write_interactions((), tmp_path / f"i{name}", video="v")
        assert read_interactions(tmp_path / f"i{name}") == ()
    assert _rows(tmp_path / "a.csv") == []
    back = read_objects(tmp_path / "a.parquet")
    assert len(back.observations) == 10
    assert not any(len(look.found) for look in back.observations)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_interactions_and_visits_come_back(tmp_path: Path, ending: str) -> None:
    write_interactions(INTERACTIONS, tmp_path / f"i.{ending}", video="shop.mp4")
    write_visits(VISITS, tmp_path / f"v.{ending}", video="shop.mp4")
    assert read_interactions(tmp_path / f"i.{ending}") == INTERACTIONS
    assert read_visits(tmp_path / f"v.{ending}") == VISITS


def test_clocks_are_for_people(tmp_path: Path) -> None:
    write_visits(VISITS, tmp_path / "v.csv", video="shop.mp4")
    assert (tmp_path / "v.csv").read_text().splitlines()[:2] == [
        "video,track_id,start_s,end_s,items,concealed,start,end",
        "shop.mp4,3,0.5,61.0,2,1,0:00:00.500,0:01:01.000",
    ]


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "-x", "\uff1d1"])
def test_no_name_can_run_as_a_formula(tmp_path: Path, name: str) -> None:
    named = replace(INTERACTIONS[0], zone=name, product=name)
    write_interactions([named], tmp_path / "i.csv", video=name)
    row = _rows(tmp_path / "i.csv")[0]
    assert row["video"] == row["zone"] == row["product"] == f"'{name}"
    assert read_interactions(tmp_path / "i.csv") == (named,)


def _changed(path: Path, **columns: Any) -> None:
    """The Parquet of the same name with other columns, whose record of the video stays."""
    table = pq.read_table(path)
    for name, values in columns.items():
        place = table.column_names.index(name)
        table = table.remove_column(place) if values is None else table.set_column(place, name, values(table))
    pq.write_table(table, path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a.csv:1: the column video is missing"),
        ("video,start_s\n", "a.csv:1: the column track_id is missing"),
        ("HEAD\nv,one,0,1,0,0\n", "a.csv:2, track_id: not a number"),
        ("HEAD\nv,1,0,1,0.5,0\n", "a.csv:2, items: not a number"),
        ("HEAD\nv,1,0,1,0,0\nv,1,,1,0,0\n", "a.csv:3: "),
        ("HEAD\nv,1,0,inf,0,0\n", "a.csv:2: "),
        ("HEAD\nv,1,0,1,0\n", "a.csv:2: the line does not fit"),
        ('HEAD\n"v,1,0,1,0\n', "a.csv:2: the line is no CSV"),
    ],
)
def test_what_is_wrong_in_a_csv_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text.replace("HEAD", "video,track_id,start_s,end_s,items,concealed"))
    with pytest.raises(InputError) as caught:
        read_visits(path)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ("v,5,1,picked up,1,a,b,0.5", "a stretch of time"),
        ("v,0,1,ate,1,a,b,0.5", "'ate'"),
        ("v,0,1,picked up,1,a,b,1.5", "a confidence is a probability"),
        ("v,0,1,picked up,1,a,b,", "a confidence is a probability"),
    ],
)
def test_an_interaction_that_cannot_be_is_told_with_its_line(tmp_path: Path, cells: str, told: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"video,start_s,end_s,kind,track_id,zone,product,confidence\n{cells}\n")
    with pytest.raises(InputError, match=r"a\.csv:2") as caught:
        read_interactions(path)
    assert told in str(caught.value)


def _strings(table: pa.Table) -> pa.Array:
    return pa.array(["x"] * table.num_rows)


def _nulls(table: pa.Table) -> pa.Array:
    return pa.array([None] * table.num_rows, pa.int64())


def _same_track(table: pa.Table) -> pa.Array:
    return pa.array([1] * table.num_rows, pa.int64())


def _no_time(table: pa.Table) -> pa.Array:
    return pa.array([math.inf] * table.num_rows, pa.float64())


def _no_number(table: pa.Table) -> pa.Array:
    return pa.array([None] * table.num_rows, pa.float64())


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"x1": None}, "the column x1 is missing"),
        ({"x1": _strings}, "column x1: not what it should be"),
        ({"track_id": _nulls}, "column track_id: a cell is empty; got: row 1"),
        ({"track_id": _same_track}, "each is in one place at a time"),
        ({"time_s": _no_time}, "row 1: "),
        ({"y2": _no_number}, "row 1: a thing without a place"),
        ({"score": _no_time}, "row 1: a thing without a place"),
    ],
)
def test_what_is_wrong_in_a_parquet_is_told(
    tmp_path: Path, columns: dict[str, Callable[[pa.Table], pa.Array] | None], told: str
) -> None:
    path = tmp_path / "a.parquet"
    write_objects(_observed(), path)
    _changed(path, **columns)
    with pytest.raises(InputError) as caught:
        read_objects(path)
    assert told in str(caught.value)
    assert "a.parquet" in str(caught.value)


def test_tables_of_others_and_damaged_ones_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_objects(_observed(), path)
    bare = pq.read_table(path).replace_schema_metadata(None)
    pq.write_table(bare, tmp_path / "bare.parquet")
    with pytest.raises(InputError, match="does not tell of which video"):
        read_objects(tmp_path / "bare.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    for wrong in (path, tmp_path / "absent.parquet", tmp_path):
        with pytest.raises(InputError, match="cannot read"):
            read_objects(wrong)
    with pytest.raises(UsageError, match=r"\.csv or \.parquet"):
        read_visits(tmp_path / "a.xlsx")


def test_hands_of_another_video_are_told(tmp_path: Path) -> None:
    observed = _observed()
    write_objects(observed, tmp_path / "a.parquet")
    late = replace(observed.observations[0], time=Fraction(77))
    write_hands(replace(observed, observations=(late,)), tmp_path / "h.csv")
    with pytest.raises(InputError, match=r"h\.csv:2: a hand where nobody looked"):
        read_objects(tmp_path / "a.parquet", tmp_path / "h.csv")
    (tmp_path / "h.csv").write_text("video,time_s,frame,track_id,side,x,y,score,holds\nv,0,0,1,middle,1,1,1,\n")
    with pytest.raises(InputError, match="no such side"):
        read_objects(tmp_path / "a.parquet", tmp_path / "h.csv")


def test_a_folder_in_the_way_is_an_output_error(tmp_path: Path) -> None:
    for name in ("v.csv", "v.parquet"):
        (tmp_path / name).mkdir()
        with pytest.raises(OutputError):
            write_visits(VISITS, tmp_path / name, video="v")
