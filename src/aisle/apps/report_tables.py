"""The report's tables for spreadsheets: by shelf and hour, every visit, two periods, and what to check at the till."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from pathlib import Path

from aisle.apps.report_compare import Comparison
from aisle.apps.report_figures import Period, summary
from aisle.core import seconds
from aisle.core.rows import Cell, write_lines
from aisle.events.funnel import Step
from aisle.events.unpaid import Hint

_STEPS = ("visits", "looked", "reached", "inspected", "took")


def write_hours(periods: Iterable[Period], shelves: Sequence[str], path: Path) -> None:
    """A row for each shelf and hour that was recorded: counts of visits that went as far as each step or further."""
    head = [
        "period",
        "shelf",
        "hour",
        "hours_recorded",
        *_STEPS,
        "people",
        "dwell_s",
        "products_taken",
        "products_returned",
    ]
    rows: list[list[Cell]] = []
    for period in periods:
        by_place: dict[tuple[str, str], list[int]] = {}
        for number, one in enumerate(period.visits):
            by_place.setdefault((one.shelf, one.hour), []).append(number)
        for shelf in shelves:
            for hour, watched in period.hours.items():
                found = summary([period.visits[number] for number in by_place.get((shelf, hour), [])])
                counts = [found.counts[step] for step in Step]
                ends = [found.people, round(found.dwell.value, 3), found.taken, found.returned]
                rows.append([period.name, shelf, hour, round(watched, 4), *counts, *ends])
    write_lines(path, [head, *rows])


def write_visits(periods: Iterable[Period], path: Path) -> None:
    """A row for each visit to a shelf; the steps are 1 where there is evidence of that step itself."""
    head = ["period", "recording", "person", "shelf", "hour", "start_s", "end_s", "dwell_s", "stood_s"]
    head += [*(step.name.lower() for step in Step), "products_taken", "products_returned"]
    rows: list[list[Cell]] = []
    for period in periods:
        for one in period.visits:
            stay = one.visit.stay
            times = [seconds(time) for time in (stay.start, stay.end, stay.dwell, stay.stood)]
            steps = [int(step in one.visit.seen) for step in Step]
            place: list[Cell] = [period.name, one.person[0], one.person[1], stay.zone, one.hour]
            rows.append([*place, *times, *steps, one.visit.taken, one.visit.returned])
    write_lines(path, [head, *rows])


def write_comparisons(found: Iterable[Comparison], names: tuple[str, str], path: Path) -> None:
    """A row for each figure: both periods, the difference and its range; shares are 0 to 1."""
    before, now = names
    head = ["shelf", "figure", "unit", before, now, "difference", "low", "high", "beyond_chance"]
    rows: list[list[Cell]] = [
        [
            one.shelf or "all",
            one.name,
            {"%": "share", "s": "s", "/h": "an hour"}[one.unit],
            *(round(value, 6) for value in (one.before.value, one.now.value)),
            *(round(value, 6) for value in (one.change.value, one.change.low, one.change.high)),
            int(one.clear),
        ]
        for one in found
    ]
    write_lines(path, [head, *rows])


def write_hints(hints: Iterable[Hint], zone: tzinfo, path: Path) -> None:
    """A row for each person to look at; nothing in it says that anything was wrong."""
    head = ["recording", "person", "left", "counted_in_pictures", "sold_around_then", "to_check", "others_nearby"]
    rows: list[list[Cell]] = [
        [
            hint.leaving.recording,
            hint.leaving.visit.track,
            f"{hint.leaving.left.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            hint.leaving.visit.items,
            hint.sold,
            hint.more,
            int(hint.shared),
        ]
        for hint in hints
    ]
    write_lines(path, [head, *rows])
