"""A packaged model: a folder with the converted network in one or more precisions, and its card.

card.json            the model's card, how it was built, how far each precision is from the reference, hashes
openvino/fp32.xml    and .bin: runs in fp32, and in bf16 where the processor has it
openvino/int8.xml    and .bin
onnx/network.onnx    on request
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aisle.core import DamagedError, UsageError, whole
from aisle.deploy.cache import cache_folder
from aisle.deploy.network import Array
from aisle.deploy.weights import sha256
from aisle.models.card import Card, card, names
from aisle.models.clip import clip_model, clip_models

FORMAT = 1


@dataclass(frozen=True, slots=True)
class StateShape:
    """One tensor that a stream carries from piece to piece: (1, channels, keep, height/down, width/down), rounded
    up.
    """

    name: str
    channels: int
    down: int
    lead: int
    keep: int

    def begin(self, *, height: int, width: int) -> Array:
        """The zeros that a stream of pictures of this size starts with: `lead` steps of them."""
        size = (1, self.channels, self.lead, -(-height // self.down), -(-width // self.down))
        return np.zeros(size, np.float32)


@dataclass(frozen=True, slots=True)
class Check:
    """How far one precision is from the PyTorch network, over `steps` answers on clips not used for calibration.

    `apart` is the mean cosine of what tells these clips apart, once the mean of all features is taken off.
    """

    steps: int
    cosine: float
    worst_cosine: float
    same_top1: float
    apart: float | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """`checks` by runtime; `made` says when, where and with which versions; `files` are SHA-256 by relative path."""

    card: Card
    states: tuple[StateShape, ...]
    checks: Mapping[str, Check] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Changes whenever the card or any file does: features of different fingerprints must not be mixed."""
        said = json.dumps([self.card.to_json(), dict(self.files)], sort_keys=True)
        return f"{self.card.name}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def bundle_folder(name: str) -> Path:
    """Where the built bundle of a published model lies, whether or not it exists; another for each of its versions."""
    return cache_folder() / "bundles" / card(name).identity


def _digest(plain: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def write_card(bundle: Bundle, folder: Path) -> None:
    plain: dict[str, Any] = {
        "card": bundle.card.to_json(),
        "states": [asdict(state) for state in bundle.states],
        "checks": {name: asdict(check) for name, check in bundle.checks.items()},
        "made": dict(bundle.made),
        "files": dict(bundle.files),
    }
    write_sealed(plain, folder)


def read_card(folder: Path) -> Bundle:
    """Raises DamagedError when there is no card in `folder`, or one that cannot be read, and UsageError for one of
    another kind of bundle.
    """
    plain = read_sealed(folder)
    if "kind" in plain:
        got, do = f"{folder}, of kind {plain['kind']}", f"see what it is for: aisle models show {folder}"
        raise UsageError("this bundle recognises no actions", got=got, allowed="a recogniser of actions", do=do)
    with damaged(folder):
        return Bundle(
            card=Card.from_json(plain["card"]),
            states=tuple(StateShape(**state) for state in plain["states"]),
            checks={name: Check(**check) for name, check in plain["checks"].items()},
            made=plain["made"],
            files=plain["files"],
        )


def write_sealed(plain: dict[str, Any], folder: Path) -> None:
    """card.json with a checksum of its own, whole or not at all."""
    sealed = {"format": FORMAT, **plain}
    sealed["sha256"] = _digest(sealed)
    with whole(folder / "card.json") as part:
        part.write_text(json.dumps(sealed, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_sealed(folder: Path) -> dict[str, Any]:
    """What `write_sealed` was given. Raises DamagedError for a card that is missing, of another format, or changed."""
    path = folder / "card.json"
    with damaged(folder):
        plain: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if plain["format"] != FORMAT:
            raise DamagedError(f"unknown bundle format in {path}", got=plain["format"], allowed=str(FORMAT))
        if plain.pop("sha256") != _digest(plain):
            raise DamagedError("it was changed after it was written", got="another checksum")
        del plain["format"]
    return plain


def kind_of(folder: Path) -> str:
    """What kind of bundle lies in `folder`; "stream" for a network as `Bundle` describes it.

    Raises DamagedError when the card cannot be read.
    """
    kind: str = read_sealed(folder).get("kind", "stream")
    return kind


@contextlib.contextmanager
def damaged(folder: Path) -> Iterator[None]:
    """Whatever goes wrong with the card inside is a DamagedError that says how to mend it."""
    path = folder / "card.json"
    try:
        yield
    except OSError as error:
        raise DamagedError(f"cannot read {path}", got=error.strerror, do=mend(folder)) from error
    except (DamagedError, UsageError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{path} is damaged", got=f"{type(error).__name__}: {error}", do=mend(folder)) from error


def verify(files: Mapping[str, str], folder: Path, *, part: str = "") -> None:
    """Compares the files whose path starts with `part` with their hashes. Raises DamagedError on the first that
    differs.
    """
    for name, expected in files.items():
        if not name.startswith(part):
            continue
        path = folder / name
        got = sha256(path) if path.is_file() else "no such file"
        if got != expected:
            raise DamagedError(f"{path} is damaged", got=got, allowed=expected, do=mend(folder))


def mend(folder: Path) -> str:
    """What makes a damaged bundle whole again."""
    for name in names():
        if folder == bundle_folder(name):
            return f"aisle models get {name} --again"
    for name in clip_models():
        if folder == cache_folder() / "bundles" / clip_model(name).identity:
            return f"aisle models get {name} --again"
    return "copy the bundle here again, or export it again with aisle models export"
