"""Names that are not plain words."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from aisle.analysis.outputs import outputs_for

from .conftest import Run, files

ODD = ["Überwachung 店.mp4", "12:30 a#b?c%20&.mp4", "new\nline.mp4"]


def test_odd_names(aisle: Run, clip: Path, tmp_path: Path) -> None:
    videos = [shutil.copy(clip, tmp_path / name) for name in ODD]
    done = aisle("analyze", *videos, "--annotate", "--out", tmp_path / "the results")
    assert (done.code, done.err) == (0, "")
    for video in videos:
        results = tmp_path / "the results" / video.name
        assert json.loads(results.with_suffix(".json").read_text("utf-8"))["video"] == str(video)
        assert results.with_suffix(".annotated.mp4").is_file()


def test_a_name_that_is_not_text(program: Run, clip: Path, tmp_path: Path) -> None:
    name = b"caf\xe9.mp4"
    shutil.copy(clip, tmp_path / os.fsdecode(name))
    done = program("analyze", name, b"missing \xe9.mp4", "--out", "out", environment={"PYTHONIOENCODING": "utf-8"})
    assert done.code == 1
    assert done.out.startswith(r"caf\udce9.mp4")
    assert done.errors == [
        r"error: there is no such file; got: missing \udce9.mp4: No such file or directory; do: check the path"
    ]
    results = {os.fsencode(file).rpartition(b".")[2] for file in files(tmp_path / "out")}
    assert results == {b"json", b"csv", b"parquet", b"html"}


def test_json_carries_any_name(program: Run, clip: Path, tmp_path: Path) -> None:
    shutil.copy(clip, tmp_path / "Ü.mp4")
    done = program("classify", "--json", "Ü.mp4", environment={"PYTHONIOENCODING": "ascii"})
    assert (done.code, json.loads(done.out)[0]["video"]) == (0, "Ü.mp4")


def test_a_leading_dash(program: Run, clip: Path, tmp_path: Path) -> None:
    shutil.copy(clip, tmp_path / "-till.mp4")
    assert program("classify", "-q", "--", "-till.mp4").out.startswith("-till.mp4  (0:00:03.000")


@pytest.mark.usefixtures("easily_sure")
def test_the_same_name_twice(aisle: Run, clip: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / clip.name
    other.parent.mkdir()
    shutil.copy(clip, other)
    done = aisle("analyze", clip, other, clip, "--out", tmp_path / "out")
    assert done.code == 0
    for stem, video in {"clip": clip, "clip-2": other, "clip-3": clip}.items():
        results = tmp_path / "out" / stem
        assert json.loads(results.with_suffix(".json").read_text())["video"] == str(video)
        assert results.with_suffix(".csv").read_text().splitlines()[1].startswith(f"{video},")
        assert pq.read_table(results.with_suffix(".parquet"))["video"][0].as_py() == str(video)


@pytest.mark.parametrize(
    ("videos", "stems"),
    [
        (["a.mp4", "b/a.avi", "a-2.mp4"], ["a", "a-2", "a-2-2"]),
        (["a-2.mp4", "a.mp4", "a.mp4"], ["a-2", "a", "a-3"]),
        (["http://shop/till%201.mp4?key=a/b.mp4", "rtsp://camera/1", "rtsp://camera"], ["till 1", "1", "video"]),
        (["http://shop/..%2f..%2fetc%2fpasswd"], ["passwd"]),
    ],
)
def test_results_have_names_of_their_own(videos: list[str], stems: list[str]) -> None:
    assert [results.json.name for results in outputs_for(videos, Path("out"))] == [f"{stem}.json" for stem in stems]
