"""Which kind of detector a network is, told from what it reads and answers.

Each file of this room with `TITLE`, `SCORE`, `claims` and `reader` is one kind, so that a new kind is one new file:

TITLE: str                              for people
SCORE: float                            from where on a thing counts, where nobody says otherwise
claims(signature) -> bool               whether this kind reads such a network
reader(signature, size) -> Reader       what stands between pictures and this network
PUBLISHED: dict[str, Published]         networks of this kind that others published, by the name of the detector
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from aisle.core import InputError, UnknownNameError
from aisle.core.boxes import Boxes
from aisle.core.detections import Masks, Numbers
from aisle.core.video import Image
from aisle.core.weights import WeightsSource

Array = npt.NDArray[Any]
Wanted = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Port:
    """An array that a network reads or answers with; None is a length that it leaves open."""

    name: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        return f"{self.name} ({' x '.join('?' if length is None else str(length) for length in self.shape)})"


@dataclass(frozen=True, slots=True)
class Signature:
    """In the network's own order. The first length of every port counts pictures."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    def __str__(self) -> str:
        reads, answers = (", ".join(map(str, ports)) or "nothing" for ports in (self.inputs, self.outputs))
        return f"reads {reads}; answers {answers}"

    def answer(self, name: str) -> int:
        """Where among the outputs the one called `name` stands."""
        return [port.name for port in self.outputs].index(name)

    def sides(self, name: str = "") -> tuple[int, int] | None:
        """(height, width) of the pictures (channels, height, width) that the first input, or the one called `name`,
        takes; None where these are open.
        """
        for port in self.inputs:
            match port.shape:
                case (_, _, int(height), int(width)) if name in ("", port.name):
                    return height, width
        return None


@dataclass(frozen=True, slots=True)
class Published:
    """A published network; `outputs` names the tensors that it is to end at, () are its own ends. `copies` are other
    files of it that a folder of the user's may hold instead.
    """

    weights: WeightsSource
    licence: str
    outputs: tuple[str, ...] = ()
    copies: tuple[WeightsSource, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """N things in one picture: `classes` (N,) counts from 0 in the network's order."""

    boxes: Boxes
    classes: Numbers
    masks: Masks | None = None

    def only(self, rows: npt.NDArray[np.intp]) -> Self:
        """Those at `rows`, in that order."""
        boxes = Boxes(self.boxes.corners[rows], self.boxes.scores[rows])
        masks = None if self.masks is None else self.masks[rows]
        return type(self)(boxes, self.classes[rows], masks)


class Reader(Protocol):
    """What stands between pictures and one network; it knows no runtime. Threads may share it."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the classes are called unless somebody says otherwise; "" for one that is none, () where unknown."""

    @property
    def classes(self) -> int | None:
        """How many the network tells apart, None where its answers do not show it."""

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Of what `prepared` gives."""

    def prepared(self, image: Image) -> tuple[Array, ...]:
        """One array for each input of the network, of one picture (H, W, 3); no length counts pictures."""

    def found(self, answers: Sequence[Array], image: Image, *, score: float, wanted: Wanted) -> Found:
        """`answers` are the network's outputs for this one picture; what counts has at least `score` and is of a class
        that `wanted` (C,) marks. The surest come first.
        """


@dataclass(frozen=True, slots=True)
class Family:
    """See this file's head."""

    name: str
    title: str
    score: float
    claims: Callable[[Signature], bool]
    reader: Callable[[Signature, tuple[int, int] | None], Reader]
    published: Mapping[str, Published]


@cache
def families() -> tuple[Family, ...]:
    """Sorted by name."""
    files = sorted(file for file in Path(__file__).parent.glob("*.py") if _defines_a_family(file))
    return tuple(_family(file.stem) for file in files)


def family(name: str) -> Family:
    """Raises UnknownNameError."""
    known = {each.name: each for each in families()}
    if name not in known:
        raise UnknownNameError("kind of detector", name, known)
    return known[name]


def family_of(signature: Signature, *, where: str) -> Family:
    """The kind that claims the network in the file `where`. Raises InputError where none does."""
    for each in families():
        if each.claims(signature):
            return each
    raise InputError(
        f"{where} is no detector of a kind that is known",
        got=signature,
        allowed="; ".join(f"{each.name} ({each.title})" for each in families()),
        do="export the network as its publisher does, with its answers undecoded",
    )


def _defines_a_family(file: Path) -> bool:
    text = file.read_text("utf-8")
    return "\ndef claims(" in text and "\ndef reader(" in text


def _family(name: str) -> Family:
    module = import_module(f"aisle.objects.{name}")
    published = getattr(module, "PUBLISHED", {})
    return Family(name, module.TITLE, module.SCORE, module.claims, module.reader, published)
