"""What names the content of a video, wherever the file lies."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aisle.core import InputError
from aisle.media.series import read_series, series_folder


class Contents:
    """SHA-256 of files, each read once; of numbered pictures, that of all of them and of their rate."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def of(self, video: Path) -> str:
        """Raises InputError where it cannot be read."""
        if video not in self._known:
            self._known[video] = _file(video) if series_folder(video) is None else _series(video)
        return self._known[video]


def _file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot read {path}", got=error.strerror, do="check the path") from error


def _series(path: Path) -> str:
    series = read_series(path)
    said = [str(series.rate), *map(_file, series.files)]
    return hashlib.sha256(" ".join(said).encode()).hexdigest()
