"""`aisle train --task anomaly`: from normal videos to a packaged model that points out what is not like them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aisle.apps.console import progress, remark, say
from aisle.apps.training import EVERY, LICENCE, Asked, Way, backbone_of, feature_store, marks
from aisle.core import Dataset, UsageError

if TYPE_CHECKING:
    from aisle.analysis.backbone import Producer
    from aisle.analysis.cue import Cue
    from aisle.analysis.scorer import Scorer
    from aisle.core.sightings import Sightings
    from aisle.deploy.anomaly_bundle import AnomalyBundle, Told
    from aisle.deploy.anomaly_model import AnomalyModel
    from aisle.train.noticing import Learnt, Plan

NOT_FOR = "Decisions about persons: what is unusual need not be wrong, and what is usual need not be right."


HALF, LONGER = 1, 3
"""Steps before and after each over which a part is averaged: what it compares, and turmoil, which lasts."""

FAR = 4.0
"""The surprise beyond which neighbours count: one step in fifty of normal video. Chosen on half of the groups of
benchmarks/fights.py, where nearer ones, summed, hid what the turmoil told.
"""

NEAR = 2.0
"""What the width of the picture counts beside a row: moving is compared nearby."""

RARELY, OFTEN = 3.0, 2.0
"""As `FAR`, for one camera, of which more is known; chosen on rendered shops other than those of
benchmarks/noticing.py.
"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a part is made: see `Told`, `Whitened` and `aisle.train.noticing.Plan`."""

    cue: str
    scorer: str
    half: int = HALF
    beyond: float = FAR
    placed: float | None = None
    local: float = 0.0
    source: str = ""


USUAL = (
    Recipe("velocity", "mean", half=LONGER, beyond=0.0, placed=RARELY),
    Recipe("velocity", "knn", placed=RARELY, local=NEAR),
    Recipe("backbone", "knn"),
    Recipe("scene", "familiar", beyond=OFTEN),
    Recipe("scene", "figures", beyond=0.0),
)


def train(asked: Asked) -> None:
    """Looks at normal videos, learns what is usual in them, finds the threshold, and packages."""
    from aisle.apps.opening import opened as opened_model
    from aisle.deploy.anomaly_model import AnomalyModel

    if asked.extend is None:
        _begin(asked)
        return
    if asked.pixels or "--backbone" in asked.named:
        got = ", ".join(sorted(asked.named & {"--pixels", "--backbone"}))
        raise UsageError("a model that is extended looks at what it did", got=got, do="leave them out")
    before = opened_model(asked.extend, quiet=asked.quiet)
    if not isinstance(before, AnomalyModel):
        raise UsageError("this model cannot learn another camera", got=asked.extend, allowed="one of --task anomaly")
    _extend(asked, before)


def _begin(asked: Asked) -> None:
    from aisle.deploy.anomaly_bundle import Told
    from aisle.deploy.anomaly_model import cues_of

    recipes = [*USUAL, *(Recipe("pixels", "error", source=str(folder.resolve())) for folder in asked.pixels)]
    told = [Told(one.cue, one.scorer, one.half, one.beyond, one.source) for one in recipes]
    dataset = _read(asked)
    opened = backbone_of(asked, asked.backbone)
    cues = cues_of(told)
    plans = _plans(recipes, cues, asked.seed)
    learnt = _learn(asked, dataset, opened, cues, plans)
    _finish(asked, _bundle(asked, dataset, opened, _kept(told, learnt), learnt), learnt)


def _kept(told: Sequence[Told], learnt: Learnt) -> list[Told]:
    return [replace(told[at], beyond=beyond) for at, beyond in zip(learnt.kept, learnt.beyond, strict=True)]


def _plans(recipes: Sequence[Recipe], cues: Sequence[Cue], seed: int) -> list[Plan]:
    from functools import partial

    from aisle.analysis.nearest import Nearest
    from aisle.deploy.anomaly_bundle import SCORERS
    from aisle.train.noticing import Plan

    looked = list(dict.fromkeys(cues))
    plans = []
    for recipe, cue in zip(recipes, cues, strict=True):
        fit = SCORERS[recipe.scorer].fit
        known = partial(Nearest.fit, local=recipe.local) if recipe.scorer == Nearest.name else fit
        plans.append(
            Plan(
                looked.index(cue),
                partial(known, seed=seed),
                recipe.half,
                recipe.beyond,
                one_place=recipe.cue == "scene",
                placed=recipe.placed,
            )
        )
    return plans


def _extend(asked: Asked, before: AnomalyModel) -> None:
    """Nothing is forgotten: rows are added to memories, and what was usual by the old calibration stays so."""
    from aisle.analysis.familiar import Familiar
    from aisle.analysis.figures import Figures
    from aisle.analysis.nearest import Nearest
    from aisle.train.noticing import Plan

    dataset = _read(asked)
    cues = [part.cue for part in before.parts]
    looked = list(dict.fromkeys(cues))
    plans = []
    for part in before.parts:
        fit = part.scorer.extended if isinstance(part.scorer, Nearest | Familiar | Figures) else _same(part.scorer)
        plans.append(Plan(looked.index(part.cue), fit, part.half, part.beyond, part.tail))
    learnt = _learn(asked, dataset, before.backbone, cues, plans)
    old = before.bundle
    new = _bundle(asked, dataset, before.backbone, old.parts, learnt)
    bundle = replace(
        new,
        knee=max(new.knee, old.knee),
        trained_on=f"{old.trained_on}; and {new.trained_on}",
        seen=tuple(sorted({*old.seen, *new.seen})),
        rendered=old.rendered or new.rendered,
    )
    _finish(asked, bundle, learnt)


def _same(scorer: Scorer) -> Callable[[Sightings], Scorer]:
    def kept(normal: Sightings) -> Scorer:
        del normal
        return scorer

    return kept


def _learn(asked: Asked, dataset: Dataset, opened: Producer, cues: Sequence[Cue], plans: Sequence[Plan]) -> Learnt:
    from aisle.train.looked import look_at
    from aisle.train.noticing import learn

    store = feature_store(asked)
    with progress("looking at normal videos", quiet=asked.quiet) as listener:
        looked = look_at(dataset.examples, opened, list(dict.fromkeys(cues)), store, progress=listener)
    with progress("learning what is normal", quiet=asked.quiet) as listener:
        learnt = learn(looked, plans, a_day=asked.alarms_a_day, progress=listener)
    for note in learnt.notes:
        remark(note)
    return learnt


def _finish(asked: Asked, bundle: AnomalyBundle, learnt: Learnt) -> None:
    from aisle.deploy.anomaly_package import package_anomaly

    complete = package_anomaly(learnt.parts, bundle, asked.out)
    say(f"{complete.name}: {complete.title}")
    say(f"  threshold: {complete.threshold_told}")
    say(f"{asked.out}  (aisle analyze VIDEO --model {asked.out} --out results)")


def _read(asked: Asked) -> Dataset:
    """Tells what is left out even to who wants no remarks."""
    from aisle.data.check import usable
    from aisle.data.normal import normal_videos

    with progress("reading the videos", quiet=asked.quiet) as listener:
        dataset = usable(normal_videos(asked.data, asked.kind), progress=listener)
    for problem in dataset.problems:
        remark(f"left out: {problem}")
    if not dataset.examples:
        raise next(iter(dataset.problems), UsageError("there is no normal video", got=str(asked.data)))
    for note in dataset.notes:
        remark(note)
    return dataset


def _bundle(asked: Asked, dataset: Dataset, opened: Producer, parts: Sequence[Told], learnt: Learnt) -> AnomalyBundle:
    from aisle.apps.verdicts import is_rendered
    from aisle.deploy.anomaly_bundle import AnomalyBundle
    from aisle.deploy.model import known_as, seen_by

    groups = len({example.group for example in dataset.examples})
    told = f"{len(dataset.examples)} normal videos of {groups} groups in {dataset.folder.name}"
    return AnomalyBundle(
        name=asked.out.name,
        title=f"what is unusual, by {', '.join(part.name for part in parts)}",
        parts=tuple(parts),
        backbone=known_as(opened),
        identity=opened.identity,
        knee=learnt.knee.value,
        alarms_a_day=asked.alarms_a_day,
        hours=learnt.knee.hours,
        threshold_told=learnt.knee.told(),
        trained_on=asked.trained_on or told,
        not_for=asked.not_for or NOT_FOR,
        licence=asked.licence or LICENCE,
        seen=tuple(sorted(marks(dataset.examples, feature_store(asked)) | seen_by(opened))),
        rendered=is_rendered(dataset),
        measured={"notes": list(learnt.notes)},
    )


WAY = Way(
    "a model of what is normal",
    frozenset(
        {*EVERY, "--backbone", "--alarms-a-day", "--extend", "--pixels"}
        - {"--model", "--epochs", "--resume", "--devices"}
    ),
    train,
)
