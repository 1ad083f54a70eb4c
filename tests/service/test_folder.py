"""The data folder: who has it open, and what lies inside."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from aisle.core import OutputError, UsageError
from aisle.service.folder import DataFolder

HOLDS = """
import sys
from pathlib import Path
from aisle.service.folder import DataFolder
folder = DataFolder(Path(sys.argv[1]))
print(folder.owner, flush=True)
sys.stdin.read()
"""


def _another(root: Path) -> tuple[subprocess.Popen[str], str]:
    """A process that has the folder open, and its owner."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def _kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_killed_process_is_told_from_one_that_lives(folder: DataFolder) -> None:
    process, owner = _another(folder.root)
    assert (folder.dead(), folder.alone()) == (frozenset(), False)
    _kill(process)
    assert (folder.dead(), folder.alone()) == ({owner}, True)
    folder.bury(owner)
    assert folder.dead() == frozenset()


def test_one_that_was_closed_is_not_dead_but_gone(folder: DataFolder) -> None:
    with DataFolder(folder.root) as other:
        assert other.owner != folder.owner
        assert not folder.alone()
    assert (folder.dead(), folder.alone()) == (frozenset(), True)


def test_it_is_its_owners_alone(folder: DataFolder) -> None:
    parts = (folder.root, folder.uploads, folder.analyses, folder.evidence)
    assert {stat.S_IMODE(part.stat().st_mode) for part in parts} == {0o700}


@pytest.mark.parametrize("path", ["../a", "uploads/../../a", "/etc/passwd", "", ".", "uploads/.."])
def test_no_path_leads_out(folder: DataFolder, path: str) -> None:
    with pytest.raises(UsageError, match="leads out"):
        folder.inside(path)


def test_a_path_inside_is_found(folder: DataFolder) -> None:
    assert folder.inside("uploads/a.mp4") == folder.uploads / "a.mp4"


def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(OutputError, match="a file has this name"):
        DataFolder(tmp_path / "data")
