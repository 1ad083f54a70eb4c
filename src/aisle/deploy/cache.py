"""Where downloads and built models are kept, and how two processes keep out of each other's way there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from aisle.core import writing


def cache_folder() -> Path:
    """`$AISLE_CACHE`, else `$XDG_CACHE_HOME/aisle`, else `~/.cache/aisle`."""
    if named := os.environ.get("AISLE_CACHE"):
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "aisle"


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Only one process at a time is inside for one `name`; the lock of a killed process is released by the system."""
    folder = cache_folder()
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f".{name}.lock")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
