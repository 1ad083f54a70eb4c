"""Heads: small networks that read cached features. What there is, without loading any of it.

A head is two files of one name: NAME.toml (the card, kind = "head") and NAME.py, which has one of

    build(inputs, classes, **options) -> torch.nn.Module           trained by gradient (aisle.train.gradient)
    fit(values, targets, weights, classes, seed, **options) -> torch.nn.Module      fitted at once, by scikit-learn

The module takes (N, inputs) float32 and gives (N, classes) logits: N clips for a head of clips, the N steps of one
video for a head of timelines. The module of a causal head has `back` and `ahead`: how many rows before and behind one
can change its answer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from aisle.core import Task, UnknownNameError, UsageError

_HERE = resources.files("aisle.models")
Option = int | float | str | bool


@dataclass(frozen=True, slots=True)
class HeadCard:
    """`options` are the defaults of the module's `build` or `fit`; `grid` the values of them that tuning tries.

    `context` is how many steps before and after one can change its answer; 0 for heads of clips. A `causal` head looks
    back so far, and hardly ahead.
    """

    name: str
    title: str
    paper: str
    task: Task
    options: Mapping[str, Option]
    grid: Mapping[str, Sequence[Option]] = field(default_factory=dict)
    context: int = 0
    causal: bool = False

    def with_options(self, given: Mapping[str, str]) -> dict[str, Option]:
        """The defaults, with those of `given` in their place, read as the type of the default.

        Raises UnknownNameError for an option that the head does not have, UsageError for a value of another type.
        """
        chosen = dict(self.options)
        for name, text in given.items():
            if name not in chosen:
                raise UnknownNameError(f"option of {self.name}", name, chosen)
            kind = type(chosen[name])
            try:
                chosen[name] = kind(text)
            except ValueError as error:
                raise UsageError(
                    f"option {name} of {self.name}", got=text, allowed=f"a value of type {kind.__name__}"
                ) from error
        return chosen


def heads() -> list[str]:
    """The heads that come with this package."""
    return sorted(_cards())


def head(name: str) -> HeadCard:
    """Raises UnknownNameError with the nearest names."""
    found = _cards()
    if name not in found:
        raise UnknownNameError("head", name, found)
    return HeadCard(name=name, **found[name])


def _cards() -> dict[str, dict[str, Any]]:
    files = [file for file in _HERE.iterdir() if file.name.endswith(".toml")]
    plain = {file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8")) for file in files}
    return {name: card for name, card in plain.items() if card.pop("kind") == "head"}
