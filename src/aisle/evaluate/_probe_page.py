"""The page's parts about how good features are, in the hands of simple readers."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from aisle.core.charts import Axis, Curve, graph
from aisle.core.page import Column, Html, Tile, folded, join, key, named, percent, section, side_by_side, table
from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.probes import FIRST, LINEAR, MEASURES, TUNED, Figure, ProbeReport, Row


def headlines(report: ProbeReport) -> Iterator[Tile]:
    """Those of the first contender, which is what the page is about."""
    mine, everything = report.rows[0], report.labelled[-1].share
    for one in report.labelled:
        figure = mine.figure(LINEAR, one.share)
        if figure is not None:
            yield Tile(
                _value(figure), f"right with {percent(one.share)} of the labels", _told(one.clips), _range(figure)
            )
    found = mine.figure(FIRST, everything)
    if found is not None:
        says = "How often the clip that looks most alike, of other films, people or places, shows the same."
        yield Tile(_value(found), "nearest clip of the same class (recall@1)", says, _range(found))
    if mine.lead is not None:
        says = "Points of the linear probe with all labels. What is not ahead has learnt nothing that helps here."
        yield Tile(_points(mine.lead), "ahead of the same network with random weights", says, _between(mine.lead))


def _told(clips: float) -> str:
    return f"A linear reader of the features that learnt from {clips:.0f} labelled clips."


def sections(report: ProbeReport) -> Html:
    says = (
        "Every contender's features are read in the same ways; the network itself learns only where it says so. Linear "
        "probe: logistic regression. Nearest neighbours: a vote of the ten labelled clips that are most alike. "
        "Recall@5: one of the five that are most alike is of the same class. Shares of the labels are whole groups, "
        f"drawn several times. Always naming the most frequent class gets {percent(report.frequent, 1)}."
    )
    return section(
        "Side by side", _table(report), side_by_side(_curves(report, LINEAR), _curves(report, TUNED)), says=says
    )


def _table(report: ProbeReport) -> Html:
    columns = [
        Column("Features of"),
        *(Column(f"{MEASURES[measure]}, {percent(share)}", number=True) for measure, share in report.columns),
        Column("Ahead of random", number=True),
    ]
    more = [Column("Share of the labels"), *(Column(name, number=True) for name in ("Clips", "Classes"))]
    amounts = [[percent(one.share), f"{one.clips:.1f}", f"{one.classes:.1f}"] for one in report.labelled]
    about = [Column("Contender"), Column("What it is"), *(Column(name, number=True) for name in ("Numbers", "Seconds"))]
    return join(
        [
            table("Right answers by contender, with intervals", columns, [_row(report, row) for row in report.rows]),
            folded("What the shares came to", table("Labelled clips and classes", more, amounts)),
            folded("Who the contenders are, and what they took", table("Contenders", about, map(_about, report.rows))),
        ]
    )


def _row(report: ProbeReport, row: Row) -> list[str]:
    cells = [_cell(row.figure(*pair)) for pair in report.columns]
    lead = "—" if row.lead is None else f"{_points(row.lead)} ({_between(row.lead)})"
    return [named(row.name), *cells, lead]


def _about(row: Row) -> list[str]:
    seen = "" if row.seen is None else f"; had seen the videos of {row.seen} of these clips"
    width = f"{row.width:,}" if row.width else "—"
    return [row.name, row.about + seen, width, _seconds(row)]


def _seconds(row: Row) -> str:
    spent = row.spent
    if spent is None:
        return "—"
    return f"features {spent.features_s:.1f} ({spent.computed} clips), reading {spent.fitting_s:.1f}"


def _curves(report: ProbeReport, measure: str) -> Html:
    """Over the logarithm of the share, as what matters happens where labels are few."""
    curves = [curve for row in report.rows if (curve := _curve(report, row, measure)) is not None]
    if not curves:
        return Html()
    shares = [one.share for one in report.labelled]
    ticks = tuple((math.log10(share), percent(share)) for share in shares)
    first = report.rows[0]
    says = f"{MEASURES[measure]}: " + ", ".join(
        f"{first.name} {_value(figure)} with {percent(share)} of the labels"
        for share in shares
        if (figure := first.figure(measure, share)) is not None
    )
    across = Axis("share of the labels", ticks[0][0], ticks[-1][0], ticks=ticks)
    return graph(f"Right answers, {MEASURES[measure]}", says, curves, x=across, y=Axis("right answers"))


def _curve(report: ProbeReport, row: Row, measure: str) -> Curve | None:
    figures = [row.figure(measure, one.share) for one in report.labelled]
    points = [(math.log10(one.share), one.interval.value) for one in figures if one is not None]
    return Curve(row.name, np.array(points), key(row.name), dots=True) if points else None


def _cell(figure: Figure | None) -> str:
    return "—" if figure is None else f"{_value(figure)} ({_range(figure)})"


def _value(figure: Figure) -> str:
    return percent(figure.interval.value, 1)


def _range(figure: Figure) -> str:
    return f"{percent(figure.interval.low, 1)} to {percent(figure.interval.high, 1)}"


def _points(span: Interval) -> str:
    return f"{100 * span.value:+.1f}"


def _between(span: Interval) -> str:
    return f"{100 * span.low:+.1f} to {100 * span.high:+.1f}"
