"""Features on disk, by the content of the video and by what produced them: computed once, whatever is asked later."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from aisle.core import DamagedError, Features, Grid, whole, writing
from aisle.data.contents import Contents


@dataclass(frozen=True, slots=True)
class Stretch:
    """[start, end) seconds of a video, seen through `look` ('' for as it is)."""

    video: Path
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    look: str = ""


class FeatureStore:
    """A folder of features. A video that was moved or renamed is found again; one that was changed is not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._contents = Contents()

    def get(self, stretch: Stretch, producer: str) -> Features | None:
        """None when they were never computed. Raises DamagedError for a file that cannot be read."""
        path = self.path(stretch, producer)
        if not path.is_file():
            return None
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                step = Fraction(str(kept["step"]))
                return Features(kept["values"], Grid(Fraction(0), step, step, len(kept["values"])), producer)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise DamagedError(f"{path} is damaged", got=str(error), do="delete it; it is computed again") from error

    def put(self, stretch: Stretch, features: Features) -> None:
        """Whole or not at all. Raises OutputError on a full disk; what was kept before stays."""
        path = self.path(stretch, features.producer)
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path) as part, part.open("wb") as file:
            np.savez(file, values=features.values, step=np.array(str(features.grid.step)))

    def path(self, stretch: Stretch, producer: str) -> Path:
        """Where they are kept, once they are."""
        said = json.dumps([self.content(stretch.video), str(stretch.start), str(stretch.end), stretch.look])
        return self.folder / producer / f"{hashlib.sha256(said.encode()).hexdigest()[:32]}.npz"

    def content(self, video: Path) -> str:
        """SHA-256 of the file, read once. Raises InputError where it cannot be read."""
        return self._contents.of(video)
