"""Site files: the shelves, entrances and tills that one camera sees, as YAML that people write and read.

    name: corner shop
    picture: [640, 360]        # then corners are in pixels of a picture of this size; without it, shares from 0 to 1
    zones:
      - name: milk
        kind: shelf            # shelf, entrance, till or area
        polygon: [[20, 40], [200, 40], [200, 120], [20, 120]]

The same record as JSON is what the page's editor works on. Whatever is wrong is told with its line, or with its place
in the record. A polygon that crosses itself has no inside that everybody agrees on, so it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from aisle.core.errors import InputError, MissingPartError, UnknownNameError
from aisle.core.files import whole
from aisle.core.polygon import Corner, area, crossing, shared
from aisle.core.site import Site, Zone, ZoneKind
from aisle.data._site_yaml import Place, Where, at_place, parsed

MOST_ZONES, MOST_CORNERS, LONGEST_NAME = 200, 100, 80
_NEAR = 10
"""Widths and heights from the picture at which a corner is still looked at: numbers in a file may be of any size."""

_KEYS, _ZONE_KEYS = ("name", "picture", "zones"), ("name", "kind", "polygon")
_KINDS = tuple(kind.value for kind in ZoneKind)
_SMALLEST = 1e-6
"""Share of the picture below which a zone is a line: half a pixel of a picture of 640 x 480."""
_OVERLAP = 0.1
"""Share of the smaller shelf from which two count as overlapping."""


def read_site(file: Path) -> Site:
    """Raises InputError for a file that cannot be read and for the first thing that is wrong in it, with its line;
    MissingPartError without PyYAML.
    """
    site, problems = check_site(file)
    if site is None:
        first, *others = problems
        more = f"; {len(others)} more: aisle site check {file}" if others else ""
        raise InputError(first.what, got=first.got, allowed=first.allowed, do=f"{first.do}{more}")
    return site


def check_site(file: Path) -> tuple[Site | None, tuple[InputError, ...]]:
    """The site, and all that is wrong with it; None where anything is. Raises as `read_site` where it is no YAML."""
    record, where = parsed(file)
    return _checked(record, where)


def from_json(record: object) -> Site:
    """The site of a record as `to_json` gives it, or as a site file says it. Raises InputError for the first thing that
    is wrong.
    """
    site, problems = _checked(record, at_place("the site"))
    if site is None:
        raise problems[0]
    return site


def to_json(site: Site, picture: tuple[int, int] | None = None) -> dict[str, Any]:
    """Plain types only. With `picture`, its width and height, corners are in pixels, to a tenth; else in shares."""
    scale = picture or (1, 1)

    def corner(place: Corner) -> list[float]:
        return [_plain(round(side * size, 1)) if picture else side for side, size in zip(place, scale, strict=True)]

    zones = [
        {"name": zone.name, "kind": zone.kind.value, "polygon": [corner(place) for place in zone.polygon]}
        for zone in site.zones
    ]
    return {"name": site.name} | ({"picture": list(picture)} if picture else {}) | {"zones": zones}


def write_site(site: Site, file: Path, picture: tuple[int, int] | None = None) -> None:
    """As YAML, whole or absent. Raises OutputError where the disk refuses, MissingPartError without PyYAML."""
    text = site_text(site, picture)
    with whole(file) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def site_text(site: Site, picture: tuple[int, int] | None = None) -> str:
    """The site file's text. Raises MissingPartError without PyYAML."""
    try:
        import yaml
    except ModuleNotFoundError:
        raise MissingPartError("a site file", name="pyyaml", extra="objects") from None

    text: str = yaml.safe_dump(
        to_json(site, picture), sort_keys=False, allow_unicode=True, default_flow_style=None, width=100
    )
    return text


def notes(site: Site) -> tuple[str, ...]:
    """What is allowed and yet seldom meant, in sentences."""
    found = [
        f"The shelves {one.name!r} and {other.name!r} overlap by {share:.0%} of the smaller one. "
        "A hand there counts for both."
        for one, other in combinations(site.of_kind(ZoneKind.SHELF), 2)
        if (share := shared(one, other)) > _OVERLAP
    ]
    if not site.of_kind(ZoneKind.SHELF):
        found.append("There is no shelf, so nothing can be said of who looked and who took.")
    return tuple(found)


# --- what a record says, checked


def _checked(record: object, where: Where) -> tuple[Site | None, tuple[InputError, ...]]:
    check = _Check(where)
    site = check.site(record)
    return (None if check.problems else site), tuple(check.problems)


def _written(zone: object) -> str:
    """The name of a zone, whatever else is wrong with it; "" without one."""
    name = zone.get("name") if isinstance(zone, Mapping) else None
    return " ".join(name.split()) if isinstance(name, str) else ""


class _Check:
    """Goes through a record and notes what is wrong; whatever it gives back counts only where nothing is."""

    def __init__(self, where: Where) -> None:
        self._where = where
        self.problems: list[InputError] = []

    def _wrong(self, place: Place, what: str, got: object, do: str, allowed: str = "") -> None:
        self.problems.append(InputError(f"{self._where(place)}: {what}", got=got, allowed=allowed, do=do))

    def site(self, record: object) -> Site | None:
        if not isinstance(record, Mapping):
            got = "nothing" if record is None else type(record).__name__
            self._wrong((), "a site has zones", got, "start from `aisle site edit VIDEO`", ", ".join(_KEYS))
            return None
        self._keys(record, (), _KEYS)
        picture = self._picture(record["picture"]) if record.get("picture") is not None else (1.0, 1.0)
        if picture is None:
            return None
        zones = record.get("zones")
        if not isinstance(zones, Sequence) or isinstance(zones, str) or not zones:
            got = _seen(zones) if zones else "no zones"
            self._wrong(("zones",), "a site has zones", got, "add a shelf, an entrance or a till", "a list")
            return None
        if len(zones) > MOST_ZONES:
            self._wrong(("zones",), "there are too many zones", len(zones), "join some", f"at most {MOST_ZONES}")
            return None
        name = self._name(record.get("name", "site"), ("name",))
        found = tuple(self._zone(zone, ("zones", at), picture) for at, zone in enumerate(zones))
        self._unique([_written(zone) for zone in zones])
        return Site(name, tuple(zone for zone in found if zone))

    def _keys(self, record: Mapping[Any, Any], place: Place, known: Sequence[str]) -> None:
        for key in record:
            if key not in known:
                self._unknown((*place, str(key)), "key", str(key), known)

    def _unknown(self, place: Place, kind: str, got: str, known: Sequence[str]) -> None:
        told = UnknownNameError(kind, got, known)
        self._wrong(place, told.what, told.got, told.do or "use one of these", told.allowed)

    def _name(self, value: object, place: Place) -> str:
        name = " ".join(value.split()) if isinstance(value, str) else ""
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            self._wrong(
                place, "a name is a short line of text", _seen(value), "write one", f"1 to {LONGEST_NAME} letters"
            )
        return name

    def _picture(self, value: object) -> tuple[float, float] | None:
        match value:
            case [bool(), _] | [_, bool()]:
                pass
            case [int() | float() as width, int() | float() as height] if 0 < width <= 65536 and 0 < height <= 65536:
                return float(width), float(height)
        do = "write the picture's size, or leave it out and write corners from 0 to 1"
        self._wrong(("picture",), "a picture has a width and a height in pixels", _seen(value), do, "[640, 360]")
        return None

    def _zone(self, record: object, place: Place, picture: tuple[float, float]) -> Zone | None:
        if not isinstance(record, Mapping):
            self._wrong(place, "a zone has three parts", _seen(record), "write all three", ", ".join(_ZONE_KEYS))
            return None
        self._keys(record, place, _ZONE_KEYS)
        missing = [key for key in _ZONE_KEYS if record.get(key) is None]
        if missing:
            got = f"no {' and no '.join(missing)}"
            self._wrong(place, "a zone has three parts", got, "write all three", ", ".join(_ZONE_KEYS))
            return None
        kind = str(record["kind"])
        if kind not in _KINDS:
            self._unknown((*place, "kind"), "kind of zone", kind, _KINDS)
        corners = self._polygon(record["polygon"], (*place, "polygon"), picture)
        name = self._name(record["name"], (*place, "name"))
        return Zone(name, ZoneKind(kind), corners) if corners and kind in _KINDS else None

    def _unique(self, names: Sequence[str]) -> None:
        for at, name in enumerate(names):
            if name and name in names[:at]:
                place = ("zones", at, "name")
                self._wrong(place, "two zones have one name", name, "call one of them otherwise")

    def _polygon(self, value: object, place: Place, picture: tuple[float, float]) -> tuple[Corner, ...]:
        listed = value if isinstance(value, Sequence) and not isinstance(value, str) else None
        if listed is None or not 3 <= len(listed) <= MOST_CORNERS:
            got = _seen(value) if listed is None else f"{len(listed)} corners"
            self._wrong(place, "a polygon has three corners or more", got, "add corners", f"3 to {MOST_CORNERS}")
            return ()
        known = len(self.problems)
        corners = tuple(self._corner(corner, (*place, at), picture) for at, corner in enumerate(listed))
        found = tuple(corner for corner in corners if corner)
        if len(found) == len(corners):
            self._shape(found, listed, place)
        return found if len(self.problems) == known else ()

    def _corner(self, value: object, place: Place, picture: tuple[float, float]) -> Corner | None:
        width, height = picture
        match value:
            case [int() | float() as x, int() | float() as y] if not isinstance(x, bool) and not isinstance(y, bool):
                if 0 <= x <= width and 0 <= y <= height:
                    return (x / width, y / height)
            case _:
                self._wrong(place, "a corner is x and y", _seen(value), "write two numbers", "[x, y]")
                return None
        unit = "shares" if picture == (1.0, 1.0) else "pixels"
        do = "move it into the picture" if unit == "pixels" else "move it, or write picture: [WIDTH, HEIGHT] for pixels"
        self._wrong(
            place, "a corner lies outside the picture", _seen([x, y]), do, f"0 to {width:g}, 0 to {height:g} {unit}"
        )
        near = abs(x) <= _NEAR * width and abs(y) <= _NEAR * height
        return (x / width, y / height) if near else None  # for what else is wrong with the polygon

    def _shape(self, corners: tuple[Corner, ...], written: Sequence[object], place: Place) -> None:
        if np.linalg.matrix_rank(np.array(corners) - corners[0], tol=1e-9) < 2:
            self._wrong(place, "a polygon holds some of the picture", "corners on one line", "move one of them")
        elif sides := crossing(corners):
            told = [f"{written[at]} to {written[(at + 1) % len(written)]}" for at in sides]
            do = "give the corners in the order in which one walks round it"
            self._wrong(place, "a polygon crosses itself", " and ".join(told), do)
        elif area(corners) < _SMALLEST:
            self._wrong(place, "a polygon holds some of the picture", f"{area(corners):.1e} of it", "make it larger")


def _seen(value: object) -> str:
    told = repr(value)
    return told if len(told) <= 60 else f"{told[:57]}..."


def _plain(number: float) -> float:
    return int(number) if number == int(number) else number
