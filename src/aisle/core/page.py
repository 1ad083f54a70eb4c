"""What every page of ours shares: the shell, its policy and look, text that stays text, and the parts to build from.

A page is one file that needs no network and works from a folder. It is put together by `tag`, which escapes whatever is
not `Html` already, so that no file name or label can become a part of the page. `page.html` and `page.css` beside this
module are the shell and the look; charts are in `aisle.core.charts`.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from importlib import resources
from pathlib import Path
from string import Template

from aisle.core.colour import PALETTE, Colour, label_colour
from aisle.core.files import whole
from aisle.core.time import clock


class Html(str):
    """Text that is HTML already. All other text is escaped where it becomes a part of a page."""

    __slots__ = ()


_NEVER_CLOSED = {"img", "rect", "line", "path", "circle"}


def text(value: str) -> Html:
    """`value` as it may stand between tags or in an attribute; what is Html already stays as it is.

    Bytes of a file's name that are no text are written as `\\udcff`.
    """
    return value if isinstance(value, Html) else Html(escape(value.encode("utf-8", "backslashreplace").decode("utf-8")))


def join(parts: Iterable[str]) -> Html:
    return Html("".join(map(text, parts)))


def tag(name: str, *inside: str, **attributes: str | float | None) -> Html:
    """One element: `tag("p", "3 < 4", class_="small")`.

    A trailing underscore of an attribute's name is dropped and the others become dashes; None leaves it out. Numbers
    are rounded to a thousandth, which is enough for coordinates.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _NEVER_CLOSED and not inside:
        return Html(f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(inside)}</{name}>")


def _value(value: str | float) -> str:
    return text(value) if isinstance(value, str) else f"{round(value, 3):.12g}"


# --- the shell


def page(title: str, *body: str, css: str = "", script: str = "") -> str:
    """The whole document. `css` comes after the common look; `script` runs as a module once the page is there."""
    style = resource("aisle.core", "page.css") + css + _palette()
    return Template(resource("aisle.core", "page.html")).substitute(
        policy=_policy(style, script),
        title=text(title),
        style=style,
        body="\n".join(map(text, body)),
        script=f'<script type="module">{script}</script>' if script else "",
    )


def write_page(document: str, path: Path) -> None:
    """Raises OutputError where the disk refuses."""
    with whole(path) as part:
        # The fingerprints in the content security policy hold for these line ends.
        part.write_text(document, encoding="utf-8", newline="\n")


def resource(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Only this very style and script apply; pictures lie in the page, and nothing is fetched but a video beside it."""
    scripts = f"script-src {_fingerprint(script)}; " if script else ""
    return (
        f"default-src 'none'; style-src {_fingerprint(style)}; {scripts}"
        "img-src data:; media-src 'self' file:; base-uri 'none'; form-action 'none'"
    )


def _fingerprint(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


# --- colours: the policy forbids styles on single elements, so each colour has a class


def key(label: str) -> str:
    """The class that gives an element the label's colour."""
    return _rule(label_colour(label))


def _rule(colour: Colour) -> str:
    return f"k-{bytes(colour).hex()}"


def _palette() -> str:
    return "".join(f".{_rule(colour)} {{ --k: #{bytes(colour).hex()}; }}\n" for colour in PALETTE)


# --- parts to build from


def header(kicker: str, title: str, *facts: str) -> Html:
    """The top of a page: what kind of page, about what, and a few facts in one line."""
    line = Html(" · ").join(map(text, facts))
    return tag("header", tag("p", kicker, class_="kicker"), tag("h1", title), tag("p", Html(line), class_="facts"))


def section(title: str, *inside: str, says: str = "") -> Html:
    """A card with a heading; `says` is the sentence that tells a reader who is no programmer what is shown."""
    return tag("section", tag("h2", title), tag("p", says, class_="small says") if says else "", *inside)


def part(title: str, *inside: str, says: str = "") -> Html:
    """A part of a section, with a heading of its own."""
    return tag("div", tag("h3", title), tag("p", says, class_="small says") if says else "", *inside, class_="part")


def side_by_side(*inside: str) -> Html:
    return tag("div", *inside, class_="beside-each-other")


def bullets(items: Iterable[str]) -> Html:
    return tag("ul", *(tag("li", item) for item in items))


def definitions(entries: Mapping[str, str]) -> Html:
    return tag("dl", *(join([tag("dt", term), tag("dd", value)]) for term, value in entries.items()))


def folded(summary: str, *inside: str) -> Html:
    """Shown once the reader opens it."""
    return tag("details", tag("summary", summary), *inside)


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: how much, of what, and a sentence on what it means; `range` is its interval, where it has one."""

    value: str
    name: str
    says: str = ""
    range: str = ""


def tiles(figures: Iterable[Tile]) -> Html:
    return tag("div", *map(_tile, figures), class_="tiles")


def _tile(figure: Tile) -> Html:
    return tag(
        "div",
        tag("p", figure.name, class_="of"),
        tag("p", figure.value, class_="value"),
        tag("p", figure.range, class_="range") if figure.range else "",
        tag("p", figure.says, class_="small") if figure.says else "",
        class_="tile",
    )


@dataclass(frozen=True, slots=True)
class Column:
    """`number` aligns right; `wide` takes what room is left, for bars."""

    name: str
    number: bool = False
    wide: bool = False

    @property
    def look(self) -> str | None:
        return "number" if self.number else "wide" if self.wide else None


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Html:
    """A table whose first column names its rows. `caption` is read out, and names the box that scrolls on a phone."""
    head = tag("tr", *(tag("th", column.name, scope="col", class_=column.look) for column in columns))
    body = (tag("tr", *map(_cell, columns, row, range(len(columns)))) for row in rows)
    return tag(
        "div",
        tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body), class_="data"),
        class_="sheet",
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def _cell(column: Column, value: str, index: int) -> Html:
    return tag("td", value, class_=column.look) if index else tag("th", value, scope="row", class_=column.look)


def named(label: str) -> Html:
    """A label behind a chip of its colour."""
    return tag("span", tag("i", class_=f"chip {key(label)}"), tag("span", label), class_="named")


def picture(jpeg: bytes, caption: str, *, alt: str, width: int | None = None, height: int | None = None) -> Html:
    """A picture that lies in the page itself, with what stands under it. `width` and `height` are in pixels."""
    source = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    shown = tag("img", src=source, alt=alt, width=width, height=height, loading="lazy", decoding="async")
    return tag("figure", shown, tag("figcaption", caption))


def pictures(shown: Iterable[Html], *, wide: bool = False) -> Html:
    """`wide` is for strips of several pictures."""
    return tag("div", *shown, class_="pictures wide" if wide else "pictures")


# --- numbers and times as people read them


def many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def percent(share: float, digits: int = 0) -> str:
    """`share` is 0 to 1; one that is not known, NaN, is a dash."""
    return "—" if math.isnan(share) else f"{100 * share:.{digits}f}%"


def length(span: Fraction | float) -> str:
    """Seconds as `6.5 s`, `2 min 5 s` or `1 h 12 min`."""
    if span < 60:
        return f"{float(span):.1f} s"
    minutes, rest = divmod(round(span), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def short_clock(time: Fraction, duration: Fraction) -> str:
    """The clock to a tenth of a second, with hours only where a video of `duration` seconds has some."""
    shown = clock(tenths(time))[:-2]
    return shown if duration >= 3600 else shown.removeprefix("0:")


def tenths(time: Fraction) -> Fraction:
    # Halves go up, as in the browser's Math.round, so that pages and their scripts write the same.
    return Fraction(math.floor(time * 10 + Fraction(1, 2)), 10)
