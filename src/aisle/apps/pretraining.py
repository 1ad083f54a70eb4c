"""What `aisle pretrain` does: looks at the videos, decodes, learns, shows what is learnt, and packages it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from aisle.apps.console import progress, remark, say
from aisle.apps.pretraining_page import PAGE, Course
from aisle.apps.training import NOT_FOR, marks, resumable
from aisle.core import AisleError, Dataset, InputError
from aisle.data.clip_store import ClipStore

if TYPE_CHECKING:
    from aisle.core import Progress
    from aisle.deploy.clip import ClipBundle
    from aisle.train.course import Epoch
    from aisle.train.gradient import Run
    from aisle.train.pretrain import Pretrained
    from aisle.train.pretrain_plan import PretrainPlan


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is asked for: the folder of videos, how they are learnt, and the new bundle's folder `out`."""

    data: Path
    plan: PretrainPlan
    store: ClipStore
    out: Path
    resume: bool
    trained_on: str
    licence: str
    quiet: bool

    @property
    def course(self) -> Path:
        """The folder beside the bundle where the course of the training is shown."""
        return self.out.with_name(f"{self.out.name}.course")

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        with progress(title, quiet=self.quiet) as listener:
            yield listener

    def remark(self, text: str) -> None:
        if not self.quiet:
            remark(text)


def teach(lesson: Lesson) -> None:
    """A training that goes astray is packaged as it was when it was last well, and ends as an error."""
    from aisle.train.gradient import Run

    dataset = _looked_at(lesson)
    run = Run(lesson.out.with_name(f"{lesson.out.name}.run"), lesson.plan.identity(dataset), resume=lesson.resume)
    run.begin()
    with resumable():
        dataset = _decoded(lesson, dataset)
        trained = _learnt(lesson, dataset, run)
        bundle = _packaged(lesson, dataset, trained)
    run.remove()
    _tell(lesson, trained, bundle)


def _looked_at(lesson: Lesson) -> Dataset:
    """What is left out is told even to who wants no remarks."""
    from aisle.data.unlabelled import unlabelled

    with lesson.progress("looking at the videos") as listener:
        dataset = unlabelled(lesson.data, progress=listener)
    for problem in dataset.problems:
        remark(f"left out: {problem}")
    videos = len({one.group for one in dataset.examples})
    lesson.remark(f"{videos} videos, {len(dataset.examples)} stretches; {len(dataset.problems)} left out")
    for note in dataset.notes:
        lesson.remark(note)
    return dataset


def _decoded(lesson: Lesson, dataset: Dataset) -> Dataset:
    """Without what breaks in the middle. Raises InputError where nothing is left, OutputError for a full disk."""
    from aisle.train.decoded import decode, kept, stretch

    how, store = kept(lesson.plan.card), lesson.store
    whole, lost = [], list[InputError]()
    with lesson.progress("decoding") as listener:
        size = store.check_room(store.missing(map(stretch, dataset.examples), how), how)
        for count, example in enumerate(dataset.examples, 1):
            try:
                decode([example], lesson.plan.card, store)
                whole.append(example)
            except InputError as error:
                lost.append(error)
                remark(f"left out: {error}")
            listener(count, len(dataset.examples))
    if not whole:
        raise InputError(f"{dataset.folder} has no video that can be decoded", got=lost[0], do="copy them again")
    if size:
        lesson.remark(f"decoded pictures: about {size / 1e6:,.0f} MB more in {store.folder}")
    return replace(dataset, examples=tuple(whole), problems=(*dataset.problems, *lost))


def _learnt(lesson: Lesson, dataset: Dataset, run: Run) -> Pretrained:
    from aisle.train.pretrain import pretrain
    from aisle.train.pretrain_pictures import write_pictures

    plan = lesson.plan
    course = Course(lesson.course, plan.method.title, plan.card.sampling)

    def told(epoch: Epoch) -> None:
        course.add(epoch)
        of = "" if plan.minutes is not None else f" of {plan.study.epochs}"
        kept_aside = f"; kept aside: {epoch.validation:.4f}"
        lesson.remark(f"epoch {epoch.number}{of}: loss {epoch.loss:.4f}{kept_aside}; {epoch.seconds:.1f} s")

    def costs(seconds: float, epochs: int) -> None:
        whole = f"{epochs} epochs: about {_long(seconds * epochs)}" if epochs else f"{plan.minutes:g} minutes in all"
        lesson.remark(f"an epoch takes about {_long(seconds)} here; {whole}")

    def show(epoch: Epoch, pretext: Any, clips: Any) -> None:
        course.show(epoch, lambda place, rate: bool(write_pictures(pretext, clips, place, rate=rate)))

    with lesson.progress("learning") as listener:
        return pretrain(dataset, plan, lesson.store, run=run, told=told, costs=costs, show=show, progress=listener)


def _packaged(lesson: Lesson, dataset: Dataset, trained: Pretrained) -> ClipBundle:
    """With what paints pictures beside it, where something was learnt that does."""
    from aisle.deploy.clip_package import package_network
    from aisle.deploy.pixels_package import package_pixels

    card = _card(lesson, dataset, trained)
    with lesson.progress("packaging") as listener:
        bundle = package_network(trained.network, card, lesson.out, samples=trained.samples, progress=listener)
        if hasattr(trained.pretext, "pictures"):
            package_pixels(trained.pretext, lesson.out, samples=[sample["rgb"] for sample in trained.samples])
    return bundle


def _card(lesson: Lesson, dataset: Dataset, trained: Pretrained) -> ClipBundle:
    """But for what packaging finds out."""
    from aisle.deploy.published import bundle_card

    plan, last = lesson.plan, trained.log[-1]
    videos = len({one.group for one in dataset.examples})
    told = f"learnt here without labels for {last.number} epochs, by {plan.method.name} ({plan.method.title})"
    measured: dict[str, object] = {"epochs": last.number, "loss": round(last.loss, 5)}
    if last.validation is not None:
        measured["loss kept aside"] = round(last.validation, 5)
    doubts = [*trained.doubts, *([str(trained.lost)] if trained.lost else [])]
    return replace(
        bundle_card(plan.card, dataset.labels, weights_told=told),
        name=lesson.out.name,
        title=f"{plan.card.title}, {plan.method.title}",
        trained_on=lesson.trained_on
        or f"{videos} videos without labels in {dataset.folder.name}; {len(trained.kept)} stretches kept aside",
        not_for=f"Naming anything by itself: it has learnt without labels. {NOT_FOR}",
        licence=lesson.licence,
        published="",
        seen=tuple(sorted(marks(dataset.examples, lesson.store))),
        measured=measured | ({"doubts": doubts} if doubts else {}),
    )


def _tell(lesson: Lesson, trained: Pretrained, bundle: ClipBundle) -> None:
    """Where all is, and what to do next. Raises Exit where the training went astray."""
    say(f"{bundle.name}: {bundle.title}")
    for name, value in bundle.measured.items():
        if name != "doubts":
            say(f"  {name:22}{value}")
    for doubt in trained.doubts:
        say(f"caution: {doubt}")
    say(f"{lesson.course / PAGE}  (the course of the training)")
    say(f"aisle train --model linear --backbone {lesson.out} --data LABELLED --out HEAD  (a head on its features)")
    say(f"aisle train --model {lesson.plan.card.name} --weights {lesson.out} --data LABELLED --out MODEL  (all of it)")
    if trained.lost is not None:
        last = trained.log[-1].number
        remark(f"error: {trained.lost}; {lesson.out} holds what was learnt up to epoch {last}")
        raise typer.Exit(AisleError.exit_code)


def _long(seconds: float) -> str:
    if seconds < 1:
        return "a second"
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
