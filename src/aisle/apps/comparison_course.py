"""What a course on shoplifting detection reports of three networks, beside what was found here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aisle.apps.comparison import Row

DASH = "-"


@dataclass(frozen=True, slots=True)
class Reported:
    """Percent, and seconds a sample."""

    top1: int
    top5: int
    seconds: float


COURSE = {
    "slowfast-r50": Reported(41, 73, 0.67),
    "tsm-r50": Reported(31, 48, 0.34),
    "tsn-r50": Reported(21, 47, 0.42),
}
"""On an NVIDIA T4, one clip and one crop of each sample."""

CAPTION = "Beside a course's figures"

COLUMNS = (
    *("model", "top-1, here", "top-5, here", "s a clip, this machine"),
    *("top-1, course", "top-5, course", "s a sample, NVIDIA T4"),
)

EXPLAINED = (
    "What a course on shoplifting detection reports: one clip and one crop of each of its own samples, on an NVIDIA "
    "T4. Here are other clips and another machine: the order of the networks can be compared, not their seconds."
)


def course_rows(rows: Sequence[Row]) -> list[list[str]]:
    """Cells under `COLUMNS`, none where no network of the course is among `rows`, which have no errors."""
    return [_cells(row) for row in rows] if any(row.model in COURSE for row in rows) else []


def percent(value: float | None) -> str:
    return DASH if value is None else f"{100 * value:.1f}"


def _cells(row: Row) -> list[str]:
    top1, top5 = (row.report.top1, row.report.top5) if row.report else (None, None)
    spent = f"{row.times.median:.2f}" if row.times else DASH
    theirs = COURSE.get(row.model)
    beside = [str(theirs.top1), str(theirs.top5), str(theirs.seconds)] if theirs else [DASH] * 3
    return [row.model, percent(top1), percent(top5), spent, *beside]
