"""Where downloads and built models are kept, and how two processes keep out of each other's way there."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from aisle.core import OutputError, writing

_ADVICE = "free 400 MB there, or set AISLE_CACHE to a folder that can be written to"


def cache_folder() -> Path:
    """`$AISLE_CACHE`, else `$XDG_CACHE_HOME/aisle`, else `~/.cache/aisle`."""
    if named := os.environ.get("AISLE_CACHE"):
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "aisle"


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Only one process at a time is inside for one `name`; the lock of a killed process is released by the system.

    Raises OutputError where the cache cannot be written to.
    """
    folder = cache_folder()
    try:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / f".{name}.lock")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()
    except OutputError as error:  # nobody chose this folder for the occasion, so the advice is another
        raise OutputError(error.what, got=error.got, do=_ADVICE) from error


@contextlib.contextmanager
def rebuilt(target: Path) -> Iterator[Path]:
    """A place for a folder to be made in, which becomes `target` when the block ends well; nothing half made stays.

    Raises OutputError where `target` cannot be written.
    """
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        yield scratch / "made"
        with writing(target):
            if target.exists():
                shutil.rmtree(target)
            (scratch / "made").rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
