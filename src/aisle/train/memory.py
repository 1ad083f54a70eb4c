"""What a head of clips learnt from, kept beside it, so that a class can be added without the old videos."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.core import DamagedError, writing

FILE = "memory.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """`views` (V, clips, P) are the clips as the head reads them, float16: as they are, then through each other look.

    Of each clip its name, the group that must not be parted, and its class.
    """

    views: npt.NDArray[np.float16]
    names: Sequence[str]
    groups: Sequence[str]
    labels: Sequence[str]

    def write(self, folder: Path) -> None:
        """Raises OutputError."""
        texts = {part: np.array(getattr(self, part), dtype=np.str_) for part in ("names", "groups", "labels")}
        with writing(folder / FILE), (folder / FILE).open("wb") as file:
            np.savez(file, allow_pickle=False, views=self.views, **texts)


def read_memory(folder: Path) -> Memory | None:
    """None for a bundle without one. Raises DamagedError for one that cannot be read."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            texts = {part: tuple(kept[part].tolist()) for part in ("names", "groups", "labels")}
            return Memory(kept["views"], **texts)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DamagedError(f"{path} is damaged", got=str(error), do="copy the bundle here again") from error
