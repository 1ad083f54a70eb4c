"""What is known about a rendered video beyond its labels: where everyone is, their hands, what they hold and hide.

`xx_yy_truth.json` lies beside `xx_yy_crop.mp4` and holds one object:

    {"video": "1_1_crop.mp4", "size": [920, 680], "rate": 30, "frames": 3930, "look": "day",
     "products": {"17": "can, brand 4, shelf 0, board 2"},
     "tracks": [{"id": 0, "boxes": [...], "left": [...], "right": [...],
                 "holds": [{"start": 300, "end": 420, "product": 17, "ended": "back"}]}],
     "thefts": [{"track": 0, "start": 812, "end": 839, "product": 17}],
     "incidents": [{"kind": "running", "start": 300, "end": 340, "boxes": [...]}],
     "site": {"name": "1_1", "zones": [{"name": "shelf 0", "kind": "shelf", "polygon": [[0.1, 0], ...]}, ...]}}

Frames are counted from 0, intervals are half-open. For each frame `boxes` has [left, top, right, bottom] in pixels,
half-open, or null where that person is out of the picture. `left` and `right` have [x, y, visible] of the palms or null
where the person is not there; `visible` is 0 behind a shelf and out of the picture, but not below the own head. The
person whose acts are labelled has track 0. A theft lasts from when the hand sets off to hide the product until it is
hidden. `ended` says how a hold ended: "back" on the shelf, "stowed" in the basket or "hidden"; "" where the video ends
first. `site` is the shop in the picture; a file without both was written before they were told.

Rare events that were asked for are `incidents`; a file without any does not name them. Their `boxes` say for each frame
from start to end where it happens: those who take part, the object that was left, the whole of a blocked picture.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from aisle.core import InputError, whole
from aisle.core.site import Site, Zone, ZoneKind

Box = tuple[int, int, int, int]
Hand = tuple[int, int, int]
Ended = Literal["", "back", "stowed", "hidden"]


@dataclass(frozen=True, slots=True)
class Held:
    """`product` is in a hand of the person on the frames [start, end)."""

    start: int
    end: int
    product: int
    ended: Ended = ""


@dataclass(frozen=True, slots=True)
class Track:
    """One person: an entry a frame of the video, None where they are not to be seen."""

    id: int
    boxes: tuple[Box | None, ...]
    left: tuple[Hand | None, ...]
    right: tuple[Hand | None, ...]
    holds: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Theft:
    """The person of `track` hides `product` on the frames [start, end)."""

    track: int
    start: int
    end: int
    product: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A rare event on the frames [start, end), and where it is in each of them; None where it is out of the picture."""

    kind: str
    start: int
    end: int
    boxes: tuple[Box | None, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """`products` says what each number that occurs stands for."""

    video: str
    size: tuple[int, int]
    rate: int
    frames: int
    look: str
    products: dict[int, str]
    tracks: tuple[Track, ...]
    thefts: tuple[Theft, ...]
    site: Site | None = None
    incidents: tuple[Seen, ...] = ()


def write_truth(path: Path, truth: Truth) -> None:
    """Raises OutputError where the disk refuses."""
    record = asdict(truth)
    if not truth.incidents:  # so that files of usual sets stay as they were
        del record["incidents"]
    with whole(path) as part:
        part.write_text(json.dumps(record, separators=(",", ":")))


def read_truth(path: Path) -> Truth:
    """Raises InputError for what is no such file."""
    try:
        record = json.loads(path.read_text())
        tracks = tuple(
            Track(
                track["id"],
                boxes=tuple(entry and tuple(entry) for entry in track["boxes"]),
                left=tuple(entry and tuple(entry) for entry in track["left"]),
                right=tuple(entry and tuple(entry) for entry in track["right"]),
                holds=tuple(Held(**held) for held in track["holds"]),
            )
            for track in record["tracks"]
        )
        return Truth(
            **record
            | {
                "size": tuple(record["size"]),
                "products": {int(number): name for number, name in record["products"].items()},
                "tracks": tracks,
                "thefts": tuple(Theft(**theft) for theft in record["thefts"]),
                "site": _site(record.get("site")),
                "incidents": tuple(_seen(seen) for seen in record.get("incidents", ())),
            }
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot read {path}", got=str(error), allowed="a *_truth.json of `aisle data render`"
        ) from error


def _seen(record: dict[str, Any]) -> Seen:
    return Seen(**record | {"boxes": tuple(box and tuple(box) for box in record["boxes"])})


def _site(record: dict[str, Any] | None) -> Site | None:
    if record is None:
        return None
    zones = (
        Zone(zone["name"], ZoneKind(zone["kind"]), tuple((float(x), float(y)) for x, y in zone["polygon"]))
        for zone in record["zones"]
    )
    return Site(record["name"], tuple(zones))
