"""How good the features of a model are: beside random weights, beside other models, and together with them."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from aisle.apps.console import progress
from aisle.apps.opening import tell
from aisle.core import Dataset, Example, UsageError
from aisle.data.check import usable
from aisle.data.find import open_dataset
from aisle.data.splits import Split
from aisle.data.store import FeatureStore, Stretch
from aisle.deploy.bundle import kind_of
from aisle.deploy.cache import cache_folder
from aisle.deploy.clip import KIND as CLIP
from aisle.deploy.clip_model import ClipModel
from aisle.deploy.head import read_head, seen_mark
from aisle.deploy.model import find_bundle, is_ready, open_backbone, seen_by
from aisle.deploy.untrained import untrained_twin
from aisle.evaluate.probes import DRAWS, LINEAR, NEIGHBOURS, Labelled, Outcome, ProbeReport, Row, Spent, measured

if TYPE_CHECKING:
    from aisle.analysis.backbone import Producer
    from aisle.evaluate.figures import Floats
    from aisle.train.probe import Draw

USUAL = "kinetics-i3d"
"""What is stood beside a model where nobody names another, and where it is at hand."""

RANDOM = "random weights"
TWINS, CHEAP = 3, 5.0
"""So many networks with random weights, where one view takes at most so many GFLOP; else one."""

READS_PICTURES = (CLIP, "stream")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to probe on what. `against` are other models, None for the usual one where it is at hand; with `tune`
    networks are trained end to end as well, for `epochs` on all labels. Random weights are drawn `twins` times at most.
    """

    bundle: str
    data: Path
    kind: str | None = None
    features: Path | None = None
    against: tuple[str, ...] | None = None
    tune: bool = False
    epochs: int = 10
    quiet: bool = False
    twins: int = TWINS


@dataclass(frozen=True, slots=True, eq=False)
class Probed:
    """`dataset` has all clips. `doubts` say why figures may flatter, `notes` what else to know."""

    model: Producer
    dataset: Dataset
    report: ProbeReport
    doubts: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    """`blocks` are its features of all clips, each (N, any)."""

    name: str
    about: str
    blocks: tuple[Floats, ...]
    seen: int | None
    computed: int
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What all contenders are judged on."""

    dataset: Dataset
    splits: tuple[Split, ...]
    drawn: tuple[Draw, ...]
    store: FeatureStore
    quiet: bool

    @property
    def judged(self) -> list[Example]:
        kept = {example.name for split in self.splits for example in split.kept}
        return [example for example in self.dataset.examples if example.name in kept]

    @property
    def groups(self) -> list[str]:
        return [example.group for example in self.judged]


def probed(asked: Asked) -> Probed:
    """Raises UsageError for what has no features of its own and for `tune` without weights, InputError for a set that
    cannot be split by group, and whatever opening models and reading videos raises.
    """
    for name in (asked.bundle, *(asked.against or ())):
        check(name)
    ground = _ground(asked)
    model = _opened(asked.bundle, quiet=asked.quiet)
    if asked.tune:
        from aisle.apps.probing_network import check_tuning

        check_tuning(model)
    mine = contender(model, ground, "what is probed")
    chance = [contender(twin, ground, RANDOM) for twin in _twins(model, asked.twins)]
    others = [contender(_opened(name, quiet=asked.quiet), ground, "for comparison") for name in _others(asked)]
    both = [_fused(mine, other) for other in others]
    report = _report(ground, mine, chance, [*others, *both])
    if asked.tune and isinstance(model, ClipModel):
        from aisle.apps.probing_network import tuned

        report = tuned(report, model, ground.dataset, ground.splits[0], asked.epochs, quiet=asked.quiet)
    return Probed(model, ground.dataset, report, tuple(_doubts(report)), tuple(_notes(report, ground, asked)))


def check(name: str) -> None:
    """Raises UsageError for a bundle that has no features of its own."""
    folder = find_bundle(name)
    kind = CLIP if folder is None else kind_of(folder)
    if folder is None or kind in READS_PICTURES:
        return
    do = "name the network whose features it reads"
    if kind == "head":
        do = f"probe its backbone: {read_head(folder).backbone}"
    raise UsageError(
        "a probe judges features, and this bundle has none of its own",
        got=f"{name}, a bundle of kind {kind}",
        allowed="a network that reads video: a name from aisle models list, or a bundle of aisle train or pretrain",
        do=do,
    )


def _ground(asked: Asked) -> Ground:
    from aisle.train.fit import prepared
    from aisle.train.probe import draws, parts

    with progress("reading the dataset", quiet=asked.quiet) as listener:
        found = usable(open_dataset(asked.data, asked.kind), progress=listener)
        dataset = prepared(found, "clips", progress=listener)
    if found.task == "timelines":
        dataset = replace(
            dataset, notes=(*dataset.notes, "Timelines are cut into clips: their acts, and what is between.")
        )
    splits = parts(dataset)
    store = FeatureStore(asked.features or cache_folder() / "features")
    return Ground(dataset, splits, draws(dataset.examples, splits), store, asked.quiet)


def _opened(name: str, *, quiet: bool) -> Producer:
    with progress(f"preparing {name}", quiet=quiet) as listener:
        opened = open_backbone(name, progress=listener)
    if not quiet:
        tell([opened])
    return opened


def _others(asked: Asked) -> Sequence[str]:
    if asked.against is not None:
        return [name for name in asked.against if name != asked.bundle]
    return [USUAL] if asked.bundle != USUAL and is_ready(USUAL) else []


def _twins(model: Producer, most: int) -> Iterator[Producer]:
    """The same network with other weights; none of what is no network that reads clips."""
    if isinstance(model, ClipModel):
        for seed in range(most if model.bundle.gflops <= CHEAP else 1):
            with tempfile.TemporaryDirectory() as folder:
                yield untrained_twin(model.bundle, Path(folder) / "twin", seed=seed)


def contender(model: Producer, ground: Ground, about: str) -> Contender:
    """Its features, from the store where they are kept."""
    from aisle.train.embed import embedded
    from aisle.train.probe import pooled

    examples, store = ground.dataset.examples, ground.store
    stretches = [Stretch(one.path, one.start, one.end) for one in examples]
    missing = sum(not store.path(one, model.fingerprint).is_file() for one in stretches)
    begun = perf_counter()
    with progress(f"features of {model.name}", quiet=ground.quiet) as listener:
        features = embedded(examples, model, store, progress=listener)
    known = seen_by(model)
    seen = sum(seen_mark(store.content(one.path)) in known for one in examples) if known else None
    return Contender(model.name, about, (pooled(features),), seen, missing, perf_counter() - begun if missing else 0.0)


def _fused(mine: Contender, other: Contender) -> Contender:
    known = [one.seen for one in (mine, other) if one.seen is not None]
    return Contender(
        f"{mine.name} + {other.name}", "both side by side", mine.blocks + other.blocks, max(known, default=None), 0, 0.0
    )


# --- figures


def _report(ground: Ground, mine: Contender, chance: Sequence[Contender], others: Sequence[Contender]) -> ProbeReport:
    from aisle.train.probe import labelled

    examples = ground.dataset.examples
    classes = np.array([ground.dataset.labels.index(one.label) for one in examples])
    random, random_s = _asked(chance, ground)
    full = next((one.right.mean(0) for one in random if (one.measure, one.share) == (LINEAR, 1.0)), None)
    rows = [_row(ground, mine, *_asked([mine], ground), full)]
    if chance:
        times = "weights drawn once" if len(chance) == 1 else f"weights drawn {len(chance)} times"
        about = f"the network of {mine.name}, {times}; trained end to end it is trained from scratch"
        merged = replace(
            chance[0],
            name=RANDOM,
            about=about,
            computed=sum(one.computed for one in chance),
            seconds=sum(one.seconds for one in chance),
        )
        rows.append(_row(ground, merged, random, random_s, None))
    rows += [_row(ground, one, *_asked([one], ground), full) for one in others]
    support = Counter(example.label for example in ground.judged)
    return ProbeReport(
        rows=tuple(rows),
        labelled=labelled(ground.drawn, classes),
        support={label: support[label] for label in ground.dataset.labels},
        parts=len(ground.splits),
        frequent=_frequent(ground),
    )


def _asked(contenders: Sequence[Contender], ground: Ground) -> tuple[list[Outcome], float]:
    """The answers of several contenders as so many more draws, and the seconds that took."""
    from aisle.train.probe import probe

    begun, found = perf_counter(), list[list[Outcome]]()
    for one in contenders:
        with progress(f"probing {one.name}", quiet=ground.quiet) as listener:
            examples, labels = ground.dataset.examples, ground.dataset.labels
            found.append(list(probe(one.blocks, examples, labels, ground.drawn, progress=listener)))
    together = [
        replace(same[0], right=np.concatenate([one.right for one in same])) for same in zip(*found, strict=True)
    ]
    return together, perf_counter() - begun


def _row(ground: Ground, one: Contender, outcomes: Sequence[Outcome], seconds: float, against: Floats | None) -> Row:
    figures, lead = measured(outcomes, ground.groups, against=against)
    width = sum(block.shape[1] for block in one.blocks)
    return Row(one.name, one.about, width, figures, one.seen, lead, Spent(one.computed, one.seconds, seconds))


def _frequent(ground: Ground) -> float:
    right = 0
    for split in ground.splits:
        ((named, _),) = Counter(example.label for example in split.train).most_common(1)
        right += sum(example.label == named for example in split.kept)
    return right / len(ground.judged)


# --- what a reader must know


def _doubts(report: ProbeReport) -> Iterator[str]:
    total = sum(report.support.values())
    for row in report.rows:
        if row.seen and row.spent is not None and "+" not in row.name:
            yield (
                f"{row.seen} of the clips are from videos that {row.name} had learnt from, with labels or without: its "
                f"figures may flatter ({total} clips are judged)."
            )


def _notes(report: ProbeReport, ground: Ground, asked: Asked) -> Iterator[str]:
    yield from ground.dataset.notes
    yield from (f"left out: {problem}" for problem in ground.dataset.problems)
    learning = np.mean([len(split.train) for split in ground.splits])
    for one in report.labelled[:-1]:
        yield from _share_notes(one, float(learning), len(report.support))
    if asked.tune and report.parts > 1:
        kept = len(ground.splits[0].kept)
        yield f"End to end, networks are trained on the first part alone, and judged on the {kept} clips it keeps."
    if report.labelled[-1].clips < NEIGHBOURS:
        yield f"There are fewer labelled clips than the {NEIGHBOURS} neighbours that vote, so all of them do."
    if not any(row.name == RANDOM for row in report.rows):
        yield f"{report.rows[0].name} cannot be built with random weights, so these are not beside it."
    if asked.against is None and asked.bundle != USUAL and not is_ready(USUAL):
        yield f"{USUAL} is not in the cache, and nothing is fetched unasked: --against {USUAL} stands it beside."


def _share_notes(one: Labelled, learning: float, classes: int) -> Iterator[str]:
    wanted = max(one.share * learning, 1)
    came = f"{one.share:.0%} of the labels came to {one.clips:.1f} clips of {one.classes:.1f} of {classes} classes"
    if one.clips > 1.2 * wanted:
        came += f" instead of {wanted:.0f} clips, as whole groups are drawn"
    if one.classes < classes:
        came += "; the other classes cannot be named there"
    if one.classes < classes or one.clips > 1.2 * wanted:
        yield f"{came} (means of {DRAWS} draws)."
