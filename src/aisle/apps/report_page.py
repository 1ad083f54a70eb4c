"""The shop's page: what happened at the shelves, for people who know spreadsheets and no networks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import numpy as np

from aisle.apps import report_parts
from aisle.apps.report_compare import Comparison
from aisle.apps.report_figures import Period, Summary, summary
from aisle.core.charts import bar, heat_map, whisker
from aisle.core.page import (
    Column,
    Html,
    Tile,
    bullets,
    definitions,
    folded,
    header,
    length,
    many,
    page,
    percent,
    picture,
    section,
    table,
    tag,
    tiles,
    write_page,
)
from aisle.evaluate.bootstrap import Interval
from aisle.events.funnel import Step
from aisle.events.unpaid import Compared


@dataclass(frozen=True, slots=True)
class Shown:
    """A JPEG with what stands under it and what it shows in words."""

    jpeg: bytes
    caption: str
    alt: str


@dataclass(frozen=True, slots=True, eq=False)
class ShopReport:
    """All that the page tells; what is None or empty is left out.

    `before` and `compared` are another period and the differences to it; `at_till` is what sales say. `missing` are
    sentences on what the folder lacks and what to do, `limits` on how far to trust the figures. `tables` are the CSVs
    beside the page, by name, with what is in them.
    """

    title: str
    shelves: tuple[str, ...]
    now: Period
    zone: tzinfo
    before: Period | None = None
    compared: tuple[Comparison, ...] = ()
    at_till: Compared | None = None
    pictures: tuple[Shown, ...] = ()
    missing: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    tables: Mapping[str, str] | None = None


def write_shop_report(told: ShopReport, path: Path) -> None:
    """Raises OutputError where the disk refuses."""
    write_page(_page(told), path)


def _page(told: ShopReport) -> str:
    now, found = told.now, summary(told.now.visits)
    facts = (
        many(len(now.scenes), "recording", "recordings"),
        length(3600 * now.watched),
        many(now.people, "person", "people"),
        *([_days(now)] if now.clocked else []),
    )
    parts = (
        Html() if found.visits else _missing(told.missing),
        section("The figures", tiles(_headlines(told, found)), says=_RANGES if found.visits else ""),
        _funnel(found) if found.visits else Html(),
        _by_shelf(told) if told.shelves else Html(),
        _by_hour(told) if told.shelves and found.visits else Html(),
        _maps(told.pictures),
        report_parts.comparison(told.compared, told.before, now),
        report_parts.till(told.at_till, told.zone) if told.at_till else Html(),
        _missing(told.missing) if found.visits else Html(),
        section("How far to trust this", tag("div", bullets(told.limits), class_="trust")),
        section("What the words mean", definitions(_WORDS)),
        _files(told.tables or {}),
    )
    heading = header("Shop report", told.title, *facts)
    return page(f"{told.title}: what happened at the shelves", heading, tag("main", *parts), css=_CSS)


_CSS = ".pictures.maps { grid-template-columns: repeat(auto-fit, minmax(min(27rem, 100%), 1fr)); gap: 1.25rem; }\n"

_RANGES = (
    "The range under a figure is what chance leaves open: had other shoppers come on such a day, 95 in 100 times the "
    "figure would lie about there. It is reckoned by people, as one person's visits resemble each other."
)

_WORDS = {
    "Visit": "A person stood within about an arm's length of a shelf, for a second or longer. Walking past in less is "
    "none, and coming back after more than a second is another.",
    "Looked": "Stood still there for two seconds or longer, or the timeline of actions says that the shelf was "
    "inspected.",
    "Reached": "A hand was seen in the shelf, or a reach into it was recognised.",
    "Product in the hand": "A product was picked up or inspected.",
    "Took": "A product from there was not put back while the person could be seen.",
    "Put back": "A product from there was put back, at this shelf or another.",
    "A step counts": "where it or a later one was seen. Who took has reached, whether or not the hand was seen, so no "
    "step can count more visits than the one before.",
}


def _missing(missing: Sequence[str]) -> Html:
    return (
        section("What is missing", bullets(missing), says="The page says what it can without it.")
        if missing
        else Html()
    )


def _days(now: Period) -> str:
    days = sorted({hour[:10] for hour in now.hours})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _headlines(told: ShopReport, found: Summary) -> Iterator[Tile]:
    now = told.now
    if not found.visits:
        yield Tile(f"{now.people:,}", "people seen", "Somebody who leaves the picture and comes back counts again.")
    if not told.shelves:
        return
    hourly = found.per_hour(now.watched)
    yield Tile(
        f"{found.visits:,}", "visits to shelves", f"{hourly.value:.1f} an hour.", _range(hourly, "{:.1f}", " an hour")
    )
    if found.visits:
        dwell, took = found.dwell, found.share(Step.TOOK)
        yield Tile(f"{dwell.value:.1f} s", "time at a shelf", "The mean of all visits.", _range(dwell, "{:.1f}", " s"))
        yield Tile(percent(took.value), "visits that ended with taking", _taken(found), _percents(took))
    bought = found.share(Step.TOOK, Step.INSPECTED)
    if not math.isnan(bought.value):
        held, kept = found.counts[Step.INSPECTED], found.counts[Step.TOOK]
        says = f"Of {many(held, 'visit', 'visits')} on which a product was in the hand, {kept} ended with taking one."
        yield Tile(percent(bought.value), "who inspects also takes", says, _percents(bought))


def _taken(found: Summary) -> str:
    return f"{many(found.taken, 'product', 'products')} taken, {found.returned:,} put back."


def _range(one: Interval, form: str, unit: str) -> str:
    if not (math.isfinite(one.low) and math.isfinite(one.high)):
        return "range unknown: too few people"
    return f"{form.format(one.low)} to {form.format(one.high)}{unit}"


def _percents(one: Interval) -> str:
    return "" if math.isnan(one.low) else f"{percent(one.low)} to {percent(one.high)}"


_STEPS = {
    Step.VISITED: "Visited a shelf",
    Step.LOOKED: "Looked",
    Step.REACHED: "Reached",
    Step.INSPECTED: "Product in the hand",
    Step.TOOK: "Took",
}


def _funnel(found: Summary) -> Html:
    columns = [
        Column("Step"),
        Column("Visits", number=True),
        Column("", wide=True),
        Column("Of all", number=True),
        Column("Turned away here", number=True),
    ]
    rows = [
        [
            _STEPS[rung.step],
            f"{rung.count:,}",
            bar(rung.count / found.visits),
            percent(rung.count / found.visits),
            "" if rung.step is Step.VISITED else f"{rung.lost:,} ({percent(rung.drop)})",
        ]
        for rung in found.rungs
    ]
    worst = max(found.rungs[1:], key=lambda rung: rung.lost)
    ends = [_STEPS[step].lower() for step in (Step(worst.step - 1), worst.step)]
    says = f"How far visits go. Most turn away between “{ends[0]}” and “{ends[1]}”."
    return section(
        "From visiting to taking", table("The funnel", columns, rows), says=says if worst.lost else "How far visits go."
    )


def _by_shelf(told: ShopReport) -> Html:
    names = ["Visits", "An hour", "People", "Time there", "Looked", "Reached", "In the hand", "Took", "Put back"]
    columns = [
        Column("Shelf"),
        *(Column(name, number=True) for name in names),
        Column("Visits that ended with taking", wide=True),
    ]
    rows = []
    for shelf in told.shelves:
        one = summary([visit for visit in told.now.visits if visit.shelf == shelf])
        took = one.share(Step.TOOK)
        drawn = whisker(took.low, took.value, took.high) if one.visits else Html()
        spent = f"{one.dwell.value:.1f} s" if one.visits else "—"
        counts = [f"{one.counts[step]:,}" for step in list(Step)[1:]]
        per_hour = f"{one.per_hour(told.now.watched).value:.1f}"
        figures = [f"{one.visits:,}", per_hour, f"{one.people:,}", spent, *counts, f"{one.returned:,}"]
        share = tag("span", f"{percent(took.value)} ({_percents(took)})" if one.visits else "", class_="small")
        rows.append([shelf, *figures, tag("div", drawn, share)])
    says = (
        "The bar on the right reaches over the range that chance leaves open, from 0 to 100%; the mark is the figure."
    )
    return section("Shelf by shelf", table("Shelf by shelf", columns, rows), says=says)


def _by_hour(told: ShopReport) -> Html:
    now = told.now
    keys = list(dict.fromkeys(_slot(now, hour) for hour in now.hours))
    keys.sort(key=lambda slot: (len(slot), slot))
    watched = {slot: sum(time for hour, time in now.hours.items() if _slot(now, hour) == slot) for slot in keys}
    counts = np.zeros((len(told.shelves), len(keys)))
    for one in now.visits:
        counts[told.shelves.index(one.shelf), keys.index(_slot(now, one.hour))] += 1
    rates = counts / np.maximum([watched[slot] for slot in keys], 1e-9)
    words = [[f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.1f}" for value in row] for row in rates]
    says = "Visits by the hour of recording, so that hours recorded in part can be compared with others."
    drawn = heat_map("Visits by shelf and hour", says, told.shelves, keys, rates / max(rates.max(), 1e-9), words)
    columns = [Column("Hour"), Column("Recorded", number=True), *(Column(shelf, number=True) for shelf in told.shelves)]
    rows = [
        [slot, f"{60 * watched[slot]:.0f} min", *(f"{count:.0f}" for count in counts[:, at])]
        for at, slot in enumerate(keys)
    ]
    return section("By the hour", drawn, folded("The counts", table("Visits by hour", columns, rows)), says=says)


def _slot(now: Period, hour: str) -> str:
    """The hour of the day, whichever day."""
    return hour[11:] if now.clocked else hour


def _maps(shown: Sequence[Shown]) -> Html:
    drawn = [picture(one.jpeg, one.caption, alt=one.alt) for one in shown]
    says = "Drawn over the middle of several pictures, in which most people are not to be seen."
    return section("Where people were", tag("div", *drawn, class_="pictures maps"), says=says) if drawn else Html()


def _files(tables: Mapping[str, str]) -> Html:
    says = "Beside this page, for a spreadsheet."
    return section("The tables", definitions(tables), says=says) if tables else Html()
