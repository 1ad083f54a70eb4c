from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aisle.core import OutputError, UsageError
from aisle.events.jsonl import Lines
from aisle.events.sink import open_sink
from brokers import happening

ENDLESS = """
import itertools, sys
from pathlib import Path
from aisle.events.sink import open_sink
from brokers import happening
sink = open_sink(sys.argv[1], spool=Path("none"))
for number in itertools.count():
    sink.send(happening(number), None)
    print(number, flush=True)
"""


def keys(path: Path) -> list[str]:
    return [json.loads(line)["key"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_lines_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "new" / "alarms.jsonl"
    for number in (0, 1):
        sink = open_sink(f"jsonl:{path}", spool=tmp_path / "spool")
        sink.send(happening(number), None)
        sink.send(happening(number, ended=True), Path("clip.mp4"))
        sink.close()
    assert keys(path) == ["e0-0", "e0-1", "e1-0", "e1-1"]
    assert not (tmp_path / "spool").exists()


@pytest.mark.parametrize("address", ["-", "jsonl:-"])
def test_standard_output(address: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sink = open_sink(address, spool=tmp_path)
    sink.send(happening(), None)
    sink.close()
    assert json.loads(capsys.readouterr().out)["state"] == "started"


def test_half_a_line_stays_alone(tmp_path: Path) -> None:
    path = tmp_path / "alarms.jsonl"
    path.write_text('{"key": "e0', encoding="utf-8")
    sink = Lines(path)
    sink.send(happening(1), None)
    sink.close()
    half, line = path.read_text(encoding="utf-8").splitlines()
    assert (half, json.loads(line)["key"]) == ('{"key": "e0', "e1-0")


def test_what_was_told_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "alarms.jsonl"
    call = [sys.executable, "-c", ENDLESS, f"jsonl:{path}"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(call, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(50)]
        process.send_signal(signal.SIGKILL)
        told += [int(line) for line in process.stdout]
    assert keys(path)[: len(told)] == [f"e{number}-0" for number in told]


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = Lines(tmp_path / "alarms.jsonl")
    sink.send(happening(0), None)
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this machine")
    with full.open("wb", buffering=0) as device, monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: device.write(b"."))
        with pytest.raises(OutputError, match="free some space"):
            sink.send(happening(1), None)
    sink.send(happening(2), None)
    sink.close()
    assert keys(tmp_path / "alarms.jsonl") == ["e0-0", "e2-0"]


def test_a_file_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file to write to"):
        open_sink("jsonl:", spool=tmp_path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="choose another name"):
        open_sink(f"jsonl:{tmp_path}", spool=tmp_path)
