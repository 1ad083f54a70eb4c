"""A packaged head: a folder with a small network that reads another bundle's features, and its card.

card.json    what it answers, on whose features, how it was trained and how good it was found to be, hashes
head.onnx    features of a step to logits; OpenVINO and ONNX Runtime both run it
backbone/    the bundle whose features it reads, in an export for another machine; else it is found by its name
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

from aisle.analysis.backbone import Answers
from aisle.core import LabelSet, Task
from aisle.deploy.bundle import damaged, kind_of, read_sealed, write_sealed

FILE, BESIDE = "head.onnx", "backbone"
"""Names of what lies beside the card."""

KIND = "head"


@dataclass(frozen=True, slots=True)
class HeadBundle:
    """`head` is the network's module in aisle.models, with `options`. It reads features of `backbone`, exactly those
    that `identity` names.

    A head of clips looks at `window` steps at a time; one of timelines from `context` steps before one to `ahead` after
    it, as far as before where nothing is said.
    `measured` are figures, by what they are, all of them on groups that the measured head had not been trained on.
    `seen` are the contents of the videos that it, its backbone, or what either began with learnt from, by `seen_mark`;
    `rendered` says that its own were drawn.
    """

    name: str
    title: str
    head: str
    options: Mapping[str, Any]
    task: Task
    labels: LabelSet
    backbone: str
    identity: str
    window: int
    context: int
    answers: Answers
    trained_on: str
    not_for: str
    licence: str
    ahead: int | None = None
    seen: tuple[str, ...] = ()
    rendered: bool = False
    measured: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def reaches(self) -> int:
        """Steps after one that an answer waits for."""
        return self.context if self.ahead is None else self.ahead

    @property
    def fingerprint(self) -> str:
        """Changes whenever the card or the network does."""
        said = json.dumps(self._plain(), sort_keys=True)
        return f"{self.name}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    def write(self, folder: Path) -> None:
        """Whole or not at all. Raises OutputError."""
        write_sealed(self._plain(), folder)

    def _plain(self) -> dict[str, Any]:
        plain = asdict(replace(self, labels=LabelSet(("",)), answers=Answers()))
        plain["labels"] = list(self.labels)
        plain["answers"] = {
            key: str(value) if isinstance(value, Fraction) else value for key, value in asdict(self.answers).items()
        }
        return {"kind": KIND, **plain}


def read_head(folder: Path) -> HeadBundle:
    """Raises DamagedError when there is no card in `folder`, or one that cannot be read."""
    plain = read_sealed(folder)
    with damaged(folder):
        del plain["kind"]
        said = plain.pop("answers")
        answers = Answers(**{**said, **{key: Fraction(said[key]) for key in ("smooth", "shortest")}})
        labels, seen = LabelSet(tuple(plain.pop("labels"))), tuple(plain.pop("seen", ()))
        return HeadBundle(labels=labels, seen=seen, answers=answers, **plain)


def seen_mark(content: str) -> str:
    """What a card keeps of a video's SHA-256: enough to tell its videos from any others."""
    return content[:12]


def is_head(folder: Path) -> bool:
    """Raises DamagedError when the card cannot be read."""
    return kind_of(folder) == KIND


def shipped() -> dict[str, Path]:
    """The heads that come with this package, by name."""
    place = Path(str(resources.files("aisle.models"))) / "trained"
    return {path.parent.name: path.parent for path in sorted(place.glob("*/card.json"))}
