"""Site files: what is read and written, and every mistake told with its line."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import InputError, OutputError
from aisle.core.site import Site, Zone, ZoneKind
from aisle.data.sites import check_site, from_json, notes, read_site, site_text, to_json, write_site

GOOD = """\
name: corner shop
picture: [640, 360]
zones:
  - name: milk
    kind: shelf
    polygon: [[32, 36], [320, 36], [320, 180]]
  - name: 12
    kind: till
    polygon:
      - [480, 180]
      - [640, 180]
      - [640, 360]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.yaml"


def test_a_site_in_pixels_is_read(file: Path) -> None:
    file.write_text(GOOD, encoding="utf-8")
    milk, till = read_site(file).zones
    assert milk == Zone("milk", ZoneKind.SHELF, ((0.05, 0.1), (0.5, 0.1), (0.5, 0.5)))
    assert (till.name, till.kind) == ("12", ZoneKind.TILL)  # a name is text, whatever YAML takes it for


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: shelf", "kind: shelve", "shop.yaml:5: unknown kind of zone; got: 'shelve'; allowed: area, entrance"),
        ("kind: shelf", "kind: shelve", "did you mean shelf?"),
        ("kind: till", "knd: till", "shop.yaml:8: unknown key; got: 'knd'"),
        ("kind: till", "knd: till", "shop.yaml:7: a zone has three parts; got: no kind"),
        ("kind: till", "kind: till\n    kind: area", "shop.yaml:9: a key is there twice; got: kind"),
        ("name: 12", "name: milk", "shop.yaml:7: two zones have one name; got: milk"),
        ("name: 12", "name: ''", "shop.yaml:7: a name is a short line of text"),
        ("- [480, 180]\n      ", "", "shop.yaml:9: a polygon has three corners or more; got: 2 corners"),
        ("[480, 180]", "[480, 400]", "shop.yaml:10: a corner lies outside the picture; got: [480, 400]"),
        ("[480, 180]", "[480, -1]", "shop.yaml:10: a corner lies outside the picture; got: [480, -1]"),
        ("[480, 180]", "[.nan, 1]", "shop.yaml:10: a corner lies outside the picture; got: [nan, 1]"),
        ("[480, 180]", "[480, 1, 2]", "shop.yaml:10: a corner is x and y; got: [480, 1, 2]"),
        ("[480, 180]", "[480, yes]", "shop.yaml:10: a corner is x and y"),
        ("[[32, 36], [320, 36], [320, 180]]", "[[0, 0], [9, 9], [9, 0], [0, 9]]", "shop.yaml:6: a polygon crosses"),
        ("[[32, 36], [320, 36], [320, 180]]", "[[0, 0], [9, 9], [18, 18]]", "corners on one line"),
        ("[[32, 36], [320, 36], [320, 180]]", "[[0, 0], [0.3, 0], [0.3, 0.3]]", "a polygon holds some of the picture"),
        ("[[32, 36], [320, 36], [320, 180]]", "everywhere", "a polygon has three corners or more; got: 'everywhere'"),
        ("[480, 180]", f"[{'9' * 400}, 180]", "shop.yaml:10: a corner lies outside the picture; got: [9999"),
        ("picture: [640, 360]", "? [1, 2]\n: 3", "shop.yaml:2: a key is a word"),
        ("picture: [640, 360]", "picture: [true, 360]", "shop.yaml:2: a picture has a width and a height in pixels"),
        ("picture: [640, 360]", "picture: 640", "shop.yaml:2: a picture has a width and a height in pixels; got: 640"),
        ("picture: [640, 360]", "picture: [640, 0]", "shop.yaml:2: a picture has a width and a height"),
        ("picture: [640, 360]\n", "", "write picture: [WIDTH, HEIGHT] for pixels"),
        ("picture: [640, 360]", "pictures: [640, 360]", "did you mean picture?"),
        ("name: corner shop", "name: [", "this is no YAML"),
        ("picture: [640, 360]", "picture: !!python/object:os.system x", "this is no YAML"),
        ("name: corner shop", f"name: {'[' * 3000}", "this is no YAML"),
        ("name: corner shop", "name: &all shop\nother: *all", "a site is written out"),
    ],
)
def test_a_mistake_is_told_with_its_line(file: Path, old: str, new: str, told: str) -> None:
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as error:
        raise next(each for each in (check_site(file)[1]) if told in str(each))
    assert "do: " in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a site has zones; got: nothing"),
        ("- milk", "a site has zones; got: list"),
        ("name: shop", "a site has zones; got: no zones"),
        ("zones: []", "a site has zones; got: no zones"),
        ("zones: milk", "a site has zones; got: 'milk'"),
        ("zones: [milk]", "a zone has three parts; got: 'milk'"),
        ("zones: [{name: a, kind: shelf}]", "got: no polygon"),
    ],
)
def test_what_is_no_site_is_refused(file: Path, text: str, told: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_site(file)


def test_all_mistakes_are_found_and_the_first_says_so(file: Path) -> None:
    file.write_text(GOOD.replace("shelf", "shelve").replace("[480, 180]", "[4800, 180]"), encoding="utf-8")
    site, problems = check_site(file)
    assert (site, len(problems)) == (None, 2)
    with pytest.raises(InputError, match=r"shelve.*1 more: aisle site check"):
        read_site(file)


def test_what_cannot_be_read_is_told(file: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_site(file)
    file.write_bytes(GOOD.replace("corner", "caf\xe9").encode("latin-1"))
    with pytest.raises(InputError, match="1: the text is not UTF-8; got: the byte 0xe9"):
        read_site(file)


def test_a_record_says_where_it_is_wrong() -> None:
    good = {"zones": [{"name": "milk", "kind": "shelf", "polygon": [[0, 0], [1, 0], [1, 1]]}]}
    assert from_json(good).name == "site"
    good["zones"][0]["polygon"] = [[0, 0], [1, 0], [1, 7]]
    with pytest.raises(InputError, match="the site, zones 1, polygon 3: a corner lies outside the picture"):
        from_json(good)


def test_shelves_that_overlap_are_noted_and_allowed() -> None:
    low, high = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5)), ((0.1, 0.4), (0.5, 0.4), (0.5, 0.8), (0.1, 0.8))
    apart = ((0.1, 0.49), (0.5, 0.49), (0.5, 0.9), (0.1, 0.9))
    shelf = ZoneKind.SHELF
    [told] = notes(Site("shop", (Zone("a", shelf, low), Zone("b", shelf, high))))
    assert "'a' and 'b' overlap by 25%" in told
    assert notes(Site("shop", (Zone("a", shelf, low), Zone("b", shelf, apart)))) == ()
    assert "no shelf" in notes(Site("shop", (Zone("a", ZoneKind.TILL, low),)))[0]


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@st.composite
def sites(draw: st.DrawFn) -> Site:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    return Site(draw(NAMES), tuple(_zone(draw, name) for name in names))


def _zone(draw: st.DrawFn, name: str) -> Zone:
    count, radius = draw(st.integers(3, 7)), draw(st.floats(0.05, 0.4))
    x, y = (draw(st.floats(radius, 1 - radius)) for _ in range(2))
    turns = [math.tau * at / count for at in range(count)]
    kept = tuple(
        (min(max(x + radius * math.cos(turn), 0), 1), min(max(y + radius * math.sin(turn), 0), 1)) for turn in turns
    )
    return Zone(name, draw(st.sampled_from(ZoneKind)), kept)


@given(sites())
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, site: Site) -> None:
    file = tmp_path_factory.getbasetemp() / "again.yaml"
    write_site(site, file)
    assert read_site(file) == site
    assert from_json(json.loads(json.dumps(to_json(site)))) == site


@given(sites(), st.integers(160, 4096), st.integers(120, 2160))
def test_pixels_are_exact_to_a_tenth(site: Site, width: int, height: int) -> None:
    again = from_json(to_json(site, (width, height)))
    for one, other in zip(site.zones, again.zones, strict=True):
        for (x, y), (u, v) in zip(one.polygon, other.polygon, strict=True):
            assert abs(x - u) * width <= 0.051
            assert abs(y - v) * height <= 0.051


def test_the_text_has_a_line_for_each_corner() -> None:
    site = Site("shop", (Zone("Käse", ZoneKind.SHELF, ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0))),))
    assert site_text(site, (640, 360)) == (
        "name: shop\npicture: [640, 360]\nzones:\n- name: Käse\n  kind: shelf\n  polygon:\n"
        "  - [320, 0]\n  - [640, 0]\n  - [640, 360]\n"
    )


def test_a_full_folder_name_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file", encoding="utf-8")
    site = Site("shop", (Zone("milk", ZoneKind.SHELF, ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0))),))
    with pytest.raises(OutputError):
        write_site(site, tmp_path / "a" / "shop.yaml")


def test_all_that_is_wrong_with_a_polygon_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    corners = "[[0.1, 0.1], [1.4, 0.5], [1.2, 0.1], [0.1, 0.5]]"
    file.write_text(f"zones: [{{name: milk, kind: shelve, polygon: {corners}}}]")
    site, problems = check_site(file)
    assert site is None
    told = "; ".join(map(str, problems))
    assert "shelve" in told
    assert told.count("lies outside the picture") == 2
    assert "a polygon crosses itself" in told
    assert len(problems) == 4
    file.write_text("zones: [{name: milk, kind: shelf, polygon: [[0.1, 0.1], [.nan, 1.0e+300], [0.2, 0.3]]}]")
    assert len(check_site(file)[1]) == 1
