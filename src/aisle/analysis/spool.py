"""Rows that wait on disk instead of in memory, so that a long video needs no more memory than a short one."""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.core import OutputError

Floats = npt.NDArray[np.float32]


class Spool:
    """Appends blocks of rows of one width; `rows` maps them from disk. The file has no name and goes with the
    object.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.count = 0
        with _writing():
            descriptor, name = tempfile.mkstemp(prefix="aisle-")
            Path(name).unlink()
            # Unbuffered, so that nothing is left to fail later; the system frees it when the last map of it is dropped.
            self._file = os.fdopen(descriptor, "w+b", buffering=0)
        weakref.finalize(self, self._file.close)

    def append(self, block: Floats) -> None:
        """`block` is n x width. Raises OutputError when the disk is full."""
        rest = np.ascontiguousarray(block, np.float32).view(np.uint8).reshape(-1).data
        with _writing():
            while rest:  # a write may take a part only; the next one says why
                rest = rest[self._file.write(rest) :]
        self.count += len(block)

    def rows(self) -> Floats:
        """All rows so far, count x width, read only."""
        if self.count == 0:
            return np.empty((0, self.width), np.float32)
        return np.memmap(self._file, np.float32, "r", shape=(self.count, self.width))


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = tempfile.tempdir or "a temporary folder"
        do = "free some space, or set TMPDIR to a folder on another disk"
        raise OutputError(f"cannot write to {place}", got=error.strerror, do=do) from error
