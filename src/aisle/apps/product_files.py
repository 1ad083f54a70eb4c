"""What judging a recogniser of products leaves in a folder: metrics.json and report.html, with its worst mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as Canvas

from aisle.apps.verdicts import METRICS, PAGE, clip_figures, made, write_json
from aisle.core.pictures import Pictured, PictureSet
from aisle.data.picture_check import picture
from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.report import Evaluation, Mistake, write_report
from aisle.media.still import jpeg
from aisle.train.products import Judged

WORST = 12
_SIDE = 160


@dataclass(frozen=True, slots=True)
class Expense:
    """Of naming a picture: milliseconds of wall-clock time, decoding left out, and the most memory in use, in bytes."""

    milliseconds: float
    peak_memory: int


def write_product_files(
    folder: Path,
    title: str,
    judged: Judged,
    *,
    facts: Mapping[str, str],
    mistakes: Sequence[Mistake] = (),
    expense: Expense | None = None,
    doubts: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> None:
    """Raises OutputError."""
    cost = {"milliseconds_a_picture": expense.milliseconds, "peak_memory": expense.peak_memory} if expense else None
    record = {**made(), "model": title, **dict(facts), "cost": cost, **figures(judged), "notes": [*doubts, *notes]}
    write_json(record, folder / METRICS)
    told = made()
    costs = _expense(expense) if expense else {}
    spoken = {name.replace("_", " ").capitalize(): text for name, text in headlines(judged).items()}
    where = {"When": told["date"][:10], "Where": told["machine"], "With": f"aisle {told['aisle']}"}
    evaluation = Evaluation(
        title=title,
        facts={**facts, **spoken, **costs, **where},
        groups=None,
        clips=judged.report,
        mistakes=tuple(mistakes),
        doubts=tuple(doubts),
        notes=tuple(notes),
    )
    write_report(evaluation, folder / PAGE)


def figures(judged: Judged) -> dict[str, object]:
    """As `aisle evaluate` writes figures of clips, with those of products beside them."""
    spans = {name: one.to_json() for name, one in judged.intervals().items()}
    named = {"coarse": judged.coarse, "kept_by_threshold": judged.kept, "unknown_refused": judged.refused}
    return {**clip_figures(judged.report, None), **named, "confidence": spans}


def headlines(judged: Judged) -> dict[str, str]:
    """For a terminal and a page, in percent, with the interval that holds 95% of the resamples."""
    spans = judged.intervals()
    shown = {"top1": judged.report.top1, "top5": judged.report.top5, "coarse": judged.coarse}
    shown |= {"unknown_refused": judged.refused, "kept_by_threshold": judged.kept}
    return {name: _told(value, spans.get(name)) for name, value in shown.items() if value is not None}


def worst(pictures: PictureSet, shares: npt.NDArray[np.float32], labels: Sequence[str]) -> Iterator[Mistake]:
    """Wrong answers, the surest first; `shares` (N, C) are the probabilities of the pictures along `labels`."""
    answers, sure = shares.argmax(1), shares.max(1)
    wrong = [row for row, one in enumerate(pictures.pictures) if labels[int(answers[row])] != one.label]
    for row in sorted(wrong, key=lambda row: -float(sure[row]))[:WORST]:
        one = pictures.pictures[row]
        yield Mistake(one.name, one.label, labels[int(answers[row])], float(sure[row]), _small(one))


def _small(one: Pictured) -> bytes:
    shown = Canvas.fromarray(picture(one))
    shown.thumbnail((_SIDE, _SIDE))
    return jpeg(np.asarray(shown))


def _expense(expense: Expense) -> dict[str, str]:
    memory = f"{expense.peak_memory / 2**20:,.0f} MiB at most"
    return {"Time": f"{expense.milliseconds:.0f} ms a picture, decoding left out", "Memory": memory}


def _told(value: float, span: Interval | None) -> str:
    within = f" ({100 * span.low:.1f}-{100 * span.high:.1f})" if span else ""
    return f"{100 * value:.1f}%{within}"
