"""Progress and remarks: on a terminal, after a while, on stderr; and not at all when asked to be quiet."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from videos import make_video

from .conftest import Run

IMPATIENT = """
import sys
from aisle.apps import console
from aisle.apps.cli import main
console.PATIENCE = float(sys.argv.pop(1))
main()
"""


def on_a_terminal(patience: float, *words: str) -> tuple[str, str]:
    """What goes to stdout, and what a terminal on stderr gets; bars may appear after `patience` seconds."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", IMPATIENT, str(patience), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as started:
        os.close(theirs)
        shown = b"".join(iter(lambda: read(ours), b""))
        os.close(ours)
        out = started.communicate()[0]
    assert started.returncode == 0
    return out, shown.decode()


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other end was closed
        return b""


def test_a_bar_with_the_time_that_is_left(tiny_bundle: Path, clip: Path) -> None:
    assert tiny_bundle.is_dir()
    out, shown = on_a_terminal(0, "classify", str(clip))
    assert "clip.mp4 " in shown
    assert "left" in shown
    assert "left" not in out


@pytest.mark.parametrize(("patience", "words"), [(60, ()), (0, ("--quiet",))])
def test_no_bar(tiny_bundle: Path, clip: Path, patience: float, words: tuple[str, ...]) -> None:
    assert tiny_bundle.is_dir()
    assert on_a_terminal(patience, "classify", str(clip), *words)[1] == ""


def test_no_bar_off_a_terminal(aisle: Run, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aisle.apps.console.PATIENCE", 0)
    assert aisle("classify", clip).err == ""


def test_quiet_silences_remarks_and_not_errors(aisle: Run, tmp_path: Path) -> None:
    short, missing = make_video(tmp_path / "short.mp4", 10), tmp_path / "missing.mp4"
    loud, quiet = (aisle("classify", *words, short, missing) for words in ((), ("--quiet",)))
    assert [len(done.err.splitlines()) for done in (loud, quiet)] == [2, 1]
    assert quiet.errors == loud.errors
    assert quiet.out.splitlines()[1:] == loud.out.splitlines()[1:]
    assert aisle("analyze", "--quiet", short, "--out", tmp_path / "out").out == ""
