"""What must be known of a network to use it rightly: what it reads, in which steps it answers, where it comes from."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from fractions import Fraction
from importlib import resources
from typing import Any, Protocol

from aisle.core import DamagedError, LabelSet, UnknownNameError, UsageError
from aisle.core.weights import WeightsSource

_HERE = resources.files("aisle.models")


@dataclass(frozen=True, slots=True)
class Reads:
    """Pictures at `rate` a second; the short side has `short_side` pixels, both sides are multiples of `multiple`."""

    rate: Fraction
    short_side: int
    multiple: int


@dataclass(frozen=True, slots=True)
class Steps:
    """The network answers once per `stride` pictures, and was trained on `trained_frames` of them at a time.

    A stream starts with at least `first` pictures; every later push repeats the `history` pictures before it.
    """

    stride: int
    first: int
    history: int
    trained_frames: int


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a step's features: `times` vectors of `width` numbers, one after the other in time."""

    name: str
    width: int
    times: int = 1


class Featured(Protocol):
    """What must be known of a network to read its features."""

    @property
    def blocks(self) -> tuple[Block, ...]: ...


@dataclass(frozen=True, slots=True)
class Card:
    """A network with its published weights.

    `network` is its module in aisle.models, `blocks` make up its features, `gflops_per_frame` is what the published
    network computes for one frame of `short_side` squared, a multiplication and an addition counted as two.
    """

    name: str
    network: str
    title: str
    paper: str
    licence: str
    trained_on: str
    not_for: str
    published: str
    blocks: tuple[Block, ...]
    gflops_per_frame: float
    reads: Reads
    steps: Steps
    weights: WeightsSource | None
    labels: tuple[str, ...]

    @property
    def label_set(self) -> LabelSet:
        return LabelSet(self.labels)

    @property
    def features(self) -> int:
        """Numbers a step."""
        return sum(block.width * block.times for block in self.blocks)

    @property
    def identity(self) -> str:
        """Names what the features mean, wherever they are computed: networks read only those they were trained on."""
        said = json.dumps([self.to_json()[part] for part in ("reads", "steps", "blocks", "weights")], sort_keys=True)
        return f"{self.name}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    @property
    def step(self) -> Fraction:
        """Seconds between two answers."""
        return self.steps.stride / self.reads.rate

    def gflops(self, *, height: int, width: int) -> float:
        """GFLOP a frame of this size."""
        return self.gflops_per_frame * height * width / self.reads.short_side**2

    def to_json(self) -> dict[str, Any]:
        """Plain types only; `from_json` is its inverse."""
        plain = asdict(self)
        plain["reads"]["rate"] = str(self.reads.rate)
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Card:
        """Raises DamagedError when a field is missing, unknown or of another type."""
        try:
            fields = dict(plain)
            reads = dict(fields.pop("reads"))
            weights = fields.pop("weights", None)
            return cls(
                reads=Reads(rate=Fraction(reads.pop("rate")), **reads),
                steps=Steps(**fields.pop("steps")),
                blocks=tuple(Block(**block) for block in fields.pop("blocks")),
                weights=WeightsSource(**weights) if weights else None,
                labels=tuple(fields.pop("labels")),
                **fields,
            )
        except (KeyError, TypeError, ValueError, UsageError) as error:
            raise DamagedError("this is not a model card", got=f"{type(error).__name__}: {error}") from error


def names() -> list[str]:
    """The models that ship with this package, without loading any of them."""
    return sorted(_cards())


def card(name: str) -> Card:
    """Raises UnknownNameError with the nearest names."""
    cards = _cards()
    if name not in cards:
        raise UnknownNameError("model", name, cards, do="see aisle models list, or name a folder that holds a bundle")
    return Card.from_json(cards[name])


def _cards() -> dict[str, dict[str, Any]]:
    found = {}
    for file in _HERE.iterdir():
        if file.name.endswith(".toml"):
            plain = tomllib.loads(file.read_text("utf-8"))
            if plain.pop("kind") != "stream":
                continue
            plain["labels"] = tuple((_HERE / plain["labels"]).read_text("utf-8").splitlines())
            found[plain["name"]] = {**plain, "network": file.name.removesuffix(".toml")}
    return found
