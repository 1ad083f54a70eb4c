"""Rows that wait on disk instead of in memory, so that a long video needs no more memory than a short one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.core import writing

Floats = npt.NDArray[np.float32]


class Spool:
    """Appends blocks of rows of one width; `rows` maps them from disk. The file has no name and goes with the
    object.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.count = 0
        self._folder = Path(tempfile.gettempdir())
        with writing(self._folder):
            descriptor, name = tempfile.mkstemp(dir=self._folder, prefix="aisle-")
            Path(name).unlink()
            self._file = os.fdopen(descriptor, "w+b")  # the system frees it when the last map of it is dropped

    def append(self, block: Floats) -> None:
        """`block` is n x width. Raises OutputError when the disk is full."""
        with writing(self._folder):
            self._file.write(np.ascontiguousarray(block, np.float32).data)
        self.count += len(block)

    def rows(self) -> Floats:
        """All rows so far, count x width, read only."""
        with writing(self._folder):
            self._file.flush()
        if self.count == 0:
            return np.empty((0, self.width), np.float32)
        return np.memmap(self._file, np.float32, "r", shape=(self.count, self.width))
