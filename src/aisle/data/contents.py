"""What names the content of a video, wherever the file lies."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aisle.core import InputError


class Contents:
    """SHA-256 of files, each read once."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def of(self, video: Path) -> str:
        """Raises InputError where it cannot be read."""
        if video not in self._known:
            try:
                with video.open("rb") as file:
                    self._known[video] = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise InputError(f"cannot read {video}", got=error.strerror, do="check the path") from error
        return self._known[video]
