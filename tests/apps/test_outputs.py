"""What `classify` and `analyze` give, and that all of it says the same."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from urllib.parse import unquote

import av
import pyarrow.parquet as pq
import pytest

from videos import heard_clicks, streams_of

from .conftest import Done, Run, files


@pytest.fixture
def results(aisle: Run, clip: Path, tmp_path: Path) -> tuple[Path, Done]:
    """The folder in which the analysis of `clip` lies, and what was said."""
    return tmp_path / "out", aisle("analyze", clip, "--annotate", "--out", tmp_path / "out")


def test_every_file_is_there(results: tuple[Path, Done]) -> None:
    folder, done = results
    assert (done.code, done.err) == (0, "")
    assert files(folder) == ["clip.annotated.mp4", "clip.csv", "clip.html", "clip.json", "clip.parquet"]


@pytest.mark.usefixtures("easily_sure")
def test_the_tables_agree(results: tuple[Path, Done], clip: Path) -> None:
    folder, done = results
    record = json.loads((folder / "clip.json").read_text())
    assert record["segments"]
    assert (record["video"], record["duration_s"]) == (str(clip), 3.0)
    rows = [{"video": str(clip), **segment} for segment in record["segments"]]
    assert pq.read_table(folder / "clip.parquet").to_pylist() == rows
    with (folder / "clip.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [{key: row[key] for key in rows[0]} for row in table] == [
        {key: str(value) for key, value in row.items()} for row in rows
    ]
    for row in table:
        assert f"{row['start']} - {row['end']}" in done.out
        assert row["label"] in done.out


def test_the_annotated_video_plays_and_sounds(results: tuple[Path, Done]) -> None:
    folder, _ = results
    video = folder / "clip.annotated.mp4"
    assert streams_of(video) == [("video", "h264"), ("audio", "aac")]
    assert heard_clicks(video) == pytest.approx([1.0], abs=0.05)
    with av.open(str(video)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 90


def test_the_page_plays_a_video_beside_it(results: tuple[Path, Done], aisle: Run, clip: Path, tmp_path: Path) -> None:
    assert played(results[0] / "clip.html") == results[0] / "clip.annotated.mp4"
    plain = tmp_path / "a" / "b #1"
    assert aisle("analyze", clip, "--out", plain).code == 0
    assert played(plain / "clip.html").samefile(clip)


def played(page: Path) -> Path:
    (address,) = re.findall(r'<video[^>]* src="([^"]+)"', page.read_text("utf-8"))
    assert not address.startswith("/")
    return page.parent / unquote(address)


def test_json_has_the_documented_keys(aisle: Run, clip: Path) -> None:
    done = aisle("classify", "--json", "--top", 3, clip, clip)
    assert (done.code, done.err) == (0, "")
    records = json.loads(done.out)
    assert len(records) == 2
    for record in records:
        assert list(record) == ["video", "model", "predictions", "duration_s", "timing", "notes", "skipped"]
        assert list(record["timing"]) == ["decode_s", "inference_s", "total_s"]
        assert [list(each) for each in record["predictions"]] == [["label", "probability"]] * 3
        probabilities = [each["probability"] for each in record["predictions"]]
        assert probabilities == sorted(probabilities, reverse=True)


def test_classify_for_people(aisle: Run, clip: Path) -> None:
    head, *lines = aisle("classify", "--top", 2, clip).out.splitlines()
    assert re.fullmatch(rf"{re.escape(str(clip))}  \(0:00:03\.000, \d+\.\d s to analyse\)", head)
    assert [bool(re.fullmatch(r" +\d+\.\d%  .+", line)) for line in lines] == [True, True]
