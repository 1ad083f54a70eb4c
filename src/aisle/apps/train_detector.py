"""`aisle train --task detector`: from pictures with boxes to a packaged detector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from aisle.apps.console import progress, remark, say
from aisle.apps.training import EVERY, Asked, Way, pairs
from aisle.core import UnknownNameError, UsageError

if TYPE_CHECKING:
    from aisle.core.boxed import BoxedSet
    from aisle.core.detections import Detections
    from aisle.deploy.detector_bundle import DetectorCard
    from aisle.evaluate.detection import DetectionReport
    from aisle.train.detector import Course, DetectorRecipe, Student

DEFAULT = "yolox-nano"
SIDE = "side"
NOT_FOR = "Things, places and cameras unlike those in the pictures that it learnt from."
LICENCE = "that of the pictures it was trained on"


def train(asked: Asked) -> None:
    """Reads the pictures, keeps some aside, learns from the others, says how good it is on those, and packages."""
    from aisle.apps.judging_boxes import figures
    from aisle.apps.verdicts import PAGE
    from aisle.data.boxed_pictures import mark, picture
    from aisle.data.boxed_split import parted
    from aisle.deploy.detector_initial import student
    from aisle.deploy.detector_package import package_detector
    from aisle.evaluate.detection import evaluate_boxes
    from aisle.train.detector import DetectorRecipe, find_boxes, learn_boxes, shown

    settings = pairs(asked.options)
    side = _side(settings)
    recipe_of(DetectorRecipe(), settings, epochs=None, batch=None, seed=0)  # before anything is fetched or read
    boxes = _read(asked)
    learnt, aside = parted(boxes, asked.seed)
    with progress("weights to begin with", quiet=asked.quiet) as listener:
        network, begun = student(
            asked.model or DEFAULT, tuple(boxes.labels), weights=asked.weights, side=side, progress=listener
        )
    recipe = recipe_of(network.recipe, settings, epochs=asked.epochs, batch=asked.batch, seed=asked.seed)
    if not asked.quiet:
        remark(f"{len(learnt.pictures)} pictures to learn from, {len(aside.pictures)} kept aside; begins with {begun}")
    with progress("training", quiet=asked.quiet) as listener:
        course = learn_boxes(network, shown(learnt.pictures, boxes.labels, network), recipe, progress=listener)
    found = find_boxes(network, aside.pictures, boxes.labels)
    report = evaluate_boxes(aside.pictures, found, boxes.labels)
    notes = _notes(course, boxes)
    with progress("packaging", quiet=asked.quiet):
        package_detector(
            network,
            _card(asked, network, learnt, aside, report, begun),
            asked.out,
            samples=[picture(one) for one in aside.pictures[:3]],
            seen=map(mark, learnt.pictures),
        )
    _write(asked, aside, found, report, course, begun, notes)
    for note in notes:
        remark(f"note: {note}")
    say(f"on {len(aside.pictures)} pictures that it has not seen:\n{figures(report)}")
    say(f"{asked.out / PAGE}  (the figures, and what it found)")
    say(f"{asked.out}  (aisle detect VIDEO --detector {asked.out} --out results)")


def recipe_of(
    recipe: DetectorRecipe, settings: Mapping[str, str], *, epochs: int | None, batch: int | None, seed: int
) -> DetectorRecipe:
    """Raises UnknownNameError for a setting that there is none of, UsageError for what is no number."""
    own = {field.name for field in fields(recipe)} & {"rate", "decay", "warm", "gentle", "mean"}
    augment = {field.name for field in fields(recipe.augment)} - {"scale", "mirror"}
    for name in settings:
        if name not in {SIDE, *own, *augment}:
            raise UnknownNameError("setting of a detector", name, {SIDE, *own, *augment})
    numbers: dict[str, Any] = {name: _number(name, text) for name, text in settings.items() if name != SIDE}
    changed = replace(recipe.augment, **{name: value for name, value in numbers.items() if name in augment})
    mine = {name: value for name, value in numbers.items() if name in own}
    return replace(
        recipe, epochs=epochs or recipe.epochs, batch=batch or recipe.batch, seed=seed, augment=changed, **mine
    )


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1000:
        raise UsageError(f"the setting {name} is a number", got=text, allowed="0 or more", do=f"--set {name}=0.5")
    return value


def _side(settings: Mapping[str, str]) -> int | None:
    text = settings.get(SIDE)
    if text is not None and not (text.isascii() and text.isdigit()):
        raise UsageError("a detector reads squares", got=f"{SIDE}={text}", allowed="whole pixels, a multiple of 32")
    return None if text is None else int(text)


def _read(asked: Asked) -> BoxedSet:
    """Tells what it holds; what is left out of it even to who wants no remarks."""
    from aisle.apps.datasets import box_counts
    from aisle.data.boxed_pictures import open_boxed, usable_boxes

    with progress("reading the pictures", quiet=asked.quiet) as listener:
        boxes = usable_boxes(open_boxed(asked.data, asked.kind), progress=listener)
    for problem in boxes.problems:
        remark(f"left out or mended: {problem}")
    if not asked.quiet:
        for line in box_counts(boxes).splitlines():
            remark(line)
    return boxes


def _card(
    asked: Asked, network: Student, learnt: BoxedSet, aside: BoxedSet, report: DetectionReport, begun: str
) -> DetectorCard:
    from aisle.deploy.detector_bundle import DetectorCard

    figures = {
        name: round(value, 4)
        for name in ("ap50", "ap50_95", "precision", "recall", "f1", "mean_iou")
        if (value := getattr(report.all, name)) is not None
    }
    told = f"{len(learnt.pictures)} pictures of {learnt.folder.name}; beginning with {begun}"
    return DetectorCard(
        name=asked.out.name,
        title=f"{network.title}, {len(learnt.labels)} classes",
        family=network.family,
        labels=tuple(learnt.labels),
        score=round(report.score, 3),
        size=(network.side, network.side),
        licence=asked.licence or LICENCE,
        trained_on=asked.trained_on or told,
        not_for=asked.not_for or NOT_FOR,
        measured={**figures, "pictures": len(aside.pictures)},
    )


def _notes(course: Course, boxes: BoxedSet) -> list[str]:
    from aisle.apps.judging_boxes import CHOSEN

    stopped = [f"{course.stopped}; what it had learnt before is kept"] if course.stopped else []
    alike = "pictures of one place and camera resemble each other: on other ones it will do worse"
    return [*stopped, CHOSEN, alike, *boxes.notes]


def _write(
    asked: Asked,
    aside: BoxedSet,
    found: Sequence[Detections],
    report: DetectionReport,
    course: Course,
    begun: str,
    notes: Sequence[str],
) -> None:
    from aisle.apps.box_files import write_box_files

    facts = {
        "Network": asked.model or DEFAULT,
        "Began with": begun,
        "Data": str(asked.data),
        "Judged": f"on {len(aside.pictures)} pictures kept aside",
        "Training": f"{len(course.losses)} epochs, {course.seconds:.0f} s of processor time",
    }
    title = f"{asked.out.name}, trained on {asked.data.resolve().name}"
    write_box_files(asked.out, title, aside, found, report, facts=facts, notes=notes, course=course.losses)


WAY = Way(
    "a detector that is trained on pictures with boxes",
    frozenset({*EVERY, "--set", "--weights", "--batch"} - {"--resume", "--features", "--devices"}),
    train,
)
