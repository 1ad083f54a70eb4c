"""A packaged network that reads clips: a folder with the network for each runtime, and its card. Imports no PyTorch.

card.json            what it reads and answers, whose weights, how far each runtime is from PyTorch, hashes
weights.pt           the network's state, for fine-tuning and the runtime pytorch; not in an export for another machine
onnx/network.onnx    views (B, T, ...) to features and logits; B, H and W are open
openvino/fp32.xml    and .bin: runs in fp32, and in bf16 where the processor has it
openvino/int8.xml    and .bin, where int8 answers like the original

A network that looks back only is packaged as it runs over a stream: pictures (T, H, W, 3) and what those before handed
on, to features and logits of every picture, and what is handed on (aisle.deploy.network).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from aisle.analysis.backbone import Answers
from aisle.core import LabelSet, Task
from aisle.deploy.bundle import Check, StateShape, damaged, kind_of, read_sealed, write_sealed
from aisle.deploy.windows import Windows
from aisle.media.fit import EVEN
from aisle.models.card import Reads, Steps
from aisle.models.clip import Sampling
from aisle.models.head import Option

KIND = "clip"
WEIGHTS, ONNX = "weights.pt", "onnx/network.onnx"
"""Names of what lies beside the card."""


@dataclass(frozen=True, slots=True)
class ClipBundle:
    """`network` is the module in aisle.models that builds it from `options`; see aisle.models.clip for what both it and
    `views`, `sampling`, `mean`, `spread` and `features` mean.

    One answer stands for `window` pictures of `sampling.rate`; a network of timelines gives `answered` of them in one
    window. `identity` names what its features mean. `weights_told` says in a sentence which weights it has. `measured`
    are figures, all on groups that the measured network had not been trained on; `seen` are the contents of the videos
    that it, or what it began with, learnt from, by `aisle.deploy.head.seen_mark`; `rendered` says that its own were
    drawn. `gflops` are of one view of `test_crop` squared, a multiplication and an addition counted as one, and
    `growing` is the share of them that grows with the picture: what is seen of persons has one size. `parameters` are
    single weights. `states` are what a network that looks back only hands on from picture to picture; others have none.
    """

    name: str
    title: str
    network: str
    options: Mapping[str, Option]
    task: Task
    views: tuple[str, ...]
    sampling: Sampling
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    labels: LabelSet
    features: int
    answers: Answers
    window: int
    identity: str
    paper: str
    trained_on: str
    not_for: str
    licence: str
    published: str = ""
    weights_told: str = ""
    seen: tuple[str, ...] = ()
    rendered: bool = False
    answered: int = 1
    gflops: float = 0.0
    growing: float = 1.0
    parameters: int = 0
    states: tuple[StateShape, ...] = ()
    measured: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Changes whenever the card or a file does."""
        said = json.dumps(self._plain(), sort_keys=True)
        return f"{self.name}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    @property
    def is_unlabelled(self) -> bool:
        """Whether it learnt without labels: of one name alone, its classifier says nothing. Its features do."""
        return len(self.labels) == 1

    @property
    def windows(self) -> Windows:
        return Windows(self.sampling, self.window, self.answered)

    @property
    def reads(self) -> Reads:
        """Whole pictures as they are decoded for training, so that motion has the pixels that it was learnt in."""
        sampling = self.sampling
        rate = sampling.rate / sampling.stride if self.states else sampling.rate
        return Reads(rate=rate, short_side=sampling.short_side, multiple=EVEN)

    @property
    def steps(self) -> Steps:
        if self.states:
            return Steps(stride=1, first=1, history=0, trained_frames=self.sampling.frames)
        step = self.windows.step
        return Steps(stride=step, first=step, history=0, trained_frames=self.window)

    def write(self, folder: Path) -> None:
        """Whole or not at all. Raises OutputError."""
        write_sealed(self._plain(), folder)

    def _plain(self) -> dict[str, Any]:
        plain = asdict(replace(self, labels=LabelSet(("",)), answers=Answers()))
        plain["labels"] = list(self.labels)
        plain["answers"] = _told(asdict(self.answers))
        plain["sampling"] = _told(plain["sampling"])
        return {"kind": KIND, **plain}


def read_clip_bundle(folder: Path) -> ClipBundle:
    """Raises DamagedError when there is no card in `folder`, or one that cannot be read."""
    plain = read_sealed(folder)
    with damaged(folder):
        del plain["kind"]
        said, sampling = plain["answers"], plain["sampling"]
        read: dict[str, Any] = {
            "labels": LabelSet(tuple(plain["labels"])),
            "answers": Answers(**{**said, **{key: Fraction(said[key]) for key in ("smooth", "shortest")}}),
            "sampling": Sampling(**{**sampling, "rate": Fraction(sampling["rate"])}),
            "checks": {name: Check(**check) for name, check in plain["checks"].items()},
            "states": tuple(StateShape(**state) for state in plain["states"]),
            **{name: tuple(plain[name]) for name in ("views", "mean", "spread", "seen")},
        }
        return ClipBundle(**{**plain, **read})


def is_clip(folder: Path) -> bool:
    """Raises DamagedError when the card cannot be read."""
    return kind_of(folder) == KIND


def _told(plain: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, Fraction) else value for key, value in plain.items()}
