"""Quiet periods left out: from a video to a shorter one, a map and a storyboard."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from aisle.media.probe import probe
from places import make_place, noisy
from squares import picture, write_square_detector
from videos import heard_clicks, make_sound, make_video, streams_of

from .conftest import Run, files

ALONE = "looking for motion alone: who stands quite still is not seen; --detector mobilenet-ssd finds them too"
KINDS = ("csv", "json", "mp4", "png")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute in which somebody walks by twice."""
    video = tmp_path_factory.mktemp("place") / "place.mp4"
    return make_place(video, 30, [(4, 7), (20, 23)], sound="aac", clicks=(5.5, 12.0, 21.0))  # type: ignore[arg-type]


def test_a_shorter_video_with_its_map(aisle: Run, place: Path, tmp_path: Path) -> None:
    done = aisle("summarize", place, "--out", tmp_path)
    assert (done.code, done.err.strip()) == (0, ALONE)
    assert files(tmp_path) == [f"place.summary.{kind}" for kind in KINDS]
    lines = done.out.splitlines()
    assert lines[0] == f"{place}  0:00:30.000"
    assert lines[1].startswith("  kept 0:00:1")
    assert " in 2 stretches, " in lines[1]
    told = json.loads((tmp_path / "place.summary.json").read_text())
    assert told["duration_s"] == 30
    assert told["kept_s"] + told["dropped_s"] == 30
    assert told["looked_for"] == ["motion"]
    first, second = told["stretches"]
    assert 2 <= first["start_s"] <= 3
    assert 8 <= first["end_s"] <= 10
    assert first["kept_start_s"] == 0
    assert second["kept_start_s"] == first["kept_end_s"] == first["end_s"] - first["start_s"]
    with (tmp_path / "place.summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["start_s"]) for row in rows] == [first["start_s"], second["start_s"]]
    assert rows[1]["kept_start"].startswith("0:00:0")
    info = probe(tmp_path / "place.summary.mp4")
    assert info.duration is not None
    assert float(info.duration) == pytest.approx(told["kept_s"], abs=0.13)
    assert streams_of(tmp_path / "place.summary.mp4") == [("video", "h264"), ("audio", "aac")]
    wanted = [5.5 - first["start_s"], second["kept_start_s"] + 21 - second["start_s"]]
    assert heard_clicks(tmp_path / "place.summary.mp4") == pytest.approx(wanted, abs=0.03)


def test_programs_get_json(aisle: Run, place: Path, tmp_path: Path) -> None:
    done = aisle("summarize", place, "--out", tmp_path, "--json", "--quiet")
    (told,) = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert sorted(told["files"]) == sorted(str(tmp_path / f"place.summary.{kind}") for kind in KINDS)


def test_nothing_happens(aisle: Run, place: Path, tmp_path: Path) -> None:
    assert aisle("summarize", place, "--out", tmp_path, "--quiet").code == 0
    empty = make_place(tmp_path / "place.mp4", 10)
    done = aisle("summarize", empty, "--out", tmp_path)
    assert done.code == 0
    assert "  nothing happens in it: no motion was seen, so there is no video" in done.out.splitlines()
    assert files(tmp_path) == ["place.mp4", "place.summary.csv", "place.summary.json"]
    assert json.loads((tmp_path / "place.summary.json").read_text())["stretches"] == []


def test_everything_happens(aisle: Run, tmp_path: Path) -> None:
    busy = make_place(tmp_path / "busy.mp4", 6, [(0, 3), (3, 6)])
    done = aisle("summarize", busy, "--out", tmp_path / "out", "--no-clock")
    assert done.code == 0
    assert "  something happens all the time: nothing was dropped" in done.out.splitlines()
    assert probe(tmp_path / "out" / "busy.summary.mp4").frames == probe(busy).frames


def test_people_by_a_detector(aisle: Run, tmp_path: Path) -> None:
    detector = write_square_detector(tmp_path / "squares.onnx")
    still = [picture((10, 20), (80, 50))] * 40
    video = make_video(tmp_path / "shop.mp4", [*[picture()] * 100, *still, *[picture()] * 100], options={"g": "10"})
    done = aisle("summarize", video, "--out", tmp_path / "out", "--detector", detector, "--keep", "people", "--json")
    assert done.err.strip() == f"people are found by {detector}"
    (stretch,) = json.loads(done.out)[0]["stretches"]
    assert stretch["why"] == ["people"]
    assert stretch["start_s"] <= 3.4
    assert stretch["end_s"] >= 4.6


def test_without_encoding(aisle: Run, tmp_path: Path) -> None:
    place = make_place(tmp_path / "place.mp4", 30, [(4, 7), (20, 23)])
    done = aisle("summarize", place, "--out", tmp_path / "out", "--copy")
    assert "--copy leaves the pictures as they are: cuts are at key frames, and no clock is drawn" in done.err
    told = json.loads((tmp_path / "out" / "place.summary.json").read_text())
    assert told["rules"]["cut_at_key_frames"]
    assert all(each["start_s"] % 1.5 == 0 for each in told["stretches"])  # a key frame each 12 pictures
    assert probe(tmp_path / "out" / "place.summary.mp4").duration == pytest.approx(told["kept_s"], abs=0.01)


def test_margins_and_shortest_stretches(aisle: Run, place: Path, tmp_path: Path) -> None:
    done = aisle("summarize", place, "--out", tmp_path, "--margin", "0", "--shortest-gap", "20 s", "--json", "-q")
    (stretch,) = json.loads(done.out)[0]["stretches"]
    assert 3 <= stretch["start_s"] <= 4.25
    done = aisle("summarize", place, "--out", tmp_path, "--shortest", "10", "--json", "-q")
    assert json.loads(done.out)[0]["stretches"] == []


def test_videos_of_one_name_do_not_meet(aisle: Run, tmp_path: Path) -> None:
    videos = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        videos.append(make_place(tmp_path / folder / "place.mp4", 8, [(3, 5)]))
    assert aisle("summarize", *videos, "--out", tmp_path / "out", "--quiet").code == 0
    names = [f"{stem}.summary.{kind}" for stem in ("place-2", "place") for kind in KINDS]
    assert files(tmp_path / "out") == sorted(names)


def test_one_that_cannot_be_used_does_not_stop_the_others(aisle: Run, tmp_path: Path) -> None:
    sound, text = make_sound(tmp_path / "sound.m4a"), tmp_path / "text.mp4"
    text.write_text("no video")
    good = make_place(tmp_path / "good.mp4", 8, [(3, 5)])
    address = "rtsp://user:secret@camera/1"
    done = aisle("summarize", sound, text, address, tmp_path / "absent.mp4", good, "--out", tmp_path / "out", "-q")
    assert done.code == 1
    assert len(done.errors) == 4
    assert "no pictures to analyse" in done.errors[0]
    assert "an address is read once, a summary twice" in done.errors[2]
    assert "secret" not in done.errors[2]
    assert files(tmp_path / "out") == [f"good.summary.{kind}" for kind in KINDS]


def test_a_damaged_middle_is_told_and_the_rest_kept(aisle: Run, tmp_path: Path) -> None:
    place = make_place(tmp_path / "place.mp4", 30, [(4, 7), (20, 23)])
    data = bytearray(place.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 10] = bytes(len(data) // 10)
    place.write_bytes(data)
    done = aisle("summarize", place, "--out", tmp_path / "out")
    assert done.code == 0
    assert "damaged" in done.err
    told = json.loads((tmp_path / "out" / "place.summary.json").read_text())
    assert told["skipped"]
    assert told["stretches"][0]["start_s"] <= 4
    assert told["stretches"][-1]["end_s"] >= 23


def test_wrong_usage(aisle: Run, place: Path, tmp_path: Path) -> None:
    for words, match in (
        (["--keep", "noise"], "that cannot be kept"),
        (["--keep", "risk"], "a risk is seen by a model"),
        (["--margin", "soon"], "--margin is no number of seconds"),
        (["--margin", "-1"], "0 to 3600"),
        (["--keep", "motion", "--detector", "overhead"], "nobody looks for people"),
        (["--keep", "motion", "--model", "kinetics-i3d"], "nobody asks the model"),
    ):
        done = aisle("summarize", place, "--out", tmp_path / "out", *words, "--quiet")
        assert done.code == 2
        assert match in done.error
    assert not (tmp_path / "out").exists()


def test_a_model_without_a_threshold_warns_of_nothing(aisle: Run, place: Path, tmp_path: Path) -> None:
    done = aisle("summarize", place, "--out", tmp_path, "--model", "kinetics-i3d", "--quiet")
    assert done.code == 2
    assert "which has no threshold" in done.error
    assert files(tmp_path) == []


def test_a_full_disk(aisle: Run, disk: Callable[[str], Path], tmp_path: Path) -> None:
    video = make_place(tmp_path / "walk.mp4", 8, [(2, 6)], noisy)
    out = disk("size=16k")
    done = aisle("summarize", video, "--out", out, "--quiet")
    assert done.code == 1
    assert "No space left on device; do: free some space" in done.error
    assert files(out) == []
    done = aisle("summarize", video, "--out", disk("ro"), "--quiet")
    assert (done.code, "Read-only file system" in done.error) == (1, True)
