"""A disk that is full or may only be read: one line, no half-written file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Run, files

Disk = Callable[[str], Path]
FULL = "got: No space left on device; do: free some space"


def test_full_during_annotate(aisle: Run, disk: Disk, long_clip: Path) -> None:
    out = disk("size=64k")
    done = aisle("analyze", long_clip, "--annotate", "--out", out)
    assert done.code == 1
    assert done.error.startswith(f"error: {long_clip}: cannot write {out / 'long.annotated.mp4'}; {FULL}")
    assert files(out) == ["long.csv", "long.json", "long.parquet"]


def test_full_during_tables(aisle: Run, disk: Disk, clip: Path) -> None:
    out = disk("size=8k")
    done = aisle("analyze", clip, "--out", out)
    assert done.code == 1
    assert done.error.startswith(f"error: {clip}: cannot write {out / 'clip.'}")
    assert FULL in done.error
    assert json.loads((out / "clip.json").read_text())["video"] == str(clip)
    assert set(files(out)) <= {"clip.json", "clip.csv"}


def test_full_of_temporary_data(program: Run, disk: Disk, clip: Path) -> None:
    folder = disk("size=4k")
    done = program("classify", clip, environment={"TMPDIR": str(folder)})
    assert done.code == 1
    assert done.error.startswith(f"error: {clip}: cannot write to {folder}; {FULL}, or set TMPDIR")


def test_results_where_only_reading_is_allowed(aisle: Run, disk: Disk, clip: Path) -> None:
    out = disk("ro")
    for folder in (out, out / "new"):
        done = aisle("analyze", clip, "--out", folder)
        assert (done.code, done.out) == (1, "")
        assert done.error == (
            f"error: cannot write {folder}; got: Read-only file system; do: choose a folder that can be written to"
        )


def test_results_below_a_file(aisle: Run, clip: Path) -> None:
    done = aisle("analyze", clip, "--out", clip / "below")
    assert done.code == 1
    assert done.error == (
        f"error: cannot write {clip / 'below'}; got: Not a directory; "
        "do: choose another folder, as a part of this path is a file"
    )


def test_a_name_that_is_too_long(aisle: Run, clip: Path, tmp_path: Path) -> None:
    video = tmp_path / f"{'x' * 251}.mp4"
    video.symlink_to(clip)
    done = aisle("analyze", video, "--annotate", "--out", tmp_path / "out")
    assert done.code == 1
    assert "got: File name too long; do: give the video a shorter name" in done.error
    assert not any(name.startswith(".") for name in files(tmp_path / "out"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_results_that_cannot_be_printed(program: Run) -> None:
    done = program(shell='"$0" "$@" models list >/dev/full')
    assert done.code == 1
    assert done.error.startswith("error: the results cannot be printed; got: No space left on device")
