"""Charts as inline SVG: they need no script, follow the page's colours, print, and say in words what they show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.core.dataset import BACKGROUND
from aisle.core.page import Html, join, key, percent, short_clock, tag
from aisle.core.timeline import Segment

Numbers = npt.NDArray[np.float64]

_LINE_S = 240
_TICKS_S = (1, 2, 5, 10, 15, 30, 60)
_LETTER = 6.6
"""Pixels that a letter of a chart's text takes, on average."""


# --- in the cells of tables


def bar(share: float, look: str = "first") -> Html:
    """A bar of `share`, 0 to 1, of the cell's width. `look` is a colour's class: `key(label)`, or of the page's own."""
    filled = tag("rect", width=f"{100 * share:.1f}%", height="100%")
    return tag("svg", filled, class_=f"bar {look}", aria_hidden="true")


def whisker(low: float, middle: float, high: float, look: str = "first") -> Html:
    """A stretch from `low` to `high` with a mark at `middle`; all are shares, 0 to 1, of the cell's width."""
    return tag(
        "svg",
        tag("rect", class_="track", y=5, width="100%", height=2),
        tag("rect", class_="span", x=f"{100 * low:.2f}%", y=3, width=f"{100 * (high - low):.2f}%", height=6, rx=3),
        tag("rect", x=f"{98.8 * middle:.2f}%", width="1.2%", height=12, rx=1),
        class_=f"whiskers {look}",
        aria_hidden="true",
    )


def legend(entries: Mapping[str, str]) -> Html:
    """Names with the class that colours each."""
    items = (tag("li", tag("i", class_=f"chip {look}"), name) for name, look in entries.items())
    return tag("ul", *items, class_="legend")


# --- curves


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`; `shares` are written as percentages. `ticks` are places and what is written there;
    without any the quarters are marked.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    shares: bool = True
    ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """`points` is N x 2, x and y in the units of the axes; rows with a value that is not finite are breaks."""

    name: str
    points: Numbers
    look: str = "first"
    dashed: bool = False
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A point that is pointed out, with words beside it."""

    x: float
    y: float
    text: str
    look: str = "first"


_WIDTH, _HEIGHT = 400.0, 310.0
_LEFT, _TOP, _RIGHT, _BOTTOM = 52.0, 12.0, 22.0, 46.0


def graph(title: str, says: str, curves: Sequence[Curve], *, x: Axis, y: Axis, marks: Sequence[Mark] = ()) -> Html:
    """Curves over two axes, with a legend where there are several. `says` is for those who cannot see it."""
    drawn = tag(
        "svg",
        tag("title", title),
        tag("desc", says),
        _x_axis(x),
        _y_axis(y),
        *(_curve(curve, x, y) for curve in curves),
        *(_mark(mark, x, y) for mark in marks),
        class_="graph",
        role="img",
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
    )
    several = legend({curve.name: curve.look for curve in curves}) if len(curves) > 1 else Html()
    return tag("div", drawn, several, class_="chart")


def _at_x(value: float, axis: Axis) -> float:
    return _LEFT + (value - axis.low) / (axis.high - axis.low) * (_WIDTH - _LEFT - _RIGHT)


def _at_y(value: float, axis: Axis) -> float:
    return _HEIGHT - _BOTTOM - (value - axis.low) / (axis.high - axis.low) * (_HEIGHT - _TOP - _BOTTOM)


def _ticks(axis: Axis) -> Sequence[tuple[float, str]]:
    places = (axis.low + part * (axis.high - axis.low) / 4 for part in range(5))
    return axis.ticks or [(place, _written(place, axis)) for place in places]


def _written(value: float, axis: Axis) -> str:
    return percent(value) if axis.shares else f"{value:.3g}"


def _x_axis(axis: Axis) -> Html:
    floor = _HEIGHT - _BOTTOM
    lines = (
        tag("line", class_="rule", x1=_at_x(t, axis), x2=_at_x(t, axis), y1=_TOP, y2=floor) for t, _ in _ticks(axis)
    )
    words = (
        tag("text", word, class_="axis", x=_at_x(t, axis), y=floor + 16, text_anchor="middle")
        for t, word in _ticks(axis)
    )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return join([*lines, *words, tag("text", axis.name, x=middle, y=_HEIGHT - 8, text_anchor="middle")])


def _y_axis(axis: Axis) -> Html:
    lines = (
        tag("line", class_="rule", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=_at_y(t, axis), y2=_at_y(t, axis))
        for t, _ in _ticks(axis)
    )
    words = (
        tag("text", word, class_="axis", x=_LEFT - 7, y=_at_y(t, axis) + 4, text_anchor="end")
        for t, word in _ticks(axis)
    )
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    name = tag("text", axis.name, transform=f"translate(12 {middle:g}) rotate(-90)", text_anchor="middle")
    return join([*lines, *words, name])


def _curve(curve: Curve, x: Axis, y: Axis) -> Html:
    found = [
        (_at_x(across, x), _at_y(up, y)) if math.isfinite(across) and math.isfinite(up) else None
        for across, up in curve.points.tolist()
    ]
    pen, path = "M", []
    for place in found:
        path.append(f"{pen}{place[0]:.1f} {place[1]:.1f}" if place else "")
        pen = "L" if place else "M"
    line = tag("path", class_=f"curve {curve.look}{' dashed' if curve.dashed else ''}", d="".join(path))
    dots = (tag("circle", class_=f"dot {curve.look}", cx=place[0], cy=place[1], r=4) for place in found if place)
    return join([line, *(dots if curve.dots else ())])


def _mark(mark: Mark, x: Axis, y: Axis) -> Html:
    across, up = _at_x(mark.x, x), _at_y(mark.y, y)
    left = across > _WIDTH / 2  # so that the words stay inside the picture
    return join(
        [
            tag("circle", class_=f"dot {mark.look}", cx=across, cy=up, r=5.5),
            tag(
                "text",
                mark.text,
                x=across + (-10 if left else 10),
                y=min(up + 18, _HEIGHT - _BOTTOM - 6),
                text_anchor="end" if left else "start",
            ),
        ]
    )


# --- a table of shades


def heat_map(
    title: str, says: str, rows: Sequence[str], columns: Sequence[str], shades: Numbers, words: Sequence[Sequence[str]]
) -> Html:
    """`shades` is rows x columns, 0 to 1, how dark each cell is; `words` stand in the cells where there is room.

    A cell tells its row, column and words when it is pointed at.
    """
    wide, high = _cell_size(len(columns), words)
    left = _LETTER * max(len(_shortened(name)) for name in rows) + 12
    top = 0.68 * _LETTER * max(len(_shortened(name)) for name in columns) + 18
    width = left + wide * len(columns) + 0.75 * (top - 18) + 8
    height = top + high * len(rows) + 2
    cells = (
        _cell(left + wide * j, top + high * i, (wide, high), float(shades[i, j]), words[i][j], f"{row} / {column}")
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
    )
    down = (
        tag("text", _shortened(row), x=left - 8, y=top + high * (i + 0.5) + 4, text_anchor="end")
        for i, row in enumerate(rows)
    )
    along = (
        tag("text", _shortened(name), transform=f"translate({left + wide * (j + 0.5):.1f} {top - 7:.1f}) rotate(-40)")
        for j, name in enumerate(columns)
    )
    svg = tag(
        "svg",
        tag("title", title),
        tag("desc", says),
        *down,
        *along,
        *cells,
        class_="heat",
        role="img",
        width=round(width),
        height=round(height),
        viewBox=f"0 0 {width:.0f} {height:.0f}",
    )
    return tag("div", svg, class_="chart", tabindex="0", role="region", aria_label=title)


def _cell_size(columns: int, words: Sequence[Sequence[str]]) -> tuple[float, float]:
    room = _LETTER * max((len(word) for row in words for word in row), default=1) + 12
    return (max(room, 44.0), 34.0) if columns <= 12 else (max(room, 26.0), 24.0) if columns <= 30 else (11.0, 11.0)


def _cell(x: float, y: float, size: tuple[float, float], shade: float, word: str, where: str) -> Html:
    wide, high = size
    shown = word if wide > 11 else ""
    return tag(
        "g",
        tag("title", f"{where}: {word or '0'}"),
        tag("rect", class_="cell", x=x, y=y, width=wide - 1, height=high - 1, fill_opacity=shade),
        tag("rect", class_="frame", x=x, y=y, width=wide - 1, height=high - 1),
        tag(
            "text",
            shown,
            x=x + wide / 2,
            y=y + high / 2 + 4,
            text_anchor="middle",
            class_="on" if shade > 0.55 else None,
        )
        if shown
        else "",
    )


def _shortened(name: str, longest: int = 26) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


# --- what happens when


def timeline(title: str, lanes: Mapping[str, Sequence[Segment]], duration: Fraction) -> Html:
    """Lanes of coloured stretches under each other, by name, on one clock; long videos in lines of four minutes.

    Background stays uncoloured. A stretch tells what it is when it is pointed at.
    """
    line = duration if duration <= _LINE_S else Fraction(_LINE_S)
    starts = (line * at for at in range(math.ceil(duration / line))) if duration else ()
    drawn = (_line(lanes, start, min(start + line, duration), line) for start in starts)
    return tag("figure", tag("figcaption", title), *drawn, class_="timeline")


def _line(lanes: Mapping[str, Sequence[Segment]], start: Fraction, end: Fraction, line: Fraction) -> Html:
    width = _across(end - start, line)
    named = any(lanes)
    strips = (_lane(name, _strip(name, segments, start, end, width), named) for name, segments in lanes.items())
    return join([*strips, _lane("", _clock(start, end, width), named)])


def _lane(name: str, strip: Html, named: bool) -> Html:
    return tag("div", tag("span", name) if named else "", strip, class_="lane" if named else "lane alone")


def _strip(name: str, segments: Iterable[Segment], start: Fraction, end: Fraction, width: str) -> Html:
    inside = (one for one in segments if one.label != BACKGROUND and one.end > start and one.start < end)
    said = f"{name or 'timeline'} from {short_clock(start, end)} to {short_clock(end, end)}"
    return tag("svg", *(_stretch(one, start, end) for one in inside), role="img", aria_label=said, width=width)


def _stretch(one: Segment, start: Fraction, end: Fraction) -> Html:
    first, last = max(one.start, start), min(one.end, end)
    told = f"{one.label}, {short_clock(one.start, end)} to {short_clock(one.end, end)}"
    return tag(
        "rect",
        tag("title", told),
        class_=key(one.label),
        x=_across(first - start, end - start),
        width=_across(last - first, end - start),
        height="100%",
    )


def _across(time: Fraction, whole: Fraction) -> str:
    return f"{float(100 * time / whole):.3f}%"


def _clock(start: Fraction, end: Fraction, width: str) -> Html:
    span = end - start
    step = next((step for step in _TICKS_S if span / step <= 6), _TICKS_S[-1])
    times = [start, *(Fraction(k * step) for k in range(start // step + 1, math.ceil(end / step)))]
    # The last word must have room before the end, and the second after the first.
    shown = [time for time in times if time == start or start + span / 12 <= time <= end - span / 10]
    words = (
        tag("text", short_clock(time, end).split(".")[0], class_="axis", x=_across(time - start, span), y=13)
        for time in shown
    )
    return tag("svg", *words, class_="clock", aria_hidden="true", width=width)
