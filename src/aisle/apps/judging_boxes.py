"""`aisle evaluate` of a detector: what it finds in pictures with boxes, and the measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from aisle.apps.console import progress, remark, say
from aisle.core import LabelSet, UsageError

if TYPE_CHECKING:
    from aisle.core.boxed import BoxedSet
    from aisle.evaluate.detection import BoxFigures, DetectionReport

LOWEST = 0.01
"""Average precision needs what is unsure too."""

CHOSEN = (
    "from which score on a box counts was chosen on these very pictures, so precision, recall and F1 flatter a "
    "little; average precision does not depend on it"
)


def is_detector_name(name: str) -> bool:
    """Whether it is a published detector's, or the folder of a packaged one. Raises DamagedError for a damaged card."""
    from aisle.deploy.detector_bundle import is_detector
    from aisle.deploy.object_detectors import DETECTORS

    return is_detector(Path(name)) if (Path(name) / "card.json").is_file() else name in DETECTORS


def judge_detector(name: str, data: Path, kind: str | None, out: Path, split: str | None, *, quiet: bool) -> None:
    """Tells, and writes metrics.json and report.html. Raises UsageError for a class that the detector does not know and
    an empty split, and what reading the pictures raises.
    """
    from aisle.analysis.outputs import prepare
    from aisle.apps.box_files import write_box_files
    from aisle.apps.verdicts import METRICS, PAGE
    from aisle.data.boxed_pictures import open_boxed, picture, usable_boxes
    from aisle.deploy.object_detectors import open_detector
    from aisle.evaluate.detection import evaluate_boxes

    with progress(f"reading {data}", quiet=quiet) as listener:
        boxes = usable_boxes(open_boxed(data, kind), progress=listener)
    side = split or next(
        (one for one in ("test", "validation") if any(each.split == one for each in boxes.pictures)), ""
    )
    boxes = boxes.split(side) if side else boxes
    with progress(f"preparing {name}", quiet=quiet) as listener:
        detector = open_detector(name, score=LOWEST, progress=listener)
    labels = _known(name, detector.labels, boxes)
    prepare(out)
    found, seconds = [], 0.0
    with progress(f"judging {name}", quiet=quiet) as listener:
        for number, one in enumerate(boxes.pictures, 1):
            image, begun = picture(one), perf_counter()
            things = detector([image])[0]
            seconds += perf_counter() - begun
            found.append(things.labelled(*labels))
            listener(number, len(boxes.pictures))
    least = least_score(name)
    report = evaluate_boxes(boxes.pictures, found, labels, score=least)
    doubts = [*_doubts(name, boxes), *([CHOSEN] if least is None else [])]
    facts = {
        "Detector": name,
        "Data": f"{data}, {f'the {side} split' if side else 'all of it'}",
        "Pictures": str(len(boxes.pictures)),
        "Time": f"{1000 * seconds / len(boxes.pictures):.0f} ms a picture, decoding left out",
    }
    notes = [*boxes.notes, *(f"left out: {problem}" for problem in boxes.problems)]
    title = f"{Path(name).name} on {data.resolve().name}"
    write_box_files(out, title, boxes, found, report, facts=facts, doubts=doubts, notes=notes)
    for sentence in () if quiet else (*doubts, *notes):
        remark(f"note: {sentence}")
    say(figures(report))
    say(f"written to {out / METRICS} and {out / PAGE}")


def least_score(name: str) -> float | None:
    """From where on the detector itself lets a box count; None for a published one, which leaves that open."""
    from aisle.deploy.detector_bundle import read_detector_card

    return read_detector_card(Path(name)).score if (Path(name) / "card.json").is_file() else None


def figures(report: DetectionReport) -> str:
    """A line a class, the mean last."""
    width = max(len(one.label) for one in (*report.per_class, report.all))
    head = f"{'':{width}}  boxes   AP50  AP50:95  precision  recall    F1  overlap   (score {report.score:.2f} or more)"
    lines = [f"{one.label:{width}}  {one.boxes:5}  {_shares(one)}" for one in (*report.per_class, report.all)]
    return "\n".join([head, *lines])


def _shares(one: BoxFigures) -> str:
    figures = (one.ap50, one.ap50_95, one.precision, one.recall, one.f1, one.mean_iou)
    texts = ("-" if value is None else f"{value:.3f}" for value in figures)
    return "  ".join(f"{text:>{wide}}" for text, wide in zip(texts, (5, 7, 9, 6, 4, 7), strict=True))


def _known(name: str, labels: Sequence[str], boxes: BoxedSet) -> LabelSet:
    """The classes of the data, all of which the detector must know."""
    strange = [label for label in boxes.counts() if label not in labels and boxes.counts()[label]]
    if strange:
        raise UsageError(
            f"{name} does not know {', '.join(strange)}",
            got=f"the data's classes: {', '.join(boxes.labels)}",
            allowed=f"the detector's: {', '.join(labels[:50])}",
            do="name them as the detector does, or leave those boxes out",
        )
    return LabelSet(tuple(label for label in boxes.labels if label in labels))


def _doubts(name: str, boxes: BoxedSet) -> Iterator[str]:
    from aisle.data.boxed_pictures import mark
    from aisle.deploy.detector_package import seen_pictures

    known = seen_pictures(Path(name))
    count = sum(mark(one) in known for one in boxes.pictures) if known else 0
    if count:
        yield (
            f"{count} of {len(boxes.pictures)} pictures are among those that the detector was trained on: it may know "
            "them by heart, and these figures say little about new ones."
        )
