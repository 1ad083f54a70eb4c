"""What flags a fight after normal clips alone: the surveillance-camera fights, by group, every scorer alone and fused.

    python benchmarks/fights.py [--features FOLDER] [--pixels BUNDLE ...]

Folds are of whole groups (source videos). In each fold scorers learn from the `normal` clips of the other groups, are
calibrated on held-out groups among those, and score the clips of the fold. The recipe (which cues, how they are fused,
over how many steps) was chosen on the groups whose name has an even SHA-1; figures are of the other groups, and those
of the first stand beside them. Nothing was learnt from a fight, but where it is told what comes of a training folder
that holds some.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import record

from aisle.analysis.backbone import Floats
from aisle.analysis.mixture import Mixture
from aisle.analysis.nearest import Nearest
from aisle.analysis.noticing import Smoothing, fused
from aisle.analysis.plain_error import PlainError
from aisle.apps.train_anomaly import FAR, NEAR, USUAL
from aisle.data.find import open_dataset
from aisle.data.store import FeatureStore
from aisle.deploy.anomaly_bundle import SCORERS, Told
from aisle.deploy.anomaly_model import LONG, cues_of
from aisle.deploy.cache import cache_folder
from aisle.deploy.model import open_backbone
from aisle.deploy.pixels import read_pixels_card
from aisle.evaluate.bootstrap import bootstrap
from aisle.evaluate.curves import curves
from aisle.train.looked import Looked, look_at
from aisle.train.noticing import Fit, Plan, learn

SHARED = Path(__file__).parents[2] / "shared" / "data"
FOLDS = 5
PARTS = {"reported groups": False, "development groups": True}
"""Whether a part holds the groups on which the recipe was chosen."""


@dataclass(frozen=True)
class One:
    """One row of the table."""

    name: str
    cue: str
    fit: Fit
    half: int
    beyond: float = 0.0
    source: str = ""


def singles(pixels: Sequence[Path]) -> list[One]:
    near = partial(Nearest.fit, local=NEAR)
    found = [
        One("turmoil", "velocity", SCORERS["mean"].fit, 3),
        One("velocity, neighbours", "velocity", near, 1),
        One("velocity, mixture", "velocity", partial(Mixture.fit, local=NEAR), 1),
        One("kinetics-i3d, neighbours", "backbone", Nearest.fit, 1),
        One("kinetics-i3d, mixture", "backbone", Mixture.fit, 1),
        One("scene, familiar looks", "scene", SCORERS["familiar"].fit, 1),
        One("scene, figures", "scene", SCORERS["figures"].fit, 1),
    ]
    found += [One(f"pixels of {one.name}", "pixels", PlainError.fit, 1, source=str(one.resolve())) for one in pixels]
    doubting = [one for one in pixels if read_pixels_card(one).doubts]
    return found + [
        One(f"doubts of {one.name}", "doubts", PlainError.fit, 1, source=str(one.resolve())) for one in doubting
    ]


def fold_of(group: str) -> int:
    return int(hashlib.sha1(f"fold {group}".encode()).hexdigest(), 16) % FOLDS


def is_development(group: str) -> bool:
    return int(hashlib.sha1(group.encode()).hexdigest(), 16) % 2 == 0


SPOILT = (0.05, 0.1, 0.2)
"""Shares of fights among the clips that were taken for normal."""


def surprises(
    looked: Sequence[Looked], labels: Sequence[str], at: int, one: One, *, spoilt: float = 0.0
) -> list[Floats]:
    """(N,) of every clip, by what learnt from normal clips of other groups; of these clips the share `spoilt` shows
    fights instead.
    """
    found: list[Floats] = [np.empty(0, np.float32)] * len(looked)
    for fold in range(FOLDS):
        normal = [clip for clip, label in zip(looked, labels, strict=True) if label == "normal"]
        clips = [clip for clip in normal if fold_of(clip.group) != fold]
        fights = [
            clip
            for clip, label in zip(looked, labels, strict=True)
            if label != "normal" and fold_of(clip.group) != fold
        ]
        mixed = np.random.default_rng(fold).permutation(len(fights))[: round(spoilt / (1 - spoilt) * len(clips))]
        clips += [fights[place] for place in mixed]
        learnt = learn(clips, [Plan(at, one.fit, one.half)], a_day=1)
        ((scorer, tail),) = learnt.parts
        for place, clip in enumerate(looked):
            if fold_of(clip.group) == fold:
                seen = clip.seen[at]
                smooth = Smoothing(one.half).push(seen.most(scorer.score(seen)), last=True)
                found[place] = tail.surprise(smooth)
    return found


def counted(labels: Sequence[str], groups: Sequence[str], wanted: bool) -> dict[str, int]:
    inside = [(label, group) for label, group in zip(labels, groups, strict=True) if is_development(group) is wanted]
    fights = sum(label == "fight" for label, _ in inside)
    return {"groups": len({group for _, group in inside}), "fights": fights, "normal": len(inside) - fights}


def clip_score(surprise: Floats, step: Fraction) -> float:
    """As the packaged model answers for a clip."""
    long = min(max(round(LONG / step), 1), len(surprise))
    return float(np.convolve(surprise, np.ones(long) / long, "valid").max())


def figures(scores: list[float], labels: Sequence[str], groups: Sequence[str], hours: float) -> dict[str, Any]:
    """AUC with its interval by group; alarms an hour of normal video where 80% of the fights are found."""
    truth, values = np.array([label == "fight" for label in labels]), np.array(scores)

    def area(rows: np.ndarray[Any, Any]) -> dict[str, float]:
        return {"auc": curves(values[rows], truth[rows]).roc_auc}

    span = bootstrap(area, groups)["auc"]
    level = np.sort(values[truth])[::-1][int(np.ceil(0.8 * truth.sum())) - 1]
    false = int((values[~truth] >= level).sum())
    return {
        "auc": round(span.value, 3),
        "interval": [round(span.low, 3), round(span.high, 3)],
        "alarms an hour at 80% recall": round(false / hours),
        "normal clips flagged at 80% recall": round(false / int((~truth).sum()), 3),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--features", type=Path, default=cache_folder() / "features")
    asked.add_argument("--pixels", type=Path, nargs="*", default=[])
    given = asked.parse_args()
    dataset = open_dataset(SHARED / "surveillance_fight")
    rows = singles(given.pixels)
    told = [Told(one.cue, "knn", source=one.source) for one in rows]
    cues = cues_of(told)
    kinds = list(dict.fromkeys(cues))
    model = open_backbone("kinetics-i3d")
    begun = process_time()
    looked = look_at(dataset.examples, model, kinds, FeatureStore(given.features))
    print(f"looked in {process_time() - begun:.0f} s of processor time", flush=True)
    labels, groups = [one.label for one in dataset.examples], [one.group for one in dataset.examples]
    said = {one.name: surprises(looked, labels, kinds.index(cue), one) for one, cue in zip(rows, cues, strict=True)}
    names = ("turmoil", "velocity, neighbours", "kinetics-i3d, neighbours")  # cameras differ: the scene is left out
    usual = [said[name] for name in names]
    beyond = [recipe.beyond for recipe in USUAL[: len(names)]]
    said["fused, as packaged"] = [fused(np.stack(own, axis=1), beyond) for own in zip(*usual, strict=True)]
    said["fused by sum"] = [fused(np.stack(own, axis=1), [0.0] * len(usual)) for own in zip(*usual, strict=True)]
    said["fused by maximum"] = [np.stack(own, axis=1).max(1) for own in zip(*usual, strict=True)]
    used = [(one, cue) for one, cue in zip(rows, cues, strict=True) if one.name in names]
    for share in SPOILT:
        own = [surprises(looked, labels, kinds.index(cue), one, spoilt=share) for one, cue in used]
        name = f"as packaged, {share:.0%} of its normal clips are fights"
        said[name] = [fused(np.stack(some, axis=1), beyond) for some in zip(*own, strict=True)]
    step = looked[0].step
    table: dict[str, Any] = {}
    for name, clips in said.items():
        table[name] = {}
        for part, wanted in PARTS.items():
            inside = [place for place, group in enumerate(groups) if is_development(group) is wanted]
            normal = sum(len(clips[place]) for place in inside if labels[place] == "normal")
            table[name][part] = figures(
                [clip_score(clips[place], step) for place in inside],
                [labels[place] for place in inside],
                [groups[place] for place in inside],
                normal * float(step) / 3600,
            )
        print(name, table[name], flush=True)
    counts = {part: counted(labels, groups, wanted) for part, wanted in PARTS.items()}
    record.save("fights", {"clips": counts, "scorers": table, "beyond": FAR})


if __name__ == "__main__":
    main()
