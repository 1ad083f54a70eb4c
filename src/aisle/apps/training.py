"""What a new head and one that is extended have in common: reading the data, beginning, and packaging."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from aisle.apps.console import progress, remark, say

if TYPE_CHECKING:
    from aisle.core import Dataset, InputError, Task
    from aisle.data.store import FeatureStore
    from aisle.deploy.backbone import Model
    from aisle.deploy.head import HeadBundle
    from aisle.train.fit import Trained
    from aisle.train.gradient import Run
    from aisle.train.plan import Plan

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Asked:
    """What holds for a new head and for one that is extended."""

    data: Path
    kind: str | None
    out: Path
    store: FeatureStore
    folds: int
    beta: float
    seed: int
    epochs: int
    devices: int
    resume: bool
    remember: bool
    trained_on: str
    not_for: str
    licence: str
    quiet: bool


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


def backbone_of(asked: Asked, name: str) -> Model:
    from aisle.deploy.model import open_backbone

    with progress(f"preparing {name}", quiet=asked.quiet) as listener:
        return open_backbone(name, progress=listener)


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


def bundle_of(
    asked: Asked, plan: Plan, dataset: Dataset, trained: Trained, backbone: Model, found: dict[str, object]
) -> HeadBundle:
    from aisle.apps.verdicts import is_rendered
    from aisle.deploy.head import HeadBundle, seen_mark
    from aisle.train.fit import learning_part

    examples = learning_part(dataset)
    groups, left_out = len({example.group for example in examples}), len(dataset.problems)
    told = f"{len(examples)} examples of {groups} groups in {dataset.folder.name}"
    return HeadBundle(
        name=asked.out.name,
        title=f"{plan.head.title}, {len(trained.labels)} classes",
        head=plan.head.name,
        options={**plan.options, "trend": plan.trend, "looks": list(plan.looks), "seed": plan.seed},
        task=plan.head.task,
        labels=trained.labels,
        backbone=backbone.name,
        identity=backbone.bundle.card.identity,
        window=trained.window,
        context=plan.head.context,
        answers=trained.answers,
        trained_on=asked.trained_on or (f"{told}; {left_out} left out" if left_out else told),
        not_for=asked.not_for or "Decisions about persons without a person's look at the video.",
        licence=asked.licence or "that of the videos it was trained on",
        seen=tuple(sorted({seen_mark(asked.store.content(example.path)) for example in examples})),
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
    if write_training_report(trained, plan, dataset, asked.out):
        say(f"{asked.out / PAGE}  (the figures, class by class)")
    else:
        say(f"aisle evaluate {asked.out} --data {asked.data}  (how good it is, on a test split that it has not seen)")
    say(f"{asked.out}  (aisle analyze VIDEO --model {asked.out} --out results)")
