"""What all trainings have in common: what is asked for, reading the data, beginning, and packaging."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from aisle.apps.console import progress, remark, say
from aisle.core import UsageError

if TYPE_CHECKING:
    from aisle.analysis.backbone import Producer
    from aisle.core import Dataset, Example, InputError, Task
    from aisle.data.clip_store import ClipStore
    from aisle.data.store import FeatureStore
    from aisle.deploy.head import HeadBundle
    from aisle.train.fit import Trained
    from aisle.train.gradient import Run
    from aisle.train.plan import Plan

INTERRUPTED = 130
NOT_FOR = "Decisions about persons without a person's look at the video."
LICENCE = "that of the videos it was trained on"


EVERY = frozenset(
    f"--{name}"
    for name in (
        *("task", "data", "out", "model", "kind", "seed", "epochs", "devices", "resume", "features"),
        *("trained-on", "not-for", "licence", "quiet"),
    )
)
"""Options that every training takes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `aisle train`; `named` are those that the user wrote, as --name."""

    data: Path
    kind: str | None
    out: Path
    features: Path | None
    model: str | None
    extend: str | None
    old_data: Path | None
    backbone: str
    options: Sequence[str]
    looks: Sequence[str]
    trend: bool
    folds: int
    beta: float
    seed: int
    epochs: int | None
    devices: int
    resume: bool
    tune: bool
    remember: bool
    weights: str | None
    batch: int | None
    freeze: int
    checkpointing: bool
    precision: str
    device: str
    workers: int | None
    alarms_a_day: float
    pixels: Sequence[Path]
    trained_on: str
    not_for: str
    licence: str
    quiet: bool
    named: frozenset[str]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of training: `what` comes of it, the options that it `takes`."""

    what: str
    takes: frozenset[str]
    train: Callable[[Asked], None]

    def check(self, named: frozenset[str]) -> None:
        """Raises UsageError for options that would do nothing."""
        wrong = sorted(named - self.takes)
        if wrong:
            raise UsageError(
                f"no options of {self.what}",
                got=", ".join(wrong),
                allowed=", ".join(sorted(self.takes)),
                do="leave them out",
            )


def pairs(options: Sequence[str]) -> dict[str, str]:
    """Raises UsageError for what is not NAME=VALUE."""
    wrong = [option for option in options if "=" not in option]
    if wrong:
        raise UsageError(
            "an option has a name and a value", got=wrong[0], allowed="NAME=VALUE", do="--set strength=0.1"
        )
    return dict(option.split("=", 1) for option in options)


def feature_store(asked: Asked) -> FeatureStore:
    from aisle.data.store import FeatureStore
    from aisle.deploy.cache import cache_folder

    return FeatureStore(asked.features or cache_folder() / "features")


def dataset_of(asked: Asked, folder: Path, task: Task, *, known: Sequence[str] = ()) -> Dataset:
    """Tells what it holds; what is left out of it even to who wants no remarks."""
    from aisle.apps.datasets import counts
    from aisle.data.check import usable
    from aisle.data.find import open_dataset
    from aisle.train.fit import prepared

    with progress("reading the dataset", quiet=asked.quiet) as listener:
        found = usable(open_dataset(folder, asked.kind), progress=listener)
        _tell(found.problems)
        dataset = prepared(found, task, known=known, progress=listener)
        _tell(dataset.problems[len(found.problems) :])
    if not asked.quiet:
        for line in counts(dataset).splitlines():
            remark(line)
    return dataset


def _tell(problems: Sequence[InputError]) -> None:
    for problem in problems:
        remark(f"left out: {problem}")


def backbone_of(asked: Asked, name: str) -> Producer:
    from aisle.apps.opening import tell
    from aisle.deploy.model import open_backbone

    with progress(f"preparing {name}", quiet=asked.quiet) as listener:
        opened = open_backbone(name, progress=listener)
    if not asked.quiet:
        tell([opened])
    return opened


def begun(asked: Asked, identity: str) -> Run:
    """Beside the bundle, so that a folder that cannot be written to is noticed before hours of work."""
    from aisle.train.gradient import Run, check_devices

    check_devices(asked.devices)
    run = Run(asked.out.with_name(f"{asked.out.name}.run"), identity, resume=asked.resume)
    run.begin()
    return run


@contextmanager
def resumable() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        remark("stopped; features and checkpoints are kept: the same command with --resume goes on")
        raise typer.Exit(INTERRUPTED) from None


def learnt_from(asked: Asked, dataset: Dataset, *, aside: int = 0) -> str:
    """For the card; so many examples were kept `aside`, to calibrate and to judge by."""
    from aisle.train.fit import learning_part

    examples = learning_part(dataset)
    groups, left_out = len({example.group for example in examples}), len(dataset.problems)
    told = f"{len(examples)} examples of {groups} groups in {dataset.folder.name}"
    told += f", {aside} of them kept aside to calibrate and judge by" if aside else ""
    return asked.trained_on or (f"{told}; {left_out} left out" if left_out else told)


def marks(examples: Sequence[Example], store: FeatureStore | ClipStore) -> set[str]:
    """Of the contents of their videos."""
    from aisle.deploy.head import seen_mark

    return {seen_mark(store.content(path)) for path in {example.path for example in examples}}


def known_before(
    examples: Sequence[Example], store: FeatureStore | ClipStore, seen: Collection[str], whose: str
) -> tuple[str, ...]:
    """The doubt to tell where a model was judged on what is among the marks `seen` by something within it, `whose`."""
    count = sum(not marks([example], store).isdisjoint(seen) for example in examples)
    if not count:
        return ()
    told = f"{count} of the {len(examples)} examples that it was judged on are from videos that {whose} had learnt from"
    return (f"{told}: it may know them by heart, and these figures say little about new videos.",)


def bundle_of(
    asked: Asked, plan: Plan, dataset: Dataset, trained: Trained, backbone: Producer, found: dict[str, object]
) -> HeadBundle:
    from aisle.apps.verdicts import is_rendered
    from aisle.deploy.head import HeadBundle
    from aisle.deploy.model import known_as, seen_by
    from aisle.train.fit import learning_part

    seen = marks(learning_part(dataset), feature_store(asked)) | seen_by(backbone)
    return HeadBundle(
        name=asked.out.name,
        title=f"{plan.head.title}, {len(trained.labels)} classes",
        head=plan.head.name,
        options={**plan.options, "trend": plan.trend, "looks": list(plan.looks), "seed": plan.seed},
        task=plan.head.task,
        labels=trained.labels,
        backbone=known_as(backbone),
        identity=backbone.identity,
        window=trained.window,
        context=trained.context,
        ahead=trained.ahead,
        answers=trained.answers,
        trained_on=learnt_from(asked, dataset),
        not_for=asked.not_for or NOT_FOR,
        licence=asked.licence or LICENCE,
        seen=tuple(sorted(seen)),
        rendered=is_rendered(dataset),
        measured=found,
    )


def finished(asked: Asked, plan: Plan, dataset: Dataset, trained: Trained, bundle: HeadBundle, run: Run) -> None:
    """Packages, tells how good it is, and forgets the checkpoints, which stay where the disk refuses."""
    from aisle.apps.trained import summary
    from aisle.apps.verdicts import PAGE, write_training_report
    from aisle.deploy.package import package

    memory = trained.memory if asked.remember else None
    complete = package(trained.network, bundle, asked.out, samples=trained.samples, memory=memory)
    run.remove()
    say(summary(complete))
    told(asked, dataset, asked.out / PAGE if write_training_report(trained, plan, dataset, asked.out) else None)


def told(asked: Asked, dataset: Dataset, page: Path | None) -> None:
    """Where the figures are, and what to do next."""
    if page is not None:
        say(f"{page}  (the figures, class by class)")
    elif any(example.split == "test" for example in dataset.examples):
        say(f"aisle evaluate {asked.out} --data {asked.data}  (how good it is, on a test split that it has not seen)")
    else:
        say(f"aisle evaluate {asked.out} --data OTHER  (how good it is, on videos that it has not seen)")
    say(f"{asked.out}  (aisle analyze VIDEO --model {asked.out} --out results)")
