"""People and things in videos, followed: from a video and a detector of the user's own to tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image as Canvas

from aisle.analysis.object_tables import read_objects
from aisle.core import UsageError
from squares import crossing, picture, write_square_detector
from videos import make_video

from .conftest import Run, files


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_square_detector(tmp_path_factory.mktemp("detector") / "squares.onnx")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds in which two people, who are squares, pass each other."""
    return make_video(tmp_path_factory.mktemp("shop") / "shop.mp4", crossing(60))


def test_a_video_becomes_tables(aisle: Run, shop: Path, detector: Path, tmp_path: Path) -> None:
    done = aisle("detect", shop, "--out", tmp_path, "--detector", detector, "--no-poses")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:3] == [
        f"{shop}  0:00:02.000, 10 looks",
        "  2 people followed, at most 2 at once",
        "  person     2 followed, from 0:00:00.000 to 0:00:01.800",
    ]
    assert files(tmp_path) == ["shop.objects.csv", "shop.objects.parquet"]
    table = pq.read_table(tmp_path / "shop.objects.parquet").to_pylist()
    assert [row["track_id"] for row in table] == [-1, -1] + [1, 2] * 9
    red = [row for row in table if row["track_id"] == 1]
    assert [row["frame"] for row in red] == list(range(6, 60, 6))
    assert np.allclose([row["x1"] for row in red], [4 + row["frame"] for row in red], atol=2.5)
    assert {row["label"] for row in table} == {"person"}
    assert all(row["area_percent"] == pytest.approx(100 * 24 * 24 / (128 * 96), rel=0.15) for row in table)
    with (tmp_path / "shop.objects.csv").open(newline="") as file:
        assert [row["time"] for row in csv.DictReader(file)][-1] == "0:00:01.800"
    assert len(read_objects(tmp_path / "shop.objects.parquet").observations) == 10


def test_a_picture_is_told_by_what_is_in_it(aisle: Run, detector: Path, tmp_path: Path) -> None:
    Canvas.fromarray(picture((10, 10))).save(tmp_path / "still.png")
    Canvas.fromarray(picture()).save(tmp_path / "empty.png")
    stills = [tmp_path / "still.png", tmp_path / "empty.png"]
    done = aisle("detect", *stills, "--out", tmp_path / "out", "--detector", detector, "--no-poses")
    assert (done.code, done.err) == (0, "")
    told = [line for line in done.out.splitlines() if ":" not in line]
    assert told == [f"{stills[0]}  a picture", "     1 person", f"{stills[1]}  a picture", "  nothing was found"]


def test_every_frame_can_be_told(aisle: Run, shop: Path, detector: Path, tmp_path: Path) -> None:
    done = aisle(
        "detect", shop, "--out", tmp_path, "--detector", detector, "--no-poses", "--every-frame", "--rate", "10"
    )
    assert done.code == 0
    table = pq.read_table(tmp_path / "shop.objects.parquet").to_pylist()
    assert {row["frame"] for row in table} == set(range(60))


def test_programs_get_json(aisle: Run, shop: Path, detector: Path, tmp_path: Path) -> None:
    Canvas.fromarray(picture((10, 10))).save(tmp_path / "still.png")
    empty = make_video(tmp_path / "empty.mp4", [picture()] * 30)
    done = aisle(
        *("detect", shop, empty, tmp_path / "still.png", "--out", tmp_path / "out"),
        *("--detector", detector, "--no-poses", "--json"),
    )
    assert (done.code, done.err) == (0, "")
    first, second, third = json.loads(done.out)
    assert first == {
        "video": str(shop),
        "duration_s": 2.0,
        "rate": 5.0,
        "looks": 10,
        "things": [
            {"label": "person", "followed": 2, "most_at_once": 2, "looks": 10, "first_s": 0.0, "last_s": 1.8},
        ],
        "skipped": [],
        "files": [str(tmp_path / "out" / f"shop.objects.{ending}") for ending in ("csv", "parquet")],
    }
    assert (second["things"], second["looks"]) == ([], 5)
    assert (third["looks"], third["things"][0]["most_at_once"]) == (1, 1)


def test_a_video_without_people_is_an_answer(aisle: Run, detector: Path, tmp_path: Path) -> None:
    empty = make_video(tmp_path / "empty.mp4", [picture()] * 30)
    done = aisle("detect", empty, "--out", tmp_path / "out", "--detector", detector, "--no-poses")
    assert done.code == 0
    assert "  nobody was seen" in done.out.splitlines()
    assert pq.read_table(tmp_path / "out" / "empty.objects.parquet").num_rows == 0


def test_one_bad_video_does_not_stop_the_others(aisle: Run, shop: Path, detector: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_text("no video")
    out = tmp_path / "out"
    done = aisle("detect", tmp_path / "bad.mp4", shop, "--out", out, "--detector", detector, "--no-poses", "--quiet")
    assert done.code == 1
    assert str(tmp_path / "bad.mp4") in done.error
    assert files(out) == ["shop.objects.csv", "shop.objects.parquet"]


@pytest.mark.parametrize(
    ("words", "told", "code"),
    [
        (["--rate", "0"], "that is no rate; got: 0", UsageError.exit_code),
        (["--rate", "often"], "not a number", UsageError.exit_code),
        (["--detector", "yolo"], "unknown detector; got: 'yolo'", UsageError.exit_code),
        (["--detector", "no/such.onnx"], "no detector at", 1),
        (["--label", "persn"], "did you mean person", UsageError.exit_code),
        (["--score", "2"], "do: aisle detect --help", UsageError.exit_code),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    aisle: Run, shop: Path, detector: Path, tmp_path: Path, words: list[str], told: str, code: int
) -> None:
    chosen = [] if "--detector" in words else ["--detector", detector]
    done = aisle("detect", shop, "--out", tmp_path / "out", "--no-poses", *chosen, *words)
    assert done.code == code
    assert told in done.error
    assert files(tmp_path / "out") == []


def test_weights_that_are_not_there_are_told(
    aisle: Run, shop: Path, detector: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path))
    for words in (
        ["--detector", "yolox-nano", "--no-poses"],
        ["--detector", detector],
        ["--detector", detector, "--no-poses", "--masks"],
    ):
        done = aisle("detect", shop, "--out", tmp_path / "out", *words, "--quiet")
        assert done.code == 1
        assert f"no weights at {tmp_path}" in done.error
