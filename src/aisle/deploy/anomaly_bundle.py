"""A packaged model of what is normal: a folder with what each cue's scorer learnt, and its card.

card.json     on whose features, which cues, how the threshold was found, how it was trained, hashes
normal.npz    arrays only: what the scorers remember, and how rarely normal video reaches which score
backbone/     the bundle whose features it reads, in an export for another machine; else it is found by its name
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from aisle.analysis.area_mean import AreaMean
from aisle.analysis.backbone import Answers
from aisle.analysis.familiar import Familiar
from aisle.analysis.figures import Figures
from aisle.analysis.mixture import Mixture
from aisle.analysis.nearest import Nearest
from aisle.analysis.noticing import THRESHOLD
from aisle.analysis.plain_error import PlainError
from aisle.analysis.scorer import Scorer
from aisle.analysis.tail import Tail
from aisle.core import LabelSet, UsageError, whole
from aisle.deploy.bundle import damaged, kind_of, read_sealed, write_sealed

KIND = "anomaly"
NORMAL = "normal.npz"
LABELS = LabelSet(("normal", "unusual"))

SCORERS: Mapping[str, type[Scorer]] = {
    "knn": Nearest,
    "gmm": Mixture,
    "mean": AreaMean,
    "error": PlainError,
    "familiar": Familiar,
    "figures": Figures,
}


@dataclass(frozen=True, slots=True)
class Told:
    """Which cue a part of the model looks at, which scorer judges it, over how many steps before and after each that is
    averaged, and the surprise `beyond` which it counts. `source` is the folder, within that of the bundle, of what
    paints pictures for the cue, "" where it needs none.
    """

    cue: str
    scorer: str
    half: int = 1
    beyond: float = 0.0
    source: str = ""

    @property
    def name(self) -> str:
        return f"{self.cue} {self.scorer}" + (f" of {Path(self.source).name}" if self.source else "")


@dataclass(frozen=True, slots=True)
class AnomalyBundle:
    """`parts` look at the steps of `backbone`, whose features are those that `identity` names; `knee` is the surprise
    of an alarm.

    `threshold_told` says in a sentence how it was found, from how many `hours` of normal video that nothing was learnt
    from. `seen` are the contents of the videos that it, its backbone, or what either began with learnt from;
    `rendered` says that its own were drawn. `measured` are figures, by what they are.
    """

    name: str
    title: str
    parts: tuple[Told, ...]
    backbone: str
    identity: str
    knee: float
    alarms_a_day: float
    hours: float
    threshold_told: str
    trained_on: str
    not_for: str
    licence: str
    seen: tuple[str, ...] = ()
    rendered: bool = False
    measured: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.parts or not self.knee > 0:
            got = f"{len(self.parts)} parts, knee {self.knee}"
            raise UsageError("a model of normal has parts and a threshold", got=got, allowed="1 or more, above 0")

    @property
    def labels(self) -> LabelSet:
        return LABELS

    @property
    def answers(self) -> Answers:
        """Nothing is smoothed again, and an alarm does not wait: that is in the risk, and in its threshold."""
        return Answers(smooth=Fraction(0), shortest=Fraction(0), surest=0.0, threshold=THRESHOLD, prompt=True)

    @property
    def fingerprint(self) -> str:
        """Changes whenever the card or a file does."""
        said = json.dumps(asdict(self), sort_keys=True)
        return f"{self.name}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    def write(self, folder: Path) -> None:
        """Whole or not at all. Raises OutputError."""
        write_sealed({"kind": KIND, **asdict(self)}, folder)


def read_anomaly(folder: Path) -> AnomalyBundle:
    """Raises DamagedError when there is no card in `folder`, or one that cannot be read."""
    plain = read_sealed(folder)
    with damaged(folder):
        del plain["kind"]
        parts, seen = tuple(Told(**part) for part in plain.pop("parts")), tuple(plain.pop("seen"))
        return AnomalyBundle(parts=parts, seen=seen, **plain)


def is_anomaly(folder: Path) -> bool:
    """Raises DamagedError when the card cannot be read."""
    return kind_of(folder) == KIND


def write_normal(learnt: Sequence[tuple[Scorer, Tail]], folder: Path) -> None:
    """Raises OutputError."""
    arrays: dict[str, Any] = {}
    for number, (scorer, tail) in enumerate(learnt):
        arrays |= {f"{number}.{name}": array for name, array in scorer.arrays().items()}
        arrays |= {f"{number}.levels": tail.levels, f"{number}.surprises": tail.surprises}
        arrays[f"{number}.scale"] = np.array(tail.scale)
    with whole(folder / NORMAL) as part, part.open("wb") as file:
        np.savez(file, **arrays)


def read_normal(folder: Path, bundle: AnomalyBundle) -> list[tuple[Scorer, Tail]]:
    """Of each of the bundle's parts. Raises DamagedError for a file that holds something else."""
    with damaged(folder), np.load(folder / NORMAL, allow_pickle=False) as file:
        found = []
        for number, told in enumerate(bundle.parts):
            own = {name.partition(".")[2]: file[name] for name in file.files if name.startswith(f"{number}.")}
            tail = Tail(own["levels"], own["surprises"], float(own["scale"]))
            found.append((SCORERS[told.scorer].read(own), tail))
        return found
