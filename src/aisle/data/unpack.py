"""Archives into a folder: each file whole or absent, none outside, all of them compared with their checksum."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections import Counter
from pathlib import Path, PurePosixPath

from aisle.core import DamagedError, InputError, OutputError, Progress, silent, whole

_BLOCK = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


def unpack(archive: Path, folder: Path, *, progress: Progress = silent) -> list[Path]:
    """Puts every file of a zip into `folder` itself, whatever folder it has inside; what Macs and hidden folders add is
    left out. Files that are there already, with the right checksum, stay, so that an interrupted unpacking goes on.
    Others of these names are replaced.

    `progress` hears bytes. Raises DamagedError for what is no whole zip, InputError for paths that lead outside and for
    two files of one name, OutputError where the disk refuses or has too little room.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _members(archive, opened)
            total, done = sum(member.file_size for member in members), 0
            _check_room(folder, total)
            for member in members:
                _extract(opened, member, folder / PurePosixPath(member.filename).name)
                done += member.file_size
                progress(done, total)
    except _BROKEN as error:
        raise DamagedError(f"{archive} cannot be unpacked", got=str(error), do="get it again") from error
    return [folder / PurePosixPath(member.filename).name for member in members]


def room(folder: Path) -> int:
    """Bytes free on the disk that `folder` lies on, or will lie on."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def _members(archive: Path, opened: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files that are wanted, all of which have names of their own and lie inside."""
    for member in opened.infolist():
        path = PurePosixPath(member.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in member.filename:
            raise InputError(f"{archive} has a file that leads outside", got=member.filename, do="use another archive")
    members = [member for member in opened.infolist() if not (member.is_dir() or _is_hidden(member))]
    for name, count in Counter(PurePosixPath(member.filename).name for member in members).items():
        if count > 1:
            raise InputError(f"{archive} has two files of one name", got=name, do="unpack it by hand")
    return members


def _is_hidden(member: zipfile.ZipInfo) -> bool:
    return any(part == "__MACOSX" or part.startswith(".") for part in PurePosixPath(member.filename).parts)


def _check_room(folder: Path, needed: int) -> None:
    if room(folder) < needed:
        raise OutputError(
            f"{folder} has too little room",
            got=f"{room(folder) / 1e9:.1f} GB free",
            allowed=f"{needed / 1e9:.1f} GB",
            do="free some space or choose a folder on another disk",
        )


def _extract(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    if target.is_file() and target.stat().st_size == member.file_size and _checksum(target) == member.CRC:
        return
    with opened.open(member) as packed, whole(target) as part, part.open("wb") as file:
        shutil.copyfileobj(packed, file, _BLOCK)


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            value = zlib.crc32(block, value)
    return value
