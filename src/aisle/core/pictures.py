"""Pictures that show one product each, as a folder of them is handed over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from aisle.core.dataset import of_split
from aisle.core.errors import InputError, UsageError
from aisle.core.labels import LabelSet


@dataclass(frozen=True, slots=True)
class Pictured:
    """One picture with its product.

    `name` is unique in its set and stands in tables. `split` is one of SPLITS where the set fixes it, else empty.
    `place` is the file, and the line in it, that says what the picture shows.
    """

    name: str
    path: Path
    label: str
    split: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class PictureSet:
    """`coarse` says of each of the `labels`, in their order, what kind of product it is, "" where nobody said.

    `clean` are pictures of single products as a catalogue shows them, which are in no split. `notes` are the rules that
    were applied, with counts; `problems` are pictures that were left out, each with its file and line.
    """

    kind: str
    folder: Path
    labels: LabelSet
    coarse: tuple[str, ...]
    pictures: tuple[Pictured, ...]
    clean: tuple[Pictured, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[InputError, ...] = ()

    def __post_init__(self) -> None:
        if len(self.coarse) != len(self.labels):
            got = f"{len(self.coarse)} kinds of {len(self.labels)} products"
            raise UsageError("every product has a kind, or an empty one", got=got, allowed=str(len(self.labels)))

    def split(self, name: str) -> Self:
        """Only the pictures of one side. Raises UsageError when there are none."""
        return replace(self, pictures=of_split(self.pictures, name, self.folder, "picture"))

    def to_learn(self) -> Self:
        """The pictures that may be learnt from: those of train, or all of a set without splits."""
        return self.split("train") if any(one.split for one in self.pictures) else self

    def counts(self) -> dict[str, int]:
        """How many pictures there are of each label."""
        found = dict.fromkeys(self.labels, 0)
        for one in self.pictures:
            found[one.label] += 1
        return found
