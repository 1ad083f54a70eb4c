from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import pytest

from aisle.core import OutputError
from aisle.core.page import (
    Column,
    Html,
    Tile,
    bullets,
    definitions,
    folded,
    header,
    join,
    length,
    many,
    named,
    page,
    part,
    percent,
    picture,
    pictures,
    section,
    short_clock,
    side_by_side,
    table,
    tag,
    text,
    tiles,
    write_page,
)
from pages import NASTY, Page

NAME = f"{NASTY} \udcff"


def _every_part(name: str) -> Page:
    body = (
        header(name, name, name, name),
        section(
            name,
            tiles([Tile(name, name, name, name)]),
            side_by_side(part(name, name, says=name), folded(name, bullets([name]))),
            table(name, [Column(name), Column(name, number=True)], [[name, named(name)]]),
            definitions({name: name}),
            pictures([picture(b"\xff\xd8", name, alt=name)]),
            says=name,
        ),
    )
    return Page(page(name, *body))


@pytest.mark.parametrize(
    ("element", "written"),
    [
        (tag("p", "3 < 4 & more"), "<p>3 &lt; 4 &amp; more</p>"),
        (tag("p", tag("b", "a"), " > b"), "<p><b>a</b> &gt; b</p>"),
        (tag("p", class_="a", aria_label='"quoted"', title=None), '<p class="a" aria-label="&quot;quoted&quot;"></p>'),
        (tag("rect", x=1 / 3, width=100), '<rect x="0.333" width="100"/>'),
        (tag("p", "caf\udce9"), "<p>caf\\udce9</p>"),
        (join(["<", Html("<br>")]), "&lt;<br>"),
        (text(text("&")), "&amp;"),
    ],
)
def test_what_is_not_html_is_escaped_once(element: Html, written: str) -> None:
    assert element == written


def test_every_part_of_a_page_keeps_names_in_their_place() -> None:
    harmless, page = _every_part("a name"), _every_part(NAME)
    assert [name for name, _ in page.elements] == [name for name, _ in harmless.elements]
    shown = NAME.replace("\udcff", "\\udcff")
    for element in ("title", "h1", "h2", "h3", "summary", "li", "caption", "dt", "dd", "figcaption"):
        assert page.texts[element] == [shown], element
    assert page.all("img")[0]["alt"] == shown


def test_the_policy_holds_with_and_without_a_script() -> None:
    _every_part("a").hold_to_the_policy()
    page_with = Page(page("t", tag("p", "x"), css=".mine { color: red; }", script="let x = 1 < 2 && '$title';"))
    page_with.hold_to_the_policy()
    assert page_with.texts["script"] == ["let x = 1 < 2 && '$title';"]
    assert ".mine" in page_with.texts["style"][0]
    assert "script-src" not in page("t")


def test_a_label_has_its_colour_and_its_name() -> None:
    shown = Page(page("t", named("walk")))
    shown.hold_to_the_palette()
    assert shown.text == "walk"


def test_a_table_reads_well_by_ear_and_by_eye() -> None:
    shown = Page(
        page("t", table("Counts", [Column("Class"), Column("Clips", number=True)], [["walk", "3"], ["run", "12"]]))
    )
    assert [(each["scope"], each.get("class")) for each in shown.all("th")] == [
        ("col", None),
        ("col", "number"),
        ("row", None),
        ("row", None),
    ]
    assert [each.get("class") for each in shown.all("td")] == ["number", "number"]
    [region] = [each for each in shown.all("div") if each.get("role") == "region"]
    assert (region["aria-label"], region["tabindex"]) == ("Counts", "0")


def test_numbers_are_written_as_people_read_them() -> None:
    assert [percent(0.125), percent(0.125, 1), percent(math.nan)] == ["12%", "12.5%", "—"]
    assert [many(1, "clip", "clips"), many(1200, "clip", "clips")] == ["1 clip", "1,200 clips"]
    assert [length(Fraction(13, 2)), length(125), length(4320.0)] == ["6.5 s", "2 min 5 s", "1 h 12 min"]
    assert short_clock(Fraction(65), Fraction(100)) == "01:05.0"
    assert short_clock(Fraction(65), Fraction(3600)) == "0:01:05.0"


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_page(page("t", "ä"), tmp_path / "new" / "page.html")
    assert Page.read(tmp_path / "new" / "page.html").text == "ä"
    with pytest.raises(OutputError, match="new"):
        write_page(page("t"), tmp_path / "new")
