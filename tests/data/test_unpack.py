"""Archives: what lies in them lands in the folder and nowhere else."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from aisle.core import DamagedError, InputError, OutputError
from aisle.data.unpack import unpack


def packed(path: Path, *files: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return path


def test_files_lose_their_folders(tmp_path: Path) -> None:
    archive = packed(
        tmp_path / "a.zip",
        ("Videos/", b""),
        ("Videos/1_1_crop.mp4", b"one"),
        ("Videos/deep/2_1_crop.mp4", b"two"),
        ("__MACOSX/Videos/._1_1_crop.mp4", b"no"),
        ("Videos/.DS_Store", b"no"),
    )
    heard = []
    made = unpack(archive, tmp_path / "out", progress=lambda *at: heard.append(at))
    assert [path.name for path in made] == ["1_1_crop.mp4", "2_1_crop.mp4"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1_1_crop.mp4", "2_1_crop.mp4"]
    assert (tmp_path / "out" / "2_1_crop.mp4").read_bytes() == b"two"
    assert heard == [(3, 6), (6, 6)]


def test_what_is_there_stays_and_what_differs_is_replaced(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", ("a.mp4", b"one"), ("b.mp4", b"two"))
    unpack(archive, tmp_path)
    (tmp_path / "b.mp4").write_bytes(b"TWO")
    before = (tmp_path / "a.mp4").stat().st_ino
    unpack(archive, tmp_path)
    assert (tmp_path / "a.mp4").stat().st_ino == before
    assert (tmp_path / "b.mp4").read_bytes() == b"two"


@pytest.mark.parametrize("name", ["../a.mp4", "/etc/a.mp4", "in/../../a.mp4", "C:/a.mp4", "..\\a.mp4"])
def test_no_path_leads_outside(name: str, tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", ("good.mp4", b"one"), (name, b"two"))
    with pytest.raises(InputError, match="a file that leads outside"):
        unpack(archive, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip"]


def test_two_files_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"two files of one name; got: a\.mp4"):
        unpack(packed(tmp_path / "a.zip", ("one/a.mp4", b"1"), ("two/a.mp4", b"2")), tmp_path)


def test_archives_that_are_damaged(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", ("a.mp4", b"one" * 1000))
    content = bytearray(archive.read_bytes())
    content[60] ^= 255
    for damage in (bytes(content), bytes(content[:-30]), b"<html>Not here</html>", b""):
        archive.write_bytes(damage)
        with pytest.raises(DamagedError, match=r"a\.zip cannot be unpacked"):
            unpack(archive, tmp_path / "out")
        assert not list((tmp_path / "out").glob("*"))


def test_too_little_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2))
    with pytest.raises(OutputError, match="too little room"):
        unpack(packed(tmp_path / "a.zip", ("a.mp4", b"one")), tmp_path / "out")
    assert not (tmp_path / "out").exists()
