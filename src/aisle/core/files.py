"""Files that are either whole or absent: a crash, Ctrl-C or a full disk leaves nothing half written."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aisle.core.errors import OutputError

_ADVICE = {
    errno.ENOSPC: "free some space or choose a folder on another disk",
    errno.EDQUOT: "free some space in your quota or choose another folder",
    errno.EROFS: "choose a folder that can be written to",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.ENOTDIR: "choose another folder, as a part of this path is a file",
    errno.EEXIST: "choose another folder, as a file has this name",
    errno.EISDIR: "choose another name, as a folder has this one",
    errno.ENAMETOOLONG: "give the video a shorter name",
}


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what the operating system says while `path` is written into an OutputError that says what to do."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        do = _ADVICE.get(error.errno or 0, "check the folder and the disk, then run again")
        raise OutputError(f"cannot write {path}", got=reason, do=do) from error


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path` to write to, and moves it into place once the block ends well.

    The folder is made if need be. Whatever goes wrong, KeyboardInterrupt included, the temporary file is removed and
    an existing `path` stays as it was. Raises OutputError where the operating system refuses.
    """
    part = path.with_name(f".{secrets.token_hex(6)}.part{path.suffix}")  # short, as the name of `path` may be long
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            part.replace(path)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def absent(folder: Path) -> None:
    """Raises OutputError where a new folder is to be made and something lies there already."""
    if folder.exists():
        raise OutputError(f"cannot write {folder}", got="it exists", do="name another folder with --out, or remove it")


@contextlib.contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """As `whole`, for a new folder: yields a temporary one beside `target`. Raises OutputError where that exists."""
    absent(target)
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        yield scratch
        with writing(target):
            scratch.chmod(0o755)
            scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
