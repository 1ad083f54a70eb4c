"""What judging a detector leaves in a folder: metrics.json and report.html, with pictures of what it found."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Canvas
from PIL import ImageDraw, ImageFont

from aisle.apps.verdicts import METRICS, PAGE, made, write_json
from aisle.core.boxed import BoxedPicture, BoxedSet
from aisle.core.colour import label_colour
from aisle.core.detections import Detections
from aisle.data.boxed_pictures import picture
from aisle.evaluate.course import Course
from aisle.evaluate.detection import DetectionReport, Look
from aisle.evaluate.report import Evaluation, write_report

SHOWN = 8
_SIDE, _QUALITY = 560, 82


def write_box_files(
    folder: Path,
    title: str,
    judged_on: BoxedSet,
    found: Sequence[Detections],
    report: DetectionReport,
    *,
    facts: Mapping[str, str],
    doubts: Sequence[str] = (),
    notes: Sequence[str] = (),
    course: Sequence[float] = (),
) -> None:
    """`facts` say what was judged and how; `course` is the loss of each epoch. Raises OutputError."""
    record = {
        **made(),
        "model": title,
        "data": str(judged_on.folder),
        "kind": judged_on.kind,
        **report.to_json(),
        "losses": list(course),
        "notes": [*doubts, *notes],
    }
    write_json(record, folder / METRICS)
    told = made()
    evaluation = Evaluation(
        title=title,
        facts={**facts, "When": told["date"][:10], "Where": told["machine"], "With": f"aisle {told['aisle']}"},
        groups=None,
        boxes=report,
        looks=looks(judged_on.pictures, found, report.score),
        course=Course(tuple(course), (None,) * len(course), (None,) * len(course)) if len(course) > 1 else None,
        doubts=tuple(doubts),
        notes=tuple(notes),
    )
    write_report(evaluation, folder / PAGE)


def looks(truth: Sequence[BoxedPicture], found: Sequence[Detections], score: float) -> tuple[Look, ...]:
    """The first pictures of `truth` with true boxes, thin and white, and the found ones of at least `score`."""
    several = list(zip(truth, found, strict=True))[:SHOWN]
    return tuple(Look(one.name, _drawn(one, things.only(things.boxes.scores >= score))) for one, things in several)


def _drawn(one: BoxedPicture, things: Detections) -> bytes:
    shown = Canvas.fromarray(picture(one))
    scale = min(_SIDE / max(shown.size), 1.0)
    shown = shown.resize((max(round(shown.width * scale), 1), max(round(shown.height * scale), 1)))
    pen, font = ImageDraw.Draw(shown), ImageFont.load_default(13)
    for corners in one.corners * scale:
        pen.rectangle(_ordered(corners), outline="white")
    for corners, label, score in zip(things.boxes.corners * scale, things.labels, things.boxes.scores, strict=True):
        colour, text = label_colour(label), f"{label} {score:.2f}"
        pen.rectangle(_ordered(corners), outline=tuple(colour), width=2)
        left, top = float(corners[0]), max(float(corners[1]) - 15, 0)
        pen.rectangle(pen.textbbox((left + 2, top), text, font=font), fill=tuple(colour))
        pen.text((left + 2, top), text, fill="black", font=font)
    buffer = io.BytesIO()
    shown.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _ordered(corners: np.ndarray) -> list[float]:
    left, top, right, bottom = map(float, corners)
    return [left, top, max(right - 1, left), max(bottom - 1, top)]
