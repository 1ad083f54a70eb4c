"""A comparison as one page that needs no network: the table, and accuracy against what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from aisle.apps.comparison import Comparison, Row
from aisle.apps.comparison_course import CAPTION, COLUMNS, EXPLAINED, course_rows
from aisle.core.charts import Axis, Mark, graph
from aisle.core.page import (
    Column,
    Html,
    bullets,
    definitions,
    header,
    key,
    many,
    page,
    part,
    section,
    side_by_side,
    table,
    tag,
)


def comparison_page(comparison: Comparison, columns: Mapping[str, Callable[[Row], str]], explained: str) -> str:
    """The whole document."""
    dataset = comparison.dataset
    title = f"{many(len(comparison.rows), 'model', 'models')} on {dataset.folder.resolve().name}"
    facts = [many(len(dataset.examples), "clip", "clips"), many(len(dataset.labels), "class", "classes")]
    return page(
        f"{title}: a comparison",
        header("A comparison", title, *facts),
        tag(
            "main",
            _table(comparison.rows, columns, explained),
            _plots(comparison.rows),
            _course(comparison.rows),
            section("Which weights, and how they were asked", definitions(dict(_told(comparison.rows)))),
            section("What to know", bullets(comparison.notes)) if comparison.notes else "",
        ),
    )


def _table(rows: Sequence[Row], columns: Mapping[str, Callable[[Row], str]], explained: str) -> Html:
    heading = [Column(name, number=number > 0) for number, name in enumerate(columns)]
    cells = [[cell(row) for cell in columns.values()] for row in rows if not row.error]
    return section("The figures", table("Models side by side", heading, cells), says=explained)


def _course(rows: Sequence[Row]) -> Html:
    """Nothing where no network of the course was compared."""
    cells = course_rows([row for row in rows if not row.error])
    heading = [Column(name, number=number > 0) for number, name in enumerate(COLUMNS)]
    return section(CAPTION, table(CAPTION, heading, cells), says=EXPLAINED) if cells else Html()


def _plots(rows: Sequence[Row]) -> Html:
    """Nothing where no model was judged."""
    judged = [row for row in rows if row.report and row.times and row.gflops is not None]
    if not judged:
        return Html()
    seconds = [(row, row.times.median) for row in judged if row.times]
    operations = [(row, row.gflops) for row in judged if row.gflops is not None]
    return section(
        "Accuracy against cost",
        side_by_side(
            part("By time", _plot("seconds a clip, median", seconds)),
            part("By operations", _plot("GFLOPs a clip", operations)),
        ),
        says="Up is better, left is cheaper. Below and right of another is no choice, where their ranges do not meet.",
    )


def _plot(name: str, points: Sequence[tuple[Row, float]]) -> Html:
    marks = [Mark(cost, row.report.top1, row.model, key(row.model)) for row, cost in points if row.report]
    says = "; ".join(f"{mark.text}: {100 * mark.y:.1f}% at {mark.x:.3g} {name}" for mark in marks)
    across = Axis(name, 0.0, _round_above(max(cost for _, cost in points)), shares=False)
    return graph(f"Top-1 accuracy against {name}", says, [], x=across, y=Axis("top-1 accuracy"), marks=marks)


def _round_above(value: float) -> float:
    """The least of 1, 2, 4, 6, 8, 10 times a power of ten that is above `value`."""
    power = 10.0 ** math.floor(math.log10(max(value, 1e-9)))
    return next(step * power for step in (1, 2, 4, 6, 8, 10, 20) if step * power > value)


def _told(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    for row in rows:
        if row.error:
            yield row.model, f"Not compared: {row.error}"
        else:
            alone = "" if row.report else " Its cost alone is compared."
            yield row.model, f"{row.title}. Weights: {row.weights}.{alone} {row.runtime}; views of a clip: {row.views}."
