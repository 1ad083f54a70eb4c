"""`aisle watch` as a person uses it, on a file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from aisle.media.read import Reader

from .conftest import Run

SEEN = ("--model", "kinetics-i3d", "--kind", "abseiling", "--threshold", "0")
"""Of 400 classes of a network with random weights: a threshold of 0 warns of whatever comes."""


def test_an_alarm_with_its_clip_and_its_line(aisle: Run, clip: Path, tmp_path: Path) -> None:
    clips, alarms = tmp_path / "clips", tmp_path / "alarms.jsonl"
    done = aisle("watch", clip, "--fast", *SEEN, "--evidence", clips, "--sink", f"jsonl:{alarms}", "--name", "Till 1")
    assert done.code == 0
    start, end = done.out.splitlines()
    assert re.fullmatch(r"0:00:00\.000  abseiling at Till 1, risk \d+%", start)
    assert re.fullmatch(r"0:00:0\d\.\d{3}  abseiling over after \d\.\d s, at most \d+%", end)
    (written,) = clips.iterdir()
    assert f"clip: {written}, from 0:00:00.000 on" in done.err
    assert "1 alarm" in done.err
    told = [json.loads(line) for line in alarms.read_text("utf-8").splitlines()]
    assert [one["state"] for one in told][:: len(told) - 1] == ["started", "ended"]
    assert {one["camera"] for one in told} == {"Till 1"}
    with Reader(written) as reader:
        assert len(list(reader)) == 90


def test_in_real_time_it_tells_the_same(aisle: Run, clip: Path) -> None:
    fast = aisle("watch", clip, "--fast", *SEEN, "-q")
    assert aisle("watch", clip, *SEEN, "-q").out == fast.out
    assert fast.err == ""


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--model", "kinetics-i3d"], "kinetics-i3d has no alarm of its own"),
        ([*SEEN[:2], "--kind", "abseilin", "--threshold", "0"], "unknown label; got: 'abseilin'"),
        ([*SEEN[:4]], "kinetics-i3d has no threshold"),
        ([*SEEN, "--sink", "pigeon:roof"], "unknown kind of sink; got: 'pigeon'"),
        ([*SEEN, "--blur"], "what is blurred are the clips"),
        ([*SEEN, "--evidence", "{file}"], "cannot write"),
    ],
)
def test_wrong_words(aisle: Run, clip: Path, tmp_path: Path, words: list[str], error: str) -> None:
    file = tmp_path / "file"
    file.touch()
    done = aisle("watch", clip, *(word.format(file=file) for word in words))
    assert done.code in (1, 2)
    assert error in done.error


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("nowhere.mp4", "there is no such file"),
        ("7", "there is no such webcam"),
        ("gopher://host/x", "unknown kind of address"),
    ],
)
def test_sources_that_are_none(aisle: Run, source: str, error: str) -> None:
    done = aisle("watch", source, *SEEN)
    assert done.code in (1, 2)
    assert error in done.err
    assert "Traceback" not in done.err
