"""Rows of numbers in a file that only grows, read where they lie.

What is behind the rows that its owner knows of is no row: the end of a write that was cut off. It is written over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.core import DamagedError, whole, writing

Halves = npt.NDArray[np.float16]
Floats = npt.NDArray[np.float32]

_BYTES = 2
_LARGEST = float(np.finfo(np.float16).max)


class Rows:
    """`width` float16 numbers a row; the file is made by the first `put`."""

    def __init__(self, path: Path, width: int) -> None:
        self.path, self.width = path, width

    def put(self, at: int, rows: Floats) -> None:
        """Writes `rows` (N, width) from row `at` on, and returns once they are on the disk. Raises OutputError."""
        data = np.clip(rows, -_LARGEST, _LARGEST).astype(np.float16)
        with writing(self.path):
            new = not self.path.exists()
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                left = memoryview(data.tobytes())
                place = at * self.width * _BYTES
                while left:
                    done = os.pwrite(file, left, place)
                    left, place = left[done:], place + done
                os.fsync(file)
            finally:
                os.close(file)
            if new:
                to_disk(self.path.parent)

    def view(self, count: int) -> Halves:
        """The first `count` rows, (count, width), mapped and not read. Raises DamagedError where there are fewer."""
        if not count:
            return np.empty((0, self.width), np.float16)
        size = self.path.stat().st_size if self.path.is_file() else 0
        if size < count * self.width * _BYTES:
            raise DamagedError(
                f"{self.path} is too short",
                got=f"{size} bytes",
                allowed=f"{count} rows of {self.width} numbers",
                do="remove the index and make it again: aisle index",
            )
        return np.memmap(self.path, np.float16, "r", shape=(count, self.width))


@contextmanager
def lasting(path: Path) -> Iterator[Path]:
    """As `core.whole`, and it outlasts a power cut: a file that was renamed may else be there with nothing in it.

    Raises OutputError where the operating system refuses.
    """
    with whole(path) as part:
        yield part
        to_disk(part)
    with writing(path):
        to_disk(path.parent)


def to_disk(path: Path) -> None:
    """Returns once a file's contents, or the names in a folder, are on the disk. Raises OSError."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
