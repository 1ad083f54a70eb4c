"""What a comparison leaves: a table for the terminal, CSV, JSON and Markdown; the page is in comparison_page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from aisle.apps import comparison_course
from aisle.apps.comparison import Comparison, Row
from aisle.apps.comparison_course import COURSE, DASH, course_rows, percent
from aisle.apps.comparison_page import comparison_page
from aisle.apps.verdicts import made, write_json
from aisle.core import whole
from aisle.core.page import write_page
from aisle.evaluate.bootstrap import Interval

STEM = "comparison"
MEBI = 2**20


COLUMNS: Mapping[str, Callable[[Row], str]] = {
    "model": lambda row: row.model,
    "top-1": lambda row: _share(row.report.top1, row.report.confidence.get("top1")) if row.report else DASH,
    "top-5": lambda row: _share(row.report.top5, row.report.confidence.get("top5")) if row.report else DASH,
    "macro F1": lambda row: _share(row.report.macro_f1, row.report.confidence.get("macro_f1")) if row.report else DASH,
    "s a clip": lambda row: f"{row.times.median:.3g}" if row.times else DASH,
    "p95": lambda row: f"{row.times.p95:.3g}" if row.times else DASH,
    "reading": lambda row: f"{row.times.reading:.3g}" if row.times else DASH,
    "clips/s": lambda row: f"{row.times.videos_a_second:.3g}" if row.times else DASH,
    "GFLOPs": lambda row: DASH if row.gflops is None else f"{row.gflops:.3g}",
    "M weights": lambda row: DASH if row.parameters is None else f"{row.parameters:.3g}",
    "MB": lambda row: DASH if row.peak_memory is None else f"{row.peak_memory / MEBI:.0f}",
}
"""The columns of the tables that people read."""

CSV_COLUMNS = (
    *("model", "weights", "runtime", "views", "clips", "top1", "top5", "macro_f1", "median_s", "p95_s", "reading_s"),
    *("network_s", "videos_a_second", "gflops", "million_parameters", "peak_memory_bytes", "error"),
)

EXPLAINED = (
    "Each model is asked about the same stretches of the same files, which it reads at its own rate and size. "
    "Accuracies in percent, with the range that holds 95% of the resamples of whole groups. Seconds a clip from the "
    "file to the answer on this machine, the median and what 95 of 100 stay under; reading, a part of it that is timed "
    "apart, is decoding and making the views that a network reads. GFLOPs are counted, for a clip's views in squares, "
    "a multiplication and an addition as one. MB is the most memory of a process that does nothing else."
)


def write_comparison(comparison: Comparison, folder: Path) -> list[Path]:
    """Four files, each whole or absent. Raises OutputError where the disk refuses."""
    paths = [folder / f"{STEM}.{ending}" for ending in ("html", "md", "csv", "json")]
    page, markdown, table, record = paths
    write_page(comparison_page(comparison, COLUMNS, EXPLAINED), page)
    _write(markdown_of(comparison), markdown)
    _write(_csv(comparison.rows), table)
    write_json(_record(comparison), record)
    return paths


# --- for people


def console(comparison: Comparison) -> str:
    """The table, which weights each has, what could not be compared and why."""
    lines = _aligned([list(COLUMNS), *_cells(comparison)])
    told = [f"{len(comparison.dataset.examples)} clips of {comparison.dataset.folder}", *lines]
    told += [f"{row.model}: {_weights(row)}" for row in _sound(comparison.rows)]
    told += [f"{row.model}: not compared: {row.error}" for row in comparison.rows if row.error]
    course = course_rows(_sound(comparison.rows))
    return "\n".join(
        [*told, "", comparison_course.EXPLAINED, *_aligned([comparison_course.COLUMNS, *course])] if course else told
    )


def markdown_of(comparison: Comparison) -> str:
    """As the console's, for a document."""
    said = [f"- {row.model}: {_weights(row)}" for row in _sound(comparison.rows)]
    said += [f"- {row.model}: not compared: {row.error}" for row in comparison.rows if row.error]
    said += [f"- {note}" for note in comparison.notes]
    where = f"{len(comparison.dataset.examples)} clips of {comparison.dataset.folder.resolve().name}"
    parts = [f"{where}. {EXPLAINED}", _piped([list(COLUMNS), *_cells(comparison)]), "\n".join(said)]
    if course := course_rows(_sound(comparison.rows)):
        parts += [comparison_course.EXPLAINED, _piped([comparison_course.COLUMNS, *course])]
    return "\n\n".join(filter(None, parts)) + "\n"


def _cells(comparison: Comparison) -> list[list[str]]:
    return [[cell(row) for cell in COLUMNS.values()] for row in _sound(comparison.rows)]


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """One below the other, the first cells to the left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        line[0].ljust(widths[0])
        + "".join(f"  {cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True))
        for line in lines
    ]


def _piped(lines: Sequence[Sequence[str]]) -> str:
    """A table of Markdown, whose first line is its head."""
    ruler = ["---", *["---:"] * (len(lines[0]) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], ruler, *lines[1:]])


def _sound(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not row.error]


def _weights(row: Row) -> str:
    beside = "" if row.report else "; so its cost alone is compared"
    return f"{row.weights}{beside}; {row.runtime}, views of a clip: {row.views}"


def _share(value: float | None, interval: Interval | None) -> str:
    span = f" ({100 * interval.low:.0f}-{100 * interval.high:.0f})" if interval else ""
    return percent(value) + (span if value is not None else "")


# --- for programs


def _record(comparison: Comparison) -> Mapping[str, object]:
    dataset = comparison.dataset
    return {
        **made(),
        "data": str(dataset.folder),
        "split": comparison.split,
        "clips": len(dataset.examples),
        "classes": list(dataset.labels),
        "models": [asdict(row) for row in comparison.rows],
        "course": {name: asdict(figures) for name, figures in COURSE.items()},
        "notes": list(comparison.notes),
    }


def _csv(rows: Sequence[Row]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        report, times = row.report, row.times
        measured = (report.clips, report.top1, report.top5, report.macro_f1) if report else (None,) * 4
        spent = (times.median, times.p95, times.reading, times.network, times.videos_a_second) if times else (None,) * 5
        said = (row.model, row.weights, row.runtime, row.views)
        writer.writerow([*said, *measured, *spent, row.gflops, row.parameters, row.peak_memory, row.error])
    return buffer.getvalue()


def _write(text: str, path: Path) -> None:
    with whole(path) as part:
        part.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
