"""The report of a shop, from a folder of results to its page and tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from aisle.apps.report_compare import comparisons
from aisle.apps.report_figures import Period, leavings, period, scene, shelves, split, summary
from aisle.apps.report_limits import limits, missing
from aisle.apps.report_page import ShopReport, write_shop_report
from aisle.apps.report_pictures import maps
from aisle.apps.report_reading import Results, moment, read_results
from aisle.apps.report_tables import write_comparisons, write_hints, write_hours, write_visits
from aisle.apps.site_cli import moment as span
from aisle.core import Progress, UsageError, silent
from aisle.core.page import length, many
from aisle.core.site import Site
from aisle.data.sites import notes as site_notes
from aisle.data.sites import read_site
from aisle.data.till import Till, read_till
from aisle.evaluate.periods import share
from aisle.events.funnel import Step
from aisle.events.unpaid import Compared, compare, likely_shift

SITE = "site.yaml"
_FURTHEST = 24 * 3600
"""Seconds."""


@dataclass(frozen=True, slots=True)
class TillAsked:
    """As the options of `aisle report` say it."""

    file: Path
    offset: str = "0s"
    zone: str | None = None
    columns: str = ""
    delimiter: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """As the arguments and options of `aisle report` say it."""

    folder: Path
    page: Path
    site: Path | None = None
    started: str | None = None
    zone: str = "UTC"
    against: Path | None = None
    split: str | None = None
    till: TillAsked | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """`sums` is for a terminal."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]
    sums: str


def make_report(asked: Asked, *, progress: Progress = silent) -> Made:
    """Raises UsageError for arguments that do not fit each other, InputError for a file that cannot be used, and
    OutputError where the disk refuses.
    """
    if asked.against and asked.split:
        raise UsageError("a report compares two periods", got="--against and --split", do="choose one of them")
    zone, (site, notes) = _zone(asked.zone), _site(asked)
    results = read_results(asked.folder, asked.started, zone)
    _check_page(asked.page, results)
    whole = period(asked.folder.resolve().name, [scene(one, site) for one in results.recordings], zone)
    before, now, more = _periods(asked, whole, site, zone)
    progress(1, 3)
    at_till, till_notes = _till(asked, whole, zone) if asked.till else (None, ())
    notes = (*notes, *map(str, results.problems), *more, *till_notes)
    names = shelves(site)
    compared = comparisons(before, now, names) if before else ()
    told_limits = (*limits(now, results), *till_notes)
    pictures, picture_notes = maps(now, site)
    progress(2, 3)
    told = ShopReport(
        title=site.name if site else asked.folder.resolve().name,
        shelves=names,
        now=now,
        zone=zone,
        before=before,
        compared=compared,
        at_till=at_till,
        pictures=pictures,
        missing=(*missing(now, site, asked.folder), *picture_notes),
        limits=told_limits,
    )
    files = _write(asked, told)
    progress(3, 3)
    return Made(files, tuple(dict.fromkeys([*notes, *missing(now, site, asked.folder)])), _sums(now))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        do = "name the continent and the city"
        raise UsageError("unknown time zone", got=repr(name), allowed="UTC, Europe/Vienna and so on", do=do) from error


def _check_page(page: Path, results: Results) -> None:
    """Raises UsageError where the report would take the place of what it is made from."""
    if page.suffix.lower() not in (".html", ".htm"):
        raise UsageError("a report is a page", got=f"--out {page}", allowed="a name that ends in .html")
    names = [one.name for one in results.recordings]
    if page.stem in names and page.parent.resolve() == results.folder.resolve():
        do = f"--out {page.with_stem(f'{page.stem}-shop')}"
        raise UsageError("the report would take the place of a recording's results", got=page, do=do)


def _site(asked: Asked) -> tuple[Site | None, tuple[str, ...]]:
    file = asked.site or asked.folder / SITE
    if asked.site is None and not file.is_file():
        return None, ()
    site = read_site(file)
    return site, (*([] if asked.site else [f"the shelves are those of {file}"]), *site_notes(site))


def _periods(
    asked: Asked, whole: Period, site: Site | None, zone: tzinfo
) -> tuple[Period | None, Period, tuple[str, ...]]:
    if asked.against:
        other = read_results(asked.against, None, zone)
        scenes = [scene(one, site) for one in other.recordings]
        name = asked.against.resolve().name
        if name == whole.name:
            name = f"{name} (before)"
        return period(name, scenes, zone), whole, tuple(map(str, other.problems))
    if asked.split is None:
        return None, whole, ()
    if not whole.clocked:
        do = "say when they began: --started TIMES.csv"
        raise UsageError("a date needs recordings whose start is known", got=f"--split {asked.split}", do=do)
    before, now = split(whole, moment(asked.split, zone), zone)
    if not before.scenes or not now.scenes:
        days = f"{min(whole.hours)} to {max(whole.hours)}"
        raise UsageError("one of the two periods has no recording", got=f"--split {asked.split}", allowed=days)
    return before, now, ()


def _till(asked: Asked, whole: Period, zone: tzinfo) -> tuple[Compared | None, tuple[str, ...]]:
    wanted = asked.till
    if wanted is None:
        return None, ()
    sales = _sales(wanted, zone)
    notes = [*sales.notes, *_left_out(sales)]
    if not whole.clocked:
        return None, (*notes, "The till is not compared: it is not known when the recordings began. Say it: --started")
    if sales.placed and zone == ZoneInfo("UTC") and asked.started:
        do = "name the shop's, as in --zone Europe/Vienna"
        raise UsageError("the till's times carry a time zone, and those of --started do not", got=wanted.file, do=do)
    people = leavings(whole.scenes)
    return compare(people, sales.sales), (*notes, *_clock_notes(whole, sales, likely_shift(people, sales.sales)))


def _sales(wanted: TillAsked, zone: tzinfo) -> Till:
    columns = {}
    for pair in filter(None, wanted.columns.split(",")):
        ours, sign, theirs = pair.partition("=")
        if not sign:
            allowed = "time=NAME,product=NAME,quantity=NAME,receipt=NAME"
            raise UsageError("a column of the till is told as OURS=THEIRS", got=repr(pair), allowed=allowed)
        columns[ours.strip()] = theirs.strip()
    away = span(wanted.offset.lstrip("+-"))
    if away > _FURTHEST:
        raise UsageError("a till's clock is not so far off", got=wanted.offset, allowed="a day at most, either way")
    ahead = timedelta(seconds=float(away)) * (-1 if wanted.offset.startswith("-") else 1)
    if len(wanted.delimiter) > 1:
        raise UsageError("a delimiter is one sign", got=repr(wanted.delimiter), do="give one, such as ';'")
    return read_till(
        wanted.file,
        zone=_zone(wanted.zone) if wanted.zone else zone,
        ahead=ahead,
        columns=columns,
        delimiter=wanted.delimiter,
        form=wanted.form,
    )


def _left_out(sales: Till) -> Iterator[str]:
    for problem in sales.problems[:3]:
        yield f"a line of the till is left out: {problem}"
    if len(sales.problems) > 3:
        yield f"{len(sales.problems) - 3} more lines of the till are left out"


def _clock_notes(whole: Period, sales: Till, shift: timedelta | None) -> Iterator[str]:
    recordings = [one.recording for one in whole.scenes]
    spans = [(one.clock(Fraction(0)), one.clock(one.observed.end)) for one in recordings]
    within = sum(any(a and b and a <= sale.time <= b for a, b in spans) for sale in sales.sales)
    if not within:
        first, last = sales.sales[0].time, sales.sales[-1].time
        yield (
            f"No sale lies within the recordings: the till's go from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} "
            "UTC. Check the dates, --zone, --till-zone and --till-offset."
        )
    if shift is not None:
        minutes = round(shift / timedelta(minutes=1))
        way = "ahead of" if minutes > 0 else "behind"
        yield (
            f"The till's clock may be {abs(minutes)} minutes {way} the cameras': sales would then fall just before "
            f"people leave. If so, add {minutes:+d} minutes to --till-offset."
        )


def _write(asked: Asked, told: ShopReport) -> tuple[Path, ...]:
    stem = asked.page.with_suffix("")
    periods = [told.before, told.now] if told.before else [told.now]
    hours, visits = stem.with_name(f"{stem.name}.hours.csv"), stem.with_name(f"{stem.name}.visits.csv")
    tables = {}
    if told.shelves:
        write_hours(periods, told.shelves, hours)
        write_visits(periods, visits)
        tables = {hours: "Each shelf and hour: visits and how far they went.", visits: "Every visit to a shelf."}
    if told.before:
        compared = stem.with_name(f"{stem.name}.compared.csv")
        write_comparisons(told.compared, (told.before.name, told.now.name), compared)
        tables[compared] = "The two periods, with ranges."
    if told.at_till:
        till = stem.with_name(f"{stem.name}.till.csv")
        write_hints(told.at_till.hints, told.zone, till)
        tables[till] = "What to look at beside the till."
    write_shop_report(replace(told, tables={path.name: says for path, says in tables.items()}), asked.page)
    return (asked.page, *tables)


def _sums(now: Period) -> str:
    found = summary(now.visits)
    recordings, people = many(len(now.scenes), "recording", "recordings"), many(now.people, "person", "people")
    lines = [f"{now.name}: {recordings}, {length(3600 * now.watched)}, {people}, {found.visits} visits to shelves"]
    lines += [f"  {rung.step.name.lower():10}{rung.count:6}" for rung in found.rungs if found.visits]
    bought = share(found.counts[Step.TOOK], found.counts[Step.INSPECTED], found.people)
    if found.counts[Step.INSPECTED]:
        lines.append(
            f"  who had a product in the hand took it: {bought.value:.0%} ({bought.low:.0%}-{bought.high:.0%})"
        )
    return "\n".join(lines)
