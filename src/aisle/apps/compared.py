"""What a comparison leaves: a table for the terminal, CSV, JSON and Markdown; the page is in comparison_page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from aisle.apps.comparing import Comparison, Row
from aisle.apps.comparison_page import comparison_page
from aisle.apps.verdicts import made, write_json
from aisle.core import whole
from aisle.core.page import write_page
from aisle.evaluate.bootstrap import Interval

STEM = "comparison"
MEBI = 2**20
DASH = "-"


@dataclass(frozen=True, slots=True)
class Published:
    """Percent, and seconds a sample."""

    top1: int
    top5: int
    seconds: float


COURSE = {
    "slowfast-r50": Published(41, 73, 0.67),
    "tsm-r50": Published(31, 48, 0.34),
    "tsn-r50": Published(21, 47, 0.42),
}
"""What a course on shoplifting detection reports: an NVIDIA T4, one clip and one crop of each sample."""

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
    "Accuracies in percent, with the range that holds 95% of the resamples of whole groups. Seconds a clip from the "
    "file to the answer, the median and what 95 of 100 stay under; reading is decoding, and making the views that a "
    "network reads. GFLOPs are counted, for a clip's views in squares, a multiplication and an addition as one. MB is "
    "the most memory of a process that does nothing else."
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
    cells = [list(COLUMNS), *([cell(row) for cell in COLUMNS.values()] for row in _sound(comparison.rows))]
    widths = [max(len(line[number]) for line in cells) for number in range(len(COLUMNS))]
    lines = [
        line[0].ljust(widths[0])
        + "".join(f"  {cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True))
        for line in cells
    ]
    told = [f"{len(comparison.dataset.examples)} clips of {comparison.dataset.folder}", *lines]
    told += [f"{row.model}: {_weights(row)}" for row in _sound(comparison.rows)]
    told += [f"{row.model}: not compared: {row.error}" for row in comparison.rows if row.error]
    return "\n".join([*told, *(_course(comparison.rows))])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return "  ".join([first.strip().ljust(widths[0]), *others])


def markdown_of(comparison: Comparison) -> str:
    """As the console's, for a document."""
    rows = [[cell(row) for cell in COLUMNS.values()] for row in _sound(comparison.rows)]
    ruler = ["---", *["---:"] * (len(COLUMNS) - 1)]
    table = [f"| {' | '.join(line)} |" for line in [list(COLUMNS), ruler, *rows]]
    said = [f"- {row.model}: {_weights(row)}" for row in _sound(comparison.rows)]
    said += [f"- {row.model}: not compared: {row.error}" for row in comparison.rows if row.error]
    said += [f"- {note}" for note in comparison.notes]
    where = f"{len(comparison.dataset.examples)} clips of {comparison.dataset.folder.resolve().name}"
    parts = [f"{where}. {EXPLAINED}", "\n".join(table), "\n".join(said), "\n".join(_course(comparison.rows))]
    return "\n\n".join(filter(None, parts)) + "\n"


def _course(rows: Sequence[Row]) -> Iterator[str]:
    """The course's table with ours beside it, where a network of it was compared."""
    known = [row for row in _sound(rows) if row.model in COURSE]
    if not known:
        return
    yield "| model | top-1 | top-5 | time a sample | course (NVIDIA T4, 1 clip, 1 crop): top-1 | top-5 | time |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for row in _sound(rows):
        ours = [_percent(row.report.top1 if row.report else None), _percent(row.report.top5 if row.report else None)]
        theirs = COURSE.get(row.model)
        cells = [str(theirs.top1), str(theirs.top5), f"{theirs.seconds} s"] if theirs else [DASH] * 3
        spent = f"{row.times.median:.2f} s" if row.times else DASH
        yield f"| {' | '.join([row.model, *ours, spent, *cells])} |"


def _sound(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not row.error]


def _weights(row: Row) -> str:
    beside = "" if row.report else "; so its cost alone is compared"
    return f"{row.weights}{beside}; {row.runtime}, views of a clip: {row.views}"


def _share(value: float | None, interval: Interval | None) -> str:
    span = f" ({100 * interval.low:.0f}-{100 * interval.high:.0f})" if interval else ""
    return _percent(value) + (span if value is not None else "")


def _percent(value: float | None) -> str:
    return DASH if value is None else f"{100 * value:.1f}"


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
