"""The files of an index, a generation of which is valid at a time."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from aisle.core import DamagedError
from aisle.search.records import Ints, Recipe
from aisle.search.rows import Floats, Rows, lasting
from aisle.search.space import Space, fit

RECORDS, LOCK = "records.sqlite", "writer.lock"

_BROKEN = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
"""What NumPy says of a file that is none of its own, or half of one."""


class Files:
    """Those of one generation: `raw` and `units` rows, a space, the graph at `graph`, and the map at `plane`."""

    def __init__(self, folder: Path, generation: int, width: int) -> None:
        self.folder, self.generation = folder, generation
        self.raw, self.units = Rows(self._named("raw", "f16"), width), Rows(self._named("units", "f16"), width)
        self.graph, self.plane = self._named("graph", "usearch"), self._named("plane", "npz")

    def _named(self, what: str, ending: str) -> Path:
        return self.folder / f"{what}-{self.generation}.{ending}"

    def space(self, recipe: Recipe, *, is_fitted: bool) -> Space:
        """As it was fitted; until then all numbers are worth the same. Raises DamagedError."""
        path = self._named("space", "npz")
        if not is_fitted:
            return fit(np.empty((0, recipe.width), np.float32), recipe.blocks)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                return Space(recipe.blocks, kept["centre"], kept["scale"])
        except _BROKEN as error:
            do = "remove the index and make it again: aisle index"
            raise DamagedError(f"{path} is damaged", got=error, do=do) from error

    def put_space(self, space: Space) -> None:
        """Raises OutputError where the disk refuses."""
        with lasting(self._named("space", "npz")) as part, part.open("wb") as file:
            np.savez(file, centre=space.centre, scale=space.scale)

    def places(self) -> tuple[Ints, Floats] | None:
        """The rows of whole videos and where they lie on the map, (N,) and (N, 2); None where none was drawn. Raises
        DamagedError.
        """
        if not self.plane.is_file():
            return None
        try:
            with self.plane.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                return kept["rows"], kept["places"]
        except _BROKEN as error:
            raise DamagedError(f"{self.plane} is damaged", got=error, do="remove it; it is drawn again") from error

    def put_places(self, rows: Ints, places: Floats) -> None:
        """Raises OutputError where the disk refuses."""
        with lasting(self.plane) as part, part.open("wb") as file:
            np.savez(file, rows=rows, places=places)

    def sweep(self) -> None:
        """Removes the files of other generations; who has them open keeps them until then."""
        for path in self.folder.glob("*-*.*"):
            if path.suffix in (".f16", ".npz", ".usearch") and path.stem.rpartition("-")[2] != str(self.generation):
                path.unlink(missing_ok=True)
