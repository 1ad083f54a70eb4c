"""Ctrl-C, and being ended by others: one line, exit code 130, nothing half-written."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import AISLE, Run, files


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_while_annotating(tiny_bundle: Path, long_clip: Path, tmp_path: Path, how: signal.Signals) -> None:
    assert tiny_bundle.is_dir()
    out = tmp_path / "out"
    command = [*AISLE, "analyze", str(long_clip), "--annotate", "--out", str(out)]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while started.poll() is None and not list(out.glob(".*.part.mp4")):
        time.sleep(0.01)
    started.send_signal(how)
    told = started.communicate()
    assert (started.returncode, *told) == (130, "", "stopped; no half-written file is left behind\n")
    assert files(out) == ["long.csv", "long.json", "long.parquet"]


def test_a_reader_that_leaves(program: Run, clip: Path) -> None:
    done = program(shell=f'"$0" "$@" classify -q "{clip}" "{clip}" "{clip}" | head -1')
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(str(clip))
    assert program(shell=f'"$0" "$@" classify -q --json "{clip}" | true').err == ""
